//! `lookalike missing`.

use super::updated;
use crate::cli::missing::MissingArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, JsonPlace, SCHEMA};
use crate::output::progress::Steps;
use crate::output::table::count;
use crate::output::{self, Out, notes, paths};
use crate::place;
use anyhow::Result;
use lookalike::json::JsonPath;
use lookalike::{
    AskedSettings, Library, Presence, PresenceOptions, Selection, ShownPath, Source, pictures_in,
};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// Brings the library up to date, and prints the pictures of a folder that are missing in it, or those that
/// are there.
pub fn run(args: &MissingArgs, options: &Options) -> Result<Exit> {
    let dir = args.dir.as_deref();
    let selection = Selection {
        hidden: args.hidden,
        no_ignore: args.no_ignore,
        ..Selection::default()
    };
    // A folder that cannot be read is told before another one is indexed for it.
    let found = pictures_in(&args.folder, &selection)?;
    let files = &found.files;
    let (library, updated) = if args.no_index {
        (Library::open(&place::existing(options, dir)?)?, Exit::Done)
    } else {
        updated::open(options, dir, &AskedSettings::default())?
    };
    if updated == Exit::Interrupted {
        return Ok(updated);
    }
    for (path, reason) in &found.unreadable {
        notes::failed(options, &ShownPath(path).to_string(), reason);
    }
    let mut printer = Printer {
        args,
        options,
        shown: place::Shown::new(&library, dir),
        out: output::stdout(),
        printed: 0,
        failed: found.unreadable.len(),
    };
    let bar = Steps::new(options, "pictures");
    let looked = PresenceOptions {
        threads: options.threads.clone(),
        ..PresenceOptions::default()
    };
    let mut done = 0;
    let mut stopped = None;
    library.presence(files, &looked, &mut |path, presence| {
        done += 1;
        bar.set(done, files.len() as u64);
        if stopped.is_none() {
            stopped = printer.take(path, &presence).err();
        }
        Ok(())
    })?;
    drop(bar);
    if let Some(error) = stopped {
        return Err(error);
    }
    let all = count(files.len() as u64, "picture");
    printer.finish(updated, &all)
}

struct Printer<'a> {
    args: &'a MissingArgs,
    options: &'a Options,
    shown: place::Shown,
    out: Out,
    printed: usize,
    failed: usize,
}

#[derive(Serialize)]
struct JsonMissing {
    schema: u32,
    kind: &'static str,
    #[serde(flatten)]
    path: JsonPath,
}

#[derive(Serialize)]
struct JsonPresent {
    schema: u32,
    kind: &'static str,
    #[serde(flatten)]
    path: JsonPath,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    found_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found_place: Option<JsonPlace>,
    relation: &'static str,
    score: f32,
}

impl Printer<'_> {
    fn take(&mut self, path: &Path, presence: &Presence) -> Result<()> {
        match presence {
            Presence::Missing if !self.args.present => self.missing(path),
            Presence::Present { found, score } if self.args.present => {
                self.present(path, found, *score)
            }
            Presence::Failed(reason) => {
                self.failed += 1;
                notes::failed(self.options, &ShownPath(path).to_string(), reason);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn missing(&mut self, path: &Path) -> Result<()> {
        self.printed += 1;
        if self.options.json {
            let (schema, kind, path) = (SCHEMA, "missing", path.into());
            return json::line(&mut self.out, &JsonMissing { schema, kind, path });
        }
        paths::line(&mut self.out, self.options, path)
    }

    fn present(&mut self, path: &Path, found: &Source, score: f32) -> Result<()> {
        self.printed += 1;
        if self.options.json {
            let (text, bytes) = JsonPath::from(&*found.path).into_parts();
            let line = JsonPresent {
                schema: SCHEMA,
                kind: "present",
                path: path.into(),
                found: text,
                found_bytes: bytes,
                found_place: found.place.map(JsonPlace),
                relation: "copy",
                score,
            };
            return json::line(&mut self.out, &line);
        }
        self.out.write_all(path.as_os_str().as_encoded_bytes())?;
        let between = if self.options.path_end == 0 { 0 } else { b'\t' };
        self.out.write_all(&[between])?;
        paths::source(&mut self.out, self.options, &self.shown, found)
    }

    fn finish(self, updated: Exit, all: &str) -> Result<Exit> {
        output::finish(self.out)?;
        let what = if self.args.present {
            "there already"
        } else {
            "missing"
        };
        let note = format!("{} of {all} {what}", self.printed);
        notes::note(self.options, &note);
        Ok(match (updated, self.failed, self.printed) {
            (Exit::Error, ..) => Exit::Error,
            (_, 1.., _) => Exit::Error,
            (_, _, 0) => Exit::Nothing,
            _ => Exit::Done,
        })
    }
}
