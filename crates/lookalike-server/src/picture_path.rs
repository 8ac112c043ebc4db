//! Paths that clients name.

use crate::problem::Problem;
use lookalike::decode::has_picture_extension;
use std::path::{Path, PathBuf};

/// A path below the library's folder that may be written: relative, of normal and visible names
/// only, ending as pictures do. Whether a symbolic link leads out of the folder is another matter,
/// a handle of the folder sees to that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PicturePath(PathBuf);

/// Bytes of a name, as most file systems have it.
const MAX_NAME: usize = 255;
/// Bytes of a path.
const MAX_PATH: usize = 1024;

impl PicturePath {
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, Problem> {
        let refuse = |why: &str| Err(Problem::bad_request(format!("path is {text:?}: {why}")));
        if text.is_empty() {
            return refuse("it is empty");
        }
        if text.len() > MAX_PATH {
            return Err(Problem::bad_request(format!(
                "path: more than {MAX_PATH} bytes"
            )));
        }
        if text.starts_with('/') {
            return refuse("it must be relative");
        }
        for name in text.split('/') {
            if name.is_empty() {
                return refuse("a name in it is empty");
            }
            // `.` and `..` as well, and the folder of a library.
            if name.starts_with('.') {
                return refuse("a name in it begins with a dot");
            }
            if name.len() > MAX_NAME {
                return refuse("a name in it is too long");
            }
            if name.chars().any(is_unfit) {
                return refuse("a character in it is not for names");
            }
            if cfg!(windows) && (name.ends_with(['.', ' ']) || name.contains(['~', ':'])) {
                return refuse("a name in it means another one here");
            }
        }
        let path: PathBuf = text.split('/').collect();
        if !has_picture_extension(&path) {
            return refuse("it does not end as pictures do");
        }
        Ok(Self(path))
    }

    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }
}

/// Control characters, separators of other systems, and what file systems pass over when they
/// compare names, so that a hidden name would not look like one.
fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\\' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::PicturePath;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn plain_paths_pass() {
        for path in [
            "a.jpg",
            "trip/2024/a b.JPEG",
            "12:30.png",
            "\u{fc}/\u{732b}.webp",
            "a..b.png",
        ] {
            assert_eq!(PicturePath::new(path).unwrap().as_path(), Path::new(path));
        }
    }

    #[test]
    fn what_leads_elsewhere_does_not() {
        for path in [
            "",
            "/",
            "/a.jpg",
            "//a.jpg",
            "../a.jpg",
            "a/../../b.jpg",
            "./a.jpg",
            "a/./b.jpg",
            "a//b.jpg",
            "a/",
            "a.jpg/",
            ".a.jpg",
            "a/.b/c.jpg",
            ".lookalike/a.jpg",
            "a/.lookalike/segments/x.png",
            "..\\a.jpg",
            "a\\..\\b.jpg",
            "C:\\a.jpg",
            "\\\\server\\a.jpg",
            "a\0.jpg",
            "a\n.jpg",
            "a\u{7f}.jpg",
            "\u{200b}.lookalike/a.jpg",
            ".look\u{200d}alike/a.jpg",
            "\u{feff}..\u{feff}/a.jpg",
            "a.txt",
            "a",
            "jpg",
            "a.jpg/b",
            "catalogue.sqlite",
            "...",
            ".jpg",
        ] {
            assert!(PicturePath::new(path).is_err(), "{path:?}");
        }
        assert!(PicturePath::new(&format!("{}.jpg", "a".repeat(252))).is_err());
        assert!(PicturePath::new(&format!("{}a.jpg", "a/".repeat(600))).is_err());
    }

    proptest! {
        #[test]
        fn what_passes_stays_below(path in "[a./\\\\ \u{200b}~:C\0-]{0,12}(\\.jpg)?") {
            if let Ok(checked) = PicturePath::new(&path) {
                let path = checked.as_path();
                prop_assert!(!path.has_root());
                for component in path.components() {
                    let Component::Normal(name) = component else { panic!("{path:?}") };
                    prop_assert!(!name.to_str().unwrap().starts_with('.'));
                }
                let rebuilt: std::path::PathBuf = path.components().collect();
                prop_assert_eq!(rebuilt.as_os_str(), path.as_os_str());
            }
        }

        #[test]
        fn any_text_is_taken_or_refused(path in ".{0,40}") {
            let _ = PicturePath::new(&path);
        }
    }
}
