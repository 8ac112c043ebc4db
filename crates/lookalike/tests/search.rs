//! Asking a library.

mod common;

use common::{Folder, options, picture, update};
use lookalike::{Error, Library, PictureId, SearchOptions, Settings, VectorExtractor};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

fn search(library: &Library, vector: &[f32], options: &SearchOptions<'_>) -> Vec<(String, f32)> {
    let hits = library.search_vector(vector, options).unwrap();
    hits.into_iter()
        .map(|hit| (hit.path.to_str().unwrap().to_owned(), hit.score))
        .collect()
}

#[test]
fn the_picture_itself_comes_first_and_scores_fall() {
    let folder = Folder::with_pictures(30);
    folder.update();
    for seed in [0, 13, 29] {
        let hits = folder.search(seed, 10);
        assert_eq!(hits.len(), 10);
        assert_eq!(hits[0].0, format!("{seed}.ppm"));
        assert!((hits[0].1 - 1.0).abs() < 1e-6, "{}", hits[0].1);
        assert!(hits.is_sorted_by(|a, b| a.1 >= b.1));
    }
}

#[test]
fn scores_are_cosines_by_hand() {
    let folder = Folder::with_pictures(8);
    folder.update();
    let library = folder.library();
    let vector = |seed| {
        library
            .query_vector(Path::new("q"), &picture(seed), &1.into())
            .unwrap()
    };
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum() };
    let query = vector(3);
    let hits = search(&library, &query, &SearchOptions::default());
    assert_eq!(hits.len(), 8);
    for (name, score) in hits {
        let other = vector(name.trim_end_matches(".ppm").parse().unwrap());
        let expected = dot(&query, &other) / (dot(&query, &query) * dot(&other, &other)).sqrt();
        assert!((f64::from(score) - expected).abs() < 1e-5, "{name}");
    }
}

