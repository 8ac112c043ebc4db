//! A library follows its folder.

mod common;

use common::{Folder, options, picture, update};
use lookalike::{AskedSettings, Error, Library, Location, Profile, Selection, UpdateOptions};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

#[test]
fn new_pictures_come_in_and_are_left_alone_afterwards() {
    let folder = Folder::with_pictures(5);
    folder.write("text.txt", b"no picture");
    let (first, told) = folder.update();
    assert_eq!((first.indexed, first.pictures, first.failed), (5, 5, 0));
    assert_eq!(told.len(), 5);
    let (second, told) = folder.update();
    assert_eq!(
        (second.indexed, second.unchanged, second.pictures),
        (0, 5, 5)
    );
    assert_eq!(told, Vec::<String>::new());
    folder.assert_whole();
}

#[test]
fn a_changed_file_is_read_again() {
    let folder = Folder::with_pictures(3);
    folder.update();
    folder.write_aged("1.ppm", &picture(77), Duration::from_secs(1800));
    let (summary, told) = folder.update();
    assert_eq!((summary.indexed, summary.unchanged), (1, 2));
    assert_eq!((summary.pictures, summary.removed), (3, 0));
    assert_eq!(told, ["+ 1.ppm"]);
    assert_eq!(folder.search(77, 1)[0].0, "1.ppm");
    let (name, score) = &folder.search(1, 1)[0];
    assert!(*score < 0.999, "{name} still has the old content");
    folder.assert_whole();
}

#[test]
fn a_moved_file_costs_a_hash() {
    let folder = Folder::with_pictures(3);
    folder.update();
    let id = |folder: &Folder| {
        let library = folder.library();
        let query = library
            .query_vector("q".as_ref(), &picture(1), &1.into())
            .unwrap();
        library.search_vector(&query, &Default::default()).unwrap()[0].picture
    };
    let before = id(&folder);
    fs::create_dir(folder.join("sub")).unwrap();
    fs::rename(folder.join("1.ppm"), folder.join("sub/one.ppm")).unwrap();
    let (summary, told) = folder.update();
    assert_eq!((summary.moved, summary.indexed, summary.removed), (1, 0, 0));
    assert_eq!(told, ["1.ppm > sub/one.ppm"]);
    assert_eq!(folder.files(), ["0.ppm", "2.ppm", "sub/one.ppm"]);
    assert_eq!(id(&folder), before);
    folder.assert_whole();
}

#[test]
fn two_files_that_change_places_are_told_apart() {
    let folder = Folder::with_pictures(2);
    folder.update();
    fs::rename(folder.join("0.ppm"), folder.join("x")).unwrap();
    fs::rename(folder.join("1.ppm"), folder.join("0.ppm")).unwrap();
    fs::rename(folder.join("x"), folder.join("1.ppm")).unwrap();
    // Pictures of one size and one time look alike from outside.
    for name in ["0.ppm", "1.ppm"] {
        let bytes = fs::read(folder.join(name)).unwrap();
        folder.write_aged(name, &bytes, Duration::from_secs(1800));
    }
    let (summary, _) = folder.update();
    assert_eq!((summary.indexed, summary.pictures), (2, 2));
    assert_eq!(folder.search(0, 1)[0].0, "1.ppm");
    folder.assert_whole();
}

#[test]
fn a_deleted_file_leaves() {
    let folder = Folder::with_pictures(3);
    folder.update();
    fs::remove_file(folder.join("2.ppm")).unwrap();
    let (summary, told) = folder.update();
    assert_eq!((summary.removed, summary.pictures), (1, 2));
    assert_eq!(told, ["- 2.ppm"]);
    assert!(folder.search(2, 10).iter().all(|hit| hit.0 != "2.ppm"));
    folder.assert_whole();
}

#[test]
fn copies_share_one_picture() {
    let folder = Folder::with_pictures(2);
    for name in ["a/copy.ppm", "b.ppm", "c.ppm"] {
        folder.write(name, &picture(0));
    }
    let (summary, _) = folder.update();
    assert_eq!((summary.indexed, summary.pictures), (5, 2));
    let hits = folder.search(0, 10);
    let names: Vec<&str> = hits.iter().map(|hit| hit.0.as_str()).collect();
    assert_eq!(names[..4], ["0.ppm", "a/copy.ppm", "b.ppm", "c.ppm"]);
    fs::remove_file(folder.join("0.ppm")).unwrap();
    let (summary, _) = folder.update();
    assert_eq!((summary.removed, summary.pictures), (1, 2));
    folder.assert_whole();
}

