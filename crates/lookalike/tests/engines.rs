//! Two engines, one answer: what a library's files find, pictures in memory find.

mod common;

use common::Folder;
use lookalike::engine::{Engine, Vectors};
use lookalike::engine::{Memory, Moment, NearestOptions, ProposeOptions};
use lookalike::same::{GroupKind, GroupOptions};
use lookalike::{
    AskedSettings, By, ClusterOptions, Error, Hit, Library, Location, Part, Parts, PictureId,
    SearchOptions, Silent, Threads, UpdateOptions,
};
use std::fs;
use std::path::{Path, PathBuf};

const SAMPLES: [&str; 9] = [
    "cat.jpg",
    "cat-mirrored.jpg",
    "coffee.jpg",
    "dahlia.jpg",
    "pagoda.jpg",
    "pagoda-rotated.jpg",
    "pagoda-warmer.jpg",
    "rocket.jpg",
    "two-dogs.jpg",
];

/// The same pictures in the files of a library and in memory.
struct Both {
    folder: Folder,
    files: Library,
    memory: Library,
}

impl Both {
    fn new() -> Self {
        let folder = Folder::new();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures/library");
        for name in SAMPLES {
            folder.write(name, &fs::read(from.join(name)).unwrap());
        }
        folder.write(
            "rocket-again.jpg",
            &fs::read(from.join("rocket.jpg")).unwrap(),
        );
        folder.write("broken.jpg", b"nothing");
        let asked = AskedSettings {
            parts: Part::Vector.into(),
            ..AskedSettings::default()
        };
        let files = Library::open_or_create(&folder.location(), &asked).unwrap();
        // One thread, so that ids are in the order of paths.
        files
            .update(&UpdateOptions::default(), &mut Silent)
            .unwrap();
        let mut names: Vec<PathBuf> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into())
            .filter(|name: &PathBuf| name.extension().is_some_and(|e| e == "jpg"))
            .collect();
        names.sort();
        let read = |name: PathBuf| {
            let bytes = fs::read(folder.join(&name)).unwrap();
            (name, bytes)
        };
        let memory = Memory::new(&files.settings(), names.into_iter().map(read)).unwrap();
        let location = Location::elsewhere("memory", Some(folder.path().into()));
        let memory = Library::over(memory, &location).unwrap();
        Self {
            folder,
            files,
            memory,
        }
    }

    fn assert_equal(&self, what: &str, search: impl Fn(&Library) -> Vec<Hit>) {
        let (of_files, of_memory) = (search(&self.files), search(&self.memory));
        assert!(!of_files.is_empty(), "{what}");
        assert_eq!(of_files.len(), of_memory.len(), "{what}");
        for (a, b) in of_files.iter().zip(&of_memory) {
            assert_eq!((&a.path, a.picture), (&b.path, b.picture), "{what}");
            assert_eq!(a.kind.name(), b.kind.name(), "{what}");
            assert!((a.score - b.score).abs() < 1e-6, "{what}: {a:?} {b:?}");
        }
    }
}

#[test]
fn hits_groups_and_lists_are_the_same() {
    let both = Both::new();
    let threads = Threads::new(2);
    let queries = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures/queries");
    for name in [
        "pagoda.jpg",
        "two-dogs-darker.jpg",
        "cat-with-lettering.jpg",
    ] {
        let bytes = fs::read(queries.join(name)).unwrap();
        for by in [By::All, By::Same, By::Similar, By::Vector] {
            both.assert_equal(&format!("{name} {by:?}"), |library| {
                let query = library.query_bytes(Path::new(name), &bytes, by, &threads);
                let options = SearchOptions {
                    top: 20,
                    threads: threads.clone(),
                    ..SearchOptions::default()
                };
                library.search(&query.unwrap(), &options).unwrap()
            });
        }
    }
    for kind in [GroupKind::Exact, GroupKind::Same, GroupKind::Near] {
        let groups = |library: &Library| {
            let options = GroupOptions {
                kind,
                mirrored: kind == GroupKind::Same,
                threads: threads.clone(),
                progress: None,
            };
            library.groups(&options).unwrap()
        };
        assert_eq!(groups(&both.files), groups(&both.memory));
    }
    let clusters = |library: &Library| library.clusters(&ClusterOptions::default()).unwrap();
    assert_eq!(clusters(&both.files), clusters(&both.memory));
    let listed = |library: &Library| library.pictures(None, 100).unwrap();
    assert_eq!(listed(&both.files), listed(&both.memory));
    let failed = |library: &Library| library.failed_files().unwrap();
    assert_eq!(failed(&both.files).len(), 1);
    assert_eq!(failed(&both.files), failed(&both.memory));
    let status = |library: &Library| {
        let status = library.status().unwrap();
        (status.pictures, status.files, status.failed)
    };
    assert_eq!(status(&both.files), status(&both.memory));
}

#[test]
fn an_engine_without_files_is_not_brought_up_to_date() {
    let memory = Memory::new(&Default::default(), []).unwrap();
    let library = Library::over(memory, &Location::elsewhere("memory", None)).unwrap();
    let refused = library.update(&UpdateOptions::default(), &mut Silent);
    assert!(matches!(refused, Err(Error::Imported { .. })));
    let query = library.query_bytes(
        Path::new("q"),
        &common::picture(1),
        By::All,
        &Threads::default(),
    );
    let hits = library.search(&query.unwrap(), &SearchOptions::default());
    assert_eq!(hits.unwrap(), []);
}

/// Answers come one for each question, in the order of the questions.
#[test]
fn many_are_asked_at_once() {
    let both = Both::new();
    let pictures = both.files.pictures(None, 100).unwrap();
    let mut ids: Vec<PictureId> = pictures.iter().rev().map(|p| p.id).collect();
    ids.insert(2, PictureId::new(999));
    let memory = Memory::new(
        &both.files.settings(),
        pictures.iter().map(|p| {
            let path = p.paths[0].clone();
            (path.clone(), fs::read(both.folder.join(path)).unwrap())
        }),
    )
    .unwrap();
    let moment = memory.moment(Parts::NONE).unwrap();
    let known = moment.pictures().get(&ids).unwrap();
    let words = moment
        .words()
        .unwrap()
        .fetch(&ids, &Threads::new(2))
        .unwrap();
    let vectors = moment.embeddings().unwrap().fetch(&ids).unwrap();
    for (i, id) in ids.iter().enumerate() {
        assert_eq!(known[i].as_ref().map(|p| p.id), (i != 2).then_some(*id));
        assert_eq!((words[i].is_some(), vectors[i].is_some()), (i != 2, i != 2));
    }
    let queries: Vec<&[f32]> = vectors.iter().flatten().map(Vec::as_slice).collect();
    assert_own_is_first(&*moment, &queries, &ids);
    let options = ProposeOptions {
        most: 3,
        votes: 64,
        only: Some(ids[0]),
        threads: Threads::default(),
    };
    let proposed = moment.words().unwrap().propose(&[&[], &[]], &options);
    assert_eq!(proposed.unwrap(), [vec![], vec![]]);
}

fn assert_own_is_first(moment: &dyn Moment, queries: &[&[f32]], ids: &[PictureId]) {
    let embeddings: &dyn Vectors = moment.embeddings().unwrap();
    let near = embeddings
        .nearest(queries, &NearestOptions::default())
        .unwrap();
    let own = ids.iter().filter(|id| id.get() != 999);
    assert_eq!(near.len(), queries.len());
    for (near, id) in near.iter().zip(own) {
        assert_eq!(near[0].picture, *id);
    }
}
