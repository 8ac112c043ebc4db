//! Embeddings of models of one's own (made by `bench/tiny_models.py`).
#![cfg(feature = "models")]

mod common;

use common::{Folder, options, picture, update};
use lookalike::{
    AskedSettings, ContentQuery, Error, Hit, Library, ModelSource, Result, SearchOptions,
};
use std::fs;
use std::path::{Path, PathBuf};

fn tiny(name: &str) -> PathBuf {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lookalike-embed/tests/models");
    models.join(name).canonicalize().unwrap()
}

fn files(path: &Path) -> ModelSource {
    ModelSource::Files {
        path: path.to_path_buf(),
        preset: None,
    }
}

/// Asks for a model, and updates nothing.
fn ask(folder: &Folder, source: ModelSource) -> Result<Library> {
    let asked = AskedSettings {
        model: Some(source),
        ..AskedSettings::default()
    };
    Library::open_or_create(&folder.location(), &asked)
}

fn indexed(folder: &Folder, source: ModelSource) -> Library {
    let library = ask(folder, source).unwrap();
    update(&library, &options()).unwrap();
    library
}

fn best(library: &Library, query: &ContentQuery) -> Vec<Hit> {
    let options = SearchOptions::default();
    library.search_similar(query, &options).unwrap()
}

/// The file that is found by the picture of this seed.
fn found(library: &Library, seed: u64) -> String {
    let query = library.query_embedding(Path::new("q"), &picture(seed));
    let hits = best(library, &query.unwrap());
    hits[0].path.display().to_string()
}

fn names(library: &Library) -> (String, Option<String>) {
    let models = library.models().unwrap();
    (models.current.name, models.next.map(|next| next.name))
}

/// A copy of a model that may be changed.
fn copy(name: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("onnx")).unwrap();
    for folder in ["", "onnx"] {
        for entry in fs::read_dir(tiny(name).join(folder)).unwrap() {
            let from = entry.unwrap().path();
            if from.is_file() {
                let to = copy.path().join(folder).join(from.file_name().unwrap());
                fs::copy(&from, to).unwrap();
            }
        }
    }
    copy
}

#[test]
fn a_new_library_takes_any_model() {
    let folder = Folder::with_pictures(5);
    let library = indexed(&folder, files(&tiny("clip")));
    assert_eq!(names(&library), ("clip".into(), None));
    let current = library.models().unwrap().current;
    assert!(current.text.is_some());
    let query = library.query_embedding(Path::new("q"), &picture(3));
    let query = query.unwrap();
    assert_eq!(best(&library, &query).len(), 5);
    assert_eq!(found(&library, 3), "3.ppm");
    // Found again by whoever opens it later.
    assert_eq!(
        found(&Library::open(&folder.location()).unwrap(), 2),
        "2.ppm"
    );
    folder.assert_whole();
}

#[test]
fn the_old_model_is_searched_until_the_new_one_is_complete() {
    let folder = Folder::with_pictures(70);
    let library = indexed(&folder, ModelSource::Embedded);
    let old = library
        .query_embedding(Path::new("q"), &picture(3))
        .unwrap();
    assert_eq!(best(&library, &old)[0].path, Path::new("3.ppm"));

    let changing = ask(&folder, files(&tiny("vit"))).unwrap();
    assert_eq!(
        names(&changing),
        ("EfficientNet-Lite0".into(), Some("vit".into()))
    );
    assert_eq!(found(&changing, 3), "3.ppm");
    // Stopped in the middle: still the old one, and nothing is made twice afterwards.
    let stop = std::sync::atomic::AtomicBool::new(false);
    let interrupted = lookalike::UpdateOptions {
        interrupt: Some(&stop),
        ..options()
    };
    let mut read = 0;
    let mut observer = |event: lookalike::Event<'_>| {
        read += u64::from(matches!(event, lookalike::Event::Read { .. }));
        stop.store(read >= 20, std::sync::atomic::Ordering::Relaxed);
    };
    changing.update(&interrupted, &mut observer).unwrap();
    assert_eq!(names(&changing).1.as_deref(), Some("vit"));
    assert_eq!(found(&changing, 4), "4.ppm");
    folder.assert_whole();

    let (summary, _) = update(&changing, &options()).unwrap();
    assert_eq!((summary.unchanged, summary.pictures), (70, 70));
    assert_eq!(names(&changing), ("vit".into(), None));
    assert_eq!(found(&changing, 5), "5.ppm");
    let refused = library.search_similar(&old, &SearchOptions::default());
    assert!(matches!(refused, Err(Error::QueryModel { .. })));
    folder.assert_whole();
}

#[test]
fn one_can_go_back() {
    let folder = Folder::with_pictures(3);
    indexed(&folder, ModelSource::Embedded);
    ask(&folder, files(&tiny("vit"))).unwrap();
    let library = ask(&folder, ModelSource::Embedded).unwrap();
    assert_eq!(names(&library), ("EfficientNet-Lite0".into(), None));
    let (summary, _) = update(&library, &options()).unwrap();
    assert_eq!(summary.unchanged, 3);
    assert_eq!(found(&library, 1), "1.ppm");
    indexed(&folder, files(&tiny("vit")));
    let library = indexed(&folder, ModelSource::Embedded);
    assert_eq!(found(&library, 1), "1.ppm");
    folder.assert_whole();
}

