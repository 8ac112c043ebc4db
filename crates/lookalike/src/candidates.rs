//! Which files are worth a try: those whose names end as pictures' do, and those that begin as
//! pictures do.
//!
//! To open a file costs a few microseconds, so what is known by its name to be something else is left
//! alone.

use crate::decode::{begins_as_picture, has_picture_extension};
use std::ffi::OsStr;
use std::path::Path;

/// Extensions, in lower case and alphabetical order, of what is no picture.
const OTHERS: &[&str] = &[
    "7z", "a", "aac", "ai", "aif", "apk", "asm", "avi", "bat", "bin", "bz2", "c", "cc", "cfg",
    "class", "cmake", "conf", "cpp", "cs", "css", "csv", "db", "deb", "dll", "dmg", "doc", "docx",
    "dylib", "eml", "epub", "exe", "flac", "flv", "go", "gz", "h", "hpp", "htm", "html", "ini",
    "iso", "jar", "java", "js", "json", "kt", "lock", "log", "lua", "m4a", "m4v", "map", "md",
    "mjs", "mkv", "mov", "mp3", "mp4", "mpeg", "mpg", "npy", "npz", "o", "obj", "odp", "ods",
    "odt", "ogg", "onnx", "opus", "otf", "parquet", "pdf", "php", "pickle", "pl", "ppt", "pptx",
    "py", "pyc", "r", "rar", "rb", "rlib", "rmeta", "rs", "rst", "rtf", "sh", "so", "sql",
    "sqlite", "srt", "svg", "swift", "tar", "tgz", "toml", "ts", "tsv", "tsx", "ttf", "txt", "vtt",
    "wasm", "wav", "webm", "whl", "wmv", "woff", "woff2", "xhtml", "xls", "xlsx", "xml", "xmp",
    "xz", "yaml", "yml", "zip", "zst",
];

/// Whether a file of this name may be a picture: its name does not say that it is something else.
fn may_be_picture(path: &Path) -> bool {
    let Some(extension) = path.extension().and_then(OsStr::to_str) else {
        return true;
    };
    let extension = extension.to_ascii_lowercase();
    OTHERS.binary_search(&extension.as_str()).is_err()
}

/// Whether a file, which is there and a plain one, is worth a try.
pub(crate) fn is_candidate(path: &Path) -> bool {
    has_picture_extension(path) || may_be_picture(path) && begins_as_picture(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_something_else_is_known_in_any_case() {
        assert!(OTHERS.is_sorted());
        assert!(
            OTHERS
                .iter()
                .all(|e| !has_picture_extension(Path::new(&format!("a.{e}"))))
        );
        assert!(!may_be_picture(Path::new("a.jpg/b.TXT")));
        for name in ["a", "a.jpg", "a.download", ".b", "zip"] {
            assert!(may_be_picture(Path::new(name)), "{name}");
        }
    }
}
