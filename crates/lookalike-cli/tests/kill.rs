//! `kill -9` and ctrl-C at random moments of `index`: nothing is lost but the last seconds.

#![cfg(unix)]

mod common;

use common::{Folder, command, drawn};
use lookalike_store::Random;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PICTURES: u32 = 60;

fn folder() -> Folder {
    let folder = Folder::empty();
    for seed in 0..PICTURES {
        folder.write(format!("{}/{seed}.ppm", seed % 7), &drawn(seed, 160, 120));
    }
    folder
}

fn start(folder: &Folder) -> Child {
    command(folder.path())
        .args(["index", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_twenty_times_the_library_is_whole_and_gets_complete() {
    let folder = folder();
    let begin = Instant::now();
    folder.done(["index"]);
    let whole_run = begin.elapsed();
    std::fs::remove_dir_all(folder.path().join(".lookalike")).unwrap();

    let mut random = Random::new(12345);
    for round in 0..20 {
        let mut child = start(&folder);
        let part = f64::from(random.unit());
        std::thread::sleep(whole_run.mul_f64(part * 1.1));
        child.kill().unwrap();
        child.wait().unwrap();
        let check = folder.run(["check"]);
        let no_library = check.stderr.contains("no library");
        assert!(
            check.code == Some(0) || no_library,
            "round {round}: {check:?}"
        );
        if round % 7 == 6 && !no_library {
            // Now and then from the beginning, so that all moments have their chance.
            std::fs::remove_dir_all(folder.path().join(".lookalike")).unwrap();
        }
    }
    let summary = folder.done(["index", "--json"]).json().remove(0);
    assert_eq!(summary["pictures"], PICTURES);
    assert!(
        folder
            .done(["check"])
            .stdout
            .starts_with("whole: 60 pictures")
    );
    assert_eq!(
        folder.done(["search", "3/3.ppm", "-t1"]).stdout,
        "3/3.ppm\n"
    );
    let left = std::fs::read_dir(folder.path().join(".lookalike/segments")).unwrap();
    assert!(left.count() <= 3);
}

#[test]
fn ctrl_c_commits_and_ends_with_130() {
    let folder = folder();
    let mut child = start(&folder);
    let library = folder.path().join(".lookalike/catalogue.sqlite");
    let patience = Instant::now();
    while !library.exists() && patience.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.unwrap().success());
    let code = child.wait().unwrap().code();
    // It may have been done before the signal came.
    assert!(matches!(code, Some(130 | 0)), "{code:?}");
    folder.done(["check"]);
    let summary = folder.done(["index", "--json"]).json().remove(0);
    assert_eq!(summary["pictures"], PICTURES);
}

#[cfg(feature = "models")]
#[test]
fn killed_while_its_model_changes_a_library_is_searched_by_the_old_one() {
    let models =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../lookalike-embed/tests/models");
    let vit = models.join("vit").canonicalize().unwrap();
    let vit = vit.to_str().unwrap();
    let folder = folder();
    folder.done(["index"]);
    let begin = Instant::now();
    folder.done(["index", "--model", vit]);
    let whole_change = begin.elapsed();
    folder.done(["index", "--model", "default"]);

    let mut interrupted = 0;
    for round in 0..12 {
        let mut child = command(folder.path())
            .args(["index", "--model", vit])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole_change.mul_f64(f64::from(round) / 12.0));
        child.kill().unwrap();
        child.wait().unwrap();
        folder.done(["check"]);
        // All of the one model or all of the other.
        let current = folder.done(["models", "--json"]).json().remove(0);
        assert_eq!(
            (&current["state"], &current["pictures"]),
            (&"current".into(), &PICTURES.into()),
            "round {round}"
        );
        let search = ["search", "3/3.ppm", "--by", "similar", "--no-index", "-t99"];
        let found = folder.done(search).stdout;
        assert_eq!(found.lines().next(), Some("3/3.ppm"), "round {round}");
        assert_eq!(found.lines().count(), PICTURES as usize);
        if current["name"] == "vit" {
            folder.done(["index", "--model", "default"]);
        } else {
            interrupted += 1;
        }
    }
    assert!(interrupted > 0, "every change was done before its end");
    folder.done(["index", "--model", vit]);
    let models = folder.done(["models", "--json"]).json();
    assert_eq!((models.len(), &models[0]["name"]), (1, &"vit".into()));
    assert_eq!(models[0]["pictures"], PICTURES);
}
