//! `lookalike judge`.

use crate::cli::judge::JudgeArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, SCHEMA};
use crate::output::table::count;
use crate::output::{self, Out, files, notes};
use crate::{input, place};
use anyhow::{Context, Result, bail};
use lookalike::json::{JsonPath, hex};
use lookalike::{Judgement, Judgements, Library, Location, Saying, ShownPath};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Keeps what is said of two pictures, or lists, exports or imports what was said.
pub fn run(args: &JudgeArgs, options: &Options) -> Result<Exit> {
    let library = Library::open(&location(&args.pictures, options)?)?;
    if let [a, b] = &args.pictures[..] {
        let saying = match (args.same, args.different) {
            (true, _) => Saying::Same,
            (_, true) => Saying::Different,
            _ => Saying::Forget,
        };
        return say(&library, [a, b], saying, options);
    }
    match (&args.export, &args.import) {
        (Some(file), _) => export(&library, file),
        (_, Some(file)) => import(&library, file, options),
        _ => list(&library, options),
    }
}

/// The library that is meant: that of one of the pictures, else of the current folder.
fn location(pictures: &[PathBuf], options: &Options) -> Result<Location> {
    if options.library.is_none() {
        let folders = pictures.iter().filter_map(|picture| picture.parent());
        let mut folders = folders.filter(|folder| folder.is_dir());
        if let Some(found) = folders.find_map(|folder| Location::find(folder).ok()) {
            return Ok(found);
        }
    }
    place::existing(options, None)
}

fn say(
    library: &Library,
    pictures: [&PathBuf; 2],
    saying: Saying,
    options: &Options,
) -> Result<Exit> {
    let hash = |path: &Path| -> Result<[u8; 32]> {
        let bytes = input::picture_bytes(path)?;
        lookalike::decode::probe_bytes(&bytes).with_context(|| input::shown(path))?;
        Ok(lookalike::hash_of(&bytes))
    };
    let hashes = [hash(pictures[0])?, hash(pictures[1])?];
    let [a, b] = pictures.map(|path| input::shown(path));
    let Some(judgement) = Judgement::new(hashes[0], hashes[1], saying) else {
        bail!("{a} and {b}: every byte is equal, there is nothing to say");
    };
    let known = library.judgements()?;
    if saying == Saying::Forget && known.get(&hashes[0], &hashes[1]).is_none() {
        notes::note(options, "nothing was said of these two");
        return Ok(Exit::Nothing);
    }
    library.judge(&[judgement])?;
    Ok(Exit::Done)
}

fn export(library: &Library, file: &Path) -> Result<Exit> {
    let text = library.judgements()?.to_string();
    if input::is_stdin(file) {
        let mut out = output::stdout();
        out.write_all(text.as_bytes())?;
        output::finish(out)?;
    } else {
        let write = |out: &mut std::io::BufWriter<_>| Ok(out.write_all(text.as_bytes())?);
        files::write(file, write).with_context(|| input::shown(file))?;
    }
    Ok(Exit::Done)
}

fn import(library: &Library, file: &Path, options: &Options) -> Result<Exit> {
    let text = input::all_bytes(file)?;
    let said = Judgements::parse(&input::name(file), &text)?;
    let known = library.judgements()?;
    let is_new = |one: &Judgement| {
        let [a, b] = one.contents();
        known.get(&a, &b) != Some(one.saying())
    };
    let new: Vec<Judgement> = said.iter().filter(is_new).collect();
    library.judge(&new)?;
    let (all, new) = (count(said.len() as u64, "judgement"), new.len());
    notes::note(options, &format!("{all} read, {new} of them new"));
    Ok(Exit::Done)
}

/// A judgement, with the files that it is about.
#[derive(Serialize)]
struct JsonJudgement {
    schema: u32,
    kind: &'static str,
    says: &'static str,
    a: JsonContent,
    b: JsonContent,
}

#[derive(Serialize)]
struct JsonContent {
    hash: String,
    /// None where the picture is gone.
    files: Vec<JsonPath>,
}

fn list(library: &Library, options: &Options) -> Result<Exit> {
    let judgements = library.judgements()?;
    let shown = place::Shown::new(library, None);
    let mut out = output::stdout();
    for judgement in judgements.iter() {
        let hashes = judgement.contents();
        let paths = [library.files_of(&hashes[0])?, library.files_of(&hashes[1])?];
        if options.json {
            let content = |i: usize| JsonContent {
                hash: hex(&hashes[i]),
                files: paths[i]
                    .iter()
                    .map(|path| JsonPath::from(&**path))
                    .collect(),
            };
            let line = JsonJudgement {
                schema: SCHEMA,
                kind: "judgement",
                says: judgement.saying().name(),
                a: content(0),
                b: content(1),
            };
            json::line(&mut out, &line)?;
        } else {
            print(&mut out, &judgement, &paths, &shown)?;
        }
    }
    output::finish(out)?;
    if judgements.is_empty() {
        notes::note(options, "nothing was said");
        return Ok(Exit::Nothing);
    }
    Ok(Exit::Done)
}

fn print(
    out: &mut Out,
    judgement: &Judgement,
    paths: &[Vec<PathBuf>; 2],
    shown: &place::Shown,
) -> Result<()> {
    let name = |i: usize| match paths[i].first() {
        Some(path) => ShownPath(&shown.path(path)).to_string(),
        None => hex(&judgement.contents()[i]),
    };
    let says = judgement.saying().name();
    writeln!(out, "{says}\t{}\t{}", name(0), name(1))?;
    Ok(())
}
