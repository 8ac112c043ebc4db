//! The page of `lookalike serve`, in a real browser, on copies of the sample pictures.
//!
//! Needs chromium and chromedriver. Without them the tests are skipped, and say so; in continuous
//! integration (`CI=true`) they fail.

mod client;
#[path = "../common/mod.rs"]
mod common;
mod driver;
mod page;
mod site;

mod access;
mod appearance;
mod duplicates;
mod progress;
mod search;
mod why;
#[cfg(feature = "models")]
mod words;
