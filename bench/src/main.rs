//! How every published number of lookalike is made. `bench/README.md` says which command makes
//! which table.

mod decode;
mod embed;
mod features;
mod generate;
mod load;
mod looks;
mod npy;
mod pgm;
mod vectors;
mod vectors_exact;
mod vectors_live;
mod vocabulary;
mod workers;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(version, about = "Measures lookalike")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Decode(decode::Args),
    Embed(embed::Args),
    Features(features::Args),
    /// Write a segment of synthetic vectors
    GenerateVectors(generate::Args),
    /// Write a library of synthetic vectors
    GenerateLibrary(generate::Args),
    GeneratePictures(generate::PictureArgs),
    Load(load::Args),
    Looks(looks::Args),
    Vectors(vectors::Args),
    VectorsExact(vectors_exact::Args),
    VectorsLive(vectors_live::Args),
    Vocabulary(vocabulary::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Decode(args) => decode::run(&args),
        Command::Embed(args) => embed::run(&args),
        Command::Features(args) => features::run(&args),
        Command::GenerateVectors(args) => generate::segment(&args),
        Command::GenerateLibrary(args) => generate::library(&args),
        Command::GeneratePictures(args) => generate::pictures(&args),
        Command::Load(args) => load::run(&args),
        Command::Looks(args) => looks::run(&args),
        Command::Vectors(args) => vectors::run(&args),
        Command::VectorsExact(args) => vectors_exact::run(&args),
        Command::VectorsLive(args) => vectors_live::run(&args),
        Command::Vocabulary(args) => vocabulary::run(&args),
    }
}
