//! The main job, end to end: index, search, status, check, on the sample pictures.

mod common;

use common::{Folder, command, drawn, ran, sample};
use serde_json::Value;
use std::io::{Read, Write};
use std::process::Stdio;

const PICTURES: [&str; 4] = [
    "cat.jpg",
    "galaxies.jpg",
    "galaxies-recompressed.jpg",
    "rocket.jpg",
];

fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn search_makes_a_library_and_finds_the_copy() {
    let folder = Folder::with(&PICTURES);
    let query = sample("queries/galaxies.jpg");
    let found = folder.done(["search", query.to_str().unwrap(), "."]);
    let first = found.stdout.lines().next().unwrap();
    assert!(first.starts_with("./galaxies"), "{found:?}");
    assert!(folder.path().join(".lookalike/catalogue.sqlite").is_file());

    let hits = folder.done([
        "search",
        query.to_str().unwrap(),
        "--json",
        "-t",
        "2",
        "--by",
        "vector",
    ]);
    let hits = hits.json();
    assert_eq!(hits.len(), 2);
    for (i, hit) in hits.iter().enumerate() {
        assert_eq!(
            keys(hit),
            ["kind", "path", "picture", "rank", "schema", "score"]
        );
        assert_eq!(
            (&hit["schema"], &hit["kind"]),
            (&1.into(), &"vector".into())
        );
        assert_eq!(hit["rank"], i + 1);
        assert!(
            hit["path"].as_str().unwrap().starts_with("galaxies"),
            "{hit}"
        );
    }
    assert!(hits[0]["score"].as_f64() >= hits[1]["score"].as_f64());
}

#[test]
fn an_indexed_picture_finds_itself_with_score_one() {
    let folder = Folder::with(&PICTURES);
    let hits = folder
        .done(["search", "cat.jpg", "--json", "--top", "1"])
        .json();
    assert_eq!(hits[0]["path"], "cat.jpg");
    assert!(hits[0]["score"].as_f64().unwrap() > 0.9999);
}

#[test]
fn paths_are_relative_to_where_one_is() {
    let folder = Folder::with(&["cat.jpg"]);
    folder.write("trip/rome/a b.ppm", &drawn(1, 120, 90));
    let query = folder.path().join("trip/rome/a b.ppm");
    let query = query.to_str().unwrap();
    folder.done(["index", "."]);
    let first = |dir: &str, args: &[&str]| {
        let output = command(&folder.path().join(dir))
            .args(args)
            .output()
            .unwrap();
        let stdout = ran(&output).stdout;
        stdout.split(['\n', '\0']).next().unwrap().to_owned()
    };
    let search = ["search", query, "--no-index"];
    assert_eq!(first("", &search), "trip/rome/a b.ppm");
    assert_eq!(first("trip", &search), "rome/a b.ppm");
    assert_eq!(
        first("trip", &["search", query, "--no-index", "rome/"]),
        "rome/a b.ppm"
    );
    let cat = folder.path().join("cat.jpg");
    let cat = cat.to_str().unwrap();
    assert_eq!(
        first("trip/rome", &["search", cat, "--no-index", "-0"]),
        "../../cat.jpg"
    );
    assert_eq!(
        first("", &["search", cat, "--no-index", "trip", "--by", "vector"]),
        "trip/rome/a b.ppm"
    );
    let json = folder
        .done(["search", query, "trip", "--no-index", "--json"])
        .json();
    assert_eq!(json.len(), 1);
    assert_eq!(json[0]["path"], "trip/rome/a b.ppm");
}

#[test]
fn nothing_above_the_threshold_is_exit_1_and_one_line() {
    let folder = Folder::with(&["cat.jpg"]);
    folder.write("other.ppm", &drawn(5, 160, 120));
    folder.done(["index"]);
    let query = sample("queries/pagoda.jpg");
    let ran = folder.run([
        "search",
        query.to_str().unwrap(),
        "-t5",
        "--min-score",
        "0.999",
    ]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr.lines().any(|line| line == "nothing found"),
        "{ran:?}"
    );
}

#[test]
fn kinds_that_the_library_does_not_hold_are_an_error() {
    let folder = Folder::with(&["cat.jpg"]);
    folder.done(["index"]);
    folder.done([
        "export", "--what", "vectors", "--format", "pickle", "-o", "f.pck", ".",
    ]);
    folder.done(["import", "f.pck", "--library", "imported"]);
    for kind in ["same", "similar"] {
        let ran = folder.run(["search", "cat.jpg", "--by", kind, "--library", "imported"]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.error().contains(kind), "{ran:?}");
    }
}

