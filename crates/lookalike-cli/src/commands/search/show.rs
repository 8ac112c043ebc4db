//! How hits are shown.

use super::query::Query;
use crate::cli::search::SearchArgs;
use crate::input;
use crate::options::Options;
use crate::output::json;
use crate::output::thumbnail::{self, COLUMNS, ROWS, Thumbnail, Way};
use crate::output::{self, Out, notes, paths};
use crate::place::Shown;
use anyhow::Result;
use lookalike::json::{JsonHit, JsonNone};
use lookalike::{Hit, Source};
use std::io::Write;

/// Whether anything was found: candidates alone are nothing, and parts only if they are asked for.
pub fn is_found(hits: &[Hit], parts: bool) -> bool {
    hits.iter().any(|hit| is_hit(hit, parts))
}

/// Whether it is worth being called a hit.
pub fn is_hit(hit: &Hit, parts: bool) -> bool {
    hit.kind.is_found() && (parts || !hit.kind.is_part())
}

/// Prints hits: as JSON, with thumbnails or in colours on a terminal, else as paths.
pub struct Shower<'a> {
    options: &'a Options,
    shown: &'a Shown,
    many: bool,
    parts: bool,
    thumbnails: Option<Way>,
    /// Where it prints.
    pub out: Out,
}

impl<'a> Shower<'a> {
    /// `many`: whether the lines have to say which query they belong to.
    pub fn new(options: &'a Options, args: &SearchArgs, shown: &'a Shown, many: bool) -> Self {
        Self {
            options,
            shown,
            many,
            parts: args.parts,
            thumbnails: thumbnail::way(args.thumbnails, options),
            out: output::stdout(),
        }
    }

    /// Prints the hits of one query, or that there are none.
    pub fn hits(&mut self, query: &Query, hits: &[Hit]) -> Result<()> {
        if !is_found(hits, self.parts) {
            let name = input::shown(&query.path);
            let end = if self.many {
                format!(" for {name}")
            } else {
                String::new()
            };
            notes::note(self.options, &format!("nothing found{end}"));
        }
        if self.options.json {
            return self.json(query, hits);
        }
        let for_people = self.options.terminal || self.thumbnails.is_some();
        // Other programs take every path for a hit.
        let hits: Vec<&Hit> = hits
            .iter()
            .filter(|hit| for_people || is_hit(hit, self.parts))
            .collect();
        if self.many && for_people && !hits.is_empty() {
            let (on, off) = notes::paint(self.options.color, "1;4");
            writeln!(self.out, "{on}{}{off}", input::shown(&query.path))?;
        }
        for (i, hit) in hits.iter().enumerate() {
            match self.thumbnails {
                Some(way) => self.with_thumbnail(i + 1, hit, way)?,
                None if for_people => self.text(i + 1, hit)?,
                // Once, though several of its pages are found.
                None if !hits[..i].iter().any(|before| before.path == hit.path) => {
                    paths::line(&mut self.out, self.options, &self.shown.path(&hit.path))?;
                }
                None => {}
            }
        }
        // A terminal should show what there is while the next query is at work.
        if for_people {
            self.out.flush()?;
        }
        Ok(())
    }

    fn json(&mut self, query: &Query, hits: &[Hit]) -> Result<()> {
        if hits.is_empty() && self.many {
            return json::line(&mut self.out, &JsonNone::new(&query.path));
        }
        for hit in JsonHit::all(hits, self.many.then_some(&*query.path)) {
            json::line(&mut self.out, &hit)?;
        }
        Ok(())
    }

    fn name(&self, hit: &Hit) -> String {
        let source = Source::new(hit.path.clone(), hit.place);
        paths::name(self.options, self.shown, &source)
    }

    /// Rank, score, kind and path, in one line.
    fn text(&mut self, rank: usize, hit: &Hit) -> Result<()> {
        let (faint, off) = notes::paint(self.options.color, "2");
        let (color, _) = notes::paint(self.options.color, score_color(hit.score));
        let path = self.name(hit);
        let (score, kind) = (hit.score, hit.kind.words());
        let end = if self.options.path_end == 0 {
            '\0'
        } else {
            '\n'
        };
        write!(
            self.out,
            "{faint}{rank:>3}{off}  {color}{score:.3}{off}  {faint}{kind}{off}  {path}{end}"
        )?;
        Ok(())
    }

    /// The picture, and beside it the same.
    fn with_thumbnail(&mut self, rank: usize, hit: &Hit, way: Way) -> Result<()> {
        let file = self.shown.file(&hit.path);
        let thumbnail = file.and_then(|file| thumbnail::of_file(&file, hit.place, way));
        let Some(thumbnail) = thumbnail else {
            return self.text(rank, hit);
        };
        let beside = self.beside(rank, hit);
        match thumbnail {
            Thumbnail::Rows(rows) => {
                for (row, text) in std::iter::zip(rows, beside) {
                    writeln!(self.out, "{row}  {text}")?;
                }
            }
            Thumbnail::Drawn(picture) => {
                // Room first, so that the screen does not scroll under the picture.
                write!(self.out, "{}\x1b[{ROWS}A", "\n".repeat(ROWS))?;
                write!(self.out, "\x1b7{picture}\x1b8")?;
                for text in beside {
                    writeln!(self.out, "\x1b[{}C{text}", COLUMNS + 2)?;
                }
            }
        }
        writeln!(self.out)?;
        Ok(())
    }

    /// The lines beside a thumbnail, as many as it has rows.
    fn beside(&self, rank: usize, hit: &Hit) -> Vec<String> {
        let (bold, off) = notes::paint(self.options.color, "1");
        let (faint, _) = notes::paint(self.options.color, "2");
        let (color, _) = notes::paint(self.options.color, score_color(hit.score));
        let path = self.name(hit);
        let filled = (hit.score.clamp(0.0, 1.0) * 20.0).round() as usize;
        let bar = "\u{2501}".repeat(filled);
        let rest = "\u{2501}".repeat(20 - filled);
        let mut lines = vec![String::new(); ROWS];
        lines[1] = format!("{faint}{rank}.{off} {bold}{path}{off}");
        lines[3] = format!(
            "{color}{bar}{off}{faint}{rest}{off} {color}{:.3}{off}",
            hit.score
        );
        lines[4] = format!("{faint}{}{off}", hit.kind.words());
        lines
    }
}

/// Green where pictures are nearly the same, then yellow, then none.
fn score_color(score: f32) -> &'static str {
    match score {
        s if s >= 0.9 => "32",
        s if s >= 0.7 => "33",
        _ => "0",
    }
}
