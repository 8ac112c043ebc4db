//! Chance that can be repeated.

/// A generator for one purpose.
#[derive(Debug)]
pub(super) struct Random(lookalike_store::Random);

impl Random {
    /// That of a purpose: what is drawn for one picture and one modification does not
    /// depend on which others there are.
    pub(super) fn of(seed: u64, purpose: &str, path: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(&[0]);
        hasher.update(path);
        let mut state = [0; 8];
        hasher.finalize_xof().fill(&mut state);
        Self(lookalike_store::Random::new(u64::from_le_bytes(state)))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0.bits()
    }

    /// A whole number from 0 to `last`.
    pub(super) fn up_to(&mut self, last: u32) -> u32 {
        ((u128::from(self.next()) * (u128::from(last) + 1)) >> 64) as u32
    }

    /// A number in [from, to).
    pub(super) fn between(&mut self, from: f64, to: f64) -> f64 {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        from + unit * (to - from)
    }

    /// Nearly normal, mean 0 and deviation 1: the sum of four even numbers.
    pub(super) fn normal(&mut self) -> f32 {
        let bits = self.next();
        let sum: u64 = (0..4).map(|i| bits >> (16 * i) & 0xFFFF).sum();
        (sum as f32 / 65_535.0 - 2.0) * 3f32.sqrt()
    }

    pub(super) fn colour(&mut self) -> [u8; 3] {
        let [red, green, blue, ..] = self.next().to_le_bytes();
        [red, green, blue]
    }

    /// At most `count` of these, in an order by chance.
    pub(super) fn some_of<T>(&mut self, mut from: Vec<T>, count: usize) -> Vec<T> {
        let count = count.min(from.len());
        for i in 0..count {
            let rest = (from.len() - 1 - i) as u32;
            from.swap(i, i + self.up_to(rest) as usize);
        }
        from.truncate(count);
        from
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn chance_repeats_itself_for_the_same_purpose_only() {
        let draw = |seed, purpose, path: &[u8]| Random::of(seed, purpose, path).next();
        assert_eq!(draw(1, "crop", b"a"), draw(1, "crop", b"a"));
        let others = [
            draw(2, "crop", b"a"),
            draw(1, "crop2", b"a"),
            draw(1, "crop", b"b"),
        ];
        assert!(!others.contains(&draw(1, "crop", b"a")));
    }

    #[test]
    fn numbers_lie_where_they_should() {
        let mut random = Random::of(1, "test", b"");
        let whole: Vec<u32> = (0..200).map(|_| random.up_to(3)).collect();
        assert!((0..4).all(|n| whole.contains(&n)) && whole.iter().all(|&n| n < 4));
        assert!((0..200).all(|_| (0.5..0.6).contains(&random.between(0.5, 0.6))));
        let normal: Vec<f32> = (0..10_000).map(|_| random.normal()).collect();
        let mean = normal.iter().sum::<f32>() / 10_000.0;
        let variance = normal.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 10_000.0;
        assert!(
            mean.abs() < 0.05 && (variance - 1.0).abs() < 0.05,
            "{mean} {variance}"
        );
        let mut some = random.some_of(vec![1, 2, 3], 9);
        some.sort_unstable();
        assert_eq!(some, [1, 2, 3]);
    }
}
