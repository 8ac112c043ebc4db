//! Dark and light, on a phone, for screen readers; and the picture in the README.

use crate::page::{Page, on_page};
use crate::site::{DIFFERENT, PAGODAS};
use serde_json::json;

fn fits(page: &Page) {
    let widths = page.js(
        "return [document.documentElement.scrollWidth, window.innerWidth,
             ...[...document.querySelectorAll('main *')].map((e) => e.getBoundingClientRect().right)
               .filter((right) => right > window.innerWidth + 1)]",
    );
    assert_eq!(widths[0], widths[1], "{widths}");
    assert_eq!(widths.as_array().unwrap().len(), 2, "{widths}");
}

#[test]
fn a_phone_needs_no_scrolling_sideways() {
    on_page(&PAGODAS, |page| {
        for (width, height) in [(320, 568), (390, 844)] {
            page.size(width, height, true);
            page.goto("");
            page.until("document.querySelectorAll('#library-grid .card').length === 6");
            fits(page);
            page.choose("queries/pagoda.jpg");
            page.groups();
            fits(page);
            // A finger draws the part, and does not scroll.
            page.drag_with("touch", (0.1, 0.1), (0.8, 0.9));
            page.until("location.search.includes('region=')");
            page.groups();
            fits(page);
            page.press("#results .same .card-picture");
            page.until("document.querySelectorAll('#why .lines line').length > 5");
            fits(page);
            let inside = "document.getElementById('why').scrollWidth <= window.innerWidth";
            assert_eq!(page.js(&format!("return {inside}")), json!(true));
            // The pictures stand one above the other.
            let below = page
                .js("const [a, b] = [...document.querySelectorAll('#why svg.drawing image')].map((e) => e.getBoundingClientRect());
                     return b.top >= a.bottom");
            assert_eq!(below, json!(true));
        }
    });
}

/// Contrast of text on what is behind it, as WCAG counts it.
const CONTRASTS: &str = "
  const channels = (color) => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d');
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const linear = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color[3] > 250) return color;
    }
    return channels('Canvas');
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility() || node.closest('.unseen, .pill, script, noscript, option')) continue;
    const [a, b] = [light(channels(getComputedStyle(node).color)), light(behind(node))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push(`${node.className || node.tagName} ${node.textContent.trim().slice(0, 30)}: ${contrast.toFixed(2)}`);
  }
  return low;";

#[test]
fn dark_and_light_are_both_readable() {
    on_page(&PAGODAS, |page| {
        let mut grounds = Vec::new();
        for scheme in ["light", "dark"] {
            page.prefer("prefers-color-scheme", scheme);
            page.goto("");
            page.until("document.querySelectorAll('#library-grid .card').length === 6");
            assert_eq!(page.js(CONTRASTS), json!([]), "{scheme}, start");
            page.choose("queries/pagoda.jpg");
            page.groups();
            assert_eq!(page.js(CONTRASTS), json!([]), "{scheme}, results");
            page.press("#results .same .card-picture");
            page.until("document.querySelectorAll('#why .lines line').length > 5");
            assert_eq!(page.js(CONTRASTS), json!([]), "{scheme}, why");
            grounds.push(page.text("getComputedStyle(document.documentElement).backgroundColor"));
        }
        assert_ne!(grounds[0], grounds[1]);
    });
}

#[test]
fn whoever_wants_no_motion_gets_none() {
    on_page(&["cat.jpg"], |page| {
        page.prefer("prefers-reduced-motion", "reduce");
        page.goto("");
        page.until("document.querySelector('#library-grid .card')");
        let moving = page
            .js("return [...document.querySelectorAll('*')].filter((e) => {
                   const style = getComputedStyle(e);
                   return style.animationName !== 'none' || style.transitionDuration.split(', ').some((d) => d !== '0s');
                 }).length");
        assert_eq!(moving, json!(0));
    });
}

/// What a screen reader would say of whatever can be operated, by the browser's own accounts.
fn nameless(page: &Page) -> Vec<String> {
    let tree = page.devtools("Accessibility.getFullAXTree", &json!({}));
    let nodes = tree["nodes"].as_array().unwrap();
    let operable = [
        "button",
        "link",
        "textbox",
        "searchbox",
        "checkbox",
        "radio",
        "slider",
        "spinbutton",
        "image",
        "dialog",
    ];
    let mut seen = 0;
    let mut nameless = Vec::new();
    for node in nodes.iter().filter(|node| node["ignored"] == json!(false)) {
        let role = node["role"]["value"].as_str().unwrap_or("");
        if operable.contains(&role) {
            seen += 1;
            if node["name"]["value"]
                .as_str()
                .unwrap_or("")
                .trim()
                .is_empty()
            {
                nameless.push(node.to_string());
            }
        }
    }
    assert!(seen >= 3, "hardly anything to operate: {seen}");
    nameless
}

#[test]
fn everything_has_a_name_for_screen_readers() {
    on_page(&PAGODAS, |page| {
        page.devtools("Accessibility.enable", &json!({}));
        page.until("document.querySelectorAll('#library-grid .card').length === 6");
        assert_eq!(nameless(page), [""; 0]);
        page.choose("queries/pagoda.jpg");
        page.groups();
        page.press("#part-start");
        page.press("#part-numbers summary");
        page.groups();
        assert_eq!(nameless(page), [""; 0]);
        page.press("#results .same .card-picture");
        page.until("document.querySelectorAll('#why .lines line').length > 5");
        assert_eq!(nameless(page), [""; 0]);

        let names = "[...document.querySelectorAll('#results button, #results a')].map((e) => e.ariaLabel ?? e.textContent)";
        let unique = page.js(&format!(
            "const names = {names}; return names.length === new Set(names).size"
        ));
        assert_eq!(unique, json!(true), "{}", page.text(names));
        let landmarks = page
            .js("return ['header', 'main', 'footer', 'h1'].map((name) => [...document.querySelectorAll(`body ${name}`)]
                   .filter((e) => e.checkVisibility()).length)");
        assert_eq!(landmarks, json!([1, 1, 1, 1]));
    });
}

/// With `LOOKALIKE_SCREENSHOT=FILE`, the picture of the page that the README shows.
#[test]
fn a_picture_of_the_page() {
    let mut names = DIFFERENT.to_vec();
    names.extend(["pagoda-cropped.webp", "pagoda-postcard.jpg"]);
    names.extend(["pagoda-rotated.jpg", "pagoda-warmer.jpg"]);
    on_page(&names, |page| {
        page.size(1480, 920, false);
        page.choose("queries/pagoda.jpg");
        assert_eq!(page.groups()["Same picture"].as_array().unwrap().len(), 5);
        page.press("#results .similar button");
        page.until("document.querySelectorAll('#results .similar .card').length >= 5");
        page.js("document.activeElement.blur()");
        page.drag((0.5, 0.5), (0.5, 0.5)); // So that the mouse is over no result.
        page.until(
            "[...document.querySelectorAll('#results img')]
               .filter((img) => img.getBoundingClientRect().top < window.innerHeight)
               .every((img) => img.naturalWidth > 0)",
        );
        if let Some(file) = std::env::var_os("LOOKALIKE_SCREENSHOT") {
            std::fs::write(file, page.screenshot()).unwrap();
        }
    });
}
