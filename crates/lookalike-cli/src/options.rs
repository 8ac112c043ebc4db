//! The arguments as the commands work with them.

use crate::cli::{Global, When};
use crate::output::link;
use lookalike::Threads;
use std::io::IsTerminal;
use std::path::PathBuf;

/// What all commands share.
#[derive(Clone, Debug)]
pub struct Options {
    /// `--library`.
    pub library: Option<PathBuf>,
    /// JSON instead of text.
    pub json: bool,
    /// What ends a path on stdout.
    pub path_end: u8,
    /// Whether stdout is a terminal.
    pub terminal: bool,
    /// Whether stdout is coloured.
    pub color: bool,
    /// Whether names of files, shown to people, lead to them.
    pub links: bool,
    /// Whether stderr is coloured.
    pub color_errors: bool,
    /// Whether stderr shows progress bars.
    pub progress: bool,
    /// No notes on stderr.
    pub quiet: bool,
    /// More notes on stderr.
    pub verbose: bool,
    /// The threads to use.
    pub threads: Threads,
}

impl From<Global> for Options {
    fn from(global: Global) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let error_terminal = std::io::stderr().is_terminal();
        let cores = || std::thread::available_parallelism().map_or(1, |n| n.get());
        Self {
            // An empty variable is as good as none.
            library: global.library.filter(|dir| !dir.as_os_str().is_empty()),
            json: global.json,
            path_end: if global.print0 { 0 } else { b'\n' },
            terminal,
            color: color(global.color, terminal),
            links: link::wanted(global.hyperlinks, terminal && !dumb()),
            color_errors: color(global.color, error_terminal),
            progress: error_terminal && !global.quiet && !dumb(),
            quiet: global.quiet,
            verbose: global.verbose,
            threads: Threads::new(global.threads.map_or_else(cores, |n| n.get())),
        }
    }
}

/// Whether to colour, by <https://no-color.org> and the terminal.
fn color(when: When, terminal: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
            terminal && !no_color && !dumb()
        }
    }
}

fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
