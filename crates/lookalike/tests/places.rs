//! Files that hold many pictures: pages of TIFF, frames of animations.

mod common;

use common::{Folder, picture};
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, RgbaImage};
use lookalike::decode::{
    DecodeError, DecodeOptions, Limits, decode_bytes, decode_place, decode_places, places,
};
use lookalike::same::{GroupKind, GroupOptions};
use lookalike::{By, Hit, Place, SearchOptions, Selection, Source};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The pixels of the picture of a seed.
fn pixels(seed: u64) -> (u32, u32, Vec<u8>) {
    let decoded = decode_bytes(&picture(seed), &DecodeOptions::default()).unwrap();
    (decoded.width, decoded.height, decoded.rgb)
}

/// An uncompressed TIFF with a page for each of these pictures; a thumbnail of the first stands behind
/// it, and calls itself one.
fn tiff(seeds: &[u64]) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    let mut pages: Vec<(u64, u32)> = seeds.iter().map(|&seed| (seed, 0)).collect();
    if !pages.is_empty() {
        pages.insert(1, (999, 1));
    }
    for (seed, kind) in pages {
        let (width, height, rgb) = pixels(seed);
        let data = file.len() as u32;
        file.extend(&rgb);
        let bits = file.len() as u32;
        file.extend([8, 0, 8, 0, 8, 0]);
        let start = file.len() as u32;
        file[link..link + 4].copy_from_slice(&start.to_le_bytes());
        let entries = [
            (254u16, 4u16, 1u32, kind),
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 3, bits),
            (259, 3, 1, 1),
            (262, 3, 1, 2),
            (273, 4, 1, data),
            (277, 3, 1, 3),
            (278, 4, 1, height),
            (279, 4, 1, rgb.len() as u32),
        ];
        file.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(count.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        link = file.len();
        file.extend([0; 4]);
    }
    file
}

fn gif(seeds: &[u64]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for &seed in seeds {
        let (width, height, rgb) = pixels(seed);
        let (rgb, _) = rgb.as_chunks::<3>();
        let rgba = rgb.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
        let frame = RgbaImage::from_raw(width, height, rgba).unwrap();
        let frame = Frame::from_parts(frame, 0, 0, Delay::from_numer_denom_ms(100, 1));
        encoder.encode_frame(frame).unwrap();
    }
    drop(encoder);
    file
}

fn numbers(bytes: &[u8], most: u32) -> Vec<(&'static str, u32)> {
    let places = places(bytes, &Limits::default(), most);
    places.into_iter().map(Place::parts).collect()
}

/// The hits of the picture of a seed, by vector: path, place, score.
fn found(folder: &Folder, seed: u64) -> Vec<Hit> {
    let library = folder.library();
    let name = Path::new("query");
    let query = library
        .query_bytes(name, &picture(seed), By::Vector, &1.into())
        .unwrap();
    library.search(&query, &SearchOptions::default()).unwrap()
}

fn best(folder: &Folder, seed: u64) -> (String, Option<Place>) {
    let hit = &found(folder, seed)[0];
    assert!(hit.score > 0.98, "{hit:?}");
    (hit.path.to_string_lossy().into_owned(), hit.place)
}

#[test]
fn pages_and_frames_are_listed_and_decoded() {
    let scan = tiff(&[1, 2, 3]);
    assert_eq!(numbers(&scan, 8), [("page", 1), ("page", 2), ("page", 3)]);
    let film = gif(&[4, 5, 6, 7]);
    assert_eq!(numbers(&film, 2), [("frame", 1), ("frame", 3)]);
    assert_eq!(numbers(&film, 8).len(), 4);
    for single in [tiff(&[1]), gif(&[1]), picture(1), b"no picture".to_vec()] {
        assert_eq!(numbers(&single, 8), []);
    }
    let options = DecodeOptions::default();
    let page = |n| decode_place(&scan, Some(Place::Page(n)), &options);
    assert_eq!(page(2).unwrap().rgb, pixels(2).2);
    assert_eq!(page(3).unwrap().rgb, pixels(3).2);
    assert_eq!(decode_bytes(&scan, &options).unwrap().rgb, pixels(1).2);
    let none = page(4).unwrap_err();
    assert_eq!(none.to_string(), "TIFF: there is no page 4");
    let frame = decode_place(&film, Some(Place::Frame(3)), &options).unwrap();
    let difference = frame
        .rgb
        .iter()
        .zip(pixels(6).2)
        .map(|(a, b)| u32::from(a.abs_diff(b)));
    assert!(difference.max().unwrap() < 12);
}

#[test]
fn a_loop_of_pages_ends() {
    let mut scan = tiff(&[1, 2]);
    // The last directory names the first as the next.
    let first = scan[4..8].to_vec();
    let end = scan.len() - 4;
    scan[end..].copy_from_slice(&first);
    assert_eq!(numbers(&scan, 8).len(), 2);
}

