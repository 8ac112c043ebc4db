//! `lookalike export` and `lookalike import`, end to end.

mod common;

use common::{Folder, drawn, run_python, sample};

fn indexed() -> Folder {
    let folder = Folder::with(&["cat.jpg"]);
    folder.write("sub/Drawn.PPM", &drawn(7, 200, 150));
    folder.done(["index"]);
    folder
}

#[test]
fn an_export_is_imported_and_gives_the_same_hits() {
    let folder = indexed();
    let query = sample("queries/cat-with-lettering.jpg");
    let query = query.to_str().unwrap();
    let scores = |library: &str| {
        let ran = folder.done([
            "search",
            query,
            "--no-index",
            "--by",
            "vector",
            "--json",
            "--library",
            library,
        ]);
        (ran.field("path"), ran.field("score"))
    };
    let (paths, original) = scores(".lookalike");
    assert_eq!(paths.len(), 2);
    for (format, file) in [("pickle", "features.pck"), ("npz", "vectors.npz")] {
        folder.done([
            "export", "--what", "vectors", "--format", format, "-o", file,
        ]);
        folder.done(["import", file, "--library", format]);
        let (imported_paths, imported) = scores(format);
        assert_eq!(imported, original, "{format}");
        if format == "npz" {
            assert_eq!(imported_paths, paths);
        } else {
            let lower = paths
                .iter()
                .map(|p| p.as_str().unwrap().replace("sub/", ""));
            let lower: Vec<String> = lower.map(|p| p.to_lowercase()).collect();
            assert_eq!(imported_paths, lower);
        }
    }
    let again = folder.run(["import", "features.pck", "--library", "pickle"]);
    assert_eq!(again.code, Some(2));
    assert!(again.error().contains("already"), "{again:?}");
}

#[test]
fn python_reads_the_pickle() {
    let Some(python) = common::python() else {
        return;
    };
    let folder = indexed();
    folder.done([
        "export",
        "--what",
        "vectors",
        "--format",
        "pickle",
        "-o",
        "features.pck",
    ]);
    let script = "
import pickle, sys
d = pickle.load(open(sys.argv[1], 'rb'))
print([(k, v.dtype.str, v.shape) for k, v in sorted(d.items())])";
    let said = run_python(&python, script, &[&folder.path().join("features.pck")]);
    assert_eq!(
        said,
        "[('cat.jpg', '<f4', (2048,)), ('drawn.ppm', '<f4', (2048,))]"
    );
}

#[test]
fn embeddings_are_exported_and_say_what_the_search_says() {
    let folder = indexed();
    let embeddings = [
        "export",
        "--what",
        "embeddings",
        "--format",
        "npz",
        "-o",
        "e.npz",
    ];
    folder.done(embeddings);
    let search = [
        "search",
        "cat.jpg",
        "--no-index",
        "--by",
        "similar",
        "--json",
    ];
    let scores = folder.done(search).field("score");
    let Some(python) = common::python() else {
        return;
    };
    let script = "
import numpy, sys
e = numpy.load(sys.argv[1])
v = e['vectors']
assert list(e['paths']) == ['cat.jpg', 'sub/Drawn.PPM'], e['paths']
assert v.shape == (2, 1280) and v.dtype == numpy.float32
assert abs(numpy.linalg.norm(v, axis=1) - 1).max() < 1e-6
print(v[0] @ v[1])";
    let cosine: f64 = run_python(&python, script, &[&folder.path().join("e.npz")])
        .parse()
        .unwrap();
    // The query's embedding has not been rounded to bytes.
    assert!((cosine - scores[1].as_f64().unwrap()).abs() < 0.01);
}

#[test]
fn a_pickle_that_python_wrote_is_searched() {
    let Some(python) = common::python() else {
        return;
    };
    let folder = Folder::with(&["cat.jpg"]);
    let vector = folder.done(["vector", "cat.jpg", "--json"]).stdout;
    let vector = folder.write("vector.json", vector.as_bytes());
    let script = "
import json, numpy, pickle, sys
v = numpy.array(json.load(open(sys.argv[1]))['vector'])
pickle.dump({'mine.jpg': v, 'other.jpg': v[::-1].copy()}, open(sys.argv[2], 'wb'))";
    let pickle = folder.path().join("theirs.pck");
    run_python(&python, script, &[&vector, &pickle]);
    folder.done(["import", "theirs.pck", "--library", "theirs"]);
    let hits = folder.done(["search", "cat.jpg", "--library", "theirs", "--json"]);
    assert_eq!(hits.field("path")[0], "mine.jpg");
    assert!(hits.field("score")[0].as_f64().unwrap() > 0.9999);
    assert!(
        folder
            .done(["check", "--library", "theirs"])
            .stdout
            .starts_with("whole")
    );
    assert_eq!(folder.run(["index", "--library", "theirs"]).code, Some(2));
}

#[test]
fn what_is_no_file_of_vectors_is_refused_in_one_line() {
    let folder = Folder::empty();
    folder.write("evil.pck", b"cos\nsystem\n(S'touch gotcha'\ntR.");
    folder.write("text.pck", b"hello");
    folder.write("short.npz", b"PK\x03\x04");
    for file in ["evil.pck", "text.pck", "short.npz", "missing.pck"] {
        let ran = folder.run(["import", file, "--library", "new"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(
            ran.error().starts_with(&format!("lookalike: {file}: ")),
            "{ran:?}"
        );
    }
    assert!(!folder.path().join("gotcha").exists() && !folder.path().join("new").exists());
}