#[test]
fn a_model_that_moved_or_was_swapped_is_told() {
    let folder = Folder::with_pictures(3);
    let copy = copy("vit");
    let place = copy.path().join("onnx/model.onnx");
    indexed(&folder, files(copy.path()));
    let query = |library: &Library| library.query_embedding(Path::new("q"), &picture(1));

    let network = fs::read(&place).unwrap();
    fs::write(&place, fs::read(tiny("dinov2/onnx/model.onnx")).unwrap()).unwrap();
    let swapped = query(&Library::open(&folder.location()).unwrap());
    assert!(
        matches!(swapped, Err(Error::ModelDiffers { .. })),
        "{swapped:?}"
    );
    // Nor is anything lost by an update that cannot use it.
    folder.write("new.ppm", &picture(99));
    let library = Library::open(&folder.location()).unwrap();
    let refused = update(&library, &options()).unwrap_err();
    assert!(matches!(refused, Error::ModelDiffers { .. }), "{refused}");
    fs::write(&place, &network).unwrap();
    let (summary, _) = update(&library, &options()).unwrap();
    assert_eq!((summary.unchanged, summary.pictures), (3, 4));

    let elsewhere = self::copy("vit");
    drop(copy);
    let gone = query(&Library::open(&folder.location()).unwrap()).unwrap_err();
    assert!(matches!(gone, Error::ModelGone { .. }), "{gone}");
    assert!(gone.to_string().contains("not there"));
    let library = ask(&folder, files(elsewhere.path())).unwrap();
    assert_eq!(names(&library).1, None, "the same model is no change");
    assert_eq!(found(&library, 2), "2.ppm");
}

#[test]
fn a_model_that_answers_nan_loses_nothing() {
    let folder = Folder::with_pictures(3);
    indexed(&folder, ModelSource::Embedded);
    let broken = copy("vit");
    let config = broken.path().join("preprocessor_config.json");
    let text = fs::read_to_string(&config).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    // What is divided by it is infinite, and the network's mean of that is none.
    json["image_std"] = vec![1e-40; 3].into();
    fs::write(&config, json.to_string()).unwrap();

    let library = ask(&folder, files(broken.path())).unwrap();
    for _ in 0..2 {
        let failed = update(&library, &options()).unwrap_err();
        let Error::ModelFailed { path, source, .. } = &failed else {
            panic!("{failed}");
        };
        assert_eq!(path.extension().unwrap(), "ppm", "{failed}");
        assert!(source.to_string().contains("not finite"), "{failed}");
    }
    // It is the model's fault: no picture is given up, and the old embeddings are searched.
    assert_eq!(library.failed_files().unwrap(), []);
    let name = names(&library).0;
    assert_eq!(name, "EfficientNet-Lite0");
    assert_eq!(found(&library, 2), "2.ppm");
    folder.assert_whole();
    let library = indexed(&folder, ModelSource::Embedded);
    assert_eq!(names(&library).1, None);
}

#[test]
fn words_are_searched_where_the_model_knows_them() {
    let folder = Folder::with_pictures(4);
    let library = indexed(&folder, files(&tiny("vit")));
    let refused = library.query_words("a red car").unwrap_err();
    assert!(refused.to_string().contains("text tower"), "{refused}");
    let library = indexed(&folder, ModelSource::Embedded);
    let refused = library.query_words("a red car").unwrap_err();
    assert!(refused.to_string().contains("\"red\""), "{refused}");
    assert_eq!(
        best(&library, &library.query_words("a car").unwrap()).len(),
        4
    );
    let library = indexed(&folder, files(&tiny("clip")));
    let long = "night ".repeat(2000);
    for words in ["a red car at night", "\u{1f697}\u{1f303}", "", &long] {
        let query = library.query_words(words).unwrap();
        let hits = best(&library, &query);
        assert_eq!(hits.len(), 4);
        let picture = library
            .query_embedding(Path::new("q"), &picture(2))
            .unwrap();
        let both = ContentQuery::combine(&[(1.0, picture), (-0.01, query)]).unwrap();
        assert_eq!(best(&library, &both)[0].path, Path::new("2.ppm"));
    }
}

#[test]
fn a_model_that_cannot_be_used_makes_no_library() {
    let folder = Folder::with_pictures(1);
    let refused = ask(&folder, files(Path::new("/no/such/model"))).unwrap_err();
    assert!(refused.to_string().contains("/no/such/model"), "{refused}");
    assert!(!folder.location().exists());
    let source = ModelSource::Files {
        path: tiny("vit/onnx/model.onnx"),
        preset: Some("best".into()),
    };
    let refused = ask(&folder, source).unwrap_err();
    assert!(refused.to_string().contains("siglip"), "{refused}");
}