#[test]
fn equal_bytes_that_are_no_picture_fail_each() {
    let folder = Folder::with_pictures(1);
    for name in ["a.jpg", "b.jpg", "c.png"] {
        folder.write(name, b"no picture");
    }
    let (summary, told) = folder.update();
    assert_eq!((summary.indexed, summary.failed), (1, 3));
    assert_eq!(
        told[..3],
        [
            "! a.jpg: not a picture",
            "! b.jpg: not a picture",
            "! c.png: not a picture"
        ]
    );
}

#[test]
fn a_failure_is_told_once_and_tried_again_when_the_file_changes() {
    let folder = Folder::with_pictures(1);
    folder.write("bad.jpg", b"no picture");
    folder.write("empty.png", b"");
    let (summary, _) = folder.update();
    assert_eq!(summary.failed, 2);
    let failed = folder.library().failed_files().unwrap();
    assert_eq!(failed[0].path, PathBuf::from("bad.jpg"));
    assert_eq!(failed[0].reason, "not a picture");
    let (summary, told) = folder.update();
    assert_eq!((summary.failed, summary.still_failed), (0, 2));
    assert_eq!(told, Vec::<String>::new());
    folder.write_aged("bad.jpg", &picture(5), Duration::from_secs(60));
    let (summary, told) = folder.update();
    assert_eq!((summary.failed, summary.still_failed), (0, 1));
    assert_eq!(told, ["+ bad.jpg"]);
    folder.assert_whole();
}

#[test]
fn a_picture_that_turns_bad_leaves() {
    let folder = Folder::with_pictures(2);
    folder.update();
    folder.write_aged(
        "0.ppm",
        b"P6\n72 56\n255\ntoo short",
        Duration::from_secs(60),
    );
    let (summary, _) = folder.update();
    assert_eq!((summary.failed, summary.pictures), (1, 1));
    folder.assert_whole();
}

#[test]
fn a_change_within_the_clock_tick_of_the_last_look_is_seen() {
    let folder = Folder::new();
    folder.write_aged("a.ppm", &picture(1), Duration::ZERO);
    folder.update();
    let time = fs::metadata(folder.join("a.ppm"))
        .unwrap()
        .modified()
        .unwrap();
    fs::write(folder.join("a.ppm"), picture(2)).unwrap();
    let file = fs::File::options().write(true).open(folder.join("a.ppm"));
    file.unwrap().set_modified(time).unwrap();
    let (summary, _) = folder.update();
    assert_eq!((summary.indexed, summary.pictures), (1, 1));
    assert!(folder.search(2, 1)[0].1 > 0.9999);
}

#[test]
fn a_copied_library_finds_its_pictures_in_the_new_place() {
    let folder = Folder::with_pictures(4);
    folder.update();
    let target = Folder::new();
    let place = target.join("moved");
    fs::rename(folder.path(), &place).unwrap();
    let library = common::open(&Location::inside(&place));
    let (summary, _) = update(&library, &options()).unwrap();
    assert_eq!(
        (summary.unchanged, summary.indexed, summary.removed),
        (4, 0, 0)
    );
    assert_eq!(common::search(&library, 3, 1)[0].0, "3.ppm");
    fs::create_dir(folder.path()).unwrap(); // for its own cleaning up
}

#[test]
fn a_library_elsewhere_knows_its_folder() {
    let folder = Folder::with_pictures(3);
    let elsewhere = Folder::new();
    let kept = elsewhere.join("deep/library");
    let library = common::open(&Location::elsewhere(&kept, Some(folder.path().into())));
    update(&library, &options()).unwrap();
    assert!(!folder.join(".lookalike").exists());
    let again = Library::open(&Location::elsewhere(&kept, None)).unwrap();
    let root = again.root().unwrap().canonicalize().unwrap();
    assert_eq!(root, folder.path().canonicalize().unwrap());
    assert_eq!(common::search(&again, 2, 1)[0].0, "2.ppm");

    // The pictures move: their folder is given anew.
    let target = Folder::new();
    let place = target.join("moved");
    fs::rename(folder.path(), &place).unwrap();
    let gone = Library::open(&Location::elsewhere(&kept, None)).unwrap();
    let refused = update(&gone, &options());
    assert!(matches!(refused, Err(Error::Root { .. })), "{refused:?}");
    let library = common::open(&Location::elsewhere(&kept, Some(place)));
    let (summary, _) = update(&library, &options()).unwrap();
    assert_eq!((summary.unchanged, summary.removed), (3, 0));
    let library = Library::open(&Location::elsewhere(&kept, None)).unwrap();
    assert_eq!(update(&library, &options()).unwrap().0.unchanged, 3);
    fs::create_dir(folder.path()).unwrap();
}

