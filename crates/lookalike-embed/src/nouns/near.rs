//! Names that are written nearly alike.

/// Names that are told.
const TOLD: usize = 3;
/// A word of so many letters may be the beginning of a name.
const BEGINNING: usize = 3;

/// The names nearest to an unknown word: those that differ from it in few letters, then those that begin
/// with it.
pub(super) fn near<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    // One letter of three or four may be wrong, two of six, three of nine.
    let most = (letters.len() / 3).clamp(1, 3);
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let begins = letters.len() >= BEGINNING && name.starts_with(word);
            let other: Vec<char> = name.chars().collect();
            let differ = match other.len().abs_diff(letters.len()) <= most {
                true => distance(&letters, &other),
                false => usize::MAX,
            };
            let apart = match differ <= most && differ < letters.len() {
                true => differ,
                false if begins => most + 1,
                false => return None,
            };
            Some((apart, name))
        })
        .collect();
    near.sort_by_key(|(apart, name)| (*apart, name.len(), *name));
    near.iter()
        .take(TOLD)
        .map(|(_, name)| (*name).into())
        .collect()
}

/// Letters that must be put in, left out or replaced, and neighbours that must change places, each pair once
/// (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        let distance = |a: &str, b: &str| {
            let letters = |s: &str| s.chars().collect::<Vec<_>>();
            distance(&letters(a), &letters(b))
        };
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("dog", "dog"), 0);
        assert_eq!(distance("dgo", "dog"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn what_differs_least_comes_first() {
        let names = ["elephant", "elegant", "electric fan", "eel", "ant"];
        assert_eq!(near("elefant", names.into_iter()), ["elegant", "elephant"]);
        assert_eq!(near("elec", names.into_iter()), ["electric fan"]);
        assert!(near("xyzzy", names.into_iter()).is_empty());
        assert!(near("q", ["a", "ox"].into_iter()).is_empty());
    }
}
