//! Files and disks that make trouble: each a clear line, the rest of the work done, nothing lost.

#![cfg(unix)]

mod common;

use common::{Folder, Ran, command, drawn, ran, sample};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Whether permission bits hold nobody back.
fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

fn good() -> Folder {
    let folder = Folder::empty();
    folder.write("good.ppm", &drawn(1, 160, 120));
    folder
}

/// Indexes a folder with a file that cannot be read: one line says so, the rest is done, and the
/// next run has nothing to say.
fn one_failure(folder: &Folder, name: &str, reason: &str) -> Ran {
    let ran = folder.run(["index", "--json", "-q"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let line = format!("lookalike: {name}: ");
    assert!(ran.error().starts_with(&line), "{ran:?}");
    assert!(ran.error().contains(reason), "{ran:?}");
    let lines = ran.json();
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["indexed"], &summary["failed"]),
        (&1.into(), &1.into())
    );
    let again = folder.done(["index", "--json", "-q"]);
    assert_eq!(again.stderr, "");
    assert_eq!(
        folder.done(["status", "--failed"]).stdout.lines().count(),
        1
    );
    folder.done(["check"]);
    ran
}

#[test]
fn not_a_picture() {
    let folder = good();
    folder.write("notes.jpg", b"dear diary");
    one_failure(&folder, "notes.jpg", "not a picture");
}

#[test]
fn truncated() {
    let folder = good();
    let whole = std::fs::read(sample("library/cat.jpg")).unwrap();
    folder.write("half.jpg", &whole[..whole.len() / 2]);
    one_failure(&folder, "half.jpg", "cut short");
    folder.write("half.jpg", &whole);
    let again = folder.done(["index", "--json"]).json().remove(0);
    assert_eq!(again["indexed"], 1);
}

#[test]
fn zero_bytes() {
    let folder = good();
    folder.write("empty.png", b"");
    one_failure(&folder, "empty.png", "empty");
}

#[test]
fn absurd_dimensions_are_refused_at_once() {
    let folder = good();
    folder.done(["index"]);
    let ihdr = [
        b"IHDR".as_slice(),
        &60_000u32.to_be_bytes(),
        &60_000u32.to_be_bytes(),
    ]
    .concat();
    let ihdr = [ihdr.as_slice(), &[8, 2, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\r".to_vec();
    png.extend(&ihdr);
    png.extend(crc32(&ihdr).to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    folder.write("huge.png", &png);
    let start = Instant::now();
    let ran = folder.run(["index", "-q"]);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("60000 x 60000"), "{ran:?}");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1))
        })
    })
}

#[test]
fn a_megapixel_limit_is_kept() {
    let folder = good();
    folder.write("large.ppm", &drawn(2, 400, 300));
    let ran = folder.run(["index", "-q", "--max-megapixels", "0.1"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("large.ppm: 400 x 300"), "{ran:?}");
}

#[test]
fn a_directory_named_as_a_picture() {
    let folder = good();
    folder.write("x.jpg/inner.ppm", &drawn(2, 160, 120));
    let summary = folder.done(["index", "--json"]).json().remove(0);
    assert_eq!(
        (&summary["indexed"], &summary["failed"]),
        (&2.into(), &0.into())
    );
}

#[test]
fn no_permission() {
    if is_root() {
        eprintln!("skipped: root may read everything");
        return;
    }
    let folder = good();
    let path = folder.write("secret.ppm", &drawn(2, 160, 120));
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).unwrap();
    one_failure(&folder, "secret.ppm", "permission");
}

#[test]
fn a_loop_of_links() {
    let folder = good();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    symlink("..", folder.path().join("sub/up")).unwrap();
    symlink("self.jpg", folder.path().join("self.jpg")).unwrap();
    folder.done(["index"]);
    let ran = folder.run(["index", "--follow", "--json"]);
    let summary = ran.json().pop().unwrap();
    assert_eq!(summary["pictures"], 1, "{ran:?}");
    assert!(ran.stderr.contains("loop"), "{ran:?}");
}

#[test]
fn a_name_that_is_no_utf8_and_one_with_a_newline() {
    let folder = Folder::empty();
    let names: [&[u8]; 2] = [b"caf\xe9.ppm", b"two\nlines.ppm"];
    for (seed, name) in names.iter().enumerate() {
        folder.write(OsStr::from_bytes(name), &drawn(seed as u32, 160, 120));
    }
    folder.done(["index"]);
    let args = [
        OsStr::new("search"),
        OsStr::from_bytes(names[0]),
        OsStr::new("--json"),
    ];
    let hits = folder.done(args.iter().chain([&OsStr::new("-t1")])).json();
    assert_eq!(hits[0]["path"], "caf\u{fffd}.ppm");
    assert_eq!(hits[0]["path_bytes"], "Y2Fm6S5wcG0=");
    let mut search = command(folder.path());
    search
        .arg("search")
        .arg(OsStr::from_bytes(names[1]))
        .args(["-0", "-t1"]);
    assert_eq!(search.output().unwrap().stdout, b"two\nlines.ppm\0");

    folder.write(OsStr::from_bytes(b"bad\n\xff.jpg"), b"dear diary");
    let ran = folder.run(["index", "-q"]);
    assert!(ran.error().contains("bad\\n\u{fffd}.jpg"), "{ran:?}");
}