#[test]
fn a_library_is_not_taken_for_that_of_another_folder() {
    let (one, two, kept) = (Folder::with_pictures(1), Folder::new(), Folder::new());
    let at = |folder: &Folder| Location::elsewhere(kept.path(), Some(folder.path().into()));
    update(&common::open(&at(&one)), &options()).unwrap();
    let refused = Library::open(&at(&two));
    assert!(matches!(refused, Err(Error::SettingDiffers { .. })));
}

#[test]
fn other_settings_are_refused() {
    let folder = Folder::with_pictures(1);
    folder.update();
    let asked = AskedSettings {
        keypoints: Some(16),
        ..AskedSettings::default()
    };
    let refused = Library::open_or_create(&folder.location(), &asked).unwrap_err();
    let message = refused.to_string();
    assert!(message.contains("keypoints 32, not 16"), "{message}");
    let asked = AskedSettings {
        profile: Some(Profile::Light),
        ..AskedSettings::default()
    };
    let refused = Library::open_or_create(&folder.location(), &asked).unwrap_err();
    let message = refused.to_string();
    assert!(message.contains("profile default, not light"), "{message}");
    let same = AskedSettings {
        algorithm: Some(lookalike::Algorithm::Kaze),
        ..AskedSettings::default()
    };
    Library::open_or_create(&folder.location(), &same).unwrap();
}

#[test]
fn a_dry_run_changes_nothing() {
    let folder = Folder::with_pictures(2);
    folder.update();
    folder.write("new.ppm", &picture(9));
    fs::remove_file(folder.join("0.ppm")).unwrap();
    let dry = UpdateOptions {
        dry_run: true,
        ..options()
    };
    let (summary, told) = update(&folder.library(), &dry).unwrap();
    assert_eq!(
        (summary.indexed, summary.removed, summary.unchanged),
        (1, 1, 1)
    );
    assert_eq!(told, ["+ new.ppm", "- 0.ppm"]);
    assert_eq!(folder.files(), ["0.ppm", "1.ppm"]);
}

#[test]
fn an_interrupted_update_keeps_what_is_done() {
    let folder = Folder::with_pictures(3);
    folder.update();
    folder.write("new.ppm", &picture(9));
    fs::remove_file(folder.join("0.ppm")).unwrap();
    let interrupt = AtomicBool::new(true);
    let interrupted = UpdateOptions {
        interrupt: Some(&interrupt),
        ..options()
    };
    let (summary, _) = update(&folder.library(), &interrupted).unwrap();
    assert!(summary.interrupted);
    assert_eq!(summary.removed, 0, "an incomplete walk proves nothing gone");
    folder.assert_whole();
    let (summary, _) = folder.update();
    assert_eq!(
        (summary.indexed, summary.removed, summary.pictures),
        (1, 1, 3)
    );
}

#[test]
fn the_selection_decides_and_is_remembered() {
    let folder = Folder::new();
    for name in [
        "a.ppm",
        "b.pgm",
        ".hidden.ppm",
        "sub/c.ppm",
        "sub/deep/d.ppm",
        "out/e.ppm",
    ] {
        let seed = name.len() as u64 * 31 + u64::from(name.as_bytes()[0]);
        folder.write(name, &picture(seed));
    }
    folder.write(".gitignore", b"/out/\n");
    folder.update();
    assert_eq!(
        folder.files(),
        ["a.ppm", "b.pgm", "sub/c.ppm", "sub/deep/d.ppm"]
    );

    let check = |selection: Selection, expected: &[&str]| {
        folder.update_with(selection);
        assert_eq!(folder.files(), expected);
    };
    check(
        Selection {
            hidden: true,
            no_ignore: true,
            max_depth: Some(2),
            ..Selection::default()
        },
        &[".hidden.ppm", "a.ppm", "b.pgm", "out/e.ppm", "sub/c.ppm"],
    );
    check(
        Selection {
            exclude: vec!["sub/**".into()],
            extensions: vec!["PPM".into()],
            ..Selection::default()
        },
        &["a.ppm"],
    );
    folder.write("new.pgm", &picture(400));
    folder.write("new.ppm", &picture(401));
    folder.update();
    assert_eq!(folder.files(), ["a.ppm", "new.ppm"]);
}

