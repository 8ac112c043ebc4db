//! Which files of a folder are its pictures.

use std::path::PathBuf;

/// Which files belong to a library. The default is what a user means who says nothing: all
/// picture files that are neither hidden nor ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Hidden files and folders as well.
    pub hidden: bool,
    /// Do not read `.gitignore`, `.ignore` and `.lookalikeignore`.
    pub no_ignore: bool,
    /// Globs of what to leave out, as in a `.gitignore`.
    pub exclude: Vec<String>,
    /// Only these extensions, without dot, in any case; empty means all picture formats.
    pub extensions: Vec<String>,
    /// Follow symbolic links.
    pub follow: bool,
    /// How deep to go; 1 is the folder itself without those below.
    pub max_depth: Option<usize>,
    /// Look at these files only, and leave the others in the library as they are. Relative ones
    /// are relative to the current folder; each must lie in the indexed folder.
    pub files: Option<Vec<PathBuf>>,
}
