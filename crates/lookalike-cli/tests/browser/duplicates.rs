//! What is there more than once, and "not the same picture".

use crate::page::{Page, on_page, on_page_of};
use crate::site::PAGODAS;
use serde_json::json;

const GALAXIES: [&str; 5] = [
    "cat.jpg",
    "galaxies.jpg",
    "galaxies-cropped.jpg",
    "galaxies-recompressed.jpg",
    "rocket.jpg",
];

fn cards(page: &Page) -> serde_json::Value {
    page.js(
        "return [...document.querySelectorAll('.dups-group .card')].map((card) =>
           [card.querySelector('.card-name')?.textContent, card.querySelector('.pill')?.textContent])",
    )
}

#[test]
fn groups_say_what_to_keep_and_what_is_said_of_them_is_kept() {
    on_page(&GALAXIES, |page| {
        page.press("#to-dups");
        page.until("document.querySelectorAll('.dups-group .card').length === 3");
        assert_eq!(page.text("location.search"), "?place=duplicates");
        assert_eq!(page.text("document.title"), "Duplicates · lookalike");
        assert_eq!(
            cards(page),
            json!([
                ["galaxies.jpg", "Keep"],
                ["galaxies-cropped.jpg", "Stays"],
                ["galaxies-recompressed.jpg", "Redundant"],
            ])
        );
        let note = page.text("document.getElementById('dups-note').textContent");
        assert!(note.starts_with("1 group. 1 file is redundant, "), "{note}");
        page.keys(&['j']);
        page.until("document.activeElement.classList.contains('dups-group')");

        page.press(".dups-group .redundant .judge");
        page.until("document.querySelector('.card.aside')");
        page.press(".card.aside button");
        page.until("!document.querySelector('.card.aside')");
        page.press(".dups-group .redundant .judge");
        page.until("document.querySelector('.card.aside')");
        // Another look finds it obeyed.
        page.js("location.reload()");
        page.until("document.querySelectorAll('.dups-group .card').length === 2");

        page.choose("library/galaxies.jpg");
        page.until("document.getElementById('query-name').textContent === 'galaxies.jpg'");
        let same = page.groups()["Same picture"].clone();
        assert_eq!(same, json!(["galaxies.jpg", "galaxies-cropped.jpg"]));
        page.back();
        page.until("!document.getElementById('dups').hidden");
    });
}

#[test]
fn a_hit_is_said_to_be_another_picture() {
    on_page(&PAGODAS, |page| {
        page.choose("queries/pagoda.jpg");
        page.groups();
        let before = page.text("document.querySelectorAll('#results .same .card').length");
        assert_eq!(before, "3");
        let name = page.text("document.querySelector('#results .same .card-name').textContent");
        page.press("#results .same .judge");
        page.until("document.querySelector('.card.aside')");
        page.choose("queries/pagoda.jpg");
        page.until("document.querySelectorAll('#results .same .card').length === 2 && !document.querySelector('.card.aside')");
        let rest = page.groups()["Same picture"].to_string();
        assert!(!rest.contains(&name), "{rest}");
    });
}

#[test]
fn where_nothing_may_be_changed_nothing_can_be_said() {
    on_page_of(&PAGODAS, &["--read-only"], |page| {
        page.choose("queries/pagoda.jpg");
        page.groups();
        let shown = "[...document.querySelectorAll('.judge')].some((b) => b.checkVisibility())";
        assert_eq!(page.text(shown), "false");
    });
}