#[test]
fn a_read_only_folder_says_how_to_go_on() {
    let above = Folder::empty();
    above.write("card/a.ppm", &drawn(1, 160, 120));
    // Root may write everywhere, but nobody can make a folder where a file is.
    let in_the_way = above.write("file", b"");
    let library = if is_root() {
        Some(in_the_way.join("library"))
    } else {
        std::fs::set_permissions(above.path().join("card"), PermissionsExt::from_mode(0o555))
            .unwrap();
        None
    };
    let mut index = command(above.path());
    index.args(["index", "card"]);
    if let Some(library) = library {
        index.arg("--library").arg(library);
        let ran = ran(&index.output().unwrap());
        assert_eq!(ran.code, Some(2));
        ran.error();
        return;
    }
    let ran = ran(&index.output().unwrap());
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("--library"), "{ran:?}");
    above.done(["index", "card", "--library", "elsewhere"]);
}

/// A small file system of its own, where the test may mount one.
struct Mounted(Folder);

impl Mounted {
    fn tmpfs(size: &str) -> Option<Self> {
        let folder = Folder::empty();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
            .arg(folder.path())
            .output();
        if mount.is_ok_and(|o| o.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("skipped: no file system can be mounted here");
        None
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let mount = Command::new("mount")
            .args(["-o", &options])
            .arg(self.0.path())
            .output();
        assert!(mount.unwrap().status.success());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

#[test]
fn a_read_only_disk_is_searched_and_says_how_to_be_indexed() {
    let Some(disk) = Mounted::tmpfs("20m") else {
        return;
    };
    let folder = &disk.0;
    folder.write("a.ppm", &drawn(1, 160, 120));
    disk.remount("ro");
    let ran = folder.run(["index"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("--library"), "{ran:?}");
    disk.remount("rw");
    folder.done(["index"]);
    disk.remount("ro");
    assert_eq!(folder.done(["search", "a.ppm"]).stdout, "a.ppm\n");
}

#[test]
fn a_full_disk_loses_nothing() {
    let Some(disk) = Mounted::tmpfs("3m") else {
        return;
    };
    let library = disk.0.path().join("library");
    let library = library.to_str().unwrap();
    let folder = Folder::empty();
    for seed in 0..600 {
        folder.write(format!("{seed}.ppm"), &drawn(seed, 64, 48));
    }
    let index = [
        "index",
        ".",
        "-q",
        "--vector-algorithm",
        "kaze",
        "--library",
        library,
    ];
    let ran = folder.run(index);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("no space left"), "{ran:?}");
    disk.remount("size=100m");
    let check = folder.run(["check", "--library", library]);
    assert!(matches!(check.code, Some(0 | 2)), "{check:?}");
    let summary = folder
        .done(["index", ".", "--json", "--library", library])
        .json()
        .remove(0);
    assert_eq!(summary["pictures"], 600);
    folder.done(["check", "--library", library]);
}

#[test]
fn a_library_of_a_newer_version() {
    let folder = good();
    folder.done(["index"]);
    let Some(python) = python3() else { return };
    let script = "
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute(\"update meta set value = 99 where key = 'format'\")
c.commit()";
    let catalogue = folder.path().join(".lookalike/catalogue.sqlite");
    common::run_python(&python, script, &[&catalogue]);
    for args in [
        vec!["search", "good.ppm"],
        vec!["index"],
        vec!["status"],
        vec!["check"],
    ] {
        let ran = folder.run(&args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.error().contains("newer"), "{ran:?}");
    }
}

fn python3() -> Option<String> {
    let ok = Command::new("python3")
        .args(["-c", "import sqlite3"])
        .output();
    ok.is_ok_and(|o| o.status.success())
        .then(|| "python3".into())
}

#[test]
fn a_locked_library_is_not_written_but_read() {
    let folder = good();
    folder.done(["index"]);
    let lock = std::fs::File::open(folder.path().join(".lookalike/lock")).unwrap();
    lock.lock().unwrap();
    let ran = folder.run(["index"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("being written"), "{ran:?}");
    assert_eq!(folder.done(["search", "good.ppm"]).stdout, "good.ppm\n");
    folder.write("new.ppm", &drawn(2, 160, 120));
    let found = folder.done(["search", "good.ppm"]);
    assert!(found.stderr.contains("not brought up to date"), "{found:?}");
    assert_eq!(found.stdout, "good.ppm\n");
}

#[test]
fn no_library_and_no_folder() {
    let folder = good();
    for args in [
        vec!["status"],
        vec!["check"],
        vec!["search", "good.ppm", "--no-index"],
    ] {
        let ran = folder.run(&args);
        assert_eq!(ran.code, Some(2));
        assert!(ran.error().contains("no library"), "{ran:?}");
    }
    for args in [
        vec!["index", "nowhere"],
        vec!["search", "good.ppm", "nowhere"],
    ] {
        let ran = folder.run(&args);
        assert_eq!(ran.code, Some(2));
        assert!(ran.error().contains("nowhere"), "{ran:?}");
        assert!(!Path::new("nowhere").exists());
    }
    let ran = folder.run(["search", "missing.jpg"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("missing.jpg"), "{ran:?}");
    assert!(!folder.path().join(".lookalike").exists());
}