#[test]
fn vectors_are_made_when_they_are_first_asked_for() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    folder.done(["index"]);
    let parts = || folder.done(["status", "--json"]).json().remove(0)["parts"].clone();
    assert_eq!(keys(&parts()), ["embedding", "frame", "words"]);
    let hits = folder.done([
        "search",
        "cat.jpg",
        "--by",
        "vector",
        "--no-index",
        "--json",
    ]);
    assert_eq!(hits.field("path"), ["cat.jpg", "rocket.jpg"]);
    assert_eq!(keys(&parts()), ["embedding", "frame", "vector", "words"]);
    assert_eq!(
        (&parts()["vector"]["fresh"], &parts()["vector"]["lacking"]),
        (&2.into(), &0.into())
    );
}

#[test]
fn a_library_keeps_what_it_is_told_to() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    folder.done(["index", "--keep", "vector"]);
    let parts = || keys(&folder.done(["status", "--json"]).json()[0]["parts"]).join(" ");
    assert_eq!(parts(), "vector");
    let kinds = || folder.done(["search", "cat.jpg", "--json"]).field("kind");
    assert_eq!(kinds(), ["vector", "vector"]);
    folder.done(["index", "--keep", "same"]);
    assert_eq!(parts(), "frame vector words");
    assert_eq!(kinds(), ["same"]);
}

#[test]
fn a_modified_picture_is_found_and_proven() {
    let folder = Folder::empty();
    let library = sample("library/cat.jpg");
    let library = library.parent().unwrap().to_str().unwrap();
    for name in [
        "cat-with-lettering",
        "forest-stream-cropped",
        "galaxies",
        "two-dogs-darker",
    ] {
        let query = sample(&format!("queries/{name}.jpg"));
        let search = [
            "search",
            query.to_str().unwrap(),
            library,
            "--by",
            "same",
            "--json",
        ];
        let hit = folder
            .done(search.into_iter().chain(["--library", "kept"]))
            .json()
            .remove(0);
        let expected = &name[..3];
        assert!(
            hit["path"].as_str().unwrap().starts_with(expected),
            "{name}: {hit}"
        );
        assert_eq!(hit["kind"], "same", "{name}: {hit}");
        assert!(hit["score"].as_f64().unwrap() > 0.9);
        assert!(hit["inliers"].as_u64() <= hit["matches"].as_u64());
        assert_eq!(hit["transform"].as_array().unwrap().len(), 9);
    }
    let stranger = sample("queries/retina-not-in-library.jpg");
    let search = [
        "search",
        stranger.to_str().unwrap(),
        library,
        "--library",
        "kept",
        "--by",
        "same",
    ];
    assert_eq!(folder.run(search).code, Some(1));
}

#[test]
fn the_rest_of_all_is_alike_in_content() {
    let library = sample("library/cat.jpg");
    let library = library.parent().unwrap().to_str().unwrap();
    let folder = Folder::empty();
    let query = sample("queries/forest-stream-cropped.jpg");
    let search = [
        "search",
        query.to_str().unwrap(),
        library,
        "--library",
        "kept",
        "--json",
    ];
    let hits = folder.done(search).json();
    assert_eq!(hits[0]["kind"], "same");
    let similar: Vec<_> = hits.iter().filter(|hit| hit["kind"] == "similar").collect();
    for hit in &similar {
        assert!(hit["percentile"].as_f64().unwrap() >= 0.98, "{hit}");
    }
    let first = folder.done(search.into_iter().chain(["--by", "similar", "-t1"]));
    let first = first.json().remove(0);
    assert_eq!(first["path"], "forest-stream.jpg");
    assert_eq!(
        keys(&first),
        [
            "kind",
            "path",
            "percentile",
            "picture",
            "rank",
            "schema",
            "score"
        ]
    );
    assert_eq!(
        folder
            .run(
                search
                    .into_iter()
                    .chain(["--by", "similar", "--min-score", "1.1"])
            )
            .code,
        Some(1)
    );
}

#[test]
fn a_stranger_is_no_hit_but_may_leave_candidates() {
    let folder = Folder::with(&PICTURES);
    folder.write(
        "stranger/pagoda.jpg",
        &std::fs::read(sample("queries/pagoda.jpg")).unwrap(),
    );
    folder.done(["index", "-E", "stranger"]);
    let ran = folder.run(["search", "stranger/pagoda.jpg", "--by", "same", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.field("kind").iter().all(|kind| kind == "candidate"));
    let plain = folder.run(["search", "stranger/pagoda.jpg", "--by", "same"]);
    assert_eq!((plain.code, plain.stdout.as_str()), (Some(1), ""));
}

#[test]
fn many_queries_each_name_theirs() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    folder.write(
        "elsewhere/flat.ppm",
        &[b"P6\n40 30\n255\n".as_slice(), &[77; 3600]].concat(),
    );
    folder.done(["index", "-E", "elsewhere"]);
    folder.write(
        "list.txt",
        b"cat.jpg\r\nelsewhere/flat.ppm\nmissing.jpg\nrocket.jpg\n",
    );
    let ran = folder.run(["search", "--queries-from", "list.txt", "--json", "-t1"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("missing.jpg"));
    let lines = ran.json();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (&lines[0]["query"], &lines[0]["path"]),
        (&"cat.jpg".into(), &"cat.jpg".into())
    );
    assert_eq!(lines[0]["schema"], 1);
    let none = serde_json::json!({"schema": 1, "query": "elsewhere/flat.ppm", "kind": "none"});
    assert_eq!(lines[1], none);
    assert_eq!(lines[2]["query"], "rocket.jpg");
}

