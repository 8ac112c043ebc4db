//! Groups of pictures that are alike in content.

mod common;

use common::{Folder, drawn, sample};
use serde_json::Value;

const NAMES: [&str; 9] = [
    "galaxies.jpg",
    "galaxies-cropped.jpg",
    "galaxies-recompressed.jpg",
    "pagoda.jpg",
    "pagoda-rotated.jpg",
    "pagoda-warmer.jpg",
    "chalkboard.png",
    "coffee.jpg",
    "rocket.jpg",
];

fn paths(group: &Value) -> Vec<String> {
    let paths = group["paths"].as_array().unwrap().iter();
    paths.map(|p| p.as_str().unwrap().to_owned()).collect()
}

fn sorted(group: &Value) -> Vec<String> {
    let mut paths = paths(group);
    paths.sort();
    paths
}

#[test]
fn pictures_alike_make_groups() {
    let folder = Folder::with(&NAMES);
    let copy = std::fs::read(sample("library/pagoda.jpg")).unwrap();
    folder.write("temple/again.jpg", &copy);
    let ran = folder.done(["cluster", "--json"]);
    let groups = ran.json();
    assert_eq!(groups.len(), 2, "{ran:?}");
    for (i, group) in groups.iter().enumerate() {
        assert_eq!(
            (&group["schema"], &group["kind"], &group["cluster"]),
            (&1.into(), &"cluster".into(), &(i + 1).into())
        );
        // Copies count once.
        assert_eq!(group["size"], 3);
        assert!(group["score"].as_f64().unwrap() > 0.5);
    }
    let galaxies = [
        "galaxies-cropped.jpg",
        "galaxies-recompressed.jpg",
        "galaxies.jpg",
    ];
    let pagodas = [
        "pagoda-rotated.jpg",
        "pagoda-warmer.jpg",
        "pagoda.jpg",
        "temple/again.jpg",
    ];
    assert_eq!(sorted(&groups[0]), galaxies);
    assert_eq!(sorted(&groups[1]), pagodas);
    // Files of one content stand beside each other.
    let found = paths(&groups[1]);
    let at = |name: &str| found.iter().position(|p| p == name).unwrap();
    assert_eq!(at("temple/again.jpg"), at("pagoda.jpg") + 1);
    assert!(
        ran.stderr.contains("2 groups of 6 pictures; 3 in none"),
        "{ran:?}"
    );

    let plain = folder.done(["cluster", "--no-index", "-q"]);
    assert_eq!(plain.stdout.split("\n\n").count(), 3, "{plain:?}");
    let again = folder.done(["cluster", "--no-index", "--json", "-j", "1"]);
    assert_eq!(again.stdout, ran.stdout);
    // Of a folder inside, only what is there.
    let part = folder.run(["cluster", "temple", "--no-index"]);
    assert_eq!((part.code, part.stdout.as_str()), (Some(1), ""));
}

#[test]
fn groups_are_labelled_with_what_tells_them_from_the_rest() {
    let folder = Folder::with(&[
        "cat.jpg",
        "cat-mirrored.jpg",
        "coffee.jpg",
        "coffee-grey.png",
        "mountain-path.jpg",
        "mountain-meadow.jpg",
        "paint-brushes.jpg",
        "paint-brushes-phone.jpg",
    ]);
    let ran = folder.done(["cluster", "--json", "--html", "groups.html"]);
    let groups = ran.json();
    let label = |name: &str| {
        let group = groups.iter().find(|group| sorted(group)[0] == name);
        let group = group.unwrap_or_else(|| panic!("{name}: {ran:?}"));
        group["label"].as_str().unwrap().to_owned()
    };
    let labels = ["cat-mirrored.jpg", "coffee-grey.png", "mountain-meadow.jpg"].map(label);
    let expected = ["domestic cat", "beverage", "geological formation"];
    assert_eq!(labels, expected, "{ran:?}");
    let page = std::fs::read_to_string(folder.path().join("groups.html")).unwrap();
    for label in labels {
        assert!(page.contains(&format!(". {label} <span>")), "{label}");
    }
}

