//! Searches: how a picture comes in, a part of it, what is found, back and forward.

use crate::common::sample;
use crate::page::{DELETE, DOWN, ENTER, Page, RIGHT, SHIFT, on_page};
use crate::site::{DIFFERENT, PAGODAS};
use serde_json::json;

fn pagoda() -> Vec<u8> {
    std::fs::read(sample("queries/pagoda.jpg")).unwrap()
}

fn finds_pagodas(page: &Page) {
    let mut groups = page.groups();
    let same = groups["Same picture"].as_array_mut().unwrap();
    same.sort_by_key(ToString::to_string);
    let expected = ["pagoda-cropped.webp", "pagoda-rotated.jpg", "pagoda.jpg"];
    assert_eq!(groups["Same picture"], json!(expected));
}

#[test]
fn a_picture_is_dropped() {
    on_page(&PAGODAS, |page| {
        page.drop_file("temple.jpg", "image/jpeg", &pagoda());
        finds_pagodas(page);
        assert_eq!(
            page.text("document.getElementById('query-name').textContent"),
            "temple.jpg"
        );
        assert_eq!(page.text("document.title"), "temple.jpg · lookalike");
        let said = page.text("document.getElementById('status').textContent");
        assert!(said.starts_with("3 pictures are the same"), "{said}");
    });
}

#[test]
fn a_picture_is_pasted() {
    on_page(&PAGODAS, |page| {
        page.paste_file("image.png", "image/jpeg", &pagoda());
        finds_pagodas(page);
    });
}

#[test]
fn a_file_is_chosen() {
    on_page(&PAGODAS, |page| {
        page.choose("queries/pagoda.jpg");
        finds_pagodas(page);
        // Another one, even the same again, takes its place.
        page.choose("library/cat.jpg");
        page.until("document.getElementById('query-name').textContent === 'cat.jpg'");
        assert_eq!(page.groups()["Same picture"], json!(["cat.jpg"]));
    });
}

#[test]
fn both_groups_are_shown_and_searched_from() {
    on_page(&DIFFERENT, |page| {
        page.choose("library/mountain-path.jpg");
        let groups = page.groups();
        assert_eq!(groups["Same picture"], json!(["mountain-path.jpg"]));
        assert_eq!(groups["Looks alike"], json!(["mountain-meadow.jpg"]));

        // From what was found, without what is the query now.
        page.press("#results .similar a[data-route]");
        page.until("document.getElementById('query-name').textContent === 'mountain-meadow.jpg'");
        let groups = page.groups();
        assert_eq!(groups["Same picture"], json!([]));
        assert_eq!(groups["Looks alike"], json!(["mountain-path.jpg"]));
        assert!(page.text("location.search").starts_with("?picture="));
    });
}

#[test]
fn where_nothing_is_found_the_nearest_can_be_asked_for() {
    on_page(&DIFFERENT, |page| {
        page.choose("queries/retina-not-in-library.jpg");
        let groups = page.groups();
        assert_eq!(groups, json!({ "Same picture": [], "Looks alike": [] }));
        let empty = "[...document.querySelectorAll('.empty p')].map((p) => p.textContent).join()";
        assert_eq!(
            page.text(empty),
            "No picture here is proven to be the same.,No picture here is alike enough to stand out."
        );

        page.press("#results .similar button");
        page.until("document.querySelector('#results .similar .card')");
        let groups = page.groups();
        assert!(
            groups["Nearest in looks"].as_array().unwrap().len() >= 10,
            "{groups}"
        );
        // The button is gone: the focus is on what it brought.
        page.until("document.activeElement.closest('.similar .card')");

        page.press("#results .same button");
        page.until("[...document.querySelectorAll('#results h2')].some((h) => h.textContent.startsWith('Came closest'))");
    });
}

#[test]
fn a_part_is_searched_for_with_the_mouse() {
    // What the corners of the collage show, and the cat, which is not in it.
    let names = ["cat.jpg", "dahlia.jpg", "drum.jpg", "forest-stream.jpg"];
    on_page(&names, |page| {
        page.choose("library/collage.jpg");
        let whole = page.groups()["Same picture"].clone();
        assert_eq!(whole.as_array().unwrap().len(), 3, "{whole}");

        page.drag((0.02, 0.02), (0.48, 0.48));
        page.until("location.search.includes('region=')");
        let first = page.groups()["Same picture"].clone();
        assert_eq!(first, json!(["forest-stream.jpg"]));

        // Moved to the opposite corner.
        page.drag((0.25, 0.25), (0.76, 0.76));
        let region = "new URL(location.href).searchParams.get('region').split(',').map(Number)";
        page.until(&format!("{region}[0] > 50 && {region}[1] > 50"));
        let second = page.groups()["Same picture"].clone();
        assert_eq!(second, json!(["drum.jpg"]));

        // A press beside it takes it away.
        page.drag((0.1, 0.1), (0.1, 0.1));
        page.until("!location.search.includes('region=')");
        assert_eq!(page.groups()["Same picture"], whole);

        page.back();
        page.until("location.search.includes('region=')");
        assert_eq!(page.groups()["Same picture"], second);
    });
}

#[test]
fn a_part_is_searched_for_with_keys_and_in_numbers() {
    on_page(&PAGODAS, |page| {
        page.choose("queries/pagoda.jpg");
        page.groups();
        page.tab_to("#part-start");
        page.keys(&[ENTER]);
        page.until("document.activeElement.id === 'part'");
        page.keys(&[RIGHT, RIGHT, DOWN]);
        page.keys(&[SHIFT, RIGHT]);
        page.until("location.search === '?' + new URLSearchParams([['upload', new URL(location.href).searchParams.get('upload')], ['region', '29,27,52,50']])");
        finds_pagodas(page);
        let label = page.text("document.getElementById('part').getAttribute('aria-label')");
        assert_eq!(
            label,
            "Part of the picture: 29% from the left, 27% from the top, 52% wide, 50% high"
        );
        assert_eq!(page.text("document.activeElement.id"), "part");

        page.press("#part-numbers summary");
        page.tab_to("#part-width");
        page.js("document.activeElement.select()");
        page.write("30");
        page.keys(&[ENTER]);
        page.until("location.search.includes('29%2C27%2C30%2C50')");

        page.js("document.getElementById('part').focus()");
        page.keys(&[DELETE]);
        page.until("!location.search.includes('region=')");
        assert_eq!(page.text("document.activeElement.id"), "part-start");
        finds_pagodas(page);
    });
}

#[test]
fn back_and_forward_lead_through_the_searches() {
    on_page(&PAGODAS, |page| {
        page.until("document.querySelectorAll('#library-grid .card').length === 6");
        page.press("#library-grid a[title^='cat.jpg']");
        page.until("document.getElementById('query-name').textContent === 'cat.jpg'");
        page.groups();
        page.choose("queries/pagoda.jpg");
        page.until("document.getElementById('query-name').textContent === 'pagoda.jpg'");
        finds_pagodas(page);

        page.back();
        page.until("document.getElementById('query-name').textContent === 'cat.jpg'");
        assert_eq!(page.groups()["Same picture"], json!([]));
        page.back();
        page.until("!document.getElementById('start').hidden");
        page.forward();
        page.forward();
        page.until("document.getElementById('query-name').textContent === 'pagoda.jpg'");
        finds_pagodas(page);

        // A reload loses what was only dropped, and says so.
        page.js("location.reload()");
        page.until("document.getElementById('notices').textContent.includes('no longer here')");
    });
}
