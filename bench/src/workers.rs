//! The algorithms by the names that the tables use: OpenCV's defaults.

use anyhow::Result;
use lookalike_vision::{
    Algorithm, Brief, BriefDetector, BriefParams, Exec, Fast, FastParams, Feature2d, Orb,
    OrbParams, Sift, SiftParams, Star, StarParams,
};

/// A worker of an algorithm.
pub fn create(name: &str, exec: Exec) -> Result<Box<dyn Feature2d>> {
    let brief = |detector| Brief::new(BriefParams::default(), detector, exec);
    Ok(match name {
        "fast" => Box::new(Fast::new(FastParams::default(), exec)),
        "star" => Box::new(Star::new(StarParams::default(), exec)?),
        "brief-fast" => Box::new(brief(BriefDetector::Fast(FastParams::default()))?),
        "brief-star" => Box::new(brief(BriefDetector::Star(StarParams::default()))?),
        "orb" => Box::new(Orb::new(OrbParams::default(), exec)?),
        "sift-800" => {
            let params = SiftParams {
                nfeatures: 800,
                ..SiftParams::default()
            };
            Box::new(Sift::new(params, exec)?)
        }
        _ => name.parse::<Algorithm>()?.create(exec)?,
    })
}
