//! The command line of lookalike: arguments in; lines, JSON and thumbnails out.
//!
//! Each module of `commands` is one command, and its `run` reads like the command's
//! documentation. They print through `output` and end in an `exit::Exit`. This is a library so that
//! other programs can bring the command line along: Python's package does.

mod algorithms;
mod cli;
mod commands;
mod exit;
mod input;
mod interrupt;
mod options;
mod output;
mod place;

use clap::Parser;
use exit::Exit;
use std::ffi::OsString;

/// Runs the program with these arguments, of which the first is its name, and gives its exit status.
/// The output goes to the process's own stdout and stderr.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match cli::Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(help_or_error) => return exit::from_clap(&help_or_error).into(),
    };
    let options = options::Options::from(cli.global);
    let exit = match commands::run(cli.command, &options) {
        Ok(exit) => exit,
        Err(error) if exit::is_closed_pipe(&error) => Exit::Done,
        Err(error) => {
            output::notes::error(&options, &output::notes::told(&error));
            Exit::Error
        }
    };
    exit.into()
}
