//! Searches: how a picture comes in, a part of it, what is found, back and forward.

use crate::common::sample;
use crate::page::{DELETE, DOWN, ENTER, Page, RIGHT, SHIFT, on_page};
use crate::site::{DIFFERENT, PAGODAS};
use serde_json::json;

fn pagoda() -> Vec<u8> {
    std::fs::read(sample("queries/pagoda.jpg")).unwrap()
}

async fn finds_pagodas(page: &Page) {
    let mut groups = page.groups().await;
    let same = groups["Same picture"].as_array_mut().unwrap();
    same.sort_by_key(ToString::to_string);
    let expected = ["pagoda-cropped.webp", "pagoda-rotated.jpg", "pagoda.jpg"];
    assert_eq!(groups["Same picture"], json!(expected));
}

#[test]
fn a_picture_is_dropped() {
    on_page(&PAGODAS, async |page| {
        page.drop_file("temple.jpg", "image/jpeg", &pagoda()).await;
        finds_pagodas(page).await;
        assert_eq!(
            page.text("document.getElementById('query-name').textContent")
                .await,
            "temple.jpg"
        );
        assert_eq!(page.text("document.title").await, "temple.jpg · lookalike");
        let said = page
            .text("document.getElementById('status').textContent")
            .await;
        assert!(said.starts_with("3 pictures are the same"), "{said}");
    });
}

#[test]
fn a_picture_is_pasted() {
    on_page(&PAGODAS, async |page| {
        page.paste_file("image.png", "image/jpeg", &pagoda()).await;
        finds_pagodas(page).await;
    });
}

#[test]
fn a_file_is_chosen() {
    on_page(&PAGODAS, async |page| {
        page.choose("queries/pagoda.jpg").await;
        finds_pagodas(page).await;
        // Another one, even the same again, takes its place.
        page.choose("library/cat.jpg").await;
        page.until("document.getElementById('query-name').textContent === 'cat.jpg'")
            .await;
        assert_eq!(page.groups().await["Same picture"], json!(["cat.jpg"]));
    });
}

#[test]
fn both_groups_are_shown_and_searched_from() {
    on_page(&DIFFERENT, async |page| {
        page.choose("library/mountain-path.jpg").await;
        let groups = page.groups().await;
        assert_eq!(groups["Same picture"], json!(["mountain-path.jpg"]));
        assert_eq!(groups["Looks alike"], json!(["mountain-meadow.jpg"]));

        // From what was found, without what is the query now.
        page.press("#results .similar a[data-route]").await;
        page.until("document.getElementById('query-name').textContent === 'mountain-meadow.jpg'")
            .await;
        let groups = page.groups().await;
        assert_eq!(groups["Same picture"], json!([]));
        assert_eq!(groups["Looks alike"], json!(["mountain-path.jpg"]));
        assert!(page.text("location.search").await.starts_with("?picture="));
    });
}

#[test]
fn where_nothing_is_found_the_nearest_can_be_asked_for() {
    on_page(&DIFFERENT, async |page| {
        page.choose("queries/retina-not-in-library.jpg").await;
        let groups = page.groups().await;
        assert_eq!(groups, json!({ "Same picture": [], "Looks alike": [] }));
        let empty = "[...document.querySelectorAll('.empty p')].map((p) => p.textContent).join()";
        assert_eq!(
            page.text(empty).await,
            "No picture here is proven to be the same.,No picture here is alike enough to stand out."
        );

        page.press("#results .similar button").await;
        page.until("document.querySelector('#results .similar .card')")
            .await;
        let groups = page.groups().await;
        assert!(
            groups["Nearest in looks"].as_array().unwrap().len() >= 10,
            "{groups}"
        );
        // The button is gone: the focus is on what it brought.
        page.until("document.activeElement.closest('.similar .card')")
            .await;

        page.press("#results .same button").await;
        page.until("[...document.querySelectorAll('#results h2')].some((h) => h.textContent.startsWith('Came closest'))")
            .await;
    });
}

