//! `same` on pictures that have little or nothing to compare.

mod common;

use common::{Folder, sample};

fn ppm(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [u8; 3]) -> Vec<u8> {
    let mut file = format!("P6\n{width} {height}\n255\n").into_bytes();
    for y in 0..height {
        for x in 0..width {
            file.extend(pixel(x, y));
        }
    }
    file
}

/// A page of text: letters of an alphabet of 26 in rows, black on white, each page another text.
fn page(seed: u32, size: usize, shift: (usize, usize)) -> Vec<u8> {
    const ROWS: usize = 7;
    let mix = |mut v: u32| {
        for _ in 0..2 {
            v = (v ^ v >> 16).wrapping_mul(0x045d_9f3b);
        }
        v ^ v >> 16
    };
    ppm(size, size, |x, y| {
        let (x, y) = ((x + shift.0) / 2, (y + shift.1) / 2);
        let (column, row) = (x / 7, y / 12);
        let (dx, dy) = (x % 7, y % 12);
        let letter = mix(seed * 100_000 + (row * 1000 + column) as u32) % 30;
        let ink = letter < 26 && dx < 5 && dy < ROWS && {
            // The same stroke is in many letters, as in any alphabet.
            mix(9_000 + letter * 64 + (dy * 5 + dx) as u32) % 5 < 2
        };
        if ink { [20, 20, 25] } else { [250, 250, 245] }
    })
}

fn odd() -> Folder {
    let folder = Folder::with(&["cat.jpg", "coffee.jpg", "pagoda.jpg"]);
    folder.write("flat.ppm", &ppm(300, 200, |_, _| [90, 120, 200]));
    folder.write(
        "tall.ppm",
        &ppm(1, 10_000, |_, y| [(y * 37 % 256) as u8; 3]),
    );
    folder.write(
        "wide.ppm",
        &ppm(10_000, 1, |x, _| [(x * 37 % 256) as u8; 3]),
    );
    folder.write("dot.ppm", &ppm(1, 1, |_, _| [7; 3]));
    for seed in 1..4 {
        folder.write(format!("page{seed}.ppm"), &page(seed, 500, (0, 0)));
    }
    let cat = std::fs::read(sample("library/cat.jpg")).unwrap();
    folder.write("copy/cat.jpg", &cat);
    folder
}

#[test]
fn a_picture_of_the_library_finds_itself_whatever_it_shows() {
    let folder = odd();
    folder.done(["index", "-q"]);
    for name in ["flat.ppm", "tall.ppm", "wide.ppm", "dot.ppm", "page2.ppm"] {
        let lines = folder
            .done(["search", name, "--by", "same", "--json"])
            .json();
        let same: Vec<_> = lines.iter().filter(|l| l["kind"] == "same").collect();
        assert_eq!(same.len(), 1, "{name}: {lines:?}");
        assert_eq!(
            (&same[0]["path"], &same[0]["score"]),
            (&name.into(), &1.0.into())
        );
    }
    // One picture in two files is two hits.
    let cats = folder.done(["search", "cat.jpg", "--by", "same", "--json"]);
    let same = cats
        .json()
        .into_iter()
        .filter(|line| line["kind"] == "same");
    let mut paths: Vec<_> = same.map(|line| line["path"].clone()).collect();
    paths.sort_by_key(|path| path.to_string());
    assert_eq!(paths, ["cat.jpg", "copy/cat.jpg"]);
    let groups = folder.done(["dups", "--json"]).json();
    assert_eq!(groups.len(), 1, "{groups:?}");
}

#[test]
fn strangers_with_nothing_to_compare_are_not_proven() {
    let folder = odd();
    folder.done(["index", "-q"]);
    let elsewhere = Folder::empty();
    let queries = [
        ("flat", ppm(300, 200, |_, _| [90, 121, 200])),
        ("tall", ppm(1, 10_000, |_, y| [(y * 41 % 256) as u8; 3])),
        ("wide", ppm(10_000, 1, |x, _| [(x * 41 % 256) as u8; 3])),
        ("dot", ppm(1, 1, |_, _| [9; 3])),
        ("page", page(9, 500, (0, 0))),
    ];
    for (name, bytes) in queries {
        let query = elsewhere.write(format!("{name}.ppm"), &bytes);
        let query = query.to_str().unwrap();
        let ran = folder.run(["search", query, "--by", "same", "--json"]);
        assert_eq!(ran.code, Some(1), "{name}: {ran:?}");
        assert_eq!(ran.stderr, "nothing found\n", "{name}");
        assert!(
            ran.field("kind").iter().all(|kind| kind == "candidate"),
            "{name}: {ran:?}"
        );
    }
}

#[test]
fn a_part_of_a_page_of_text_is_found_on_that_page_alone() {
    let folder = odd();
    folder.done(["index", "-q"]);
    let part = folder.write("part.ppm", &page(3, 320, (90, 110)));
    let part = part.to_str().unwrap();
    let ran = folder.done(["search", part, "--no-index", "--by", "same", "--json"]);
    let same = ran.json().into_iter().filter(|line| line["kind"] == "same");
    let paths: Vec<_> = same.map(|line| line["path"].clone()).collect();
    assert_eq!(paths, ["page3.ppm"]);
}
