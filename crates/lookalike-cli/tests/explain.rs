//! `lookalike explain`.

mod common;

use common::{Folder, Ran, drawn, sample};
use std::path::PathBuf;

fn explain(folder: &Folder, pictures: [&PathBuf; 2], options: &[&str]) -> Ran {
    let mut args = vec!["explain".to_owned()];
    args.extend(pictures.map(|path| path.display().to_string()));
    args.extend(options.iter().map(|&option| option.to_owned()));
    folder.run(args)
}

#[test]
fn a_copy_is_explained() {
    let folder = Folder::empty();
    let (query, found) = (
        sample("queries/pagoda.jpg"),
        sample("library/pagoda-rotated.jpg"),
    );
    let ran = explain(&folder, [&query, &found], &[]);
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "{ran:?}");
    assert!(ran.stdout.starts_with("same  probability"), "{ran:?}");
    assert!(ran.stdout.contains("turned by -12\u{b0}"), "{ran:?}");

    let ran = explain(&folder, [&query, &found], &["--json"]);
    let object = &ran.json()[0];
    assert_eq!(
        (&object["schema"], &object["verdict"]),
        (&1.into(), &"same".into())
    );
    let number = |name: &str| object[name].as_f64().unwrap();
    assert!(number("score") > 0.95 && number("inliers") >= 10.0);
    assert!(number("matches") >= number("inliers"));
    assert!(number("query_overlap") > 0.95 && number("found_overlap") < 0.9);
    assert_eq!(object["transform"].as_array().unwrap().len(), 9);
    assert_eq!(object["mirrored"], false);
    assert_eq!(object["path"], found.display().to_string());
}

#[test]
fn strangers_are_different() {
    let folder = Folder::empty();
    let pictures = [&sample("library/cat.jpg"), &sample("library/rocket.jpg")];
    let ran = explain(&folder, pictures, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stdout.starts_with("different  probability 0.0"),
        "{ran:?}"
    );
    let object = &explain(&folder, pictures, &["--json"]).json()[0];
    assert_eq!(object["verdict"], "different");
    assert!(!object["reason"].as_str().unwrap().is_empty());
}

#[test]
fn equal_pictures_without_features_are_the_same() {
    let folder = Folder::empty();
    let blank = [b"P6\n40 30\n255\n".to_vec(), vec![90; 3600]].concat();
    let (a, b) = (folder.write("a.ppm", &blank), folder.write("b.ppm", &blank));
    let ran = explain(&folder, [&a, &b], &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("every pixel is equal"), "{ran:?}");
    let other = folder.write("c.ppm", &drawn(1, 40, 30));
    assert_eq!(explain(&folder, [&a, &other], &[]).code, Some(1));
}

#[test]
fn the_drawing_shows_both_pictures() {
    let folder = Folder::empty();
    let pictures = [
        &sample("library/cat.jpg"),
        &sample("library/cat-mirrored.jpg"),
    ];
    let ran = explain(&folder, pictures, &["--draw", "why.png"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("mirrored"), "{ran:?}");
    let bytes = std::fs::read(folder.path().join("why.png")).unwrap();
    let drawing = lookalike::decode::decode_bytes(&bytes, &Default::default()).unwrap();
    assert!(
        drawing.width > 1500 && drawing.height > 500,
        "{}",
        drawing.width
    );
    // The frames of both, in colours that the pictures do not have.
    let has = |color: [u8; 3]| drawing.rgb.chunks(3).filter(|p| *p == color).count() > 500;
    assert!(has([64, 196, 255]) && has([255, 121, 198]));

    let ran = explain(&folder, pictures, &["--draw", "missing/why.png"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("missing/why.png"), "{ran:?}");
}

#[test]
fn the_terminal_shows_the_drawing() {
    let folder = Folder::empty();
    let pictures = [
        &sample("library/cat.jpg"),
        &sample("library/cat-mirrored.jpg"),
    ];
    let ran = explain(
        &folder,
        pictures,
        &["--thumbnails", "always", "--color", "never"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("\x1b["), "{ran:?}");
    assert!(ran.stdout.contains("same  probability"));
    let ran = explain(&folder, pictures, &["--thumbnails", "always", "--json"]);
    assert_eq!(ran.json().len(), 1);
}

#[test]
fn a_picture_that_cannot_be_read_is_named() {
    let folder = Folder::empty();
    let broken = folder.write("broken.jpg", b"no picture");
    let ran = explain(&folder, [&sample("library/cat.jpg"), &broken], &[]);
    assert_eq!((ran.code, &*ran.stdout), (Some(2), ""));
    assert!(ran.error().contains("broken.jpg"), "{ran:?}");
    let ran = folder.run(["explain", "-", "-"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("stdin"), "{ran:?}");
}
