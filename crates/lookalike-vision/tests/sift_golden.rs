//! SIFT against OpenCV's answers.

mod common;

use common::{Golden, Tolerance, matched_share, same_order, share};
use lookalike_vision::{Exec, Feature2d, Sift, SiftParams};

/// What rounding may move: far less than a pixel, a percent, a degree.
const CLOSE: Tolerance = Tolerance {
    position: 0.05,
    size: 0.005,
    angle: 0.5,
    response: 0.01,
    octave: true,
};

fn params(golden: &Golden) -> SiftParams {
    let ok = SiftParams::default();
    SiftParams {
        nfeatures: golden.param("nfeatures", ok.nfeatures),
        n_octave_layers: golden.param("n-octave-layers", ok.n_octave_layers),
        contrast_threshold: golden.param("contrast-threshold", ok.contrast_threshold),
        edge_threshold: golden.param("edge-threshold", ok.edge_threshold),
        sigma: golden.param("sigma", ok.sigma),
        enable_precise_upscale: golden.param("enable-precise-upscale", ok.enable_precise_upscale),
    }
}

#[test]
fn keypoints_and_descriptors_are_opencvs() {
    for golden in Golden::of("sift", "detect-and-compute") {
        let params = params(&golden);
        let mut sift = Sift::new(params, Exec::default()).unwrap();
        let ours = sift.detect_and_compute(&golden.picture).unwrap();
        let (n, theirs) = (ours.keypoints.len(), golden.keypoints.len());
        assert!(
            n.abs_diff(theirs) * 200 <= theirs,
            "{}: {n}, {theirs}",
            golden.name
        );
        let found = matched_share(&ours.keypoints, &golden.keypoints, &CLOSE);
        assert!(found >= 0.995, "{}: {found}", golden.name);
        let alike = share(&golden.cosines(&ours, &CLOSE), |c| c > 0.999);
        assert!(alike >= 0.99, "{}: {alike}", golden.name);
        // OpenCV leaves the strongest in the order of its C++ library's partition.
        if params.nfeatures == 0 && n == theirs {
            assert!(
                same_order(&ours.keypoints, &golden.keypoints, &CLOSE),
                "{}",
                golden.name
            );
        }
    }
}
