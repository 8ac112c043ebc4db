//! What the commands say of a library that is searched by way of a graph.

mod common;

use common::Folder;
use lookalike::{Library, Location, PictureRecords, Settings};
use lookalike_words::WordPicture;

fn records(id: u64) -> PictureRecords {
    let phase = |n: u64| {
        let mixed = (5 * id + n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        (mixed >> 40) as f32 / 1e6
    };
    let wave = |i: usize, n: u64| (phase(n) + i as f32 * (n + 1) as f32 / 50.0).sin();
    PictureRecords {
        name: format!("{id}.jpg").into_bytes(),
        size: (10, 10),
        words: WordPicture::new([10, 10], Vec::new()),
        embedding: (0..1280)
            .map(|i| (0..5).map(|n| wave(i, n)).sum())
            .collect(),
    }
}

#[test]
fn status_and_check_tell_of_it() {
    let folder = Folder::with(&["cat.jpg"]);
    let location = Location::elsewhere(folder.path().join("many"), None);
    let mut many = (0..2100).map(|id| Ok(records(id)));
    Library::import_records(&location, &Settings::default(), &mut many).unwrap();
    let status = folder.done(["status", "--library", "many", "--json"]);
    let graph = status.json().remove(0)["parts"]["embedding"]["graph"].clone();
    assert_eq!(
        (&graph["records"], &graph["degree"]),
        (&2100.into(), &32.into())
    );
    assert!(graph["recall"].as_f64().unwrap() > 0.9 && graph["bytes"].as_u64().unwrap() > 400_000);
    let status = folder.done(["status", "--library", "many"]).stdout;
    assert!(
        status.contains("2100 in 1, ") && status.contains("recall"),
        "{status}"
    );
    let check = folder.done(["check", "--library", "many", "--json"]);
    let recall = check.json().pop().unwrap()["recall"][0].clone();
    assert_eq!(recall["part"], "embedding");
    assert!(recall["recall"].as_f64().unwrap() > 0.9 && recall["samples"].as_u64().unwrap() > 90);
    let check = folder.done(["check", "--library", "many"]).stdout;
    assert!(check.contains("recall of embedding: "), "{check}");
    let search = [
        "search",
        "cat.jpg",
        "--no-index",
        "--by",
        "similar",
        "--library",
        "many",
        "--json",
    ];
    let exact = folder.done([&search[..], &["--exact"]].concat());
    let found = folder.done(search);
    assert_eq!(found.field("path")[0], exact.field("path")[0]);
}
