//! The program.

use std::process::ExitCode;

fn main() -> ExitCode {
    lookalike_cli::run(std::env::args_os()).into()
}
