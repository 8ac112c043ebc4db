//! Workers of the feature algorithms, with parameters from the command line.

use crate::cli::AlgorithmName;
use crate::cli::parameters::Parameters;
use anyhow::{Result, anyhow, bail};
use lookalike_vision::{
    Akaze, AkazeDescriptor, AkazeParams, Brief, BriefDetector, BriefParams, Diffusivity, Exec,
    FastParams, Feature2d, Kaze, KazeParams, Orb, OrbParams, OrbScore, Sift, SiftParams,
    StarParams,
};
use std::cell::RefCell;
use std::str::FromStr;

/// A worker of `algorithm`.
///
/// # Errors
/// A parameter that the algorithm does not have, or whose value it does not take.
pub fn worker(
    algorithm: AlgorithmName,
    parameters: &Parameters,
    exec: Exec,
) -> Result<Box<dyn Feature2d>> {
    let given = Given::new(parameters);
    let worker: Box<dyn Feature2d> = match algorithm {
        AlgorithmName::Kaze => Box::new(Kaze::new(kaze(&given)?, exec)?),
        AlgorithmName::Akaze => Box::new(Akaze::new(akaze(&given)?, exec)?),
        AlgorithmName::Sift => Box::new(Sift::new(sift(&given)?, exec)?),
        #[cfg(feature = "nonfree")]
        AlgorithmName::Surf => Box::new(lookalike_vision::Surf::new(surf(&given)?, exec)?),
        AlgorithmName::Orb => Box::new(Orb::new(orb(&given)?, exec)?),
        AlgorithmName::Brief => {
            Box::new(Brief::new(brief(&given)?, brief_detector(&given)?, exec)?)
        }
    };
    given.check_all_taken(lookalike::Algorithm::from(algorithm).name())?;
    Ok(worker)
}

fn kaze(given: &Given<'_>) -> Result<KazeParams> {
    let default = KazeParams::default();
    Ok(KazeParams {
        threshold: given.or("threshold", default.threshold)?,
        n_octaves: given.or("n-octaves", default.n_octaves)?,
        n_octave_layers: given.or("n-octave-layers", default.n_octave_layers)?,
        diffusivity: given.one_of("diffusivity", DIFFUSIVITIES, default.diffusivity)?,
        extended: given.or("extended", default.extended)?,
        upright: given.or("upright", default.upright)?,
    })
}

fn akaze(given: &Given<'_>) -> Result<AkazeParams> {
    let default = AkazeParams::default();
    Ok(AkazeParams {
        descriptor_type: given.one_of(
            "descriptor-type",
            AKAZE_DESCRIPTORS,
            default.descriptor_type,
        )?,
        descriptor_size: given.or("descriptor-size", default.descriptor_size)?,
        descriptor_channels: given.or("descriptor-channels", default.descriptor_channels)?,
        threshold: given.or("threshold", default.threshold)?,
        n_octaves: given.or("n-octaves", default.n_octaves)?,
        n_octave_layers: given.or("n-octave-layers", default.n_octave_layers)?,
        diffusivity: given.one_of("diffusivity", DIFFUSIVITIES, default.diffusivity)?,
        max_points: given.or("max-points", default.max_points)?,
    })
}

fn sift(given: &Given<'_>) -> Result<SiftParams> {
    let default = SiftParams::default();
    let precise = default.enable_precise_upscale;
    Ok(SiftParams {
        nfeatures: given.or("nfeatures", default.nfeatures)?,
        n_octave_layers: given.or("n-octave-layers", default.n_octave_layers)?,
        contrast_threshold: given.or("contrast-threshold", default.contrast_threshold)?,
        edge_threshold: given.or("edge-threshold", default.edge_threshold)?,
        sigma: given.or("sigma", default.sigma)?,
        enable_precise_upscale: given.or("enable-precise-upscale", precise)?,
    })
}

#[cfg(feature = "nonfree")]
fn surf(given: &Given<'_>) -> Result<lookalike_vision::SurfParams> {
    let default = lookalike_vision::SurfParams::default();
    Ok(lookalike_vision::SurfParams {
        hessian_threshold: given.or("hessian-threshold", default.hessian_threshold)?,
        n_octaves: given.or("n-octaves", default.n_octaves)?,
        n_octave_layers: given.or("n-octave-layers", default.n_octave_layers)?,
        extended: given.or("extended", default.extended)?,
        upright: given.or("upright", default.upright)?,
    })
}