#[test]
fn options_choose_the_groups() {
    let folder = Folder::with(&NAMES);
    let large = folder.run(["cluster", "--min-size", "4"]);
    assert_eq!((large.code, large.stdout.as_str()), (Some(1), ""));
    let all = folder.done(["cluster", "--no-index", "--min-score", "-1", "--json"]);
    assert_eq!(all.field("size"), [9]);
    let wrong = folder.run(["cluster", "--min-score", "1.5"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("between -1 and 1"));
    let nan = folder.run(["cluster", "--min-score", "nan"]);
    assert_eq!(nan.code, Some(2));
}

#[test]
fn none_one_and_no_embeddings() {
    let folder = Folder::empty();
    assert_eq!(folder.run(["cluster", "--no-index"]).code, Some(2));
    assert_eq!(folder.run(["cluster"]).code, Some(1));
    folder.write("1.ppm", &drawn(1, 80, 60));
    let one = folder.run(["cluster"]);
    assert_eq!((one.code, one.stdout.as_str()), (Some(1), ""));
    assert!(one.stderr.contains("0 groups of 0 pictures; 1 in none"));

    let folder = Folder::with(&["cat.jpg"]);
    folder.done(["index", "--keep", "same", "-q"]);
    let refused = folder.run(["cluster"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.error().contains("keeps no embedding"),
        "{refused:?}"
    );
}

#[test]
fn a_page_needs_nothing_else() {
    let folder = Folder::with(&NAMES);
    // A slash cannot be in a name.
    let name = "<script>alert('1') & \"2\"<script>.jpg";
    let copy = std::fs::read(sample("library/pagoda.jpg")).unwrap();
    folder.write(name, &copy);
    let ran = folder.done(["cluster", "--html", "groups.html"]);
    assert_eq!(ran.stdout, "");
    let page = std::fs::read_to_string(folder.path().join("groups.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(!page.contains("<script") && !page.contains("alert('"));
    assert!(
        page.contains("&lt;script&gt;alert(&#39;1&#39;) &amp; &quot;2&quot;&lt;script&gt;.jpg")
    );
    // Nothing is fetched: no address but data, and the browser is told so.
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("url("));
    assert!(page.contains("default-src 'none'"));
    assert_eq!(page.matches("<img ").count(), 6);
    assert_eq!(page.matches("src=\"data:image/jpeg;base64,/9j/").count(), 6);
    assert_eq!(page.matches("<img alt=\"").count(), 6);
    assert_eq!(page.matches("<section").count(), 2);
    assert_eq!(
        page.matches("<section").count(),
        page.matches("</section>").count()
    );
    assert_eq!(page.matches("<h2 ").count(), 2);
    // Whole or not at all, and nothing beside it.
    let left = std::fs::read_dir(folder.path()).unwrap();
    let left = left.filter(|e| {
        let name = e.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with(".tmp")
    });
    assert_eq!(left.count(), 0);
    let both = folder.done(["cluster", "--html", "groups.html", "--json", "--no-index"]);
    assert_eq!(both.json().len(), 2);
}

#[test]
fn what_cannot_be_read_has_its_place_on_the_page() {
    let folder = Folder::with(&NAMES);
    folder.done(["index", "-q"]);
    std::fs::write(folder.path().join("galaxies.jpg"), b"no picture").unwrap();
    let ran = folder.run(["cluster", "--no-index", "--html", "groups.html"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("galaxies.jpg: not a picture"),
        "{ran:?}"
    );
    let page = std::fs::read_to_string(folder.path().join("groups.html")).unwrap();
    assert_eq!(page.matches("<img ").count(), 5);
    assert_eq!(page.matches("cannot be read: not a picture").count(), 1);
    assert!(page.contains("<div>galaxies.jpg</div>"));
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_before_the_work() {
    let folder = Folder::with(&["cat.jpg"]);
    for place in ["no-such-folder/groups.html", "."] {
        let ran = folder.run(["cluster", "--html", place]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.error().contains("folder"), "{ran:?}");
    }
    assert!(!folder.path().join(".lookalike").exists());
}
