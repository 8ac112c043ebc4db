//! Models of one's own, and queries in words.
#![cfg(feature = "models")]

mod common;

use common::{Folder, drawn, tiny_model as tiny};

fn pictures() -> Folder {
    let folder = Folder::empty();
    for seed in 0..4 {
        folder.write(format!("{seed}.ppm"), &drawn(seed, 80, 60));
    }
    folder
}

#[test]
fn a_library_tells_its_models() {
    let folder = pictures();
    folder.done(["index", "-q"]);
    let line = &folder.done(["models", "--json"]).json()[0];
    assert_eq!(
        (&line["name"], &line["text"], &line["nouns"]),
        (&"EfficientNet-Lite0".into(), &false.into(), &true.into())
    );
    let clip = tiny("clip");
    folder.done(["index", "-q", "--model", &clip]);
    let lines = folder.done(["models", "--json"]).json();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(
        (&line["name"], &line["path"]),
        (&"clip".into(), &clip.into())
    );
    assert_eq!((&line["pictures"], &line["of"]), (&4.into(), &4.into()));
    assert!(folder.done(["models"]).stdout.contains("search --text"));
    folder.done(["index", "-q", "--model", "default"]);
    assert!(folder.done(["models"]).stdout.contains("built in"));
}

#[test]
fn words_are_added_and_subtracted() {
    let folder = pictures();
    folder.done(["index", "-q", "--model", &tiny("clip")]);
    let all = folder.done(["search", "--text", "a red car", "--json"]);
    assert_eq!(all.field("kind"), ["similar"; 4]);
    let plus = [
        "search",
        "1.ppm",
        "--plus",
        "0.01:night",
        "--minus",
        "0.01:2.ppm",
        "--json",
    ];
    assert_eq!(folder.done(plus).field("path")[0], "1.ppm");
    let only = folder.done(["search", "--text", "car", "--plus", "100:3.ppm", "--json"]);
    assert_eq!(only.field("path")[0], "3.ppm");
    let nothing = folder.run(["search", "1.ppm", "--minus", "1.ppm"]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.error().contains("nothing to look for"));
    let same = folder.run(["search", "--text", "car", "--by", "same"]);
    assert!(same.error().contains("--by similar"));
}

#[test]
fn words_need_a_model_that_knows_them() {
    let folder = pictures();
    folder.done(["index", "-q", "--model", &tiny("vit")]);
    let refused = folder.run(["search", "--text", "car"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.error().contains("no text tower"));
    let models = folder.done(["models", "--json"]);
    assert_eq!(models.field("nouns"), [false]);
    let refused = folder.run(["search", "1.ppm", "--plus", "no-such.jpg"]);
    assert!(refused.error().contains("\"no-such.jpg\" is no file"));
    let refused = folder.run(["index", "--model", "no-such"]);
    assert!(refused.error().contains("no-such"));
    let refused = folder.run(["index", "--preset", "clip"]);
    assert_eq!(refused.code, Some(2));
}
