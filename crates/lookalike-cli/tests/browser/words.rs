//! The field for words, which is there where the library's model reads them.

use crate::common::{Folder, tiny_model};
use crate::page::{ENTER, on_page, on_site};
use crate::site::{PAGODAS, Site};
use serde_json::json;

const FIELD: &str = "document.getElementById('words')";

#[test]
fn words_are_searched_where_the_model_reads_them() {
    let site = || {
        let folder = Folder::with(&PAGODAS);
        folder.done(["index", "-q", "--model", &tiny_model("clip")]);
        Site::serve(folder, &[])
    };
    on_site(site, |page| {
        page.until(&format!("!{FIELD}.hidden"));
        page.press("#words-text");
        page.write("a red car");
        page.keys(&[ENTER]);
        let groups = page.groups();
        let groups = groups.as_object().unwrap();
        assert_eq!(
            groups.len(),
            1,
            "words prove no picture the same: {groups:?}"
        );
        let found = groups.values().next().unwrap();
        assert_eq!(found.as_array().unwrap().len(), PAGODAS.len());
        let title = "document.getElementById('query-title').textContent";
        assert_eq!(page.text(title), "“a red car”");
        assert!(page.text("location.search").contains("text=a+red+car"));
        // There is no picture of which a part could be chosen.
        assert_eq!(
            page.js("return document.getElementById('frame').hidden"),
            json!(true)
        );

        // What was found can be looked at, without a comparison, and searched from.
        page.press("#results .card-picture");
        page.until("document.querySelector('#why .only')");
        let said = page.text("document.getElementById('why-caption').textContent");
        assert!(said.contains("Fits the words better than"), "{said}");
        page.press("#why-foot a.primary");
        page.until("location.search.startsWith('?picture=')");
        page.groups();
        page.back();
        page.until(&format!("{title} === '“a red car”'"));
        assert_eq!(
            page.text("document.getElementById('words-text').value"),
            "a red car"
        );
    });
}

#[test]
fn there_is_no_field_where_the_model_reads_no_words() {
    let site = || {
        let folder = Folder::with(&PAGODAS);
        folder.done(["index", "-q", "--model", &tiny_model("vit")]);
        Site::serve(folder, &[])
    };
    on_site(site, |page| {
        page.until("document.querySelector('#library-grid a')");
        page.until("document.getElementById('library-count').textContent");
        assert_eq!(page.js(&format!("return {FIELD}.hidden")), json!(true));
        // An address can ask all the same, and is told why there is no answer.
        page.goto("?text=car");
        page.until("document.getElementById('notices').textContent.includes('text tower')");
    });
}

#[test]
fn nouns_are_searched_without_a_model_of_ones_own() {
    on_page(&["cat.jpg", "coffee.jpg", "rocket.jpg"], |page| {
        page.until(&format!("!{FIELD}.hidden"));
        page.press("#words-text");
        page.write("a cup of coffee");
        page.keys(&[ENTER]);
        let groups = page.groups();
        let found = groups.as_object().unwrap().values().next().unwrap();
        assert_eq!(found[0], "coffee.jpg", "{groups:?}");
        // A word that is not known is told, with one that is.
        page.goto("?text=elefant");
        page.until("document.getElementById('notices').textContent.includes('elephant')");
    });
}
