//! Which files an update of the whole folder would take.

mod common;

use common::{Folder, picture};
use lookalike::Selection;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn set(paths: &[&str]) -> BTreeSet<PathBuf> {
    paths.iter().map(PathBuf::from).collect()
}

const ALL: &[&str] = &[
    "a.ppm",
    "sub/b.ppm",
    "sub/deep/c.ppm",
    ".hidden/d.ppm",
    "private/e.ppm",
    "sub/x.tmp.ppm",
    "notes.txt",
    "missing.ppm",
    "sub/missing/f.ppm",
    ".lookalike/g.ppm",
    "sub",
];

fn folder() -> Folder {
    let folder = Folder::with_pictures(1);
    for name in &ALL[..6] {
        folder.write(name, &picture(7));
    }
    folder.write("notes.txt", b"none");
    folder.write(".lookalikeignore", b"private\n");
    folder.write("sub/.gitignore", b"*.tmp.ppm\n");
    folder.update();
    folder.write(".lookalike/g.ppm", &picture(8));
    folder
}

#[test]
fn they_are_those_that_the_update_takes() {
    let folder = folder();
    let library = folder.library();
    let belonging = library.belonging(&set(ALL)).unwrap();
    assert_eq!(belonging, set(&["a.ppm", "sub/b.ppm", "sub/deep/c.ppm"]));
    let taken: BTreeSet<PathBuf> = common::files(&library).iter().map(PathBuf::from).collect();
    assert!(belonging.is_subset(&taken));
    assert_eq!(
        library.belonging(&BTreeSet::new()).unwrap(),
        BTreeSet::new()
    );
}

#[test]
fn the_recorded_selection_counts() {
    let folder = folder();
    folder.update_with(Selection {
        hidden: true,
        no_ignore: true,
        exclude: vec!["deep".into()],
        max_depth: Some(3),
        ..Selection::default()
    });
    let belonging = folder.library().belonging(&set(ALL)).unwrap();
    let expected = [
        "a.ppm",
        "sub/b.ppm",
        ".hidden/d.ppm",
        "private/e.ppm",
        "sub/x.tmp.ppm",
    ];
    assert_eq!(belonging, set(&expected));
}

#[test]
fn a_list_may_grow() {
    let folder = folder();
    folder.update_with(Selection {
        files: Some(vec![folder.join("a.ppm")]),
        ..Selection::default()
    });
    let library = folder.library();
    assert!(library.is_listed().unwrap());
    let belonging = library
        .belonging(&set(&["private/e.ppm", "missing.ppm"]))
        .unwrap();
    assert_eq!(belonging, set(&["private/e.ppm"]));
}