#[test]
fn the_damage_of_a_page_is_its_own() {
    let mut scan = tiff(&[1, 2, 3]);
    // The second page claims to be compressed by a method that nobody knows.
    let at = scan
        .windows(8)
        .rposition(|w| w == [3, 1, 3, 0, 1, 0, 0, 0])
        .unwrap();
    let at = scan[..at]
        .windows(8)
        .rposition(|w| w == [3, 1, 3, 0, 1, 0, 0, 0])
        .unwrap();
    scan[at + 8] = 77;
    let mut told = Vec::new();
    let all = places(&scan, &Limits::default(), 8);
    decode_places(
        &scan,
        &all,
        &DecodeOptions::default(),
        &mut |place, picture| {
            told.push((place.parts().1, picture.is_ok()));
            ControlFlow::Continue(())
        },
    );
    assert_eq!(told, [(1, true), (2, false), (3, true)]);

    let folder = Folder::new();
    folder.write("scan.tif", &scan);
    let (summary, told) = folder.update();
    assert_eq!(
        (summary.indexed, summary.failed, summary.pictures),
        (1, 1, 2)
    );
    assert_eq!(told.len(), 2);
    assert!(
        told[0].starts_with("! scan.tif (page 2): TIFF: "),
        "{told:?}"
    );
    assert_eq!(best(&folder, 3), ("scan.tif".into(), Some(Place::Page(3))));
    let failed = folder.library().failed_files().unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].place, Some(Place::Page(2)));
    // It is known, and not told again.
    let (summary, told) = folder.update();
    assert_eq!((summary.unchanged, summary.failed, told.len()), (1, 0, 0));
    folder.assert_whole();
}

#[test]
fn each_picture_of_a_file_is_found_in_its_place() {
    let folder = Folder::with_pictures(1);
    folder.write("scan.tif", &tiff(&[10, 11, 12]));
    folder.write("film.gif", &gif(&[20, 21, 22]));
    folder.write("single.tif", &tiff(&[30]));
    let (summary, _) = folder.update();
    assert_eq!((summary.indexed, summary.pictures), (4, 8));
    let page = |n| ("scan.tif".to_owned(), Some(Place::Page(n)));
    assert_eq!(best(&folder, 10), page(1));
    assert_eq!(best(&folder, 12), page(3));
    assert_eq!(
        best(&folder, 21),
        ("film.gif".into(), Some(Place::Frame(2)))
    );
    assert_eq!(best(&folder, 30), ("single.tif".into(), None));
    assert_eq!(best(&folder, 0), ("0.ppm".into(), None));
    // Of an animation the best frame is the hit.
    let film = |hit: &&Hit| hit.path == Path::new("film.gif");
    assert_eq!(found(&folder, 21).iter().filter(film).count(), 1);
    let files = folder.files();
    assert!(files.contains(&"scan.tif#page=2".to_owned()), "{files:?}");
    assert!(files.contains(&"single.tif".to_owned()), "{files:?}");

    // Moved and copied, no page is read again.
    std::fs::rename(folder.join("scan.tif"), folder.join("moved.tif")).unwrap();
    std::fs::copy(folder.join("film.gif"), folder.join("copy.gif")).unwrap();
    let (summary, told) = folder.update();
    assert_eq!(
        (summary.moved, summary.indexed, summary.pictures),
        (1, 1, 8)
    );
    assert_eq!(told, ["+ copy.gif", "scan.tif > moved.tif"]);
    assert_eq!(
        best(&folder, 12),
        ("moved.tif".into(), Some(Place::Page(3)))
    );

    std::fs::remove_file(folder.join("moved.tif")).unwrap();
    let (summary, _) = folder.update();
    assert_eq!((summary.removed, summary.pictures), (1, 5));
    folder.assert_whole();
}

#[test]
fn another_number_of_frames_is_made_of_what_is_there() {
    let folder = Folder::with_pictures(1);
    folder.write("film.gif", &gif(&[20, 21, 22, 23]));
    let pictures = |most| {
        let selection = Selection {
            max_frames: most,
            ..Selection::default()
        };
        folder.update_with(selection).0.pictures
    };
    assert_eq!(pictures(None), 5);
    assert_eq!(pictures(Some(2)), 3);
    assert_eq!(
        best(&folder, 22),
        ("film.gif".into(), Some(Place::Frame(3)))
    );
    assert_eq!(pictures(Some(3)), 4);
    folder.assert_whole();
    // It is remembered: a plain update changes nothing.
    let (summary, _) = folder.update();
    assert_eq!((summary.unchanged, summary.pictures), (2, 4));
}

#[test]
fn pictures_of_one_file_are_no_copies_of_each_other() {
    let folder = Folder::new();
    folder.write("film.gif", &gif(&[1, 1, 1, 2]));
    folder.write("same.tif", &tiff(&[3, 3]));
    folder.update();
    let groups = |kind| {
        let options = GroupOptions {
            kind,
            mirrored: false,
            threads: 1.into(),
            progress: None,
        };
        folder.library().groups(&options).unwrap()
    };
    assert_eq!(groups(GroupKind::Exact), []);
    assert_eq!(groups(GroupKind::Same), []);
    folder.write("copy.tif", &tiff(&[3, 3]));
    folder.update();
    let exact = groups(GroupKind::Exact);
    assert_eq!(exact.len(), 1);
    let whole = |path: &str| Source::new(PathBuf::from(path), None);
    assert_eq!(exact[0].sources, [whole("copy.tif"), whole("same.tif")]);
}

#[test]
fn a_bomb_of_frames_is_bounded() {
    let limits = Limits {
        max_pixels: 72 * 56,
        ..Limits::default()
    };
    let film = gif(&[1; 12]);
    let listed = places(&film, &limits, 8);
    let last = listed.last().map(|place| place.parts().1);
    assert!(last.is_some_and(|last| last <= 4), "{listed:?}");
    let tight = Limits {
        max_pixels: 100,
        ..Limits::default()
    };
    let options = DecodeOptions {
        limits: tight,
        ..DecodeOptions::default()
    };
    let refused = decode_place(&film, Some(Place::Frame(1)), &options);
    assert!(matches!(refused, Err(DecodeError::TooLarge { .. })));
}
