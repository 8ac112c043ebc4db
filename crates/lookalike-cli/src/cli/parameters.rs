//! The parameters of the algorithms, as typed.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

/// A parameter on the command line.
struct Known {
    name: &'static str,
    /// What stands for the value in the help; nothing for a flag.
    value: Option<&'static str>,
    help: &'static str,
}

const fn known(name: &'static str, value: &'static str, help: &'static str) -> Known {
    Known {
        name,
        value: Some(value),
        help,
    }
}

const fn flag(name: &'static str, help: &'static str) -> Known {
    Known {
        name,
        value: None,
        help,
    }
}

/// All parameters of all algorithms.
const KNOWN: &[Known] = &[
    flag("upright", "Do not compute orientations (kaze, surf)"),
    flag("extended", "The longer descriptor (kaze, surf)"),
    known(
        "threshold",
        "F",
        "Least response of a keypoint (kaze, akaze)",
    ),
    known("n-octaves", "N", "Octaves (kaze, akaze, surf)"),
    known(
        "n-octave-layers",
        "N",
        "Levels in an octave (kaze, akaze, sift, surf)",
    ),
    known(
        "diffusivity",
        "NAME",
        "pm-g1, pm-g2, weickert or charbonnier (kaze, akaze)",
    ),
    known(
        "descriptor-type",
        "NAME",
        "mldb, mldb-upright, kaze or kaze-upright (akaze)",
    ),
    known(
        "descriptor-size",
        "BITS",
        "Bits of a descriptor; 0 is all (akaze)",
    ),
    known(
        "descriptor-channels",
        "N",
        "1, 2 or 3: intensity, then gradients (akaze)",
    ),
    known(
        "max-points",
        "N",
        "At most so many keypoints; -1 is all (akaze)",
    ),
    known(
        "nfeatures",
        "N",
        "At most so many keypoints (orb; sift, where 0 is all)",
    ),
    known(
        "contrast-threshold",
        "F",
        "Least contrast of a keypoint (sift)",
    ),
    known(
        "edge-threshold",
        "F",
        "Sift: largest ratio of curvatures; orb: width of the border",
    ),
    known("sigma", "F", "Blur of the first level (sift)"),
    flag(
        "enable-precise-upscale",
        "Upscale without OpenCV's shift of a quarter pixel (sift)",
    ),
    known(
        "hessian-threshold",
        "F",
        "Least determinant of a keypoint (surf)",
    ),
    known("scale-factor", "F", "Ratio of one level to the next (orb)"),
    known("n-levels", "N", "Levels of the pyramid (orb)"),
    known(
        "first-level",
        "N",
        "The level that holds the picture itself (orb)",
    ),
    known("wta-k", "N", "2, 3 or 4 points in each comparison (orb)"),
    known("score-type", "NAME", "harris or fast (orb)"),
    known(
        "patch-size",
        "N",
        "Side of the patch that is described (orb)",
    ),
    known(
        "fast-threshold",
        "N",
        "Least difference to the circle (orb; brief with fast)",
    ),
    known("bytes", "N", "16, 32 or 64 bytes in a descriptor (brief)"),
    flag(
        "use-orientation",
        "Turn the patch by the keypoint's angle (brief)",
    ),
    known("detector", "NAME", "star or fast (brief)"),
    known(
        "max-size",
        "N",
        "Size of the largest filter (brief with star)",
    ),
    known(
        "response-threshold",
        "N",
        "Least response (brief with star)",
    ),
    known(
        "line-threshold-projected",
        "N",
        "Suppresses lines (brief with star)",
    ),
    known(
        "line-threshold-binarized",
        "N",
        "Suppresses lines (brief with star)",
    ),
    known(
        "suppress-nonmax-size",
        "N",
        "Window of the local maximum (brief with star)",
    ),
];

/// The parameters that were given, in the order of the help.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// Name and value.
    pub given: Vec<(&'static str, String)>,
}

impl Args for Parameters {
    fn augment_args(command: Command) -> Command {
        KNOWN.iter().fold(command, |command, known| {
            let arg = Arg::new(known.name)
                .long(known.name)
                .help(known.help)
                .help_heading("Parameters of the algorithm, under OpenCV's names")
                .hide_short_help(true);
            command.arg(match known.value {
                Some(value) => arg.value_name(value).allow_negative_numbers(true),
                None => arg
                    .value_name("BOOL")
                    .num_args(0..=1)
                    .require_equals(true)
                    .default_missing_value("true"),
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Parameters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = KNOWN.iter().filter_map(|known| {
            let value = matches.get_one::<String>(known.name)?;
            Some((known.name, value.clone()))
        });
        Ok(Self {
            given: given.collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