fn orb(given: &Given<'_>) -> Result<OrbParams> {
    let default = OrbParams::default();
    Ok(OrbParams {
        nfeatures: given.or("nfeatures", default.nfeatures)?,
        scale_factor: given.or("scale-factor", default.scale_factor)?,
        n_levels: given.or("n-levels", default.n_levels)?,
        edge_threshold: given.or("edge-threshold", default.edge_threshold)?,
        first_level: given.or("first-level", default.first_level)?,
        wta_k: given.or("wta-k", default.wta_k)?,
        score_type: given.one_of("score-type", SCORES, default.score_type)?,
        patch_size: given.or("patch-size", default.patch_size)?,
        fast_threshold: given.or("fast-threshold", default.fast_threshold)?,
    })
}

fn brief(given: &Given<'_>) -> Result<BriefParams> {
    let default = BriefParams::default();
    Ok(BriefParams {
        bytes: given.or("bytes", default.bytes)?,
        use_orientation: given.or("use-orientation", default.use_orientation)?,
    })
}

/// STAR or FAST; the parameters of the one do not belong to the other.
fn brief_detector(given: &Given<'_>) -> Result<BriefDetector> {
    if given.one_of("detector", &[("star", false), ("fast", true)], false)? {
        let default = FastParams::default();
        return Ok(BriefDetector::Fast(FastParams {
            threshold: given.or("fast-threshold", default.threshold)?,
            ..default
        }));
    }
    let default = StarParams::default();
    let (projected, binarized) = (
        default.line_threshold_projected,
        default.line_threshold_binarized,
    );
    Ok(BriefDetector::Star(StarParams {
        max_size: given.or("max-size", default.max_size)?,
        response_threshold: given.or("response-threshold", default.response_threshold)?,
        line_threshold_projected: given.or("line-threshold-projected", projected)?,
        line_threshold_binarized: given.or("line-threshold-binarized", binarized)?,
        suppress_nonmax_size: given.or("suppress-nonmax-size", default.suppress_nonmax_size)?,
    }))
}

const SCORES: &[(&str, OrbScore)] = &[("harris", OrbScore::Harris), ("fast", OrbScore::Fast)];

const AKAZE_DESCRIPTORS: &[(&str, AkazeDescriptor)] = &[
    ("mldb", AkazeDescriptor::Mldb),
    ("mldb-upright", AkazeDescriptor::MldbUpright),
    ("kaze", AkazeDescriptor::Kaze),
    ("kaze-upright", AkazeDescriptor::KazeUpright),
];

const DIFFUSIVITIES: &[(&str, Diffusivity)] = &[
    ("pm-g1", Diffusivity::PmG1),
    ("pm-g2", Diffusivity::PmG2),
    ("weickert", Diffusivity::Weickert),
    ("charbonnier", Diffusivity::Charbonnier),
];

/// The given parameters; remembers which were asked for, so that strangers are noticed.
struct Given<'a> {
    parameters: &'a Parameters,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Given<'a> {
    fn new(parameters: &'a Parameters) -> Self {
        Self {
            parameters,
            asked: RefCell::default(),
        }
    }

    fn text(&self, name: &'static str) -> Option<&'a str> {
        self.asked.borrow_mut().push(name);
        let given = self.parameters.given.iter();
        let mut given = given.filter(|(known, _)| *known == name);
        given.next().map(|(_, value)| value.as_str())
    }

    /// The value given, or the default.
    fn or<T: FromStr>(&self, name: &'static str, default: T) -> Result<T> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        let wrong = |_| {
            let kind = match std::any::type_name::<T>() {
                "bool" => "true or false",
                "f32" | "f64" => "a number",
                _ => "a whole number that fits",
            };
            anyhow!("--{name} is {text:?}, it must be {kind}")
        };
        text.parse().map_err(wrong)
    }

    /// The value of the name given, or the default.
    fn one_of<T: Copy>(&self, name: &'static str, names: &[(&str, T)], default: T) -> Result<T> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        match names.iter().find(|(known, _)| *known == text) {
            Some((_, value)) => Ok(*value),
            None => {
                let names: Vec<&str> = names.iter().map(|(known, _)| *known).collect();
                bail!("--{name} is {text:?}, it must be {}", names.join(", "))
            }
        }
    }

    fn check_all_taken(&self, algorithm: &str) -> Result<()> {
        let asked = self.asked.borrow();
        let mut given = self.parameters.given.iter();
        match given.find(|(name, _)| !asked.contains(name)) {
            None => Ok(()),
            Some((name, _)) => bail!(
                "--{name} does not belong to {algorithm}, which has --{}",
                asked.join(", --")
            ),
        }
    }
}
