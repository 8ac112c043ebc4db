//! One library for many threads.

mod common;

use common::Folder;
use lookalike::{By, Library, SearchOptions, Silent, Threads, UpdateOptions};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const THREADS: usize = 8;
const ROUNDS: usize = 40;

fn shared<T: Send + Sync + Clone>(value: &T) -> T {
    value.clone()
}

/// A writer of its own, as another process has one, moves two pictures from one folder to another and
/// back, each time in one update. Whoever searches meanwhile finds both in the same folder.
#[test]
fn every_answer_is_of_one_state() {
    let folder = Folder::new();
    for seed in 0..8 {
        folder.write(format!("{seed}.ppm"), &common::picture(seed));
    }
    let pair = [common::picture(100), common::picture(101)];
    for (i, picture) in pair.iter().enumerate() {
        folder.write(format!("0/{i}.ppm"), picture);
    }
    folder.update();
    let library = folder.library();
    let done = AtomicBool::new(false);
    let answers = AtomicUsize::new(0);
    let seen = std::thread::scope(|scope| {
        scope.spawn(|| {
            let writer = Library::open(&folder.location()).unwrap();
            for round in 0..ROUNDS {
                let [from, to] = [round % 2, (round + 1) % 2].map(|n| folder.join(n.to_string()));
                std::fs::rename(from, to).unwrap();
                // Segments come and go as well.
                folder.write("more.ppm", &common::picture(1000 + round as u64));
                writer
                    .update(&UpdateOptions::default(), &mut Silent)
                    .unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        let readers: Vec<_> = (0..THREADS)
            .map(|_| {
                let library = shared(&library);
                let (done, pair, answers) = (&done, &pair, &answers);
                scope.spawn(move || {
                    let mut seen = BTreeSet::new();
                    while !done.load(Ordering::Relaxed) {
                        seen.insert(folder_of_both(&library, &pair[0]));
                        answers.fetch_add(1, Ordering::Relaxed);
                    }
                    seen
                })
            })
            .collect();
        let seen = readers.into_iter().map(|reader| reader.join().unwrap());
        seen.fold(BTreeSet::new(), |all, some| &all | &some)
    });
    assert!(answers.into_inner() >= THREADS);
    assert_eq!(seen, ["0".to_owned(), "1".to_owned()].into());
    folder.assert_whole();
}

/// The folder in which a search of all pictures finds the two that move together.
fn folder_of_both(library: &Library, picture: &[u8]) -> String {
    let query = library
        .query_bytes(Path::new("q"), picture, By::Similar, &Threads::default())
        .unwrap();
    let all = SearchOptions {
        top: 100,
        ..SearchOptions::default()
    };
    let hits = library.search(&query, &all).unwrap();
    let inside = hits.iter().filter_map(|hit| hit.path.parent());
    let inside = inside.filter(|parent| *parent != Path::new(""));
    let folders: Vec<String> = inside.map(|p| p.display().to_string()).collect();
    assert_eq!(folders.len(), 2, "{hits:?}");
    assert_eq!(folders[0], folders[1], "{hits:?}");
    folders[0].clone()
}

#[test]
fn clones_are_one_library() {
    let folder = Folder::with_pictures(3);
    folder.update();
    let library = folder.library();
    let clone = shared(&library);
    drop(library);
    folder.write("new.ppm", &common::picture(9));
    folder.update();
    assert_eq!(clone.status().unwrap().pictures, 4);
    assert_eq!(clone.pictures(None, 10).unwrap().len(), 4);
}

/// A library that nobody asks anything keeps no log from being emptied.
#[test]
fn an_idle_library_holds_no_state() {
    let folder = Folder::with_pictures(3);
    folder.update();
    let library = folder.library();
    common::hits(&library, 1, 3);
    folder.write("new.ppm", &common::picture(9));
    folder.update();
    let log = folder.join(".lookalike/catalogue.sqlite-wal");
    assert_eq!(std::fs::metadata(log).map_or(0, |m| m.len()), 0);
    assert_eq!(common::hits(&library, 9, 1)[0].path, Path::new("new.ppm"));
}