#[test]
fn a_region_is_a_picture_of_its_own() {
    let folder = Folder::empty();
    let (left, right) = (drawn(1, 200, 200), drawn(2, 200, 200));
    let mut both = b"P6\n400 200\n255\n".to_vec();
    for row in 0..200 {
        both.extend_from_slice(&left[15 + row * 600..][..600]);
        both.extend_from_slice(&right[15 + row * 600..][..600]);
    }
    folder.write("left.ppm", &left);
    folder.write("right.ppm", &right);
    folder.write("query/both.ppm", &both);
    let best = |region: &str| {
        let args = ["search", "query/both.ppm", "--region", region, "--json"];
        folder.done(args).json().remove(0)["path"].clone()
    };
    folder.done(["index", "-E", "query"]);
    assert_eq!(best("0,0,200,200"), "left.ppm");
    assert_eq!(best("50%,0%,50%,100%"), "right.ppm");
    let ran = folder.run(["search", "query/both.ppm", "--region", "500,0,9,9"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("outside"), "{ran:?}");
}

#[test]
fn index_tells_what_it_did() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    folder.write("bad.jpg", b"dear diary");
    let summary = |args: &[&str], code| {
        let ran = folder.run(args);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        ran.json().pop().unwrap()
    };
    let numbers = |summary: &Value| {
        [
            "indexed",
            "unchanged",
            "moved",
            "removed",
            "failed",
            "pictures",
        ]
        .map(|name| summary[name].as_u64().unwrap())
    };
    let dry = summary(&["index", "--json", "--dry-run"], 0);
    assert_eq!(dry["indexed"], 3);
    assert!(!folder.path().join(".lookalike").exists());

    let ran = folder.run(["index", "--json"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("bad.jpg: not a picture"), "{ran:?}");
    let lines = ran.json();
    let failed =
        serde_json::json!({"kind": "failed", "path": "bad.jpg", "reason": "not a picture"});
    assert_eq!(lines[0], failed);
    let mut promised = [
        "schema",
        "kind",
        "indexed",
        "unchanged",
        "moved",
        "removed",
        "failed",
        "damaged",
        "pictures",
        "bytes",
        "seconds",
        "unread",
    ];
    promised.sort_unstable();
    assert_eq!(keys(&lines[1]), promised);
    assert_eq!(numbers(&lines[1]), [2, 0, 0, 0, 1, 2]);

    std::fs::rename(folder.path().join("cat.jpg"), folder.path().join("tom.jpg")).unwrap();
    std::fs::remove_file(folder.path().join("rocket.jpg")).unwrap();
    folder.write("new.ppm", &drawn(3, 100, 80));
    assert_eq!(
        numbers(&summary(&["index", "--json"], 0)),
        [1, 0, 1, 1, 0, 2]
    );
    assert_eq!(
        numbers(&summary(&["index", "--json"], 0)),
        [0, 2, 0, 0, 0, 2]
    );

    let status = folder.done(["status", "--json"]).json().remove(0);
    assert_eq!(
        (&status["pictures"], &status["failed"]),
        (&2.into(), &1.into())
    );
    let failed = folder.done(["status", "--failed"]);
    assert_eq!(failed.stdout, "bad.jpg: not a picture\n");
    assert!(
        folder
            .done(["check"])
            .stdout
            .starts_with("whole: 2 pictures")
    );
}

#[test]
fn other_algorithms_are_recorded() {
    let folder = Folder::with(&["cat.jpg"]);
    folder.done(["index", "--vector-algorithm", "kaze"]);
    let ran = folder.run(["index", "--profile", "light"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.error().contains("profile"), "{ran:?}");
}

#[test]
fn a_moved_folder_keeps_its_library() {
    let above = Folder::empty();
    above.write("old/a.ppm", &drawn(1, 120, 90));
    above.write("old/b.ppm", &drawn(2, 120, 90));
    above.done(["index", "old"]);
    std::fs::rename(above.path().join("old"), above.path().join("new")).unwrap();
    let again = above.done(["index", "new", "--json"]).json().remove(0);
    assert_eq!(
        (&again["unchanged"], &again["indexed"]),
        (&2.into(), &0.into())
    );
    let found = above.done(["search", "new/b.ppm", "new", "-t1"]);
    assert_eq!(found.stdout, "new/b.ppm\n");
}

#[test]
fn the_library_may_be_elsewhere() {
    let folder = Folder::with(&["cat.jpg"]);
    let elsewhere = Folder::empty();
    let library = elsewhere.path().join("library");
    let library = library.to_str().unwrap();
    folder.done(["index", ".", "--library", library]);
    assert!(!folder.path().join(".lookalike").exists());
    let query = sample("library/cat.jpg");
    let output = command(elsewhere.path())
        .args(["search", query.to_str().unwrap()])
        .env("LOOKALIKE_LIBRARY", library)
        .output();
    let ran = ran(&output.unwrap());
    let cat = folder.path().join("cat.jpg");
    assert_eq!(ran.stdout.trim_end(), cat.to_str().unwrap(), "{ran:?}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Folder::with(&["cat.jpg"]);
    let mut child = command(folder.path())
        .args(["features", "cat.jpg", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[test]
fn colours_and_thumbnails_come_when_asked_for() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    let search = |args: &[&str], no_color: &str| {
        let output = command(folder.path())
            .args(["search", "cat.jpg"])
            .args(args)
            .env("TERM", "xterm-256color")
            .env("COLORTERM", "truecolor")
            .env_remove("TMUX")
            .env("NO_COLOR", no_color)
            .output();
        ran(&output.unwrap()).stdout
    };
    assert!(!search(&[], "").contains('\x1b'));
    assert!(!search(&["--color", "always"], "1").contains('\x1b'));
    let pictures = search(&["--thumbnails", "always", "--color", "always"], "");
    assert!(
        pictures.contains("\x1b[38;2;") && pictures.contains('\u{2580}'),
        "{pictures:?}"
    );
    assert!(pictures.contains("cat.jpg"));
}

#[test]
fn stdin_is_a_query() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    let mut child = command(folder.path())
        .args(["search", "-", "--json", "-t1", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = std::fs::read(sample("library/rocket.jpg")).unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let ran = ran(&child.wait_with_output().unwrap());
    assert_eq!(ran.field("path"), ["rocket.jpg"]);
    assert_eq!(ran.stderr, "");
}

#[test]
fn names_lead_to_their_files_where_they_are_wanted() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    let search = [
        "search",
        "cat.jpg",
        "--by",
        "same",
        "--thumbnails",
        "always",
    ];
    let linked = folder.done([&search[..], &["--hyperlinks", "always"]].concat());
    let root = folder.path().canonicalize().unwrap();
    let link = format!(
        "\x1b]8;;file://{}/cat.jpg\x1b\\cat.jpg\x1b]8;;\x1b\\",
        root.display()
    );
    assert!(linked.stdout.contains(&link), "{:?}", linked.stdout);
    assert!(!folder.done(search).stdout.contains("\x1b]8;"));
    // Other programs read paths.
    let plain = folder.done([
        "search",
        "cat.jpg",
        "--by",
        "same",
        "--hyperlinks",
        "always",
    ]);
    assert_eq!(plain.stdout, "cat.jpg\n");
}

#[cfg(unix)]
#[test]
fn the_best_hit_is_opened_in_the_viewer() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    let tools = Folder::empty();
    let opened = tools.path().join("opened");
    let script = format!(
        "#!/bin/sh\nprintf %s \"$1\" > '{0}.tmp'\nmv '{0}.tmp' '{0}'\n",
        opened.display()
    );
    let viewer = tools.write("xdg-open", script.as_bytes());
    std::fs::set_permissions(viewer, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}",
        tools.path().display(),
        std::env::var("PATH").unwrap()
    );
    let search = |query: &str, path: &str| {
        let mut command = common::command(folder.path());
        command
            .args(["search", query, "--by", "same", "--open"])
            .env("PATH", path);
        common::ran(&command.output().unwrap())
    };
    assert_eq!(search("cat.jpg", &path).code, Some(0));
    let begin = std::time::Instant::now();
    while !opened.exists() && begin.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let opened = std::fs::read_to_string(opened).unwrap();
    assert!(opened.ends_with("/cat.jpg") && std::path::Path::new(&opened).is_absolute());
    let none = search("cat.jpg", "/nowhere");
    assert_eq!((none.code, none.stdout.as_str()), (Some(2), "cat.jpg\n"));
    assert!(
        none.stderr.contains("nothing here opens pictures"),
        "{none:?}"
    );
}
