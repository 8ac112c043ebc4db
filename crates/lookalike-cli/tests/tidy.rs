//! Which files of a group to keep, and moving the others away and back.

mod common;

use common::{Folder, Ran, command, ran, sample};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of pictures, and a home with a trash.
struct Home {
    folder: Folder,
    data: Folder,
}

impl Home {
    fn with(names: &[&str]) -> Self {
        Self {
            folder: Folder::with(names),
            data: Folder::empty(),
        }
    }

    /// A cat with two exact copies, and a picture that nothing is like.
    fn with_copies() -> Self {
        let home = Self::with(&["cat.jpg", "rocket.jpg"]);
        let cat = fs::read(sample("library/cat.jpg")).unwrap();
        home.folder.write("cat copy.jpg", &cat);
        home.folder.write("trip/cat.jpg", &cat);
        home
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = command(self.folder.path());
        command.args(args).env("XDG_DATA_HOME", self.data.path());
        ran(&command.output().unwrap())
    }

    fn done(&self, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// What is in the trash.
    fn trashed(&self) -> Vec<String> {
        names_in(&self.data.path().join("Trash/files"))
    }

    fn journal(&self) -> PathBuf {
        self.path(".lookalike/tidy.journal")
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let Ok(names) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = names.map(|name| name.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The fate of each file of a group, by name.
fn fates(group: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let files = group["files"].as_array().unwrap().iter();
    files
        .map(|file| {
            let fate = format!("{} {}", text(&file["fate"]), text(&file["stays"]));
            (text(&file["path"]), fate.trim().to_owned())
        })
        .collect()
}

#[test]
fn a_group_says_which_file_to_keep_and_why() {
    let home = Home::with(&[
        "galaxies.jpg",
        "galaxies-cropped.jpg",
        "galaxies-recompressed.jpg",
        "galaxies-small.webp",
    ]);
    let group = home.done(&["dups", "--json"]).json().remove(0);
    assert_eq!(group["keep"], "galaxies.jpg");
    assert_eq!(group["why"], "least compressed");
    let expected = [
        ("galaxies-cropped.jpg", "stays not wholly the same"),
        ("galaxies-recompressed.jpg", "redundant"),
        ("galaxies-small.webp", "redundant"),
        ("galaxies.jpg", "keep"),
    ];
    let expected = expected.map(|(path, fate)| (path.to_owned(), fate.to_owned()));
    assert_eq!(fates(&group), expected);
    let file = &group["files"][1];
    let bytes = fs::metadata(home.path("galaxies-recompressed.jpg"))
        .unwrap()
        .len();
    assert_eq!(file["bytes"], bytes);
    assert!(file["width"].as_u64().unwrap() > 100 && file["height"].as_u64().unwrap() > 100);
    let modified = file["modified"].as_str().unwrap();
    assert!(
        modified.len() == 20 && modified.ends_with('Z'),
        "{modified}"
    );
    assert_eq!(file["by"], "galaxies.jpg");

    // The one to keep comes first.
    let plain = home.done(&["dups"]).stdout;
    assert_eq!(plain.lines().next(), Some("galaxies.jpg"));
    let redundant = home.done(&["dups", "--redundant", "-0"]).stdout;
    assert_eq!(
        redundant,
        "galaxies-recompressed.jpg\0galaxies-small.webp\0"
    );
    let json = home.done(&["dups", "--redundant", "--json"]).json();
    assert_eq!(
        (&json[0]["kind"], &json[0]["kept"]),
        (&"redundant".into(), &"galaxies.jpg".into())
    );

    let shortest = home
        .done(&["dups", "--json", "--keep", "shortest"])
        .json()
        .remove(0);
    assert_eq!(
        (&shortest["keep"], &shortest["why"]),
        (&"galaxies.jpg".into(), &"the shortest path".into())
    );
}

#[test]
fn copies_in_other_tones_or_turned_are_not_redundant() {
    let home = Home::with(&[
        "coffee.jpg",
        "coffee-grey.png",
        "galaxies.jpg",
        "galaxies-warmer.jpg",
        "pagoda.jpg",
        "pagoda-rotated.jpg",
        "pagoda-warmer.jpg",
    ]);
    assert_eq!(home.done(&["dups", "--json"]).json().len(), 3);
    let nothing = home.run(&["dups", "--redundant", "--keep", "largest"]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_larger_file_stays_beside_a_smaller_reference() {
    let home = Home::with(&["galaxies.jpg", "rocket.jpg"]);
    let small = fs::read(sample("library/galaxies-small.webp")).unwrap();
    home.folder.write("album/small.webp", &small);
    home.folder.write("small again.webp", &small);
    let args = ["dups", "--json", "--reference", "album"];
    let group = home.done(&args).json().remove(0);
    assert_eq!(
        (&group["keep"], &group["why"]),
        (&"album/small.webp".into(), &"in a reference folder".into())
    );
    let of =
        |name: &str, group: &Value| fates(group).into_iter().find(|(p, _)| p == name).unwrap().1;
    assert_eq!(of("galaxies.jpg", &group), "stays larger");
    assert_eq!(of("small again.webp", &group), "redundant");
    let without = home.done(&["dups", "--json"]).json().remove(0);
    assert_eq!(of("album/small.webp", &without), "redundant");
    let wrong = home.run(&["dups", "--reference", "albun"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("albun"), "{wrong:?}");
    let outside = home.data.path().display().to_string();
    assert_eq!(home.run(&["dups", "--reference", &outside]).code, Some(2));
}

#[test]
fn redundant_files_go_to_the_trash_and_come_back() {
    let home = Home::with_copies();
    // Nobody is asked where nobody can answer.
    let unasked = home.run(&["dups", "--trash"]);
    assert_eq!((unasked.code, unasked.stdout.as_str()), (Some(2), ""));
    assert!(unasked.stderr.contains("--yes"), "{unasked:?}");
    let dry = home.done(&["dups", "--trash", "--dry-run"]);
    assert_eq!(dry.stdout.lines().count(), 2);
    assert!(home.trashed().is_empty() && home.has("cat.jpg") && !home.journal().exists());

    let kept = home.done(&["dups", "--json"]).json().remove(0)["keep"].clone();
    let done = home.done(&["dups", "--trash", "--yes"]);
    assert_eq!(done.stdout, dry.stdout);
    assert!(home.has(kept.as_str().unwrap()) && home.has("rocket.jpg"));
    let gone: Vec<&str> = done.stdout.lines().collect();
    assert!(gone.iter().all(|name| !home.has(name)), "{gone:?}");
    assert_eq!(home.trashed().len(), 2);
    assert_eq!(names_in(&home.data.path().join("Trash/info")).len(), 2);
    // The library knows it without another word.
    assert_eq!(home.run(&["dups"]).code, Some(1));

    let cat = fs::read(sample("library/cat.jpg")).unwrap();
    let dry = home.done(&["dups", "--undo", "-n"]);
    assert_eq!((dry.stdout.lines().count(), home.trashed().len()), (2, 2));
    let back = home.done(&["dups", "--undo", "--json"]).json();
    assert!(back.iter().all(|line| line["kind"] == "back"));
    assert!(
        gone.iter()
            .all(|name| fs::read(home.path(name)).unwrap() == cat)
    );
    assert!(home.trashed().is_empty());
    assert!(names_in(&home.data.path().join("Trash/info")).is_empty());
    let nothing = home.run(&["dups", "--undo"]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
}

#[test]
fn what_changed_or_vanished_meanwhile_is_left_alone() {
    let home = Home::with_copies();
    let group = home.done(&["dups", "--json"]).json().remove(0);
    let keep = group["keep"].as_str().unwrap();
    let others = fates(&group)
        .into_iter()
        .filter(|(_, fate)| fate == "redundant");
    let others: Vec<String> = others.map(|(path, _)| path).collect();
    home.folder.write(&others[0], b"something else");
    let left = home.run(&["dups", "--no-index", "--trash", "--yes"]);
    assert_eq!((left.code, left.stdout.trim_end()), (Some(2), &*others[1]));
    assert!(left.stderr.contains("it has changed"), "{left:?}");
    assert_eq!(fs::read(home.path(&others[0])).unwrap(), b"something else");

    // Without the one to keep, nothing is redundant.
    home.done(&["dups", "--undo"]);
    fs::rename(home.path(keep), home.path("aside")).unwrap();
    let left = home.run(&["dups", "--no-index", "--trash", "--yes", "--json"]);
    assert_eq!(left.code, Some(2));
    assert!(
        left.json().iter().all(|line| line["kind"] == "left"),
        "{left:?}"
    );
    assert!(home.has(&others[1]) && home.trashed().is_empty());
    fs::rename(home.path("aside"), home.path(keep)).unwrap();

    fs::remove_file(home.path(&others[1])).unwrap();
    let left = home.run(&["dups", "--no-index", "--trash", "--yes"]);
    assert_eq!(left.code, Some(2));
    assert!(left.stderr.contains("no such file"), "{left:?}");
}

#[test]
fn a_trash_that_cannot_be_written_loses_nothing() {
    let home = Home::with_copies();
    home.data.write("Trash", b"a file");
    let left = home.run(&["dups", "--trash", "--yes"]);
    assert_eq!((left.code, left.stdout.as_str()), (Some(2), ""));
    assert!(left.stderr.contains("cannot be written"), "{left:?}");
    assert!(home.has("cat.jpg") && home.has("cat copy.jpg") && home.has("trip/cat.jpg"));
    assert_eq!(home.run(&["dups", "--undo"]).code, Some(1));
}

#[test]
fn what_lies_on_another_file_system_goes_to_the_trash_there() {
    let memory = Path::new("/dev/shm");
    let device = |path: &Path| {
        #[cfg(unix)]
        return std::os::unix::fs::MetadataExt::dev(&fs::metadata(path).unwrap());
        #[cfg(not(unix))]
        return 0;
    };
    if !memory.is_dir() || device(memory) == device(&std::env::temp_dir()) {
        eprintln!("skipped: no second file system");
        return;
    }
    let home = Home::with_copies();
    let there = tempfile::tempdir_in(memory).unwrap();
    for name in ["cat.jpg", "cat copy.jpg"] {
        fs::copy(home.path(name), there.path().join(name)).unwrap();
    }
    let there = there.path().to_str().unwrap();
    let done = home.done(&["dups", there, "--trash", "--yes"]);
    assert_eq!(done.stdout.lines().count(), 1);
    assert!(home.trashed().is_empty());
    let gone = Path::new(done.stdout.trim_end()).to_owned();
    assert!(!gone.exists());
    home.done(&["dups", there, "--undo"]);
    assert!(gone.exists());
}

#[test]
fn a_journal_that_was_cut_in_half_brings_back_what_it_still_names() {
    let home = Home::with_copies();
    let gone = home.done(&["dups", "--trash", "--yes"]).stdout;
    let gone: Vec<&str> = gone.lines().collect();
    let journal = fs::read(home.journal()).unwrap();
    fs::write(home.journal(), &journal[..journal.len() - 20]).unwrap();
    let back = home.done(&["dups", "--undo"]);
    assert_eq!(back.stdout.trim_end(), gone[0]);
    assert!(home.has(gone[0]) && !home.has(gone[1]));
    // Still in the trash, where the desktop finds it.
    assert_eq!(home.trashed().len(), 1);
    // In the middle: told, and the rest is done.
    home.done(&["dups", "--trash", "--yes"]);
    let journal = fs::read_to_string(home.journal()).unwrap();
    let cut: Vec<&str> = journal.lines().collect();
    let last = cut.len() - 1;
    let cut = format!("{}\ntra\n{}\n", cut[..last].join("\n"), cut[last]);
    fs::write(home.journal(), cut).unwrap();
    let back = home.run(&["dups", "--undo"]);
    assert_eq!(back.code, Some(2));
    assert!(back.stderr.contains("is not understood"), "{back:?}");
    assert!(home.has(gone[0]));
}

#[test]
fn what_came_in_the_way_is_not_replaced() {
    let home = Home::with_copies();
    let gone = home.done(&["dups", "--trash", "--yes"]).stdout;
    let gone: Vec<&str> = gone.lines().collect();
    home.folder.write(gone[0], b"new");
    let back = home.run(&["dups", "--undo"]);
    assert_eq!((back.code, back.stdout.trim_end()), (Some(2), gone[1]));
    assert!(back.stderr.contains("something else is there"), "{back:?}");
    assert_eq!(fs::read(home.path(gone[0])).unwrap(), b"new");
    // When the way is free, the rest of the run comes back.
    fs::remove_file(home.path(gone[0])).unwrap();
    assert_eq!(home.done(&["dups", "--undo"]).stdout.trim_end(), gone[0]);
}

#[test]
fn two_runs_at_once_exclude_each_other() {
    let home = Home::with_copies();
    home.done(&["index"]);
    let journal = fs::File::create(home.journal()).unwrap();
    journal.lock().unwrap();
    for args in [&["dups", "--trash", "--yes"][..], &["dups", "--undo"]] {
        let ran = home.run(args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("another run is tidying up"), "{ran:?}");
    }
    assert!(home.trashed().is_empty() && home.has("trip/cat.jpg"));
    // Reading needs no lock.
    home.done(&["dups", "--redundant"]);
}

#[cfg(unix)]
#[test]
fn equal_files_become_hard_links_and_files_of_their_own_again() {
    use std::os::unix::fs::MetadataExt;
    let home = Home::with_copies();
    let small = fs::read(sample("library/galaxies-small.webp")).unwrap();
    home.folder.write("small.webp", &small);
    fs::copy(sample("library/galaxies.jpg"), home.path("galaxies.jpg")).unwrap();
    let metadata = |name: &str| fs::metadata(home.path(name)).unwrap();
    let before = metadata("trip/cat.jpg").modified().unwrap();
    let linked = home.done(&["dups", "--hardlink", "--yes"]).stdout;
    assert_eq!(linked.lines().count(), 2, "{linked}");
    let names = ["cat.jpg", "cat copy.jpg", "trip/cat.jpg"];
    assert!(
        names
            .iter()
            .all(|name| metadata(name).ino() == metadata("cat.jpg").ino())
    );
    // Only equal bytes can be linked.
    assert_eq!(fs::read(home.path("small.webp")).unwrap(), small);
    assert_eq!(
        names_in(home.folder.path()).len(),
        7,
        "nothing is left aside"
    );

    // Links are named, and not offered.
    let groups = home.done(&["dups", "--kind", "exact", "--json"]).json();
    let fates: Vec<String> = fates(&groups[0])
        .into_iter()
        .map(|(_, fate)| fate)
        .collect();
    assert_eq!(
        fates
            .iter()
            .filter(|fate| *fate == "stays a hard link")
            .count(),
        2,
        "{fates:?}"
    );
    assert_eq!(home.run(&["dups", "--hardlink", "--yes"]).code, Some(1));

    assert_eq!(home.done(&["dups", "--undo"]).stdout.lines().count(), 2);
    let numbers: std::collections::BTreeSet<u64> =
        names.iter().map(|name| metadata(name).ino()).collect();
    assert_eq!(numbers.len(), 3);
    assert_eq!(metadata("trip/cat.jpg").modified().unwrap(), before);
    let cat = fs::read(sample("library/cat.jpg")).unwrap();
    assert!(
        names
            .iter()
            .all(|name| fs::read(home.path(name)).unwrap() == cat)
    );
}

#[test]
fn wrong_usage_changes_nothing() {
    let home = Home::with_copies();
    for wrong in [
        &["dups", "--trash", "--hardlink", "--yes"][..],
        &["dups", "--redundant", "--trash"],
        &["dups", "--undo", "--trash"],
        &["dups", "--dry-run"],
        &["dups", "--yes"],
        &["dups", "--kind", "near", "--trash", "--yes"],
        &["dups", "--keep", "prettiest"],
    ] {
        let ran = home.run(wrong);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{wrong:?}");
    }
    assert!(home.has("cat.jpg") && home.has("cat copy.jpg") && home.has("trip/cat.jpg"));
}