#[test]
fn lookalikeignore_counts_with_or_without_git() {
    let folder = Folder::with_pictures(3);
    folder.write(".lookalikeignore", b"1.*\n");
    folder.write("sub/.ignore", b"*.ppm\n");
    folder.write("sub/x.ppm", &picture(8));
    folder.update();
    assert_eq!(folder.files(), ["0.ppm", "2.ppm"]);
}

#[test]
fn a_list_of_files_leaves_the_others_alone() {
    let folder = Folder::with_pictures(4);
    folder.write("odd.name", &picture(50));
    let list = |names: &[&str]| Selection {
        files: Some(names.iter().map(|name| folder.join(name)).collect()),
        ..Selection::default()
    };
    let (summary, told) = folder.update_with(list(&["0.ppm", "odd.name", "nowhere.ppm"]));
    assert_eq!((summary.indexed, summary.failed), (2, 1));
    assert_eq!(told[0], "! nowhere.ppm: no such file");
    folder.update_with(list(&["1.ppm"]));
    assert_eq!(folder.files(), ["0.ppm", "1.ppm", "odd.name"]);
    fs::remove_file(folder.join("0.ppm")).unwrap();
    // The recorded selection: what is on the list, no more.
    let (summary, _) = folder.update();
    assert_eq!((summary.removed, summary.unchanged), (1, 2));
    assert_eq!(folder.files(), ["1.ppm", "odd.name"]);
}

#[test]
fn files_outside_of_the_folder_are_refused() {
    let (folder, other) = (Folder::with_pictures(1), Folder::with_pictures(1));
    let selection = Selection {
        files: Some(vec![other.join("0.ppm")]),
        ..Selection::default()
    };
    let (summary, told) = folder.update_with(selection);
    assert_eq!((summary.indexed, summary.failed), (0, 1));
    assert!(told[0].ends_with("not in the indexed folder"), "{told:?}");
}

#[test]
fn bad_globs_are_named() {
    let folder = Folder::with_pictures(1);
    for glob in ["[", "!x", ""] {
        let options = UpdateOptions {
            selection: Some(Selection {
                exclude: vec![glob.into()],
                ..Selection::default()
            }),
            ..options()
        };
        let refused = update(&folder.library(), &options);
        assert!(matches!(refused, Err(Error::Pattern { .. })), "{glob}");
    }
}

#[test]
fn many_pictures_are_sealed_and_merged() {
    let folder = Folder::with_pictures(300);
    folder.update();
    let status = folder.library().status().unwrap();
    for part in &status.parts {
        assert_eq!((part.sealed, part.fresh, part.segments), (300, 0, 1));
    }
    for seed in 0..120 {
        fs::remove_file(folder.join(format!("{seed}.ppm"))).unwrap();
    }
    folder.write("late.ppm", &picture(1000));
    folder.update();
    let status = folder.library().status().unwrap();
    assert_eq!(status.pictures, 181);
    for part in &status.parts {
        assert_eq!((part.sealed, part.fresh, part.segments), (180, 1, 1));
        assert_eq!(part.dead, 0);
    }
    assert_eq!(folder.search(1000, 1)[0].0, "late.ppm");
    assert_eq!(folder.search(200, 1)[0].0, "200.ppm");
    folder.assert_whole();
}

#[test]
fn threads_do_not_change_the_answer() {
    let answer = |threads| {
        let folder = Folder::with_pictures(40);
        folder.write("twin.ppm", &picture(7));
        let options = UpdateOptions {
            threads,
            ..UpdateOptions::default()
        };
        update(&folder.library(), &options).unwrap();
        (folder.search(7, 20), folder.files())
    };
    assert_eq!(answer(1), answer(3));
}

#[test]
fn a_picture_beyond_the_limit_is_refused_and_taken_when_the_limit_rises() {
    let folder = Folder::with_pictures(1);
    let library = folder.library();
    let small = UpdateOptions {
        max_megapixels: Some(0.001),
        ..options()
    };
    let (summary, told) = update(&library, &small).unwrap();
    assert_eq!(summary.failed, 1);
    assert!(told[0].contains("72 x 56 pixels"), "{told:?}");
    assert_eq!(update(&library, &options()).unwrap().0.indexed, 1);
}

#[test]
fn after_an_update_the_catalogue_is_one_file() {
    let folder = Folder::with_pictures(30);
    let library = folder.library();
    update(&library, &options()).unwrap();
    let log = fs::metadata(folder.join(".lookalike/catalogue.sqlite-wal"));
    assert_eq!(log.map_or(0, |metadata| metadata.len()), 0);
}
