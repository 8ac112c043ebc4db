//! Copies of whole pictures that have no features worth the name: skies, fog.

mod common;

use common::Folder;
use lookalike::same::{GroupKind, GroupOptions, Relation, Verdict};
use lookalike::{
    AskedSettings, By, Hit, HitKind, Library, Location, Part, SearchOptions, Silent, Threads,
    UpdateOptions, UpdateSummary,
};
use std::path::Path;

const SIZE: (usize, usize) = (320, 240);

/// Grey pixels of a picture.
#[derive(Clone)]
struct Pixels {
    width: usize,
    height: usize,
    levels: Vec<u8>,
}

impl Pixels {
    fn of(width: usize, height: usize, at: impl Fn(usize, usize) -> f64) -> Self {
        let level = |i: usize| at(i % width, i / width).clamp(0.0, 255.0) as u8;
        Self {
            width,
            height,
            levels: (0..width * height).map(level).collect(),
        }
    }

    fn at(&self, x: usize, y: usize) -> f64 {
        f64::from(self.levels[y * self.width + x])
    }

    fn halved(&self) -> Self {
        Self::of(self.width / 2, self.height / 2, |x, y| {
            self.at(2 * x, 2 * y)
        })
    }

    fn mirrored(&self) -> Self {
        Self::of(self.width, self.height, |x, y| {
            self.at(self.width - 1 - x, y)
        })
    }

    fn turned(&self) -> Self {
        Self::of(self.height, self.width, |x, y| {
            self.at(y, self.height - 1 - x)
        })
    }

    fn negative(&self) -> Self {
        Self::of(self.width, self.height, |x, y| 255.0 - self.at(x, y))
    }

    fn noisy(&self) -> Self {
        Self::of(self.width, self.height, |x, y| {
            self.at(x, y) + ((x * 7919 + y * 104_729) % 13) as f64 - 6.0
        })
    }

    fn ppm(&self) -> Vec<u8> {
        let mut bytes = format!("P6\n{} {}\n255\n", self.width, self.height).into_bytes();
        bytes.extend(self.levels.iter().flat_map(|&level| [level; 3]));
        bytes
    }
}

/// Broad shades without an edge.
fn sky(seed: u64) -> Pixels {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    // As in nature, the finer the fainter.
    let waves: Vec<[f64; 4]> = (0..60)
        .map(|_| {
            let (u, v) = (16.0 * next() * next(), 16.0 * next() * next());
            let weight = (4.0 + 12.0 * next()) / (1.0 + u.hypot(v));
            [u, v, 6.3 * next(), weight]
        })
        .collect();
    Pixels::of(SIZE.0, SIZE.1, |x, y| {
        let (x, y) = (x as f64 / SIZE.0 as f64, y as f64 / SIZE.1 as f64);
        let wave =
            |[u, v, phase, weight]: &[f64; 4]| weight * (3.1 * (u * x + v * y) + phase).sin();
        130.0 + waves.iter().map(wave).sum::<f64>()
    })
}

/// Brings a library of words and frames up to date.
fn update(folder: &Folder) -> UpdateSummary {
    let asked = AskedSettings {
        only: Some(Part::Words.into()),
        ..AskedSettings::default()
    };
    let library = Library::open_or_create(&folder.location(), &asked).unwrap();
    let options = UpdateOptions {
        threads: 2,
        ..UpdateOptions::default()
    };
    library.update(&options, &mut Silent).unwrap()
}

fn library_of(folder: &Folder) -> Library {
    Library::open(&folder.location()).unwrap()
}

fn folder(count: u64) -> Folder {
    let folder = Folder::new();
    for seed in 0..count {
        folder.write(format!("{seed}.ppm"), &sky(seed).ppm());
    }
    folder
}

fn hits(library: &Library, query: &Pixels) -> Vec<Hit> {
    let threads = Threads::default();
    let query = library
        .query_bytes(Path::new("query"), &query.ppm(), By::Same, &threads)
        .unwrap();
    library.search(&query, &SearchOptions::default()).unwrap()
}

fn proven(hits: &[Hit]) -> Vec<(String, Verdict)> {
    let same = hits.iter().filter_map(|hit| match &hit.kind {
        HitKind::Same(verdict) => Some((hit.path.display().to_string(), (**verdict).clone())),
        _ => None,
    });
    same.collect()
}

#[test]
fn a_picture_without_texture_is_found_as_long_as_its_frame_is_whole() {
    let folder = folder(12);
    update(&folder);
    let library = library_of(&folder);
    let original = sky(3);
    for (name, copy, mirrored) in [
        ("halved", original.halved(), false),
        ("mirrored", original.mirrored(), true),
        ("turned", original.turned(), false),
        ("turned and mirrored", original.turned().mirrored(), true),
        ("negative", original.negative(), false),
        ("noisy", original.noisy(), false),
    ] {
        let found = proven(&hits(&library, &copy));
        let [(path, verdict)] = &found[..] else {
            panic!("{name}: {found:?}");
        };
        assert_eq!(path, "3.ppm", "{name}");
        assert_eq!(verdict.relation, Relation::Copy, "{name}: {verdict:?}");
        assert_eq!(verdict.mirrored, mirrored, "{name}: {verdict:?}");
        assert!(
            verdict.score > 0.9 && verdict.score < 1.0,
            "{name}: {verdict:?}"
        );
        assert!(verdict.query_overlap > 0.8, "{name}: {verdict:?}");
    }
    for stranger in 50..70 {
        let found = proven(&hits(&library, &sky(stranger)));
        assert!(found.is_empty(), "{stranger}: {found:?}");
    }
}

