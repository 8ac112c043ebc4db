//! Searches beside a writer: what is found is of one state of the library.

mod common;

use common::{Folder, options};
use lookalike::{By, SearchOptions, Silent};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn both_kinds_of_hits_are_of_one_moment() {
    let folder = Folder::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures/library");
    let picture = std::fs::read(samples.join("cat.jpg")).unwrap();
    folder.write("a.jpg", &picture);
    // Enough of them that being alike is beyond chance.
    for seed in 0..8 {
        folder.write(format!("{seed}.ppm"), &common::picture(seed));
    }
    folder.update();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // One file, whose name goes from one to the other and back, each time in one update.
            let names = ["a.jpg", "b.jpg"].map(|name| folder.join(name));
            let library = folder.library();
            for round in 0..60 {
                std::fs::rename(&names[round % 2], &names[(round + 1) % 2]).unwrap();
                library.update(&options(), &mut Silent).unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        let library = folder.library();
        let query = library
            .query_bytes(Path::new("q"), &picture, By::All, &1.into())
            .unwrap();
        let mut names = std::collections::BTreeSet::new();
        while !done.load(Ordering::Relaxed) {
            let hits = library.search(&query, &SearchOptions::default()).unwrap();
            let cats = hits
                .iter()
                .filter(|hit| hit.path.extension() == Some("jpg".as_ref()));
            let cats: Vec<_> = cats.map(|hit| hit.path.clone()).collect();
            assert_eq!(cats.len(), 1, "{cats:?}");
            names.extend(cats);
        }
        assert_eq!(names.len(), 2);
    });
    folder.assert_whole();
}
