//! Which pictures of a folder a library has, and which it has not.

mod common;

use common::{Folder, drawn, sample};
use std::fs;

/// A library, and a folder of pictures beside it: two copies, three that are missing.
fn set_up() -> Folder {
    let folder = Folder::empty();
    for (from, to) in [
        ("cat.jpg", "mine/cat.jpg"),
        ("galaxies.jpg", "mine/galaxies.jpg"),
        ("pagoda-rotated.jpg", "mine/pagoda.jpg"),
        ("galaxies-small.webp", "card/dcim/1.webp"),
        ("cat.jpg", "card/2.jpg"),
        ("rocket.jpg", "card/3.jpg"),
        ("coffee.jpg", "card/4.jpg"),
        ("cat-mirrored.jpg", "card/5.jpg"),
    ] {
        let bytes = fs::read(sample(&format!("library/{from}"))).unwrap();
        folder.write(to, &bytes);
    }
    folder
}

#[test]
fn what_is_missing_is_listed_and_what_is_there_with_where() {
    let folder = set_up();
    let missing = folder.done(["missing", "card", "mine"]);
    assert_eq!(missing.stdout, "card/3.jpg\ncard/4.jpg\ncard/5.jpg\n");
    assert_eq!(missing.error(), "3 of 5 pictures missing");
    let present = folder.done(["missing", "card", "mine", "--present", "--no-index"]);
    let expected = "card/2.jpg\tmine/cat.jpg\ncard/dcim/1.webp\tmine/galaxies.jpg\n";
    assert_eq!(present.stdout, expected);
    let zero = folder.done(["missing", "card", "mine", "-0"]);
    assert_eq!(zero.stdout, "card/3.jpg\0card/4.jpg\0card/5.jpg\0");
    assert!(!folder.path().join("card/.lookalike").exists());

    let json = folder.done(["missing", "card", "mine", "--json"]).json();
    let expected = serde_json::json!({"schema": 1, "kind": "missing", "path": "card/3.jpg"});
    assert_eq!((json.len(), &json[0]), (3, &expected));
    let json = folder
        .done(["missing", "card", "mine", "--json", "--present"])
        .json();
    let expected = serde_json::json!({
        "schema": 1, "kind": "present", "path": "card/2.jpg", "found": "cat.jpg",
        "relation": "copy", "score": 1.0,
    });
    assert_eq!((json.len(), &json[0]), (2, &expected));
    assert_eq!(json[1]["found"], "galaxies.jpg");
}

#[test]
fn a_part_of_a_picture_does_not_stand_for_all_of_it() {
    let folder = Folder::with(&["galaxies-cropped.jpg", "collage.jpg"]);
    let card = Folder::with(&["galaxies.jpg"]);
    let missing = |from: &str| folder.run(["missing", from, ".", "-q"]);
    assert_eq!(missing(card.path().to_str().unwrap()).code, Some(0));
    // The other way round, nothing is lost with the part.
    let crop = Folder::with(&["galaxies-cropped.jpg"]);
    let whole = Folder::with(&["galaxies.jpg"]);
    let nothing = whole.run(["missing", crop.path().to_str().unwrap(), "."]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
}

#[test]
fn what_was_said_counts() {
    let folder = set_up();
    folder.done(["index", "mine"]);
    folder.done([
        "judge",
        "mine/galaxies.jpg",
        "card/dcim/1.webp",
        "--different",
    ]);
    folder.done(["judge", "mine/pagoda.jpg", "card/3.jpg", "--same"]);
    let missing = folder.done(["missing", "card", "mine"]);
    assert_eq!(missing.stdout, "card/4.jpg\ncard/5.jpg\ncard/dcim/1.webp\n");
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_done() {
    let folder = set_up();
    folder.write("card/0.jpg", b"no picture");
    folder.write("card/6.ppm", &drawn(6, 300, 200));
    let missing = folder.run(["missing", "card", "mine"]);
    assert_eq!(missing.code, Some(2));
    assert_eq!(missing.stdout.lines().count(), 4);
    assert!(missing.stderr.contains("card/0.jpg"), "{missing:?}");
    for wrong in [
        ["missing", "nowhere", "mine"],
        ["missing", "card/2.jpg", "mine"],
    ] {
        let ran = folder.run(wrong);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.error().contains(wrong[1]), "{ran:?}");
    }
    let empty = Folder::empty();
    let nothing = folder.run(["missing", empty.path().to_str().unwrap(), "mine"]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
}
