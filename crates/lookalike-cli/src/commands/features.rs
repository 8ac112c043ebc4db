//! `lookalike features`.

use crate::cli::features::{FeaturesArgs, Mode};
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, SCHEMA};
use crate::output::table::Table;
use crate::output::{self, Out};
use crate::{algorithms, input};
use anyhow::{Context, Result};
use lookalike::Algorithm;
use lookalike::decode::{DecodeOptions, decode_bytes};
use lookalike::exchange::NpzWriter;
use lookalike_vision::{DescriptorData, Descriptors, Feature2d, Features, GrayImage, Keypoint};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// Decodes the picture as it is, runs the algorithm, and prints or writes what it found.
pub fn run(args: &FeaturesArgs, options: &Options) -> Result<Exit> {
    let exec = options.threads.exec();
    let mut worker = algorithms::worker(args.algorithm, &args.parameters, exec)?;
    let bytes = input::picture_bytes(&args.picture)?;
    let picture = decode_bytes(&bytes, &DecodeOptions::default());
    let picture = picture.with_context(|| input::shown(&args.picture))?;
    let gray = picture.gray(args.channel_order.into());
    let threads = &options.threads;
    let features = threads.run(|| extract(&mut *worker, &gray, args.mode, args.max))?;

    if let Some(file) = &args.output {
        write_npz(file, &features).with_context(|| input::shown(file))?;
        return Ok(Exit::Done);
    }
    let mut out = output::stdout();
    if options.json {
        let algorithm = Algorithm::from(args.algorithm).name();
        json::line(&mut out, &JsonFeatures::new(algorithm, &gray, &features))?;
    } else {
        print_table(&mut out, &features.keypoints)?;
    }
    output::finish(out)?;
    Ok(Exit::Done)
}

/// The features, or the strongest of them in the order in which they were found.
fn extract(
    worker: &mut dyn Feature2d,
    gray: &GrayImage,
    mode: Mode,
    max: Option<usize>,
) -> Result<Features> {
    let max = max.unwrap_or(usize::MAX);
    if mode == Mode::DetectThenCompute {
        let found = worker.detect(gray)?;
        let strongest = strongest(&found, max);
        let mut keypoints: Vec<Keypoint> = strongest.iter().map(|&i| found[i]).collect();
        let descriptors = worker.compute(gray, &mut keypoints)?;
        return Ok(Features {
            keypoints,
            descriptors,
        });
    }
    let all = worker.detect_and_compute(gray)?;
    let strongest = strongest(&all.keypoints, max);
    Ok(Features {
        keypoints: strongest.iter().map(|&i| all.keypoints[i]).collect(),
        descriptors: rows(&all.descriptors, &strongest),
    })
}

/// The numbers of the `max` keypoints of the largest response (the first of equals), ascending.
fn strongest(keypoints: &[Keypoint], max: usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..keypoints.len()).collect();
    numbers.sort_by(|&a, &b| keypoints[b].response.total_cmp(&keypoints[a].response));
    numbers.truncate(max);
    numbers.sort_unstable();
    numbers
}

fn rows(descriptors: &Descriptors, numbers: &[usize]) -> Descriptors {
    fn pick<T: Copy>(data: &[T], length: usize, numbers: &[usize]) -> Vec<T> {
        let rows = numbers.iter().map(|n| &data[n * length..][..length]);
        rows.flatten().copied().collect()
    }
    let length = descriptors.length();
    match descriptors.data() {
        DescriptorData::F32(data) => Descriptors::from_f32(length, pick(data, length, numbers)),
        DescriptorData::U8(data) => Descriptors::from_u8(length, pick(data, length, numbers)),
    }
}

fn write_npz(file: &Path, features: &Features) -> Result<()> {
    let keypoints = &features.keypoints;
    let places: Vec<f32> = keypoints
        .iter()
        .flat_map(|k| [k.x, k.y, k.size, k.angle, k.response])
        .collect();
    let octaves: Vec<i32> = keypoints
        .iter()
        .flat_map(|k| [k.octave, k.class_id])
        .collect();
    let shape = [features.descriptors.rows(), features.descriptors.length()];
    output::files::write(file, |out| {
        let mut npz = NpzWriter::new(out);
        npz.array("keypoints", &[keypoints.len(), 5], &places)?;
        npz.array("octaves", &[keypoints.len(), 2], &octaves)?;
        match features.descriptors.data() {
            DescriptorData::F32(data) => npz.array("descriptors", &shape, data)?,
            DescriptorData::U8(data) => npz.array("descriptors", &shape, data)?,
        }
        npz.finish()?;
        Ok(())
    })
}

fn print_table(out: &mut Out, keypoints: &[Keypoint]) -> Result<()> {
    let mut table = Table::of_numbers();
    table.row(["x", "y", "size", "angle", "response", "octave", "class"]);
    for k in keypoints {
        table.row([
            format!("{:.3}", k.x),
            format!("{:.3}", k.y),
            format!("{:.3}", k.size),
            format!("{:.2}", k.angle),
            format!("{:.6}", k.response),
            k.octave.to_string(),
            k.class_id.to_string(),
        ]);
    }
    for line in table.lines() {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

#[derive(Serialize)]
struct JsonFeatures<'a> {
    schema: u32,
    algorithm: &'a str,
    width: usize,
    height: usize,
    keypoints: Vec<(f32, f32, f32, f32, f32, i32, i32)>,
    descriptor: JsonDescriptor,
    descriptors: JsonRows<'a>,
}

#[derive(Serialize)]
struct JsonDescriptor {
    r#type: &'static str,
    length: usize,
}

#[derive(Serialize)]
#[serde(untagged)]
enum JsonRows<'a> {
    F32(Vec<&'a [f32]>),
    U8(Vec<&'a [u8]>),
}

impl<'a> JsonFeatures<'a> {
    fn new(algorithm: &'a str, gray: &GrayImage, features: &'a Features) -> Self {
        let keypoints = features.keypoints.iter();
        let length = features.descriptors.length();
        let (r#type, descriptors) = match features.descriptors.data() {
            DescriptorData::F32(data) => ("f32", JsonRows::F32(data.chunks(length).collect())),
            DescriptorData::U8(data) => ("u8", JsonRows::U8(data.chunks(length).collect())),
        };
        Self {
            schema: SCHEMA,
            algorithm,
            width: gray.width(),
            height: gray.height(),
            keypoints: keypoints
                .map(|k| (k.x, k.y, k.size, k.angle, k.response, k.octave, k.class_id))
                .collect(),
            descriptor: JsonDescriptor { r#type, length },
            descriptors,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::strongest;
    use lookalike_vision::Keypoint;

    #[test]
    fn the_strongest_keep_their_order_and_the_first_of_equals_wins() {
        let keypoint = |response| Keypoint {
            x: 0.0,
            y: 0.0,
            size: 1.0,
            angle: 0.0,
            response,
            octave: 0,
            class_id: 0,
        };
        let keypoints = [1.0, 3.0, 2.0, 3.0, 2.0].map(keypoint);
        assert_eq!(strongest(&keypoints, 3), [1, 2, 3]);
        assert_eq!(strongest(&keypoints, 9), [0, 1, 2, 3, 4]);
        assert!(strongest(&keypoints, 0).is_empty());
    }
}
