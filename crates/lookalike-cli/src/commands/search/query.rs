//! What is looked for.

use crate::cli::search::SearchArgs;
use crate::input;
use crate::options::Options;
use anyhow::{Context, Result, bail};
use lookalike::Region;
use lookalike::decode::{DecodeOptions, Picture, decode_bytes, probe_bytes};
use std::borrow::Cow;
use std::path::PathBuf;

/// A picture that is looked for, or words.
pub struct Query {
    /// Its path, or `-`.
    pub path: PathBuf,
    region: Option<Region>,
    /// What it says, where it is no picture.
    pub words: Option<String>,
    /// The one query of a command line, which is read first of all.
    read: Option<Looked>,
}

/// What is looked at.
#[derive(Clone)]
pub enum Looked {
    /// A whole file.
    File(Vec<u8>),
    /// A part of a picture.
    Part(Picture),
}

/// The queries and the folder of a command line.
pub fn from_args(args: &SearchArgs, options: &Options) -> Result<(Vec<Query>, Option<PathBuf>)> {
    let region = args.region.as_deref().map(str::parse).transpose()?;
    let query = |path: PathBuf| Query {
        path,
        region,
        words: None,
        read: None,
    };
    match (&args.queries_from, &args.places[..]) {
        (None, [] | [_]) if args.text.is_some() => {
            let mut words = query(PathBuf::new());
            words.words = args.text.clone();
            Ok((vec![words], args.places.first().cloned()))
        }
        (None, _) if args.text.is_some() => {
            bail!("with --text only a folder may be given; --plus adds a picture")
        }
        (Some(list), [] | [_]) => {
            let queries = input::paths(list, options.path_end)?;
            let queries = queries.into_iter().map(query).collect();
            Ok((queries, args.places.first().cloned()))
        }
        (Some(_), _) => bail!("with --queries-from only a folder may be given"),
        (None, [picture, rest @ ..]) => {
            // A query that cannot be read is told before a folder is indexed for it.
            let mut query = query(picture.clone());
            query.read = Some(query.read()?);
            Ok((vec![query], rest.first().cloned()))
        }
        (None, []) => bail!("a picture to look for is missing"),
    }
}

impl Query {
    /// The picture, or the part of it that is asked for.
    pub fn looked(&self) -> Result<Cow<'_, Looked>> {
        match &self.read {
            Some(read) => Ok(Cow::Borrowed(read)),
            None => self.read().map(Cow::Owned),
        }
    }

    fn read(&self) -> Result<Looked> {
        let bytes = input::picture_bytes(&self.path)?;
        let name = || input::shown(&self.path);
        let Some(region) = &self.region else {
            probe_bytes(&bytes).with_context(name)?;
            return Ok(Looked::File(bytes));
        };
        let picture = decode_bytes(&bytes, &DecodeOptions::as_seen()).with_context(name)?;
        Ok(Looked::Part(region.cut(&picture).with_context(name)?))
    }
}
