//! What people say of two pictures.

mod common;

use common::{Folder, Ran, sample};
use std::fs;

/// The paths of the hits of a kind.
fn found(ran: &Ran, kind: &str) -> Vec<String> {
    let hits = ran.json().into_iter().filter(|hit| hit["kind"] == kind);
    hits.map(|hit| hit["path"].as_str().unwrap().to_owned())
        .collect()
}

fn same_as(folder: &Folder, picture: &str) -> Vec<String> {
    found(
        &folder.run(["search", picture, "--by", "same", "--json"]),
        "same",
    )
}

#[test]
fn what_is_different_is_not_told_as_the_same_again() {
    let folder = Folder::with(&["pagoda.jpg", "pagoda-rotated.jpg", "rocket.jpg"]);
    assert_eq!(
        same_as(&folder, "pagoda.jpg"),
        ["pagoda.jpg", "pagoda-rotated.jpg"]
    );
    assert_eq!(folder.done(["dups", "--json"]).json().len(), 1);
    folder.done(["judge", "pagoda-rotated.jpg", "pagoda.jpg", "--different"]);
    assert_eq!(same_as(&folder, "pagoda.jpg"), ["pagoda.jpg"]);
    // It still shows the same things.
    let all = folder.done(["search", "pagoda.jpg", "--json", "--min-score", "0.1"]);
    assert!(!found(&all, "candidate").contains(&"pagoda-rotated.jpg".to_owned()));
    let dups = folder.run(["dups"]);
    assert_eq!(dups.code, Some(1), "{dups:?}");

    // It holds for the bytes, wherever they go, and for a picture from elsewhere.
    fs::create_dir(folder.path().join("trip")).unwrap();
    let moved = folder.path().join("trip/turned.jpg");
    fs::rename(folder.path().join("pagoda-rotated.jpg"), moved).unwrap();
    assert_eq!(same_as(&folder, "pagoda.jpg"), ["pagoda.jpg"]);
    let elsewhere = sample("library/pagoda.jpg");
    assert_eq!(
        same_as(&folder, elsewhere.to_str().unwrap()),
        ["pagoda.jpg"]
    );

    let list = folder.done(["judge", "--list"]).stdout;
    let mut fields: Vec<&str> = list.trim_end().split('\t').collect();
    fields[1..].sort_unstable();
    assert_eq!(fields, ["different", "pagoda.jpg", "trip/turned.jpg"]);
    let json = folder.done(["judge", "--list", "--json"]).json();
    assert_eq!(
        (&json[0]["kind"], &json[0]["says"]),
        (&"judgement".into(), &"different".into())
    );
    assert_eq!(json[0]["a"]["hash"].as_str().unwrap().len(), 64);

    folder.done(["judge", "pagoda.jpg", "trip/turned.jpg", "--forget"]);
    assert_eq!(
        same_as(&folder, "pagoda.jpg"),
        ["pagoda.jpg", "trip/turned.jpg"]
    );
    let again = folder.run(["judge", "pagoda.jpg", "trip/turned.jpg", "--forget"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert_eq!(folder.run(["judge", "--list"]).code, Some(1));
}

#[test]
fn what_is_the_same_needs_no_proof() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg", "coffee.jpg"]);
    folder.done(["index"]);
    folder.done(["judge", "cat.jpg", "rocket.jpg", "--same"]);
    let hits = folder.done(["search", "cat.jpg", "--by", "same", "--json"]);
    assert_eq!(found(&hits, "same"), ["cat.jpg", "rocket.jpg"]);
    let judged = &hits.json()[1];
    assert_eq!(
        (&judged["judged"], &judged["score"]),
        (&true.into(), &1.0.into())
    );
    assert!(hits.json()[0].get("judged").is_none());
    let groups = folder.done(["dups", "--json"]).json();
    assert_eq!(
        groups[0]["paths"],
        serde_json::json!(["cat.jpg", "rocket.jpg"])
    );
    // That they belong together is no proof that nothing is lost with one of them.
    assert_eq!(folder.run(["dups", "--redundant"]).code, Some(1));
}

#[test]
fn judgements_go_from_one_library_to_another() {
    let folder = Folder::with(&["pagoda.jpg", "pagoda-rotated.jpg"]);
    folder.done(["index"]);
    folder.done(["judge", "pagoda.jpg", "pagoda-rotated.jpg", "--different"]);
    folder.done(["judge", "--export", "said.txt"]);
    let said = fs::read_to_string(folder.path().join("said.txt")).unwrap();
    assert_eq!(folder.done(["judge", "--export", "-"]).stdout, said);
    assert!(
        said.lines().any(|line| line.starts_with("different ")),
        "{said}"
    );

    let other = Folder::with(&["pagoda.jpg", "pagoda-rotated.jpg"]);
    other.done(["index"]);
    other.write("said.txt", said.as_bytes());
    let read = other.done(["judge", "--import", "said.txt"]);
    assert_eq!(read.error(), "1 judgement read, 1 of them new");
    let again = other.done(["judge", "--import", "said.txt"]);
    assert_eq!(again.error(), "1 judgement read, 0 of them new");
    assert_eq!(other.run(["dups", "-q"]).code, Some(1));

    other.write("said.txt", b"# mine\nalike 12 34\n");
    let wrong = other.run(["judge", "--import", "said.txt"]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.error().contains("said.txt: line 2 is no judgement"),
        "{wrong:?}"
    );
}

#[test]
fn pictures_that_are_gone_are_no_trouble() {
    let folder = Folder::with(&["pagoda.jpg", "pagoda-rotated.jpg", "rocket.jpg"]);
    folder.done(["index"]);
    folder.done(["judge", "pagoda.jpg", "pagoda-rotated.jpg", "--different"]);
    folder.done(["judge", "pagoda.jpg", "rocket.jpg", "--same"]);
    fs::remove_file(folder.path().join("pagoda-rotated.jpg")).unwrap();
    fs::remove_file(folder.path().join("rocket.jpg")).unwrap();
    assert_eq!(same_as(&folder, "pagoda.jpg"), ["pagoda.jpg"]);
    assert_eq!(folder.run(["dups"]).code, Some(1));
    let list = folder.done(["judge", "--list"]).stdout;
    // They have their hashes for names.
    assert!(
        list.split_whitespace().any(|word| word.len() == 64),
        "{list}"
    );
    let check = folder.done(["check", "--json"]);
    let formats = check.json()[0]["formats"].clone();
    assert!(
        formats
            .as_array()
            .unwrap()
            .iter()
            .any(|f| f["of"] == "judgements")
    );
    // They come back.
    fs::copy(
        sample("library/rocket.jpg"),
        folder.path().join("again.jpg"),
    )
    .unwrap();
    assert_eq!(same_as(&folder, "pagoda.jpg"), ["pagoda.jpg", "again.jpg"]);
}

#[test]
fn what_cannot_be_judged_is_told() {
    let folder = Folder::with(&["cat.jpg", "rocket.jpg"]);
    folder.done(["index"]);
    fs::copy(
        sample("library/cat.jpg"),
        folder.path().join("cat again.jpg"),
    )
    .unwrap();
    let equal = folder.run(["judge", "cat.jpg", "cat again.jpg", "--different"]);
    assert_eq!(equal.code, Some(2));
    assert!(equal.error().contains("every byte is equal"), "{equal:?}");
    folder.write("note.jpg", b"no picture");
    let note = folder.run(["judge", "cat.jpg", "note.jpg", "--same"]);
    assert_eq!(note.code, Some(2));
    assert!(note.error().contains("note.jpg"), "{note:?}");
    for wrong in [
        &["judge", "cat.jpg", "--same"][..],
        &["judge", "cat.jpg", "rocket.jpg"],
        &["judge", "cat.jpg", "rocket.jpg", "--same", "--different"],
        &["judge", "--same"],
        &["judge"],
    ] {
        assert_eq!(folder.run(wrong).code, Some(2), "{wrong:?}");
    }
    let file = folder.path().join(".lookalike/judgements");
    fs::write(&file, "# lookalike judgements 1\nperhaps\nsame\n").unwrap();
    let damaged = folder.run(["search", "cat.jpg", "--no-index"]);
    assert_eq!(damaged.code, Some(2));
    assert!(
        damaged.error().contains("line 2 is no judgement"),
        "{damaged:?}"
    );
    assert_eq!(folder.run(["check"]).code, Some(2));
}
