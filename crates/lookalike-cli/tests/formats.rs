//! Which files are pictures: what their bytes say, whatever their names.

mod common;

use common::{Folder, sample};
use serde_json::json;

const OPEN_EXR: &[u8] = b"\x76\x2f\x31\x01\x02\0\0\0channels\0chlist\0";
const JPEG_2000: &[u8] = b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ";

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
    folder.write("light.exr", OPEN_EXR);
    folder.write("trip/light.EXR", OPEN_EXR);
    folder.write("really-exr.jpg", &[OPEN_EXR, b"1"].concat());
    folder.write("drawing", JPEG_2000);
    let ran = folder.run(["index", "--json"]);
    assert_eq!(ran.code, Some(2));
    let said = "lookalike: not read by this build: 3 OpenEXR, 1 JPEG 2000 (`lookalike status --failed` lists them)";
    assert_eq!(ran.stderr.lines().next(), Some(said), "{ran:?}");
    let lines = ran.json();
    let summary = lines.last().unwrap();
    assert_eq!(summary["failed"], 4);
    assert_eq!(summary["unread"], json!({"OpenEXR": 3, "JPEG 2000": 1}));
    let mut failed: Vec<_> = lines[..4].iter().map(|line| line["path"].clone()).collect();
    failed.sort_by_key(|path| path.to_string());
    assert_eq!(
        failed,
        ["drawing", "light.exr", "really-exr.jpg", "trip/light.EXR"]
    );

    let status = folder.done(["status", "--json"]).json().remove(0);
    assert_eq!(status["unread"], json!({"OpenEXR": 3, "JPEG 2000": 1}));
    let listed = folder.done(["status", "--failed"]).stdout;
    let line = "trip/light.EXR: OpenEXR pictures are not read by this build";
    assert!(listed.lines().any(|l| l == line), "{listed}");
    // It is known now, and not said with every search.
    let again = folder.done(["search", "c.jpe"]);
    assert_eq!(again.stderr, "");
}

#[test]
fn what_this_build_reads_is_listed() {
    let folder = folder();
    folder.done(["index"]);
    let table = folder.done(["status"]).stdout;
    let reads = table
        .lines()
        .find_map(|line| line.trim().strip_prefix("reads"));
    let reads = reads.unwrap();
    for format in ["JPEG", "HEIC", "AVIF", "JPEG XL", "Photoshop", "camera raw"] {
        assert!(reads.contains(format), "{table}");
    }
    let status = folder.done(["status", "--json"]).json().remove(0);
    let reads = status["reads"].as_array().unwrap();
    assert!(reads.contains(&json!("TIFF")) && !reads.contains(&json!("OpenEXR")));
}

#[test]
fn a_damaged_file_is_indexed_with_a_warning_and_looked_at_again_when_it_changes() {
    let folder = Folder::empty();
    let whole = std::fs::read(sample("library/cat.jpg")).unwrap();
    folder.write("cut.jpg", &whole[..whole.len() * 3 / 4]);
    folder.write("stub.jpg", &whole[..whole.len() / 8]);
    let ran = folder.run(["index", "--json"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let lines = ran.json();
    let damaged = lines.iter().find(|line| line["path"] == "cut.jpg").unwrap();
    assert_eq!(
        (&damaged["kind"], &damaged["damaged"]),
        (&json!("damaged"), &json!(true))
    );
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["indexed"], &summary["damaged"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(summary["failed"], 1);

    let listed = folder.done(["status", "--failed"]).stdout;
    assert!(
        listed.contains("cut.jpg: warning: the file is cut short"),
        "{listed}"
    );
    assert!(
        listed.contains("stub.jpg: JPEG: the file is cut short"),
        "{listed}"
    );
    let status = folder.done(["status", "--json"]).json().remove(0);
    assert_eq!(status["failed"], 1);
    // Known by now, it is not told again; and it is found.
    assert_eq!(
        folder
            .run(["index"])
            .stderr
            .lines()
            .filter(|l| l.contains("cut.jpg"))
            .count(),
        0
    );
    let cat = sample("library/cat.jpg");
    let cat = cat.to_str().unwrap();
    let hits = folder.run(["search", cat, "--by", "same", "--json"]).json();
    assert_eq!(hits[0]["path"], "cut.jpg");

    folder.write("cut.jpg", &whole);
    std::fs::remove_file(folder.path().join("stub.jpg")).unwrap();
    folder.done(["index"]);
    assert_eq!(folder.done(["status", "--failed"]).stdout, "");
}

#[test]
fn a_folder_without_pictures_says_what_it_hides() {
    let folder = Folder::empty();
    let cat = std::fs::read(sample("library/cat.jpg")).unwrap();
    folder.write(".hidden/cat.jpg", &cat);
    folder.write("ignored.jpg", &cat);
    folder.write("ignored-too.jpg", &cat);
    folder.write(".ignore", b"ignored*");
    let said = folder.done(["index"]).stderr;
    let passed_over = "no pictures found; passed over: 2 named by ignore files (--no-ignore takes them), \
                       1 hidden (--hidden takes them)";
    assert!(said.contains(passed_over), "{said}");
}

#[cfg(unix)]
#[test]
fn a_file_reached_by_several_ways_is_one_and_hard_links_are_not() {
    let folder = Folder::empty();
    let cat = std::fs::read(sample("library/cat.jpg")).unwrap();
    folder.write("real/cat.jpg", &cat);
    let path = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink(path("real"), path("again")).unwrap();
    std::os::unix::fs::symlink(path("real/cat.jpg"), path("a.jpg")).unwrap();
    let summary = folder.done(["index", "-L", "--json"]).json().remove(0);
    assert_eq!(summary["indexed"], 1);
    let hits = folder
        .done(["search", "real/cat.jpg", "--by", "same", "--json"])
        .json();
    assert_eq!((hits.len(), &hits[0]["path"]), (1, &json!("real/cat.jpg")));
    std::fs::hard_link(path("real/cat.jpg"), path("real/tom.jpg")).unwrap();
    let summary = folder.done(["index", "-L", "--json"]).json().remove(0);
    assert_eq!(summary["indexed"], 1);
}
