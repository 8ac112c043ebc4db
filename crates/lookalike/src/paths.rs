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

/// A path for messages: control characters are escaped, so that it stays on one line.
#[derive(Clone, Copy, Debug)]
pub struct ShownPath<'a>(pub &'a Path);

impl fmt::Display for ShownPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string_lossy().chars() {
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

    #[cfg(unix)]
    #[test]
    fn any_bytes_come_back() {
        let bytes = b"caf\xe9/\xff\n.jpg";
        assert_eq!(path_to_bytes(&path_from_bytes(bytes)), bytes);
    }
}
