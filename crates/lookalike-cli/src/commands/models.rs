//! `lookalike models`.

use crate::cli::upkeep::ModelsArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output;
use crate::output::json::{self, SCHEMA};
use crate::output::table::Table;
use crate::place;
use anyhow::Result;
use lookalike::{Library, ModelRecord, ModelSource, Part, ShownPath, Status};
use serde::Serialize;
use std::io::Write;

/// Says which models the library has vectors of, and where they are.
pub fn run(args: &ModelsArgs, options: &Options) -> Result<Exit> {
    let library = Library::open(&place::existing(options, args.dir.as_deref())?)?;
    let status = library.status()?;
    let models = Model::all(&status);
    let mut out = output::stdout();
    if options.json {
        for model in &models {
            json::line(&mut out, model)?;
        }
    } else {
        let mut table = Table::of_names();
        for (i, model) in models.iter().enumerate() {
            if i > 0 {
                table.row([""]);
            }
            model.rows(&mut table);
        }
        for line in table.lines() {
            writeln!(out, "{line}")?;
        }
    }
    output::finish(out)?;
    Ok(if models.is_empty() {
        Exit::Nothing
    } else {
        Exit::Done
    })
}

/// A model of a library.
#[derive(Serialize)]
struct Model<'a> {
    schema: u32,
    kind: &'static str,
    name: &'a str,
    /// `current` is searched, `next` will be.
    state: &'static str,
    dimensions: usize,
    hash: &'a str,
    /// Missing where it is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preset: Option<&'a str>,
    /// Any text may be a query.
    text: bool,
    /// Nouns may be.
    nouns: bool,
    pictures: u64,
    of: u64,
}

impl<'a> Model<'a> {
    /// The models of a library that keeps embeddings.
    fn all(status: &'a Status) -> Vec<Self> {
        let current = (&status.models.current, "current", Part::Embedding);
        let next = status.models.next.as_ref();
        let next = next.map(|next| (next, "next", Part::NextEmbedding));
        [Some(current), next]
            .into_iter()
            .flatten()
            .filter_map(|(record, state, part)| {
                let part = status.parts.iter().find(|p| p.part == part)?;
                let pictures = status.pictures.saturating_sub(part.lacking);
                Some(Self::new(record, state, pictures, status.pictures))
            })
            .collect()
    }

    fn new(record: &'a ModelRecord, state: &'static str, pictures: u64, of: u64) -> Self {
        let (path, preset) = match &record.source {
            ModelSource::Files { path, preset } => {
                (Some(path.to_string_lossy().into_owned()), preset.as_deref())
            }
            _ => (None, None),
        };
        Self {
            schema: SCHEMA,
            kind: "model",
            name: &record.name,
            state,
            dimensions: record.dimensions,
            hash: &record.id,
            path,
            preset,
            text: record.text.is_some(),
            nouns: record.text.is_none() && record.reads_words(),
            pictures,
            of,
        }
    }

    fn rows(&self, table: &mut Table) {
        let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
        row(
            self.name,
            match self.state {
                "next" => "takes over when every picture has its vector".into(),
                _ => "in use".into(),
            },
        );
        row(
            "  from",
            match &self.path {
                Some(path) => ShownPath(path.as_ref()).to_string(),
                None => "built in".into(),
            },
        );
        if let Some(preset) = self.preset {
            row("  preset", preset.into());
        }
        row("  hash", self.hash.into());
        row("  dimensions", self.dimensions.to_string());
        row(
            "  words",
            match (self.text, self.nouns) {
                (true, _) => "yes: search --text".into(),
                (_, true) => "nouns that it knows: search --text".into(),
                _ => "no: knows pictures only".into(),
            },
        );
        row("  pictures", format!("{} of {}", self.pictures, self.of));
    }
}
