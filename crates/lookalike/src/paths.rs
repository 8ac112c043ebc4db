//! Paths as the bytes that they are, and as text on one line.

use std::fmt;
use std::path::{Path, PathBuf};

/// The bytes under which a path is stored: on Unix its own, elsewhere UTF-8 with `/`.
pub fn path_to_bytes(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        path.as_os_str().as_bytes().to_vec()
    }
    #[cfg(not(unix))]
    {
        path.to_string_lossy().replace('\\', "/").into_bytes()
    }
}

/// The path that [`path_to_bytes`] stored.
pub fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// Characters of a longer path that are shown at either end.
const SHOWN: usize = 300;

/// A path for messages: control characters are escaped, so that it stays on one line, and of a very long one
/// the middle is left out.
#[derive(Clone, Copy, Debug)]
pub struct ShownPath<'a>(pub &'a Path);

impl fmt::Display for ShownPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.to_string_lossy();
        let length = path.chars().count();
        let left_out = SHOWN..length.saturating_sub(SHOWN).max(SHOWN);
        for (i, c) in path.chars().enumerate() {
            if left_out.contains(&i) {
                if i == left_out.start {
                    f.write_str("...")?;
                }
                continue;
            }
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                fmt::Write::write_char(f, c)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newline_is_shown_escaped() {
        let shown = ShownPath(Path::new("a\nb\u{1b}.jpg")).to_string();
        assert_eq!(shown, "a\\nb\\u{1b}.jpg");
    }

    #[test]
    fn of_a_very_long_path_the_middle_is_left_out() {
        let path = format!("{}/picture.jpg", "folder/".repeat(1000));
        let shown = ShownPath(Path::new(&path)).to_string();
        assert_eq!(shown.len(), 603);
        assert!(shown.starts_with("folder/") && shown.ends_with("/picture.jpg"));
        let short = "a".repeat(600);
        assert_eq!(ShownPath(Path::new(&short)).to_string(), short);
    }

    #[cfg(unix)]
    #[test]
    fn any_bytes_come_back() {
        let bytes = b"caf\xe9/\xff\n.jpg";
        assert_eq!(path_to_bytes(&path_from_bytes(bytes)), bytes);
    }
}
