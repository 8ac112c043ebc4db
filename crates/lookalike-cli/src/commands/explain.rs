//! `lookalike explain`.

use crate::cli::explain::ExplainArgs;
use crate::exit::Exit;
use crate::input;
use crate::options::Options;
use crate::output::json;
use crate::output::thumbnail::{self, Thumbnail, Way};
use crate::output::{self, Out, files, notes};
use anyhow::{Context, Result, bail};
use lookalike::Source;
use lookalike::decode::{DecodeOptions, Picture, decode_bytes};
use lookalike::drawing::{self, Scene, Style, png, probability_text, relation_text};
use lookalike::json::JsonExplanation;
use lookalike::same::Explanation;
use std::io::Write;
use std::path::Path;

/// Columns of the drawing in the terminal.
const COLUMNS: usize = 78;

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
    let explanation = Explanation::of_pictures(&query, &found, &options.threads)?;
    let way = thumbnail::way(args.thumbnails, options).filter(|_| !options.json);

    if let Some(path) = &args.draw {
        let canvas = pair.draw(&explanation, Style::FILE)?;
        let (width, height, rgb) = canvas.into_parts();
        let compression = png::Compression::Balanced;
        files::write(path, |out| {
            Ok(png::write(out, (width, height), &rgb, compression)?)
        })
        .with_context(|| path.display().to_string())?;
    }
    let mut out = output::stdout();
    if options.json {
        let [query, found] = pair.paths.map(|path| Source::new(path, None));
        let object = JsonExplanation::new([&query, &found], &explanation);
        json::line(&mut out, &object)?;
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

    fn draw(&self, explanation: &Explanation, style: Style) -> Result<drawing::Canvas> {
        let [query, found] = self.decode(&DecodeOptions {
            max_side: u32::try_from(style.side).ok(),
            ..Explanation::decode_options()
        })?;
        let names = self.paths.map(input::shown);
        let scene = Scene::new([&query, &found], names, explanation);
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
        writeln!(out, "{on}{word}{off}  {}", probability_text(verdict.score))?;
        writeln!(out, "{}", explanation.reason)?;
        let [query, found] = self.paths.map(input::shown);
        let relation = relation_text(verdict, [&query, &found]);
        if !relation.is_empty() {
            writeln!(out, "{relation}")?;
        }
        writeln!(
            out,
            "{faint}{a} and {b} features, {} matches{off}",
            verdict.matches
        )?;
        Ok(())
    }
}
