//! The step sizes of Fast Explicit Diffusion.
//!
//! One cycle of n explicit steps of varying size reaches a diffusion time that grows with n
//! squared; single steps may be unstable, the cycle as a whole is not (Grewenig, Weickert, Bruhn:
//! "From Box Filtering to Fast Explicit Diffusion", DAGM 2010, section 3).

/// Largest stable size of a single explicit step on a grid of pixels.
const TAU_MAX: f32 = 0.25;

/// The sizes of the steps of one cycle that reaches the time `time` (>= 0), in the order of
/// application: permuted by multiples of n/2 modulo a prime, against rounding errors.
pub(crate) fn steps(time: f32) -> Vec<f32> {
    let n = ((3.0 * time / TAU_MAX + 0.25).sqrt() - 0.5 - 1e-8).ceil();
    if n < 1.0 {
        return Vec::new();
    }
    let count = n as usize;
    let scale = 3.0 * time / (TAU_MAX * n * (n + 1.0));
    let c = 1.0 / (4.0 * n + 2.0);
    let d = scale * TAU_MAX / 2.0;
    let size = |j: usize| {
        let h = (std::f32::consts::PI * (2.0 * j as f32 + 1.0) * c).cos();
        d / (h * h)
    };
    let (stride, prime) = (count / 2, next_prime(count + 1));
    (1..)
        .map(|k| k * stride % prime)
        .filter(|&i| (1..=count).contains(&i))
        .take(if stride > 0 { count } else { 0 })
        .chain((stride == 0).then_some(1))
        .map(|i| size(i - 1))
        .collect()
}

/// The smallest prime that is not less than `n`.
fn next_prime(n: usize) -> usize {
    let prime = |n: usize| {
        n > 1
            && (2..)
                .take_while(|d| d * d <= n)
                .all(|d| !n.is_multiple_of(d))
    };
    (n..).find(|&n| prime(n)).expect("primes never end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_sum_to_the_time() {
        for time in [0.1_f32, 0.5, 3.0, 20.0, 96.0, 1000.0] {
            let sum: f32 = steps(time).iter().sum();
            assert!((sum / time - 1.0).abs() < 1e-4, "{time}: {sum}");
        }
        assert!(steps(0.0).is_empty());
    }

    #[test]
    fn numbers_of_steps_of_the_default_scale_space() {
        let time = |l: i32| 1.28 * 2f32.powf(l as f32 / 2.0);
        let counts: Vec<usize> = (1..16)
            .map(|l| steps(time(l) - time(l - 1)).len())
            .collect();
        assert_eq!(counts, [3, 3, 4, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 29]);
    }
}
