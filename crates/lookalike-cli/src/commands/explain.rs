//! `lookalike explain`.

use crate::cli::explain::ExplainArgs;
use crate::drawing::{self, Scene, Style};
use crate::exit::Exit;
use crate::input;
use crate::options::Options;
use crate::output::json::{self, JsonPath, JsonQuery, SCHEMA};
use crate::output::thumbnail::{self, Thumbnail, Way};
use crate::output::{self, Out, files, notes, png};
use anyhow::{Context, Result, bail};
use lookalike::decode::{DecodeOptions, Picture, decode_bytes};
use lookalike::same::{Explanation, Verdict};
use lookalike_vision::geometry::Transform;
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// Columns of the drawing in the terminal.
const COLUMNS: usize = 78;

#[derive(Serialize)]
struct JsonExplanation<'a> {
    schema: u32,
    verdict: &'static str,
    #[serde(flatten)]
    query: JsonQuery,
    #[serde(flatten)]
    path: JsonPath,
    score: f64,
    keypoints: [usize; 2],
    inliers: usize,
    matches: usize,
    transform: Option<[f64; 9]>,
    mirrored: bool,
    query_overlap: f64,
    found_overlap: f64,
    correlation: Option<f64>,
    reason: &'a str,
}

/// Compares two pictures, and shows what speaks for and against their being the same.
pub fn run(args: &ExplainArgs, options: &Options) -> Result<Exit> {
    if input::is_stdin(&args.query) && input::is_stdin(&args.found) {
        bail!("only one of the two pictures can be stdin");
    }
    let bytes = [&args.query, &args.found].map(|path| input::picture_bytes(path));
    let [query, found] = bytes;
    let pair = Pair {
        paths: [&args.query, &args.found],
        bytes: [query?, found?],
    };
    let [query, found] = pair.decode(&Explanation::decode_options())?;
    let explanation = Explanation::new(&query, &found, options.threads)?;
    let way = thumbnail::way(args.thumbnails, options).filter(|_| !options.json);

    if let Some(path) = &args.draw {
        let canvas = pair.draw(&explanation, Style::FILE)?;
        let (width, height, rgb) = canvas.into_parts();
        let compression = png::Compression::Balanced;
        files::write(path, |out| {
            png::write(out, (width, height), &rgb, compression)
        })
        .with_context(|| path.display().to_string())?;
    }
    let mut out = output::stdout();
    if options.json {
        json::line(&mut out, &pair.json(&explanation))?;
    } else {
        if let Some(way) = way {
            show(&mut out, pair.draw(&explanation, style(way))?, way)?;
        }
        pair.text(&mut out, &explanation, options)?;
    }
    output::finish(out)?;
    Ok(if explanation.verdict.same {
        Exit::Done
    } else {
        Exit::Nothing
    })
}

/// How a drawing for the terminal is drawn: twice as fine as it is shown.
fn style(way: Way) -> Style {
    let (width, _) = way.pixels(COLUMNS, 1);
    Style {
        side: width,
        line: if way.is_fine() { 4.0 } else { 2.5 },
        text: false,
    }
}

/// Prints a drawing over the whole width, and goes on below it.
fn show(out: &mut Out, canvas: drawing::Canvas, way: Way) -> Result<()> {
    let (width, height, rgb) = canvas.into_parts();
    let rows = (COLUMNS * height).div_ceil(2 * width).max(1);
    match thumbnail::of_pixels((width, height), &rgb, way, COLUMNS, rows) {
        Some(Thumbnail::Rows(rows)) => {
            for row in rows {
                writeln!(out, "{row}")?;
            }
        }
        Some(Thumbnail::Drawn(picture)) => {
            // Room first, so that the screen does not scroll under the picture.
            write!(out, "{}\x1b[{rows}A", "\n".repeat(rows))?;
            write!(out, "\x1b7{picture}\x1b8\x1b[{rows}B")?;
        }
        None => {}
    }
    Ok(())
}

/// The two pictures of a command line.
struct Pair<'a> {
    paths: [&'a Path; 2],
    bytes: [Vec<u8>; 2],
}