#[test]
fn a_query_goes_the_way_of_the_indexed_pictures() {
    let folder = Folder::with_pictures(1);
    folder.update();
    let library = folder.library();
    let settings = Settings::default();
    let decoded = lookalike::decode::decode_bytes(
        &picture(0),
        &library
            .decode_options(lookalike::Part::Vector.into())
            .unwrap(),
    );
    let gray = decoded.unwrap().gray(settings.channel_order);
    let exec = lookalike_vision::Exec::default();
    let mut extractor = VectorExtractor::new(settings.algorithm, settings.keypoints, exec).unwrap();
    let by_hand = extractor.extract(&gray).unwrap();
    let query = library
        .query_vector(Path::new("q"), &picture(0), &2.into())
        .unwrap();
    assert_eq!(by_hand, query);
    library
        .export(&mut |stored| {
            assert_eq!(stored.vector, query);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_least_score_cuts() {
    let folder = Folder::with_pictures(20);
    folder.update();
    let all = folder.search(4, 20);
    let floor = all[5].1;
    let options = SearchOptions {
        top: 20,
        min_score: Some(floor),
        threads: 2.into(),
        ..SearchOptions::default()
    };
    let library = folder.library();
    let query = library
        .query_vector(Path::new("q"), &picture(4), &1.into())
        .unwrap();
    let hits = search(&library, &query, &options);
    let expected: Vec<_> = all.into_iter().filter(|hit| hit.1 >= floor).collect();
    assert_eq!(hits, expected);
}

#[test]
fn equal_scores_are_ordered_by_path_however_many_there_are() {
    let folder = Folder::new();
    // One picture in many files of different content: a comment in the header makes the bytes
    // differ. They come in an order that is not that of their names.
    for i in (0..60).rev() {
        let text = format!("P6\n# {i}\n");
        let mut bytes = text.into_bytes();
        bytes.extend(&picture(1)[3..]);
        folder.write(format!("{:02}.ppm", (i * 37) % 60), &bytes);
    }
    folder.write("other.ppm", &picture(2));
    let (summary, _) = folder.update();
    assert_eq!(summary.pictures, 61);
    let names: Vec<String> = folder.search(1, 5).into_iter().map(|hit| hit.0).collect();
    assert_eq!(names, ["00.ppm", "01.ppm", "02.ppm", "03.ppm", "04.ppm"]);
}

#[test]
fn a_flat_picture_is_like_nothing() {
    let folder = Folder::with_pictures(3);
    let mut flat = b"P6\n40 40\n255\n".to_vec();
    flat.extend([128; 40 * 40 * 3]);
    folder.write("flat.ppm", &flat);
    let (summary, _) = folder.update();
    assert_eq!((summary.indexed, summary.failed), (4, 0));
    let library = folder.library();
    let query = library
        .query_vector(Path::new("flat"), &flat, &1.into())
        .unwrap();
    assert!(query.iter().all(|&v| v == 0.0));
    assert_eq!(search(&library, &query, &SearchOptions::default()), []);
    assert!(folder.search(0, 10).iter().all(|hit| hit.0 != "flat.ppm"));
    folder.assert_whole();
}

#[test]
fn wrong_queries_are_told() {
    let folder = Folder::with_pictures(1);
    folder.update();
    let library = folder.library();
    let refused = library.search_vector(&[1.0; 3], &SearchOptions::default());
    assert!(matches!(
        refused,
        Err(Error::VectorLength {
            expected: 2048,
            received: 3,
            ..
        })
    ));
    let refused = library.query_vector(Path::new("a\nb.jpg"), b"nothing", &1.into());
    assert_eq!(refused.unwrap_err().to_string(), "a\\nb.jpg: not a picture");
    let none = SearchOptions {
        top: 0,
        ..SearchOptions::default()
    };
    assert_eq!(search(&library, &[1.0; 2048], &none), []);
}

#[test]
fn an_empty_library_finds_nothing() {
    let folder = Folder::new();
    let (summary, _) = folder.update();
    assert_eq!(summary.pictures, 0);
    assert_eq!(folder.search(1, 3), []);
    folder.assert_whole();
}

#[test]
fn readers_never_wait_and_see_whole_states() {
    let folder = Folder::with_pictures(20);
    folder.update();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let library = Library::open(&folder.location()).unwrap();
            let query = library
                .query_vector(Path::new("q"), &picture(3), &1.into())
                .unwrap();
            let mut searches = 0;
            while !done.load(Ordering::Relaxed) || searches == 0 {
                let hits = search(&library, &query, &SearchOptions::default());
                assert_eq!(hits[0].0, "3.ppm");
                searches += 1;
            }
            searches
        });
        for round in 0..6u64 {
            // Enough to be sealed; and to be rewritten as most of it goes.
            for i in 0..280 {
                folder.write(format!("new/{i}.ppm"), &picture(1000 + round * 1000 + i));
            }
            update(&folder.library(), &options()).unwrap();
            fs::remove_dir_all(folder.join("new")).unwrap();
            update(&folder.library(), &options()).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    assert_eq!(folder.library().status().unwrap().pictures, 20);
    folder.assert_whole();
}

fn paths(hits: Vec<lookalike::Hit>) -> Vec<String> {
    let path = |hit: lookalike::Hit| hit.path.to_str().unwrap().to_owned();
    hits.into_iter().map(path).collect()
}

/// Everything that is asked of an opened library, which a writer changes meanwhile.
#[test]
fn an_opened_library_sees_what_writers_do() {
    let folder = Folder::with_pictures(70);
    folder.update();
    let library = folder.library();
    let options = SearchOptions::default();
    let similar = |seed| {
        let embedding = library.query_embedding(Path::new("q"), &picture(seed));
        paths(
            library
                .search_similar(&embedding.unwrap(), &options)
                .unwrap(),
        )
    };
    let same = |seed| {
        let query = library
            .query_same(Path::new("q"), &picture(seed), &1.into())
            .unwrap();
        paths(library.search_same(&query, &options).unwrap())
    };
    let vector = |seed| common::search(&library, seed, 10)[0].0.clone();
    assert_eq!(
        (similar(5)[0].as_str(), same(5)[0].as_str()),
        ("5.ppm", "5.ppm")
    );
    for seed in 70..75 {
        folder.write(format!("{seed}.ppm"), &picture(seed));
    }
    fs::remove_file(folder.join("5.ppm")).unwrap();
    folder.update();
    assert!(!similar(5).contains(&"5.ppm".to_owned()));
    assert!(!same(5).contains(&"5.ppm".to_owned()));
    for seed in [0, 69, 74] {
        let name = format!("{seed}.ppm");
        assert_eq!(
            (&similar(seed)[0], &same(seed)[0], &vector(seed)),
            (&name, &name, &name)
        );
    }
    // More than a quarter is deleted, so the segments are written anew.
    for seed in 20..60 {
        fs::remove_file(folder.join(format!("{seed}.ppm"))).unwrap();
    }
    folder.update();
    assert_eq!(
        (similar(74)[0].as_str(), same(0)[0].as_str()),
        ("74.ppm", "0.ppm")
    );
    let mut exported = 0;
    let mut each = |_| {
        exported += 1;
        Ok(())
    };
    library.export_records(&mut each).unwrap();
    assert_eq!(exported, 34);
}

#[test]
fn segments_stay_mapped_between_queries() {
    let folder = Folder::with_pictures(70);
    folder.update();
    let library = folder.library();
    let picture = common::hits(&library, 3, 1)[0].picture;
    let stored = library.stored_embedding(picture).unwrap().unwrap();
    fs::remove_dir_all(folder.join(".lookalike/segments")).unwrap();
    let hits = library.search_similar(&stored, &SearchOptions::default());
    assert_eq!(paths(hits.unwrap())[0], "3.ppm");
    let none = library.stored_embedding(PictureId::new(999));
    assert_eq!(none.unwrap(), None);
    let anew = folder.library().stored_embedding(picture);
    assert!(matches!(anew, Err(Error::Damaged { .. })), "{anew:?}");
}
