//! Groups of pictures that are there more than once.

mod common;

use common::{Folder, sample};

fn groups(folder: &Folder, args: &[&str]) -> Vec<(String, Vec<String>)> {
    let ran = folder.run(["dups", "--json"].iter().chain(args));
    let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    let group = |g: serde_json::Value| {
        let paths = g["paths"].as_array().unwrap().iter().map(text).collect();
        assert!(g["score"].as_f64().unwrap() > 0.5);
        (text(&g["kind"]), paths)
    };
    ran.json().into_iter().map(group).collect()
}

#[test]
fn copies_make_a_group_and_strangers_none() {
    let names = [
        "cat.jpg",
        "galaxies.jpg",
        "galaxies-cropped.jpg",
        "galaxies-recompressed.jpg",
        "galaxies-small.webp",
        "rocket.jpg",
        // Shows galaxies, but as a small part of itself.
        "collage.jpg",
    ];
    let folder = Folder::with(&names);
    folder.write(
        "cat again.jpg",
        &std::fs::read(sample("library/cat.jpg")).unwrap(),
    );
    let found = groups(&folder, &[]);
    let expected = [
        ("exact", vec!["cat again.jpg", "cat.jpg"]),
        (
            "same",
            vec![
                "galaxies-cropped.jpg",
                "galaxies-recompressed.jpg",
                "galaxies-small.webp",
                "galaxies.jpg",
            ],
        ),
    ];
    let expected = expected.map(|(kind, paths)| {
        (
            kind.to_owned(),
            paths.into_iter().map(str::to_owned).collect::<Vec<_>>(),
        )
    });
    assert_eq!(found, expected);
    assert_eq!(groups(&folder, &["--kind", "exact"]), expected[..1]);
    let plain = folder.done(["dups"]);
    assert_eq!(plain.stdout.split("\n\n").count(), 3, "{plain:?}");
}

#[test]
fn mirrored_copies_are_seen_where_asked_for() {
    let folder = Folder::with(&["cat.jpg", "cat-mirrored.jpg", "galaxies.jpg", "rocket.jpg"]);
    assert_eq!(folder.run(["dups"]).code, Some(1));
    let found = groups(&folder, &["--mirrored"]);
    let paths = ["cat-mirrored.jpg", "cat.jpg"].map(String::from).to_vec();
    assert_eq!(found, [("same".to_owned(), paths)]);
    // What cannot be read any more is left out.
    std::fs::remove_file(folder.path().join("cat.jpg")).unwrap();
    let found = groups(&folder, &["--mirrored", "--no-index"]);
    assert_eq!(found.len(), 1);
}

#[test]
fn nothing_twice_is_exit_1() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    let ran = folder.run(["dups"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("nothing is there twice"), "{ran:?}");
    let empty = Folder::empty();
    assert_eq!(empty.run(["dups", "--no-index"]).code, Some(2));
}
