//! Resampling by area, as `cv::resize` does it with `INTER_AREA`.

/// One source pixel's share in a target pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) weight: f32,
}

/// How `from` pixels in a line share out into `to` <= `from` of them: each target is the mean of
/// the stretch of `from / to` pixels that it covers. Sorted by target, then by source. As in
/// OpenCV, less than a thousandth of a pixel is left out.
pub(crate) fn shares(from: usize, to: usize, out: &mut Vec<Share>) {
    const LEAST: f64 = 1e-3;
    out.clear();
    let step = from as f64 / to as f64;
    for target in 0..to {
        let start = target as f64 * step;
        let end = (start + step).min(from as f64);
        for source in start as usize..(end.ceil() as usize).min(from) {
            let covered = end.min(source as f64 + 1.0) - start.max(source as f64);
            if covered > LEAST {
                out.push(Share {
                    from: source,
                    to: target,
                    weight: (covered / (end - start)) as f32,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_target_sum_to_one() {
        let mut out = Vec::new();
        for (from, to) in [(21, 21), (42, 21), (25, 21), (225, 112), (81, 40), (5, 1)] {
            shares(from, to, &mut out);
            let mut sums = vec![0.0; to];
            for share in &out {
                assert!(share.from < from);
                sums[share.to] += share.weight;
            }
            assert!(
                sums.iter().all(|s: &f32| (s - 1.0).abs() < 2e-3),
                "{sums:?}"
            );
        }
    }

    #[test]
    fn halving_takes_means_of_two() {
        let mut out = Vec::new();
        shares(6, 3, &mut out);
        let seen: Vec<_> = out.iter().map(|s| (s.from, s.to, s.weight)).collect();
        let all = [0, 1, 2, 3, 4, 5].map(|i| (i, i / 2, 0.5));
        assert_eq!(seen, all);
    }
}
