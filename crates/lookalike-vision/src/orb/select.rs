//! The strongest of many, in the order in which OpenCV leaves them.
//!
//! `KeyPointsFilter::retainBest` uses `std::nth_element` and `std::partition`, so the order of
//! ORB's keypoints is that of GNU's C++ library: the same steps (quickselect with the median of
//! three, Hoare's partition) give the same order.

/// Something with a strength.
pub(super) trait Strength: Copy {
    /// Its strength; never NaN.
    fn strength(&self) -> f32;
}

/// Keeps the `count` strongest of `items`, and all that are as strong as the last of them.
pub(super) fn retain_best<T: Strength>(items: &mut Vec<T>, count: usize) {
    if items.len() <= count {
        return;
    }
    if count == 0 {
        items.clear();
        return;
    }
    nth_element(items, count - 1);
    let least = items[count - 1].strength();
    let kept = count + partition(&mut items[count..], |item| item.strength() >= least);
    items.truncate(kept);
}

fn stronger<T: Strength>(a: &T, b: &T) -> bool {
    a.strength() > b.strength()
}

/// Puts the item in place `nth` that belongs there in descending order, stronger ones before.
fn nth_element<T: Strength>(items: &mut [T], nth: usize) {
    let (mut first, mut last) = (0, items.len());
    let mut budget = 2 * items.len().ilog2();
    while last - first > 3 {
        if budget == 0 {
            // GNU changes to a heap here; natural pictures do not get this far.
            items[first..last].sort_by(|a, b| b.strength().total_cmp(&a.strength()));
            return;
        }
        budget -= 1;
        let cut = first + partition_by_pivot(&mut items[first..last]);
        if cut <= nth {
            first = cut;
        } else {
            last = cut;
        }
    }
    insertion_sort(&mut items[first..last]);
}

/// Moves the median of three to the front, and what is stronger before what is weaker.
fn partition_by_pivot<T: Strength>(items: &mut [T]) -> usize {
    let end = items.len();
    let (a, b, c) = (1, end / 2, end - 1);
    let above = |i: usize, j: usize| stronger(&items[i], &items[j]);
    let median = if above(a, b) {
        if above(b, c) {
            b
        } else if above(a, c) {
            c
        } else {
            a
        }
    } else if above(a, c) {
        a
    } else if above(b, c) {
        c
    } else {
        b
    };
    items.swap(0, median);
    let pivot = items[0];
    let (mut low, mut high) = (1, end);
    loop {
        while stronger(&items[low], &pivot) {
            low += 1;
        }
        high -= 1;
        while stronger(&pivot, &items[high]) {
            high -= 1;
        }
        if low >= high {
            return low;
        }
        items.swap(low, high);
        low += 1;
    }
}

fn insertion_sort<T: Strength>(items: &mut [T]) {
    for i in 1..items.len() {
        let place = items[..i]
            .iter()
            .rposition(|other| !stronger(&items[i], other));
        items[place.map_or(0, |at| at + 1)..=i].rotate_right(1);
    }
}

/// Moves the items that are wanted before the others; returns how many they are.
fn partition<T>(items: &mut [T], wanted: impl Fn(&T) -> bool) -> usize {
    let (mut low, mut high) = (0, items.len());
    loop {
        while low < high && wanted(&items[low]) {
            low += 1;
        }
        while low < high && !wanted(&items[high - 1]) {
            high -= 1;
        }
        if low == high {
            return low;
        }
        items.swap(low, high - 1);
        low += 1;
        high -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Strength for f32 {
        fn strength(&self) -> f32 {
            *self
        }
    }

    proptest! {
        #[test]
        fn keeps_the_strongest_and_their_equals(
            items in prop::collection::vec(0u8..50, 0..300),
            count in 0usize..300,
        ) {
            let mut kept: Vec<f32> = items.iter().map(|&v| f32::from(v)).collect();
            let mut sorted = kept.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            if count == 0 && !sorted.is_empty() {
                sorted.clear();
            } else if count < sorted.len() {
                let least = sorted[count - 1];
                sorted.retain(|&v| v >= least);
            }
            retain_best(&mut kept, count);
            kept.sort_by(|a, b| b.total_cmp(a));
            prop_assert_eq!(kept, sorted);
        }
    }
}
