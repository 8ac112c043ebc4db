//! Queries in words that the embedded network knows: no model of one's own, no download.

mod common;

use common::{Folder, Ran, command, sample};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A folder of all sample pictures, indexed once. It stays until the next run of these tests.
static SAMPLES: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nouns");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(sample("library/cat.jpg").parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    let indexed = common::ran(&command(&folder).args(["index", "-q"]).output().unwrap());
    assert_eq!(indexed.code, Some(0), "{indexed:?}");
    folder
});

fn run<'a>(args: impl IntoIterator<Item = &'a str>) -> Ran {
    let mut command = command(&SAMPLES);
    command.args(["search", "--no-index", "--json"]).args(args);
    common::ran(&command.output().unwrap())
}

fn search(text: &str, more: &[&str]) -> Ran {
    run(["--text", text].into_iter().chain(more.iter().copied()))
}

fn found(text: &str, more: &[&str]) -> Vec<String> {
    let ran = search(text, more);
    let paths = ran.field("path").into_iter();
    paths
        .map(|path| path.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn words_find_pictures_on_the_first_run() {
    let folder = Folder::with(&["cat.jpg", "coffee.jpg", "rocket.jpg"]);
    let ran = folder.done(["search", "--text", "a cup of coffee", "--json", "-q"]);
    assert_eq!(ran.field("path")[0], "coffee.jpg");
    assert_eq!(ran.field("kind"), ["similar"; 3]);
    let line = &ran.json()[0];
    assert_eq!((&line["schema"], &line["rank"]), (&1.into(), &1.into()));
}

#[test]
fn each_word_finds_its_picture_first() {
    for (words, first) in [
        ("cat", "cat"),
        ("Cats", "cat"),
        ("dogs", "two-dogs.jpg"),
        ("two puppies", "two-dogs.jpg"),
        ("drum", "drum.jpg"),
        ("the rocket", "rocket"),
        ("mountains", "mountain-"),
        ("a flower", "da"),
        ("cameras", "cameraman"),
        ("paintbrush", "paint-brushes"),
        ("coffee", "coffee"),
        ("forest", "forest-stream.jpg"),
        ("pagoda", "pagoda"),
    ] {
        let found = found(words, &["--top", "1"]);
        assert!(found[0].starts_with(first), "{words}: {found:?}");
    }
}

#[test]
fn scores_are_probabilities_and_the_share_that_is_less_like_it_is_told() {
    let hits = search("mountain", &["--top", "50"]).json();
    assert!(hits.len() > 30);
    let numbers = |name: &str| -> Vec<f64> {
        let values = hits.iter().map(|hit| hit[name].as_f64().unwrap());
        values.collect()
    };
    let scores = numbers("score");
    assert!(scores.is_sorted_by(|a, b| a >= b));
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
    assert!(scores[0] > 0.5 && scores[30] < 0.2, "{scores:?}");
    let percentiles = numbers("percentile");
    assert!(percentiles.is_sorted_by(|a, b| a >= b));
    assert!(
        percentiles[0] > 0.95 && percentiles[30] < 0.3,
        "{percentiles:?}"
    );
    let likely = search("mountain", &["--min-score", "0.5"]);
    assert!(likely.field("score").len() < 5 && likely.code == Some(0));
    assert_eq!(search("mountain", &["--min-score", "0.999"]).code, Some(1));
}

#[test]
fn of_several_nouns_all_are_wanted() {
    let ran = search("coffee near a flower", &["--top", "38"]);
    let scores = |ran: &Ran| -> std::collections::BTreeMap<String, f64> {
        let hits = ran.json().into_iter();
        let pair = |hit: serde_json::Value| {
            let path = hit["path"].as_str().unwrap().to_owned();
            (path, hit["score"].as_f64().unwrap())
        };
        hits.map(pair).collect()
    };
    let both = scores(&ran);
    for noun in ["coffee", "flower"] {
        for (path, score) in scores(&search(noun, &["--top", "38"])) {
            assert!(both[&path] <= score + 1e-6, "{noun} {path}");
        }
    }
}

#[test]
fn words_are_added_and_subtracted() {
    let animals = found("animal", &["--top", "2"]);
    assert_eq!(animals, ["cat.jpg", "cat-mirrored.jpg"]);
    let others = found("animal", &["--minus", "2:cat", "--top", "3"]);
    assert!(
        !others.iter().any(|path| path.starts_with("cat")),
        "{others:?}"
    );
    assert_eq!(
        found("animal", &["--plus", "2:dog", "--top", "1"]),
        ["two-dogs.jpg"]
    );
    // With a picture: what is like it, and shows that.
    let mixed = run(["mountain-path.jpg", "--plus", "2:coffee"]).field("path");
    assert!(
        mixed[..3].iter().any(|path| path == "coffee.jpg"),
        "{mixed:?}"
    );
    let nothing = search("cat", &["--minus", "cats"]);
    assert!(
        nothing.error().contains("nothing to look for"),
        "{nothing:?}"
    );
}

#[test]
fn what_is_not_understood_is_told_in_one_line() {
    let refused = |text: &str| {
        let ran = search(text, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.error().len() < 400, "{ran:?}");
        ran.error().to_owned()
    };
    let unknown = refused("a purple elefant");
    for part in ["\"purple\"", "\"elefant\"", "elephant", "--model"] {
        assert!(unknown.contains(part), "{unknown}");
    }
    for empty in ["", "   ", "?!", "of the"] {
        assert!(refused(empty).contains("no noun"), "{empty:?}");
    }
    assert!(refused(&"dog ".repeat(2560)).contains("10240 bytes"));
    refused(&"x".repeat(900));
    refused("\u{1f697}\n\u{7}zqxv");
}

#[cfg(unix)]
#[test]
fn text_that_is_no_utf8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let mut command = command(&SAMPLES);
    command.args(["search", "--no-index", "--text"]);
    let ran = common::ran(&command.arg(OsStr::from_bytes(b"d\xffg")).output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.stderr.contains("UTF-8"), "{ran:?}");
}
