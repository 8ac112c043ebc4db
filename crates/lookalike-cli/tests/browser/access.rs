//! What the server refuses: no picture, no token.

use crate::page::{ENTER, ESCAPE, on_page, on_page_of};
use crate::site::PAGODAS;

const TOKEN: &str = "a-token-of-the-tests";
const NOTICE: &str = "document.getElementById('notices').textContent";

#[test]
fn what_is_no_picture_is_refused_in_words() {
    on_page(&["cat.jpg"], async |page| {
        page.drop_file("notes.txt", "text/plain", b"these are only words")
            .await;
        page.until(&format!("{NOTICE} !== ''")).await;
        let notice = page.text(NOTICE).await;
        assert!(
            notice.starts_with("This is no picture that can be read."),
            "{notice}"
        );
        assert_eq!(
            page.text("document.getElementById('notices').getAttribute('role')")
                .await,
            "alert"
        );

        // The next search takes the message away.
        page.choose("library/cat.jpg").await;
        page.groups().await;
        assert_eq!(page.text(NOTICE).await, "");

        page.goto("?picture=424242").await;
        page.until(&format!(
            "{NOTICE}.startsWith('This is no longer in the library.')"
        ))
        .await;
    });
}

#[test]
fn a_token_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, TOKEN).unwrap();
    let arguments = ["--token-file", file.to_str().unwrap()];
    on_page_of(&PAGODAS, &arguments, async |page| {
        page.until("document.getElementById('token').open").await;
        assert_eq!(page.text("document.activeElement.id").await, "token-value");
        page.write("not-the-right-token").await;
        page.keys(&[ENTER]).await;
        page.until("document.getElementById('token-error').textContent === 'The server does not accept this token.'")
            .await;
        assert_eq!(
            page.text("document.getElementById('token-value').value")
                .await,
            ""
        );
        page.write(TOKEN).await;
        page.keys(&[ENTER]).await;
        page.until("document.querySelectorAll('#library-grid .card').length === 6")
            .await;
        page.until("!document.getElementById('token').open").await;
        // Thumbnails come with the token, too.
        page.until("[...document.querySelectorAll('#library-grid img')].every((img) => img.naturalWidth > 0)")
            .await;

        page.choose("queries/pagoda.jpg").await;
        page.groups().await;
        page.press("#results .same .card-picture").await;
        page.until("document.querySelectorAll('#why .lines line').length > 5")
            .await;
        page.keys(&[ESCAPE]).await;

        // It outlives a reload, and not the tab.
        page.goto("").await;
        page.until("document.querySelectorAll('#library-grid .card').length === 6")
            .await;
        assert_eq!(
            page.text("document.getElementById('token').open").await,
            "false"
        );
        assert_eq!(
            page.text("localStorage.length + document.cookie.length")
                .await,
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
    on_page_of(&["cat.jpg"], &arguments, async |page| {
        page.until("document.getElementById('token').open").await;
        page.keys(&[ESCAPE]).await;
        page.until(&format!("{NOTICE}.includes('stays closed')"))
            .await;
    });
}