impl Pair<'_> {
    fn decode(&self, how: &DecodeOptions) -> Result<[Picture; 2]> {
        let picture = |i: usize| {
            decode_bytes(&self.bytes[i], how).with_context(|| input::shown(self.paths[i]))
        };
        Ok([picture(0)?, picture(1)?])
    }

    fn json<'a>(&self, explanation: &'a Explanation) -> JsonExplanation<'a> {
        let verdict = &explanation.verdict;
        JsonExplanation {
            schema: SCHEMA,
            verdict: if verdict.same { "same" } else { "different" },
            query: JsonQuery::from(self.paths[0]),
            path: JsonPath::from(self.paths[1]),
            score: verdict.score,
            keypoints: explanation.keypoints,
            inliers: verdict.inliers,
            matches: verdict.matches,
            transform: verdict.transform,
            mirrored: verdict.mirrored,
            query_overlap: verdict.query_overlap,
            found_overlap: verdict.found_overlap,
            correlation: verdict.correlation,
            reason: &explanation.reason,
        }
    }

    fn draw(&self, explanation: &Explanation, style: Style) -> Result<drawing::Canvas> {
        let [query, found] = self.decode(&DecodeOptions {
            max_side: u32::try_from(style.side).ok(),
            ..Explanation::decode_options()
        })?;
        let verdict = &explanation.verdict;
        // Below that a transform is chance, and would only mislead.
        let transform = verdict.transform.filter(|_| verdict.same);
        let scene = Scene {
            pictures: [&query, &found],
            names: self.paths.map(input::shown),
            transform: transform.map(Transform::from_rows),
            pairs: &explanation.pairs,
            same: verdict.same,
            lines: [
                format!(
                    "{}   \u{b7}   {}",
                    probability(verdict.score),
                    explanation.reason
                ),
                seen(verdict, "A", "B"),
            ],
        };
        Ok(drawing::draw(&scene, style))
    }

    /// The verdict in a few lines.
    fn text(&self, out: &mut Out, explanation: &Explanation, options: &Options) -> Result<()> {
        let verdict = &explanation.verdict;
        let (word, color) = if verdict.same {
            ("same", "1;32")
        } else {
            ("different", "1;31")
        };
        let (on, off) = notes::paint(options.color, color);
        let (faint, _) = notes::paint(options.color, "2");
        let [a, b] = explanation.keypoints;
        writeln!(out, "{on}{word}{off}  {}", probability(verdict.score))?;
        writeln!(out, "{}", explanation.reason)?;
        let seen = seen(
            verdict,
            &input::shown(self.paths[0]),
            &input::shown(self.paths[1]),
        );
        if !seen.is_empty() {
            writeln!(out, "{seen}")?;
        }
        writeln!(
            out,
            "{faint}{a} and {b} features, {} matches{off}",
            verdict.matches
        )?;
        Ok(())
    }
}

fn probability(score: f64) -> String {
    // No finite number of measurements makes certainty.
    if score > 0.999 {
        "probability above 0.999".into()
    } else {
        format!("probability {score:.3}")
    }
}

/// How one picture lies in the other; nothing where they are different.
fn seen(verdict: &Verdict, a: &str, b: &str) -> String {
    let (true, Some(rows)) = (verdict.same, verdict.transform) else {
        return String::new();
    };
    let percent = |share: f64| (share * 100.0).round();
    let mut text = format!(
        "{} % of {a} is seen in {b}, and makes {} % of it",
        percent(verdict.query_overlap),
        percent(verdict.found_overlap)
    );
    let mut motion = rows;
    if verdict.mirrored {
        // The transform mirrors first; without that it turns and scales.
        for row in 0..3 {
            motion[3 * row] = -motion[3 * row];
        }
        text += "; mirrored";
    }
    let [a, b, _, c, d, ..] = motion;
    let scale = (a * d - b * c).abs().sqrt();
    // Adding 0 makes of -0 a 0.
    let degrees = (c - b).atan2(a + d).to_degrees().round() + 0.0;
    text + &format!("; scaled by {scale:.2}, turned by {degrees:.0}\u{b0}")
}
