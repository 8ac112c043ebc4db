//! `looks`: what the library sees in files, for comparison with others.

use std::io::{BufRead, Write};
use std::path::Path;

use anyhow::Result;
use lookalike::decode::{DecodeOptions, decode_path, probe_path};
use lookalike_embed::{Embedder, Level, Lite0, Pixels};
use serde_json::{Value, json};

/// Decode the files whose paths come on stdin, a line each: a JSON object a line, with the pixels in hex
#[derive(clap::Args)]
pub struct Args {
    /// The larger side of what is printed, at most
    #[arg(long, default_value_t = 128)]
    side: u32,
}

pub fn run(args: &Args) -> Result<()> {
    let mut model = Lite0::new(Level::new());
    for line in std::io::stdin().lock().lines() {
        let answer = look(Path::new(&line?), args.side, &mut model)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn look(path: &Path, side: u32, model: &mut Lite0) -> Result<Value> {
    let options = |side| DecodeOptions {
        max_side: Some(side),
        ..DecodeOptions::as_seen()
    };
    let (shown, seen) = match (
        decode_path(path, &options(side)),
        decode_path(path, &options(640)),
    ) {
        (Ok(shown), Ok(seen)) => (shown, seen),
        (Err(error), _) | (_, Err(error)) => return Ok(json!({ "error": error.to_string() })),
    };
    let vector = model.embed(Pixels::new(seen.width, seen.height, &seen.rgb)?)?;
    let hex: String = shown.rgb.iter().map(|v| format!("{v:02x}")).collect();
    Ok(json!({
        "format": probe_path(path)?.format.name(), "width": shown.width, "height": shown.height,
        "original": shown.original_size, "damage": shown.damage, "rgb": hex, "vector": vector,
    }))
}
