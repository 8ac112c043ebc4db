//! The command line of lookalike: arguments in; lines, JSON and thumbnails out.
//!
//! Each module of [`commands`] is one command, and its `run` reads like the command's
//! documentation. They print through [`output`] and end in an [`exit::Exit`].

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
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(help_or_error) => return exit::from_clap(&help_or_error),
    };
    let options = options::Options::from(cli.global);
    match commands::run(cli.command, &options) {
        Ok(exit) => exit.into(),
        Err(error) if exit::is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            output::notes::error(&options, &output::notes::told(&error));
            Exit::Error.into()
        }
    }
}
