//! Which files are pictures: what their bytes say, whatever their names.

mod common;

use common::{Folder, sample};
use serde_json::json;

const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\0";
const AVIF: &[u8] = b"\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiafMA1B";

/// Pictures under other names, and much else.
fn folder() -> Folder {
    let folder = Folder::empty();
    let jpeg = std::fs::read(sample("library/cat.jpg")).unwrap();
    for name in [
        "IMG_0001.HEIC",
        "extensionless",
        "a.mpo",
        "b.download",
        "c.jpe",
    ] {
        folder.write(name, &jpeg);
    }
    // What its name says to be something else is left alone.
    folder.write("cat.txt", &jpeg);
    folder.write("notes", b"P1 is how these notes begin");
    folder.write("data.blob", &[0; 100]);
    folder.write("short", b"\xff");
    folder.write("nothing", b"");
    folder
}

#[test]
fn a_file_is_what_its_bytes_say() {
    let folder = folder();
    let summary = folder.done(["index", "--json"]).json().remove(0);
    assert_eq!(summary["indexed"], 5, "{summary}");
    assert_eq!(
        (&summary["pictures"], &summary["failed"]),
        (&1.into(), &0.into())
    );
    let hits = folder.done(["search", "extensionless", "--by", "same", "--json"]);
    assert_eq!(hits.json().len(), 5);
}

#[test]
fn what_is_not_read_is_said() {
    let folder = folder();
    folder.write("IMG_0002.heic", HEIC);
    folder.write("trip/IMG_0003.HEIC", HEIC);
    folder.write("really-heic.jpg", &[HEIC, b"1"].concat());
    folder.write("drawing", AVIF);
    let ran = folder.run(["index", "--json"]);
    assert_eq!(ran.code, Some(2));
    let said = "lookalike: not read by this build: 3 HEIC, 1 AVIF (`lookalike status --failed` lists them)";
    assert_eq!(ran.stderr.lines().next(), Some(said), "{ran:?}");
    let lines = ran.json();
    let summary = lines.last().unwrap();
    assert_eq!(summary["failed"], 4);
    assert_eq!(summary["unread"], json!({"HEIC": 3, "AVIF": 1}));
    let mut failed: Vec<_> = lines[..4].iter().map(|line| line["path"].clone()).collect();
    failed.sort_by_key(|path| path.to_string());
    assert_eq!(
        failed,
        [
            "IMG_0002.heic",
            "drawing",
            "really-heic.jpg",
            "trip/IMG_0003.HEIC"
        ]
    );

    let status = folder.done(["status", "--json"]).json().remove(0);
    assert_eq!(status["unread"], json!({"HEIC": 3, "AVIF": 1}));
    let listed = folder.done(["status", "--failed"]).stdout;
    let line = "trip/IMG_0003.HEIC: HEIC pictures are not read by this build";
    assert!(listed.lines().any(|l| l == line), "{listed}");
    // It is known now, and not said with every search.
    let again = folder.done(["search", "c.jpe"]);
    assert_eq!(again.stderr, "");
}
