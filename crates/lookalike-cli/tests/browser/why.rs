//! Why a picture was found.

use crate::page::{ENTER, ESCAPE, RIGHT, on_page};
use crate::site::{DIFFERENT, PAGODAS};
use serde_json::json;

const LINES: &str = "document.querySelectorAll('#why .lines line').length";

#[test]
fn a_proof_is_drawn_and_told() {
    on_page(&PAGODAS, |page| {
        page.choose("queries/pagoda.jpg");
        page.groups();
        page.press("#results button[aria-label='Why pagoda-rotated.jpg is the same picture']");
        page.until(&format!("{LINES} > 20"));

        // Both pictures are there, and lines between them, and the outline of each in the other.
        let drawn = page
            .js("const svg = document.querySelector('#why svg.drawing');
                 return [svg.querySelectorAll('image').length, svg.querySelectorAll('polygon').length,
                         svg.querySelectorAll('.dots circle').length > 40,
                         svg.getAttribute('aria-labelledby')]");
        assert_eq!(drawn, json!([2, 2, true, "why-caption"]));
        let inside = page
            .js("const [a, b] = [...document.querySelectorAll('#why svg.drawing > svg')]
                   .filter((part) => part.querySelector('image')).map((part) => part.getBoundingClientRect());
                 const within = (x, y, box) => x >= box.left - 1 && x <= box.right + 1 && y >= box.top - 1 && y <= box.bottom + 1;
                 return [...document.querySelectorAll('#why .lines line')].every((line) => {
                   const place = (x, y) => new DOMPoint(line.getAttribute(x), line.getAttribute(y)).matrixTransform(line.getScreenCTM());
                   const [from, to] = [place('x1', 'y1'), place('x2', 'y2')];
                   return within(from.x, from.y, a) && within(to.x, to.y, b);
                 })");
        assert_eq!(inside, json!(true));
        let caption = page.text("document.getElementById('why-caption').textContent");
        for words in [
            "Same picture",
            "Probability 99.8 %",
            "matches agree",
            "turned by 12°",
        ] {
            assert!(caption.contains(words), "{caption}");
        }

        // One laid over the other: the corners come to lie where the outline was.
        page.press("#why .ways label:nth-of-type(2)");
        page.until("document.querySelector('#why .over-found')");
        let transform = page.text("document.querySelector('#why .over-found').style.transform");
        assert!(transform.starts_with("matrix3d("), "{transform}");

        page.keys(&[ESCAPE]);
        page.until("!document.getElementById('why').open");
        let focus = page.text("document.activeElement.getAttribute('aria-label')");
        assert_eq!(focus, "Why pagoda-rotated.jpg is the same picture");
    });
}

#[test]
fn a_part_is_explained_as_a_part() {
    on_page(&PAGODAS, |page| {
        page.choose("queries/pagoda.jpg");
        page.groups();
        page.drag((0.1, 0.1), (0.7, 0.9));
        page.until("location.search.includes('region=')");
        page.groups();
        page.press("#results button[aria-label='Why pagoda.jpg is the same picture']");
        page.until(&format!("{LINES} > 5"));
        // Of the first picture the part is shown, of the second everything.
        let shares = page
            .js("return [...document.querySelectorAll('#why svg.drawing > svg')]
                   .filter((part) => part.querySelector('image'))
                   .map((part) => part.getAttribute('width') / part.querySelector('image').getAttribute('width'))");
        let share = |i: usize| shares[i].as_f64().unwrap();
        assert!(
            (share(0) - 0.6).abs() < 0.02 && (share(1) - 1.0).abs() < 1e-6,
            "{shares}"
        );

        // From a stored picture, too.
        page.press("#why-foot a[data-route]");
        page.until("document.getElementById('query-name').textContent === 'pagoda.jpg'");
        page.groups();
        page.drag((0.1, 0.1), (0.7, 0.9));
        page.until("location.search.includes('region=')");
        page.groups();
        page.press("#results .same .card-picture");
        page.until(&format!("{LINES} > 5"));
    });
}

#[test]
fn what_is_only_alike_is_compared() {
    on_page(&DIFFERENT, |page| {
        page.choose("library/mountain-path.jpg");
        page.groups();
        page.press("#results .similar .card-picture");
        page.until("document.querySelector('#why svg.drawing')");
        let caption = page.text("document.getElementById('why-caption').textContent");
        assert!(caption.contains("Not proven the same"), "{caption}");
        assert!(caption.contains("They look alike, though"), "{caption}");
        assert_eq!(
            page.js("return document.querySelectorAll('#why polygon').length"),
            json!(0)
        );
    });
}

#[test]
fn a_picture_that_the_browser_cannot_show_is_drawn_by_the_server() {
    on_page(&["cameraman.png", "cat.jpg"], |page| {
        page.choose("library/cameraman-small.tif");
        assert_eq!(page.groups()["Same picture"], json!(["cameraman.png"]));
        assert_eq!(
            page.text("document.getElementById('frame-note').hidden"),
            "false"
        );
        page.press("#results .same .card-picture");
        page.until("document.querySelector('#why img.only')?.naturalWidth > 800");
    });
}

#[test]
fn everything_is_done_with_keys() {
    on_page(&PAGODAS, |page| {
        page.until("document.querySelectorAll('#library-grid .card').length === 6");
        page.tab_to(".skip");
        page.keys(&[ENTER]);
        page.until("document.activeElement.id === 'main'");
        page.tab_to("#drop button");
        page.tab_to("#library-grid a[title^='pagoda-rotated.jpg']");
        page.keys(&[ENTER]);
        page.groups();
        // The page changed as a whole, and the focus is at its start.
        assert_eq!(page.text("document.activeElement.id"), "query-title");

        page.tab_to("#results .same .card-picture");
        let chosen = page.text("document.activeElement.getAttribute('aria-label')");
        page.keys(&[ENTER]);
        page.until(&format!("{LINES} > 5"));
        assert_eq!(page.text("document.activeElement.id"), "why-title");
        let first = page.text("document.getElementById('why-title').textContent");
        page.keys(&[RIGHT]);
        page.until(&format!(
            "document.getElementById('why-title').textContent !== {}",
            json!(first)
        ));
        // The focus stays in the dialog.
        page.tab_to("#why-close");
        page.tab_to("#why-foot button");
        page.tab_to("#why-close");
        page.keys(&[ENTER]);
        page.until("!document.getElementById('why').open");
        assert_eq!(
            page.text("document.activeElement.getAttribute('aria-label')"),
            chosen
        );
        page.keys(&[ENTER]);
        page.until(&format!("{LINES} > 5"));
        page.keys(&[ESCAPE]);
        page.until("!document.getElementById('why').open");
        assert_eq!(
            page.text("document.activeElement.getAttribute('aria-label')"),
            chosen
        );
    });
}
