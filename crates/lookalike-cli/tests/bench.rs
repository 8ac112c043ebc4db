//! `lookalike bench`, on the sample pictures.

mod common;

use common::{Folder, Ran, drawn, sample};

const PICTURES: [&str; 4] = [
    "cat.jpg",
    "forest-stream.jpg",
    "mountain-meadow.jpg",
    "rocket.jpg",
];

/// The lines about modifications: they depend on nothing but pictures and seed.
fn kinds(ran: &Ran) -> Vec<&str> {
    let lines = ran.stdout.lines();
    lines
        .filter(|line| line.contains("\"modification\""))
        .collect()
}

fn bench(folder: &Folder, args: &[&str]) -> Ran {
    folder.done(["bench", "--json"].iter().chain(args))
}

#[test]
fn modified_copies_are_found_and_counted() {
    let folder = Folder::with(&PICTURES);
    let args = ["--kinds", "crop70,mirror,collage4", "--pictures", "3"];
    let ran = bench(&folder, &args);
    let mut lines = ran.json();
    let summary = lines.pop().unwrap();
    let names: Vec<&str> = lines.iter().map(|l| l["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["crop70", "mirror", "collage4"]);
    for line in &lines {
        assert_eq!((&line["schema"], &line["queries"]), (&1.into(), &3.into()));
        for share in ["r1", "r10", "proven"] {
            assert!(
                (0.0..=1.0).contains(&line[share].as_f64().unwrap()),
                "{line}"
            );
        }
    }
    for easy in &lines[..2] {
        assert_eq!((&easy["r1"], &easy["proven"]), (&1.0.into(), &1.0.into()));
    }
    assert_eq!(
        (&summary["schema"], &summary["kind"]),
        (&1.into(), &"summary".into())
    );
    assert_eq!(
        (&summary["queries"], &summary["tried"]),
        (&9.into(), &3.into())
    );
    assert_eq!(
        (&summary["pictures"], &summary["wrong"]),
        (&4.into(), &0.into())
    );
    assert_eq!(summary["twins"], 0);
    assert!(summary["r10"].as_f64() >= summary["r1"].as_f64());
    assert!(summary["ms_median"].as_f64().unwrap() > 0.0);
    assert!(summary["ms_p95"].as_f64() >= summary["ms_median"].as_f64());
    assert!(summary["bytes_per_picture"].as_f64().unwrap() > 1000.0);
}

#[test]
fn a_seed_says_which_pictures_and_how() {
    let folder = Folder::with(&PICTURES);
    folder.write("drawn.ppm", &drawn(7, 160, 120));
    // Hard enough that pictures differ.
    let args = ["--kinds", "collage4,embed10,combination", "--pictures", "2"];
    let with = |more: &[&str]| bench(&folder, &[&args, more].concat());
    let (one, again) = (with(&[]), with(&["--seed", "1", "-j1", "--no-index"]));
    assert_eq!(kinds(&one), kinds(&again));
    assert_eq!(kinds(&one).len(), 3);
    let differs = |seed| kinds(&with(&["--seed", seed])) != kinds(&one);
    assert!(["2", "3", "4", "5"].into_iter().any(differs));
}

#[test]
fn copies_in_the_collection_are_twins_and_not_wrong() {
    let folder = Folder::with(&["cat.jpg", "cat-mirrored.jpg"]);
    std::fs::copy(sample("library/cat.jpg"), folder.path().join("same.jpg")).unwrap();
    // More pictures are asked for than there are; those of equal content are one.
    let ran = bench(&folder, &["--kinds", "crop50", "-v"]);
    let lines = ran.json();
    assert_eq!(
        (&lines[0]["queries"], &lines[0]["r1"]),
        (&2.into(), &1.0.into())
    );
    assert_eq!(
        (&lines[1]["wrong"], &lines[1]["twins"]),
        (&0.into(), &2.into())
    );
    assert!(
        ran.stderr.contains("twin: cat-mirrored.jpg: cat.jpg"),
        "{ran:?}"
    );
}

#[test]
fn people_get_a_table() {
    let folder = Folder::with(&["cat.jpg"]);
    let ran = folder.done(["bench", "--kinds", "resize50,grey"]);
    let rows: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(rows[1], ["resize50", "1", "1.000", "1.000", "1.000"]);
    assert_eq!(rows[2], ["grey", "1", "1.000", "1.000", "1.000"]);
    assert_eq!(rows[3], ["overall", "2", "1.000", "1.000", "1.000"]);
    assert!(ran.stdout.contains("1 tried, 1 in the library"), "{ran:?}");
}

#[test]
fn pictures_that_are_gone_are_told_and_an_empty_library_is_an_error() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    folder.done(["index"]);
    std::fs::remove_file(folder.path().join("cat.jpg")).unwrap();
    let ran = folder.run(["bench", "--no-index", "--json", "--kinds", "mirror"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("cat.jpg"), "{ran:?}");
    assert_eq!(ran.json()[0]["queries"], 1);

    let empty = Folder::empty();
    let ran = empty.run(["bench"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.error().contains("no pictures"), "{ran:?}");
    let ran = empty.run(["bench", "--kinds", "crop50,melted"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("melted") && ran.stderr.contains("crop30"),
        "{ran:?}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130() {
    use std::process::{Command, Stdio};
    let folder = Folder::with(&PICTURES);
    folder.done(["index"]);
    let mut child = common::command(folder.path())
        .args(["bench", "--no-index", "-v"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It has its handler as soon as it maps the library; the trial takes far longer than this.
    std::thread::sleep(std::time::Duration::from_millis(700));
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
