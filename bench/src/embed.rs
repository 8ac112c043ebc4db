//! `embed`: times the embedded model.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use lookalike_embed::{Embedder, Level, Lite0, Pixels};
use serde_json::json;

/// Embed a raw RGB picture, one thread: run when asked, a line on stdin a run, `vector` to see the answer
#[derive(clap::Args)]
pub struct Args {
    /// Width * height * 3 bytes
    picture: PathBuf,
    /// Its width
    #[arg(long, default_value_t = 224)]
    width: u32,
    /// Its height
    #[arg(long, default_value_t = 224)]
    height: u32,
    /// The instruction set: best, or a poorer one
    #[arg(long, default_value = "best", value_parser = ["best", "avx2", "sse4.2", "baseline"])]
    level: String,
}

pub fn run(args: &Args) -> Result<()> {
    let rgb = std::fs::read(&args.picture).with_context(|| args.picture.display().to_string())?;
    let picture = Pixels::new(args.width, args.height, &rgb)?;
    let mut model = Lite0::new(level(&args.level)?);
    for line in std::io::stdin().lock().lines() {
        let wanted = line? == "vector";
        let vector = model.embed(picture)?;
        let answer = if wanted {
            json!({"vector": vector})
        } else {
            json!({})
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn level(name: &str) -> Result<Level> {
    let best = Level::new();
    let found = match name {
        "best" => Some(best),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        "avx2" => best.as_avx2().map(Level::Avx2),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        "sse4.2" => best.as_sse4_2().map(Level::Sse4_2),
        _ => Some(Level::baseline()),
    };
    found.with_context(|| format!("this machine has no {name}"))
}