#[test]
fn a_part_is_searched_for_with_the_mouse() {
    // What the corners of the collage show, and the cat, which is not in it.
    let names = ["cat.jpg", "dahlia.jpg", "drum.jpg", "forest-stream.jpg"];
    on_page(&names, async |page| {
        page.choose("library/collage.jpg").await;
        let whole = page.groups().await["Same picture"].clone();
        assert_eq!(whole.as_array().unwrap().len(), 3, "{whole}");

        page.drag((0.02, 0.02), (0.48, 0.48)).await;
        page.until("location.search.includes('region=')").await;
        let first = page.groups().await["Same picture"].clone();
        assert_eq!(first, json!(["forest-stream.jpg"]));

        // Moved to the opposite corner.
        page.drag((0.25, 0.25), (0.76, 0.76)).await;
        let region = "new URL(location.href).searchParams.get('region').split(',').map(Number)";
        page.until(&format!("{region}[0] > 50 && {region}[1] > 50"))
            .await;
        let second = page.groups().await["Same picture"].clone();
        assert_eq!(second, json!(["drum.jpg"]));

        // A press beside it takes it away.
        page.drag((0.1, 0.1), (0.1, 0.1)).await;
        page.until("!location.search.includes('region=')").await;
        assert_eq!(page.groups().await["Same picture"], whole);

        page.back().await;
        page.until("location.search.includes('region=')").await;
        assert_eq!(page.groups().await["Same picture"], second);
    });
}

#[test]
fn a_part_is_searched_for_with_keys_and_in_numbers() {
    on_page(&PAGODAS, async |page| {
        page.choose("queries/pagoda.jpg").await;
        page.groups().await;
        page.tab_to("#part-start").await;
        page.keys(&[ENTER]).await;
        page.until("document.activeElement.id === 'part'").await;
        page.keys(&[RIGHT, RIGHT, DOWN]).await;
        page.keys(&[SHIFT, RIGHT]).await;
        page.until("location.search === '?' + new URLSearchParams([['upload', new URL(location.href).searchParams.get('upload')], ['region', '29,27,52,50']])")
            .await;
        finds_pagodas(page).await;
        let label = page
            .text("document.getElementById('part').getAttribute('aria-label')")
            .await;
        assert_eq!(
            label,
            "Part of the picture: 29% from the left, 27% from the top, 52% wide, 50% high"
        );
        assert_eq!(page.text("document.activeElement.id").await, "part");

        page.press("#part-numbers summary").await;
        page.tab_to("#part-width").await;
        page.js("document.activeElement.select()").await;
        page.write("30").await;
        page.keys(&[ENTER]).await;
        page.until("location.search.includes('29%2C27%2C30%2C50')")
            .await;

        page.js("document.getElementById('part').focus()").await;
        page.keys(&[DELETE]).await;
        page.until("!location.search.includes('region=')").await;
        assert_eq!(page.text("document.activeElement.id").await, "part-start");
        finds_pagodas(page).await;
    });
}

#[test]
fn back_and_forward_lead_through_the_searches() {
    on_page(&PAGODAS, async |page| {
        page.until("document.querySelectorAll('#library-grid .card').length === 6")
            .await;
        page.press("#library-grid a[title^='cat.jpg']").await;
        page.until("document.getElementById('query-name').textContent === 'cat.jpg'")
            .await;
        page.groups().await;
        page.choose("queries/pagoda.jpg").await;
        page.until("document.getElementById('query-name').textContent === 'pagoda.jpg'")
            .await;
        finds_pagodas(page).await;

        page.back().await;
        page.until("document.getElementById('query-name').textContent === 'cat.jpg'")
            .await;
        assert_eq!(page.groups().await["Same picture"], json!([]));
        page.back().await;
        page.until("!document.getElementById('start').hidden").await;
        page.forward().await;
        page.forward().await;
        page.until("document.getElementById('query-name').textContent === 'pagoda.jpg'")
            .await;
        finds_pagodas(page).await;

        // A reload loses what was only dropped, and says so.
        page.js("location.reload()").await;
        page.until("document.getElementById('notices').textContent.includes('no longer here')")
            .await;
    });
}
