//! The pictures of a library, one by one: listed, read, asked for, brought up to date.

mod common;

use common::{Folder, options, update};
use lookalike::{By, HitKind, PictureId, SearchOptions, UpdateOptions};
use std::fs;
use std::path::{Path, PathBuf};

const SAMPLES: [&str; 4] = ["pagoda.jpg", "pagoda-rotated.jpg", "cat.jpg", "rocket.jpg"];

fn samples() -> Folder {
    let folder = Folder::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures/library");
    for name in SAMPLES {
        folder.write(name, &fs::read(from.join(name)).unwrap());
    }
    folder
}

fn found(folder: &Folder, id: PictureId, by: By) -> Vec<(PathBuf, HitKind)> {
    let library = folder.library();
    let query = library.query_stored(id, by, &1.into()).unwrap().unwrap();
    let hits = library.search(&query, &SearchOptions::default());
    let hits = hits.unwrap().into_iter();
    hits.map(|hit| (hit.path, hit.kind)).collect()
}

#[test]
fn pictures_are_listed_in_pages() {
    let folder = Folder::with_pictures(5);
    folder.write("again.ppm", &common::picture(2));
    folder.update();
    let library = folder.library();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = library.pictures(after, 2).unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2 && Some(last.id) > after);
        after = Some(last.id);
        seen.extend(page);
    }
    assert_eq!(seen.len(), 5);
    let twice: Vec<_> = seen.iter().filter(|p| p.paths.len() == 2).collect();
    assert_eq!(twice[0].paths, ["2.ppm", "again.ppm"].map(PathBuf::from));
    for picture in &seen {
        assert_eq!(picture.size, Some((72, 56)));
        assert_eq!(picture.format.as_deref(), Some("PNM"));
        assert_eq!(library.picture(picture.id).unwrap().as_ref(), Some(picture));
        let at = library.picture_at(&picture.paths[0]).unwrap();
        assert_eq!(at, Some(picture.id));
    }
    let beyond = PictureId::new(seen[4].id.get() + 1);
    assert_eq!(library.picture(beyond).unwrap(), None);
    assert_eq!(library.picture(PictureId::new(0)).unwrap(), None);
    assert_eq!(library.picture_at(Path::new("none.ppm")).unwrap(), None);
}

#[test]
fn only_the_bytes_that_were_indexed_are_given_out() {
    let folder = Folder::with_pictures(2);
    folder.update();
    let library = folder.library();
    let id = library.picture_at(Path::new("0.ppm")).unwrap().unwrap();
    let picture = library.picture(id).unwrap().unwrap();
    assert_eq!(library.picture_bytes(&picture), Some(common::picture(0)));
    // What has come under its name since is another picture.
    folder.write("0.ppm", &common::picture(9));
    assert_eq!(library.picture_bytes(&picture), None);
}

#[test]
fn a_stored_picture_finds_what_its_file_finds() {
    let folder = samples();
    folder.update();
    let library = folder.library();
    let id = library
        .picture_at(Path::new("pagoda.jpg"))
        .unwrap()
        .unwrap();
    let bytes = fs::read(folder.join("pagoda.jpg")).unwrap();
    for by in [By::All, By::Same, By::Similar, By::Vector] {
        let query = library
            .query_bytes(Path::new("q"), &bytes, by, &1.into())
            .unwrap();
        let hits = library.search(&query, &SearchOptions::default());
        let from_bytes: Vec<_> = hits.unwrap().into_iter().map(|hit| hit.path).collect();
        let stored: Vec<_> = found(&folder, id, by).into_iter().map(|h| h.0).collect();
        assert_eq!(stored, from_bytes, "{by:?}");
        assert_eq!(stored[0], Path::new("pagoda.jpg"), "{by:?}");
    }
    let other = PictureId::new(id.get() + 99);
    assert!(
        library
            .query_stored(other, By::All, &1.into())
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_stored_picture_is_searched_without_its_file() {
    let folder = samples();
    folder.update();
    let id = folder.library().picture_at(Path::new("pagoda.jpg"));
    let id = id.unwrap().unwrap();
    fs::remove_file(folder.join("pagoda.jpg")).unwrap();
    let hits = found(&folder, id, By::Same);
    let same = |path: &str| {
        let kind = hits.iter().find(|hit| hit.0 == Path::new(path));
        matches!(kind, Some((_, HitKind::Same(_))))
    };
    assert!(same("pagoda.jpg") && same("pagoda-rotated.jpg"), "{hits:?}");
    assert!(!same("cat.jpg"));
}

#[test]
fn hits_may_be_limited_to_some_files() {
    let folder = Folder::with_pictures(40);
    folder.update();
    let library = folder.library();
    let bytes = common::picture(1);
    let query = library
        .query_bytes(Path::new("q"), &bytes, By::Similar, &1.into())
        .unwrap();
    let keep = |path: &Path| path.to_string_lossy().starts_with('3');
    let options = SearchOptions {
        top: 3,
        keep: Some(&keep),
        ..SearchOptions::default()
    };
    let hits = library.search(&query, &options).unwrap();
    assert_eq!(hits.len(), 3);
    assert!(hits.iter().all(|hit| keep(&hit.path)));
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
}

#[test]
fn an_update_of_some_files_leaves_the_others_and_is_not_remembered() {
    let folder = Folder::with_pictures(3);
    folder.update();
    fs::remove_file(folder.join("0.ppm")).unwrap();
    fs::remove_file(folder.join("1.ppm")).unwrap();
    folder.write("new.ppm", &common::picture(7));
    folder.write("later.ppm", &common::picture(8));
    let only = UpdateOptions {
        only: Some(vec![folder.join("0.ppm"), folder.join("new.ppm")]),
        ..options()
    };
    let (_, told) = update(&folder.library(), &only).unwrap();
    assert_eq!(told, ["+ new.ppm", "- 0.ppm"]);
    let (_, told) = folder.update();
    assert_eq!(told, ["+ later.ppm", "- 1.ppm"]);
    assert_eq!(folder.files(), ["2.ppm", "later.ppm", "new.ppm"]);
}
