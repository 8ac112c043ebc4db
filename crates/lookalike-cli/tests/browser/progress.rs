//! What the page shows while the library is brought up to date.

use crate::common::{Folder, drawn};
use crate::page::on_site;
use crate::site::Site;
use serde_json::json;

/// So many that the page is there before they are read.
const PICTURES: u32 = 150;

#[test]
fn a_folder_that_is_being_indexed_shows_how_far_it_is() {
    let site = || {
        let folder = Folder::empty();
        folder.done(["index", "-q"]);
        for seed in 0..PICTURES {
            folder.write(format!("{seed}.ppm"), &drawn(seed, 640, 480));
        }
        folder.write("broken.jpg", b"no picture");
        Site::serve(folder, &["--watch"])
    };
    on_site(site, |page| {
        let bar = "document.getElementById('indexing-bar')";
        page.until(&format!("{bar}.value > 0 && {bar}.max > {bar}.value"));
        let text = "document.getElementById('indexing-text').textContent";
        let said = page.text(text);
        let of = format!(" of {}", PICTURES + 1);
        assert!(
            said.starts_with("Reading ") && said.ends_with(&of),
            "{said}"
        );
        // It is told to those who do not see it, too.
        let status = "document.getElementById('status').textContent";
        page.until(&format!("{status}.includes('being read')"));

        page.until("document.getElementById('indexing').hidden");
        let count = page.text("document.getElementById('library-count').textContent");
        assert_eq!(count, format!("{PICTURES} pictures"));
        page.until(&format!(
            "{status}.includes('up to date: {PICTURES} pictures')"
        ));
        // The pictures are there, without the page being loaded anew.
        page.until("document.querySelectorAll('#library-grid a').length > 10");
        let untouched = "return performance.getEntriesByType('navigation').length";
        assert_eq!(page.js(untouched), json!(1));
    });
}
