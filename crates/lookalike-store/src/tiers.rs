//! When segments are merged.

/// When segments become one. A tier holds segments of about a size, that of the next one is
/// 2^`bits` times as large; where so many are in a tier they are merged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tiers {
    /// Segments of fewer records are in no tier: the next one that is sealed with at least as many
    /// takes them in. 0: all are in tiers.
    pub taken_in: usize,
    /// Segments of up to so many records, times 2^`bits`, are in the lowest tier.
    pub lowest: usize,
    /// How much larger the segments of the next tier are, as a power of two.
    pub bits: u32,
    /// A merge makes no larger segment.
    pub largest: usize,
}

/// What matters of a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Size {
    /// Its records, the deleted ones included.
    pub(crate) records: usize,
    /// Those that are not deleted.
    pub(crate) alive: usize,
}

impl Size {
    /// Whether a segment is worth being made anew: more than three tenths of it are deleted.
    fn is_decayed(self) -> bool {
        self.records == 0 || (self.records - self.alive) * 10 > self.records * 3
    }
}

impl Tiers {
    /// Which segments should become one now; none where all is well. One alone is to be made anew,
    /// without its deleted records.
    pub(crate) fn due(&self, sizes: &[Size]) -> Vec<usize> {
        let tiered = |&i: &usize| sizes[i].records >= self.taken_in;
        let tiered: Vec<usize> = (0..sizes.len()).filter(tiered).collect();
        let merged = self.merged(sizes, &tiered);
        if merged.len() >= 2 {
            return merged;
        }
        let decayed = tiered.into_iter().find(|&i| sizes[i].is_decayed());
        decayed.into_iter().collect()
    }

    fn merged(&self, sizes: &[Size], tiered: &[usize]) -> Vec<usize> {
        let tier = |&i: &usize| {
            let times = sizes[i].alive / self.lowest.max(1);
            times.max(1).ilog2() / self.bits.max(1)
        };
        let highest = tiered.iter().map(tier).max().unwrap_or(0);
        let (mut chosen, mut total) = (Vec::new(), 0);
        for at in 0..=highest {
            let mut here: Vec<usize> = tiered.iter().copied().filter(|i| tier(i) == at).collect();
            // A merge below brings one more to this tier.
            if here.len() + usize::from(!chosen.is_empty()) >= 1 << self.bits {
                // The smallest that fit into one; those that are full stay out of it.
                here.sort_by_key(|&i| sizes[i].alive);
                for i in here {
                    if total + sizes[i].alive <= self.largest {
                        total += sizes[i].alive;
                        chosen.push(i);
                    }
                }
            } else if !chosen.is_empty() {
                break;
            }
        }
        chosen.sort_unstable();
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIERS: Tiers = Tiers {
        taken_in: 0,
        lowest: 10,
        bits: 2,
        largest: 1000,
    };

    fn whole(sizes: &[usize]) -> Vec<Size> {
        let whole = |&records| Size {
            records,
            alive: records,
        };
        sizes.iter().map(whole).collect()
    }

    #[test]
    fn so_many_of_a_size_become_one_and_so_does_what_that_completes() {
        assert_eq!(TIERS.due(&whole(&[10, 12, 9])), []);
        assert_eq!(TIERS.due(&whole(&[10, 200, 12, 9, 39])), [0, 2, 3, 4]);
        let both = [10, 50, 12, 9, 39, 60, 70];
        assert_eq!(TIERS.due(&whole(&both)), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn what_is_full_is_left_alone() {
        assert_eq!(TIERS.due(&whole(&[900, 950, 990, 800, 1000])), []);
        let tiers = Tiers {
            largest: 2000,
            ..TIERS
        };
        assert_eq!(tiers.due(&whole(&[1990, 640, 700, 1950])), [1, 2]);
    }

    #[test]
    fn small_ones_wait_to_be_taken_in() {
        let tiers = Tiers {
            taken_in: 10,
            ..TIERS
        };
        assert_eq!(tiers.due(&whole(&[9, 9, 9, 9, 9])), []);
        assert_eq!(tiers.due(&whole(&[9, 10, 10, 10, 10])), [1, 2, 3, 4]);
    }

    #[test]
    fn what_has_decayed_is_made_anew() {
        let mut sizes = whole(&[100, 100]);
        sizes[1].alive = 70;
        assert_eq!(TIERS.due(&sizes), []);
        sizes[1].alive = 69;
        assert_eq!(TIERS.due(&sizes), [1]);
    }
}
