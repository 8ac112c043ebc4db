//! stub
#![allow(missing_docs)]
use super::{Described, PictureFeatures};
use crate::decode::Picture;
use lookalike_index::Vocabulary;
use lookalike_vision::geometry::{VerifyOptions, View, verify};
use lookalike_vision::{Descriptors, Level, matching::match_mutual};

#[derive(Debug)]
pub struct Verifier {
    d: [Described; 2],
}
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub same: bool,
    pub score: f64,
    pub inliers: usize,
    pub matches: usize,
    pub transform: Option<[f64; 9]>,
    pub mirrored: bool,
    pub query_overlap: f64,
    pub found_overlap: f64,
}
impl Verifier {
    pub fn new(f: &PictureFeatures, v: &Vocabulary) -> Self {
        Self {
            d: [f.to_described(v), f.mirrored().to_described(v)],
        }
    }
    pub fn verify(
        &self,
        found: &Described,
        mirrored: bool,
        _p: &mut dyn FnMut() -> Option<(Picture, Picture)>,
    ) -> Verdict {
        let q = &self.d[usize::from(mirrored)];
        let de = |d: &Described| {
            Descriptors::from_u8(16, d.codes.iter().flat_map(|c| c.to_le_bytes()).collect())
        };
        let m = match_mutual(&de(q), &de(found), 0.85, Level::new()).unwrap_or_default();
        fn vw(d: &Described) -> View<'_> {
            View {
                width: d.size[0].into(),
                height: d.size[1].into(),
                keypoints: &d.keypoints,
            }
        }
        let a = verify(&vw(q), &vw(found), &m, &VerifyOptions::default());
        match a {
            Ok(a) => Verdict {
                same: a.distinct >= 10,
                score: if a.distinct >= 10 { 0.99 } else { 0.1 },
                inliers: a.distinct,
                matches: m.len(),
                transform: Some(a.transform.rows()),
                mirrored,
                query_overlap: a.query_overlap,
                found_overlap: a.found_overlap,
            },
            Err(_) => Verdict {
                same: false,
                score: 0.0,
                inliers: 0,
                matches: m.len(),
                transform: None,
                mirrored,
                query_overlap: 0.0,
                found_overlap: 0.0,
            },
        }
    }
}
