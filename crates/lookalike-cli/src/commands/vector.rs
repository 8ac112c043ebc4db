//! `lookalike vector`.

use crate::cli::features::VectorArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, SCHEMA};
use crate::{algorithms, input, output};
use anyhow::{Context, Result};
use lookalike::decode::{DecodeOptions, decode_bytes};
use lookalike::{Algorithm, VectorExtractor};
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
struct JsonVector<'a> {
    schema: u32,
    algorithm: &'a str,
    vector: &'a [f32],
}

/// Decodes the picture as it is and prints its vector.
pub fn run(args: &VectorArgs, options: &Options) -> Result<Exit> {
    let exec = options.threads.exec();
    let worker = algorithms::worker(args.algorithm, &args.parameters, exec)?;
    let mut extractor = VectorExtractor::with_features(worker, args.size);
    let bytes = input::picture_bytes(&args.picture)?;
    let picture = decode_bytes(&bytes, &DecodeOptions::default());
    let picture = picture.with_context(|| input::shown(&args.picture))?;
    let gray = picture.gray(args.channel_order.into());
    let vector = options.threads.run(|| extractor.extract(&gray))?;

    let mut out = output::stdout();
    if options.json {
        let line = JsonVector {
            schema: SCHEMA,
            algorithm: Algorithm::from(args.algorithm).name(),
            vector: &vector,
        };
        json::line(&mut out, &line)?;
    } else {
        for number in &vector {
            writeln!(out, "{number}")?;
        }
    }
    output::finish(out)?;
    Ok(Exit::Done)
}
