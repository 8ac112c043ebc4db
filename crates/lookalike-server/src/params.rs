//! The parameters of a request.

use crate::problem::Problem;
use lookalike::{By, Region};
use std::collections::BTreeMap;

/// Most hits that are given at a time.
pub(crate) const MAX_TOP: usize = 1000;

/// Names and values, each name once and known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// The parameters of a query string, of which only those in `known` may be there: what is
    /// mistyped would else go unnoticed.
    pub(crate) fn of_query(query: &str, known: &[&str]) -> Result<Self, Problem> {
        let mut params = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if params.0.contains_key(&*name) {
                return Err(Problem::bad_request(format!("{name}: given twice")));
            }
            params.set(&name, value.into_owned(), known)?;
        }
        Ok(params)
    }

    /// Sets one, in place of what it was.
    pub(crate) fn set(&mut self, name: &str, value: String, known: &[&str]) -> Result<(), Problem> {
        if !known.contains(&name) {
            let known = match known {
                [] => "there are none".to_owned(),
                known => format!("known are {}", known.join(", ")),
            };
            let detail = format!("{name:?}: no such parameter here; {known}");
            return Err(Problem::bad_request(detail));
        }
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// The value; one that is empty is none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// A number in a range.
    pub(crate) fn number<T>(&self, name: &str, least: T, most: T) -> Result<Option<T>, Problem>
    where
        T: std::str::FromStr + PartialOrd + std::fmt::Display + Copy,
    {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let number = text.parse().ok().filter(|n| (&least..=&most).contains(&n));
        number.map(Some).ok_or_else(|| {
            Problem::bad_request(format!(
                "{name} is {text:?}, it must be a number from {least} to {most}"
            ))
        })
    }

    /// Yes or no; no where nothing is said.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(other) => Err(Problem::bad_request(format!(
                "{name} is {other:?}, it must be true or false"
            ))),
        }
    }

    /// One of some words, with what each means; the first where nothing is said.
    pub(crate) fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, Problem> {
        let text = self.get(name).unwrap_or(words[0].0);
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let words = words.join(", ");
            Problem::bad_request(format!("{name} is {text:?}, it must be one of {words}"))
        })
    }

    pub(crate) fn by(&self) -> Result<By, Problem> {
        self.word(
            "by",
            &[
                ("all", By::All),
                ("same", By::Same),
                ("similar", By::Similar),
                ("vector", By::Vector),
            ],
        )
    }

    pub(crate) fn region(&self) -> Result<Option<Region>, Problem> {
        let region = self.get("region").map(str::parse::<Region>).transpose();
        region.map_err(Problem::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: &[&str] = &["by", "top", "min_score", "region", "exact"];

    #[test]
    fn what_is_not_known_is_refused() {
        let problem = Params::of_query("tpo=3", KNOWN).unwrap_err();
        assert!(problem.detail.contains("tpo") && problem.detail.contains("min_score"));
        assert!(Params::of_query("top=3&top=4", KNOWN).is_err());
        let params = Params::of_query("top=3&by=&region=1%25,2,3,4", KNOWN).unwrap();
        assert_eq!(params.number("top", 1, 9).unwrap(), Some(3));
        assert_eq!(params.by().unwrap(), By::All);
        assert!(params.region().unwrap().is_some());
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(query in "[a-z_=&%+0-9,.eE\\-]{0,60}") {
            let Ok(params) = Params::of_query(&query, KNOWN) else { return Ok(()) };
            if let Ok(Some(top)) = params.number("top", 1, MAX_TOP) {
                prop_assert!((1..=MAX_TOP).contains(&top));
            }
            if let Ok(Some(score)) = params.number("min_score", -1.0f32, 1.0) {
                prop_assert!((-1.0..=1.0).contains(&score));
            }
            let _ = (params.by(), params.region(), params.flag("exact"));
        }

        #[test]
        fn any_region_is_read_or_refused(region in ".{0,40}") {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("region", &region)
                .finish();
            let params = Params::of_query(&query, KNOWN).unwrap();
            prop_assert_eq!(params.region().is_ok(), region.is_empty() || region.parse::<Region>().is_ok());
        }
    }
}
