//! The same picture, proved on the sample pictures.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lookalike::Profile;
use lookalike::decode::{self, Picture};
use lookalike::same::{
    Described, PictureFeatures, PixelSource, Relation, SameExtractor, Thumbnail, Verdict, Verifier,
};
use lookalike_vision::Exec;
use lookalike_words::Vocabulary;

struct Sample {
    features: PictureFeatures,
    thumbnail: Arc<Thumbnail>,
    described: OnceCell<Described>,
}

impl Sample {
    fn read(path: &Path, profile: Profile) -> Self {
        let mut extractor = SameExtractor::new(profile, Exec::default()).unwrap();
        let picture: Picture = decode::decode_path(path, &extractor.decode_options()).unwrap();
        Self {
            features: extractor.extract(&picture).unwrap(),
            thumbnail: Arc::new(
                Thumbnail::from_rgb(
                    picture.width as usize,
                    picture.height as usize,
                    &picture.rgb,
                )
                .unwrap(),
            ),
            described: OnceCell::new(),
        }
    }

    fn named(name: &str) -> Self {
        Self::read(&samples().join(name), Profile::Default)
    }

    /// As the index gives it back.
    fn described(&self) -> &Described {
        self.described.get_or_init(|| {
            let kept = self.features.to_word_picture(Vocabulary::embedded());
            Described::from_word_picture(&kept, self.features.displayed)
        })
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures")
}

fn verify(query: &Sample, found: &Sample, mirrored: bool) -> Verdict {
    Verifier::new(&query.features, Vocabulary::embedded()).verify(
        found.described(),
        mirrored,
        &mut |_| Some((query.thumbnail.clone(), found.thumbnail.clone())),
    )
}

/// Where the verdict's transform takes a point.
fn target(verdict: &Verdict, (x, y): (f64, f64)) -> (f64, f64) {
    let t = verdict.transform.expect("a transform");
    let w = t[6] * x + t[7] * y + t[8];
    (
        (t[0] * x + t[1] * y + t[2]) / w,
        (t[3] * x + t[4] * y + t[5]) / w,
    )
}

fn assert_near(found: (f64, f64), wanted: (f64, f64), tolerance: f64) {
    let distance = (found.0 - wanted.0).hypot(found.1 - wanted.1);
    assert!(distance < tolerance, "{found:?} instead of {wanted:?}");
}

#[test]
fn modified_copies_are_the_same() {
    for (query, found) in [
        ("queries/cat-with-lettering.jpg", "library/cat.jpg"),
        (
            "queries/forest-stream-cropped.jpg",
            "library/forest-stream.jpg",
        ),
        ("queries/forest-stream-cropped.jpg", "library/collage.jpg"),
        ("queries/galaxies.jpg", "library/galaxies-recompressed.jpg"),
        ("queries/pagoda.jpg", "library/pagoda-rotated.jpg"),
        (
            "queries/two-dogs-darker.jpg",
            "library/two-dogs-on-a-wall.jpg",
        ),
        ("library/coffee-grey.png", "library/coffee.jpg"),
        ("library/rocket-thumbnail.bmp", "library/rocket.jpg"),
        (
            "library/paint-brushes.jpg",
            "library/paint-brushes-phone.jpg",
        ),
    ] {
        let verdict = verify(&Sample::named(query), &Sample::named(found), false);
        assert!(verdict.same, "{query}, {found}: {verdict:?}");
        assert!(
            verdict.score > 0.9 && verdict.inliers <= verdict.matches,
            "{query}, {found}: {verdict:?}"
        );
        assert_eq!(verdict.failure, None);
    }
}

#[test]
fn lettering_on_plain_ground_leaves_a_common_part() {
    // Two pages of one form differ in their lettering, too: so much plain ground, here of the sky, and
    // something else on it, is never called a copy.
    let (query, found) = ("queries/galaxies.jpg", "library/galaxies-poster.jpg");
    let verdict = verify(&Sample::named(query), &Sample::named(found), false);
    assert!(
        verdict.same && verdict.relation == Relation::Part,
        "{verdict:?}"
    );
    assert!(verdict.score > 0.8 && verdict.query_overlap > 0.8);
}

#[test]
fn strangers_are_different() {
    let names = [
        "astronaut.jpg",
        "brick-wall.png",
        "cat.jpg",
        "chalkboard.png",
        "coffee.jpg",
        "dahlia.jpg",
        "forest-stream.jpg",
        "galaxies.jpg",
        "mountain-meadow.jpg",
        "mountain-path.jpg",
        "pagoda.jpg",
        "rocket.jpg",
        "sunset.jpg",
    ];
    let all = names.map(|name| Sample::named(&format!("library/{name}")));
    for (i, query) in all.iter().enumerate() {
        for (j, found) in all.iter().enumerate() {
            for mirrored in [false, true] {
                // A flower is the same in the mirror.
                if i == j && mirrored {
                    continue;
                }
                let verdict = verify(query, found, mirrored);
                let same = i == j;
                assert_eq!(verdict.same, same, "{} {}: {verdict:?}", names[i], names[j]);
                assert_eq!(verdict.score > 0.5, same, "{verdict:?}");
            }
        }
    }
}

#[test]
fn a_mirrored_picture_is_the_same_only_in_the_mirror() {
    let (cat, mirrored) = (
        Sample::named("library/cat.jpg"),
        Sample::named("library/cat-mirrored.jpg"),
    );
    assert!(!verify(&cat, &mirrored, false).same);
    let verdict = verify(&cat, &mirrored, true);
    assert!(verdict.same && verdict.mirrored, "{verdict:?}");
    let (width, height) = cat.features.displayed;
    for (x, y) in [
        (0.0, 0.0),
        (100.0, 50.0),
        (f64::from(width), f64::from(height)),
    ] {
        assert_near(
            target(&verdict, (x, y)),
            (f64::from(width) - 1.0 - x, y),
            1.5,
        );
    }
    let stored = Verifier::of_stored(cat.described().clone());
    // Without the files, many features prove it.
    let pixels: &mut PixelSource<'_> = &mut |_| None;
    assert!(!stored.verify(mirrored.described(), true, pixels).same);
    assert!(stored.verify(cat.described(), false, pixels).same);
}

#[test]
fn a_crop_knows_its_place_and_share() {
    let crop = Sample::named("library/galaxies-cropped.jpg");
    let whole = Sample::named("library/galaxies.jpg");
    let verdict = verify(&crop, &whole, false);
    let (w, h) = whole.features.displayed;
    let place = (f64::from(w) * 0.1, f64::from(h) * 0.1);
    assert_near(target(&verdict, (0.0, 0.0)), place, 2.0);
    assert_eq!(verdict.relation, Relation::Copy);
    assert!(verdict.query_overlap > 0.95, "{verdict:?}");
    assert!((verdict.found_overlap - 0.49).abs() < 0.04, "{verdict:?}");
}

#[test]
fn transforms_are_between_pictures_as_displayed() {
    // One is 640 pixels wide, the other 600; the library looks at both through at most 640.
    let (query, found) = (
        Sample::named("queries/galaxies.jpg"),
        Sample::named("library/galaxies.jpg"),
    );
    let verdict = verify(&query, &found, false);
    let (w, h) = query.features.displayed;
    let (fw, fh) = found.features.displayed;
    let corner = (f64::from(w) - 0.5, f64::from(h) - 0.5);
    assert_near(
        target(&verdict, corner),
        (f64::from(fw) - 0.5, f64::from(fh) - 0.5),
        1.5,
    );
    assert_near(target(&verdict, (-0.5, -0.5)), (-0.5, -0.5), 1.5);
}

#[test]
fn the_light_profile_proves_plain_copies() {
    let read = |name: &str| Sample::read(&samples().join(name), Profile::Light);
    for (query, found) in [
        ("queries/galaxies.jpg", "library/galaxies-warmer.jpg"),
        ("queries/pagoda.jpg", "library/pagoda-cropped.webp"),
        ("queries/cat-with-lettering.jpg", "library/cat.jpg"),
    ] {
        let verdict = verify(&read(query), &read(found), false);
        assert!(verdict.same, "{query}, {found}: {verdict:?}");
    }
}

#[test]
fn explaining_finds_the_better_way_and_shows_the_pairs() {
    let (cat, mirrored) = (
        Sample::named("library/cat.jpg"),
        Sample::named("library/cat-mirrored.jpg"),
    );
    let verifier = Verifier::new(&cat.features, Vocabulary::embedded());
    let pixels: &mut PixelSource<'_> = &mut |_| None;
    let (verdict, pairs) = verifier.explain(mirrored.described(), None, pixels);
    assert!(verdict.same && verdict.mirrored);
    assert_eq!(pairs.len(), verdict.matches);
    let agreeing: Vec<_> = pairs.iter().filter(|p| p.residual.is_some()).collect();
    assert!(agreeing.len() >= verdict.inliers);
    for pair in agreeing {
        let found = target(&verdict, pair.query);
        let distance = (found.0 - pair.found.0).hypot(found.1 - pair.found.1);
        assert!((distance - pair.residual.unwrap()).abs() < 1e-6, "{pair:?}");
    }
    let (verdict, _) = verifier.explain(cat.described(), None, pixels);
    assert!(verdict.same && !verdict.mirrored);
}
