//! What the server refuses: no picture, no token.

use crate::page::{ENTER, ESCAPE, on_page, on_page_of};
use crate::site::PAGODAS;

const TOKEN: &str = "a-token-of-the-tests";
const NOTICE: &str = "document.getElementById('notices').textContent";

#[test]
fn what_is_no_picture_is_refused_in_words() {
    on_page(&["cat.jpg"], |page| {
        page.drop_file("notes.txt", "text/plain", b"these are only words");
        page.until(&format!("{NOTICE} !== ''"));
        let notice = page.text(NOTICE);
        assert!(
            notice.starts_with("This is no picture that can be read."),
            "{notice}"
        );
        assert_eq!(
            page.text("document.getElementById('notices').getAttribute('role')"),
            "alert"
        );

        // The next search takes the message away.
        page.choose("library/cat.jpg");
        page.groups();
        assert_eq!(page.text(NOTICE), "");

        page.goto("?picture=424242");
        page.until(&format!(
            "{NOTICE}.startsWith('This is no longer in the library.')"
        ));
    });
}

#[test]
fn a_token_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, TOKEN).unwrap();
    let arguments = ["--token-file", file.to_str().unwrap()];
    on_page_of(&PAGODAS, &arguments, |page| {
        page.until("document.getElementById('token').open");
        assert_eq!(page.text("document.activeElement.id"), "token-value");
        page.write("not-the-right-token");
        page.keys(&[ENTER]);
        page.until("document.getElementById('token-error').textContent === 'The server does not accept this token.'");
        assert_eq!(
            page.text("document.getElementById('token-value').value"),
            ""
        );
        page.write(TOKEN);
        page.keys(&[ENTER]);
        page.until("document.querySelectorAll('#library-grid .card').length === 6");
        page.until("!document.getElementById('token').open");
        // Thumbnails come with the token, too.
        page.until("[...document.querySelectorAll('#library-grid img')].every((img) => img.naturalWidth > 0)");

        page.choose("queries/pagoda.jpg");
        page.groups();
        page.press("#results .same .card-picture");
        page.until("document.querySelectorAll('#why .lines line').length > 5");
        page.keys(&[ESCAPE]);

        // It outlives a reload, and not the tab.
        page.goto("");
        page.until("document.querySelectorAll('#library-grid .card').length === 6");
        assert_eq!(page.text("document.getElementById('token').open"), "false");
        assert_eq!(
            page.text("localStorage.length + document.cookie.length"),
            "0"
        );
    });
}

#[test]
fn without_a_token_the_page_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, TOKEN).unwrap();
    let arguments = ["--token-file", file.to_str().unwrap()];
    on_page_of(&["cat.jpg"], &arguments, |page| {
        page.until("document.getElementById('token').open");
        page.keys(&[ESCAPE]);
        page.until(&format!("{NOTICE}.includes('stays closed')"));
    });
}
