//! The commands. Each module's `run` reads like the command's documentation.

mod bench;
mod check;
mod cluster;
mod dups;
mod explain;
mod export;
mod features;
mod help;
mod import;
mod index;
mod judge;
mod missing;
mod models;
mod search;
mod serve;
mod status;
mod updated;
mod vector;

use crate::cli::Command;
use crate::exit::Exit;
use crate::options::Options;
use anyhow::Result;

/// Runs a command.
pub fn run(command: Command, options: &Options) -> Result<Exit> {
    match command {
        Command::Index(args) => index::run(args, options),
        Command::Search(args) => search::run(&args, options),
        Command::Dups(args) => dups::run(&args, options),
        Command::Missing(args) => missing::run(&args, options),
        Command::Judge(args) => judge::run(&args, options),
        Command::Cluster(args) => cluster::run(&args, options),
        Command::Explain(args) => explain::run(&args, options),
        Command::Serve(args) => serve::run(&args, options),
        Command::Features(args) => features::run(&args, options),
        Command::Vector(args) => vector::run(&args, options),
        Command::Export(args) => export::run(&args, options),
        Command::Import(args) => import::run(&args, options),
        Command::Status(args) => status::run(&args, options),
        Command::Models(args) => models::run(&args, options),
        Command::Bench(args) => bench::run(&args, options),
        Command::Check(args) => check::run(&args, options),
        Command::Completions(args) => help::completions(args.shell),
        Command::Man(_) => help::man(),
    }
}