#[test]
fn the_transform_of_a_turned_frame_is_between_pictures_as_displayed() {
    let folder = folder(5);
    update(&folder);
    let found = proven(&hits(&library_of(&folder), &sky(2).turned().halved()));
    let (_, verdict) = &found[0];
    let t = verdict.transform.unwrap();
    let at = |x: f64, y: f64| {
        let w = t[6] * x + t[7] * y + t[8];
        (
            (t[0] * x + t[1] * y + t[2]) / w,
            (t[3] * x + t[4] * y + t[5]) / w,
        )
    };
    // The query is 120 wide and 160 high: its top left shows the bottom left.
    let (x, y) = at(-0.5, -0.5);
    assert!((x + 0.5).abs() < 2.0 && (y - 239.5).abs() < 2.0, "{x} {y}");
    let (x, y) = at(119.5, 159.5);
    assert!((x - 319.5).abs() < 2.0 && (y + 0.5).abs() < 2.0, "{x} {y}");
}

#[test]
fn pictures_of_one_colour_are_like_no_other() {
    let folder = Folder::new();
    for level in [0u8, 128, 129, 255] {
        let plain = Pixels::of(64, 48, |_, _| f64::from(level));
        folder.write(format!("{level}.ppm"), &plain.ppm());
    }
    update(&folder);
    let library = library_of(&folder);
    let own = proven(&hits(&library, &Pixels::of(64, 48, |_, _| 128.0)));
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].0, "128.ppm");
    assert!(proven(&hits(&library, &Pixels::of(64, 48, |_, _| 127.0))).is_empty());
    assert!(proven(&hits(&library, &Pixels::of(32, 24, |_, _| 128.0))).is_empty());
}

#[test]
fn copies_of_skies_are_a_group() {
    let folder = folder(6);
    folder.write("small.ppm", &sky(4).halved().ppm());
    update(&folder);
    let options = GroupOptions {
        kind: GroupKind::Same,
        mirrored: false,
        threads: Threads::default(),
        progress: None,
    };
    let groups = library_of(&folder).groups(&options).unwrap();
    let [group] = &groups[..] else {
        panic!("{groups:?}");
    };
    let paths: Vec<_> = group.sources.iter().map(|s| s.path.clone()).collect();
    assert_eq!(paths, [Path::new("4.ppm"), Path::new("small.ppm")]);
}

#[test]
fn a_library_without_frames_gains_them_by_the_next_update() {
    let folder = folder(4);
    update(&folder);
    let catalogue = folder.join(".lookalike/catalogue.sqlite");
    rusqlite::Connection::open(catalogue)
        .unwrap()
        .execute_batch(
            "UPDATE pictures SET parts = parts & ~16;
             DELETE FROM fresh WHERE part = 'frame';
             DELETE FROM segments WHERE part = 'frame';",
        )
        .unwrap();
    // How many pictures lack theirs.
    let lacking = || {
        let status = library_of(&folder).status().unwrap();
        let parts = status.parts.iter();
        let frames = parts.filter(|part| part.part == Part::Frame);
        frames.map(|part| part.lacking).collect::<Vec<_>>()
    };
    assert_eq!(lacking(), [4]);
    // A search does without.
    assert!(!hits(&library_of(&folder), &sky(1)).is_empty());
    update(&folder);
    assert_eq!(lacking(), [0]);
    assert_eq!(
        proven(&hits(&library_of(&folder), &sky(1).turned())).len(),
        1
    );
    folder.assert_whole();
    assert_eq!(update(&folder).unchanged, 4);
}

#[test]
fn frames_survive_sealing_merging_and_removal() {
    let folder = folder(70);
    update(&folder);
    for seed in 70..140 {
        folder.write(format!("{seed}.ppm"), &sky(seed).ppm());
    }
    std::fs::remove_file(folder.join("5.ppm")).unwrap();
    update(&folder);
    folder.assert_whole();
    let library = library_of(&folder);
    for seed in [0, 69, 70, 139] {
        let found = proven(&hits(&library, &sky(seed).turned()));
        assert_eq!(found.len(), 1, "{seed}");
        assert_eq!(found[0].0, format!("{seed}.ppm"));
    }
    assert!(proven(&hits(&library, &sky(5).turned())).is_empty());
}

#[test]
fn a_verdict_does_not_need_the_files() {
    let folder = folder(3);
    update(&folder);
    let away = folder.join("away");
    std::fs::create_dir(&away).unwrap();
    std::fs::rename(folder.join(".lookalike"), away.join("library")).unwrap();
    let location = Location::elsewhere(away.join("library"), Some(away.clone()));
    let library = Library::open(&location).unwrap();
    assert_eq!(proven(&hits(&library, &sky(1).mirrored())).len(), 1);
}
