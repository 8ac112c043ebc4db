//! The algorithms by the names that the tables use: OpenCV's defaults.

use anyhow::{Result, bail};
use lookalike_vision::{
    Exec, Fast, FastParams, Feature2d, Kaze, KazeParams, Sift, SiftParams, Star, StarParams,
};

/// A worker of an algorithm.
pub fn create(name: &str, exec: Exec) -> Result<Box<dyn Feature2d>> {
    Ok(match name {
        "kaze" => Box::new(Kaze::new(KazeParams::default(), exec)?),
        "sift" => Box::new(Sift::new(SiftParams::default(), exec)?),
        "sift-800" => {
            let params = SiftParams {
                nfeatures: 800,
                ..SiftParams::default()
            };
            Box::new(Sift::new(params, exec)?)
        }
        "fast" => Box::new(Fast::new(FastParams::default(), exec)),
        "star" => Box::new(Star::new(StarParams::default(), exec)?),
        _ => bail!("no algorithm {name}"),
    })
}
