//! Explanations.

use super::{JsonPath, JsonPixels, JsonPlace, JsonQuery, SCHEMA};
use crate::Source;
use crate::same::{Explanation, MatchedPair};
use serde::Serialize;

/// Why two pictures are, or are not, the same.
#[derive(Clone, Debug, Serialize)]
pub struct JsonExplanation {
    schema: u32,
    verdict: &'static str,
    #[serde(flatten)]
    query: JsonQuery,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_place: Option<JsonPlace>,
    #[serde(flatten)]
    path: JsonPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<JsonPlace>,
    score: f64,
    keypoints: [usize; 2],
    inliers: usize,
    matches: usize,
    transform: Option<[f64; 9]>,
    mirrored: bool,
    query_overlap: f64,
    found_overlap: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    relation: Option<&'static str>,
    pixels: Option<JsonPixels>,
    reason: String,
    query_size: (u32, u32),
    found_size: (u32, u32),
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<Vec<Pair>>,
}

/// Places of a match in the query and in the found picture, and its error where it agrees.
#[derive(Clone, Debug, Serialize)]
struct Pair {
    query: (f64, f64),
    found: (f64, f64),
    residual: Option<f64>,
}

impl JsonExplanation {
    /// On two pictures, the query and the found one.
    pub fn new(pictures: [&Source; 2], explanation: &Explanation) -> Self {
        let verdict = &explanation.verdict;
        let [query, found] = pictures;
        Self {
            schema: SCHEMA,
            verdict: if verdict.same { "same" } else { "different" },
            query: (&*query.path).into(),
            query_place: query.place.map(JsonPlace),
            path: (&*found.path).into(),
            place: found.place.map(JsonPlace),
            score: verdict.score,
            keypoints: explanation.keypoints,
            inliers: verdict.inliers,
            matches: verdict.matches,
            transform: verdict.transform,
            mirrored: verdict.mirrored,
            query_overlap: verdict.query_overlap,
            found_overlap: verdict.found_overlap,
            relation: verdict.same.then(|| verdict.relation.name()),
            pixels: verdict.pixels.as_ref().map(JsonPixels::from),
            reason: explanation.reason.clone(),
            query_size: explanation.sizes[0],
            found_size: explanation.sizes[1],
            pairs: None,
        }
    }

    /// The same with every match as `pairs`.
    #[must_use]
    pub fn with_pairs(self, pairs: &[MatchedPair]) -> Self {
        let pair = |pair: &MatchedPair| Pair {
            query: pair.query,
            found: pair.found,
            residual: pair.residual,
        };
        Self {
            pairs: Some(pairs.iter().map(pair).collect()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::JsonExplanation;
    use crate::decode::Picture;
    use crate::same::Explanation;
    use crate::{Place, Source, Threads};

    #[test]
    fn a_place_stands_beside_its_path() {
        let blank = Picture::from_rgb(40, 30, vec![9; 40 * 30 * 3]).unwrap();
        let explained = Explanation::of_pictures(&blank, &blank, &Threads::default()).unwrap();
        let query = Source::new("a.jpg", None);
        let found = Source::new("b.tif", Some(Place::Page(3)));
        let told = |pictures| {
            let object = JsonExplanation::new(pictures, &explained);
            serde_json::to_value(object).unwrap()
        };
        let json = told([&query, &found]);
        assert_eq!(
            (&json["query"], &json["path"]),
            (&"a.jpg".into(), &"b.tif".into())
        );
        assert_eq!(json["place"]["page"], 3);
        assert!(json.get("query_place").is_none());
        assert_eq!(told([&found, &query])["query_place"]["page"], 3);
    }
}
