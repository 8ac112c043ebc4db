//! Pictures and words that are added to a query, and subtracted from it.

use super::query::{Looked, Query};
use crate::cli::search::SearchArgs;
use crate::input;
use anyhow::{Context, Result};
use lookalike::{ContentQuery, Library};
use std::path::Path;

/// Whether the query is more than a picture.
pub fn are_given(args: &SearchArgs) -> bool {
    args.text.is_some() || !args.plus.is_empty() || !args.minus.is_empty()
}

/// The query with all that is added to it and subtracted.
pub fn combined(library: &Library, query: &Query, args: &SearchArgs) -> Result<ContentQuery> {
    let first = match &query.words {
        Some(words) => library.query_words(words)?,
        None => match &*query.looked()? {
            Looked::File(bytes) => library.query_embedding(&input::name(&query.path), bytes)?,
            Looked::Part(picture) => library.query_embedding_pixels(picture)?,
        },
    };
    let mut terms = vec![(1.0, first)];
    for (sign, values) in [(1.0, &args.plus), (-1.0, &args.minus)] {
        for value in values {
            let (weight, what) = weighted(value);
            terms.push((sign * weight, term(library, what)?));
        }
    }
    Ok(ContentQuery::combine(&terms)?)
}

/// What is there as a file is a picture, all else is words.
fn term(library: &Library, what: &str) -> Result<ContentQuery> {
    let path = Path::new(what);
    if !path.is_file() {
        let query = library.query_words(what);
        return query.with_context(|| format!("{what:?} is no file, and so it must be words"));
    }
    Ok(library.query_embedding(path, &input::picture_bytes(path)?)?)
}

/// The weight before the colon, where there is one; a file's name may have a colon as well.
fn weighted(value: &str) -> (f32, &str) {
    let split = value
        .split_once(':')
        .filter(|_| !Path::new(value).is_file());
    let weight = split.and_then(|(weight, what)| Some((weight.trim().parse().ok()?, what)));
    match weight {
        Some((weight, what)) if f32::is_finite(weight) && weight >= 0.0 => (weight, what),
        _ => (1.0, value),
    }
}

#[cfg(test)]
mod tests {
    use super::weighted;

    #[test]
    fn a_weight_is_a_number_before_a_colon() {
        assert_eq!(weighted("a red car"), (1.0, "a red car"));
        assert_eq!(weighted("2:night"), (2.0, "night"));
        assert_eq!(weighted("0.5: a:b"), (0.5, " a:b"));
        for plain in ["C:/a.jpg", "-1:x", "inf:x", ":x", "note: x"] {
            assert_eq!(weighted(plain), (1.0, plain));
        }
    }
}
