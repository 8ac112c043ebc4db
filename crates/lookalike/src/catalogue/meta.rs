//! The settings as rows of the table `meta`.

use super::Catalogue;
use crate::decode::DecodeOptions;
use crate::model::{ModelRecord, ModelSource, Models};
use crate::same::SameExtractor;
use crate::walk::nanoseconds;
use crate::{ChannelOrder, Error, LibraryKind, Part, Parts, Result, Selection, Settings};
use lookalike_words::Vocabulary;
use rusqlite::ToSql;
use rusqlite::types::FromSql;
use std::path::PathBuf;
use std::time::SystemTime;

/// What a library knows about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// Where its pictures come from.
    pub kind: LibraryKind,
    /// How its vectors are made.
    pub settings: Settings,
    /// The folder of pictures where that is not the folder around the library.
    pub root: Option<PathBuf>,
    /// Elements of a vector.
    pub vector_length: usize,
    /// What makes its embeddings.
    pub models: Models,
}

/// The id of the vocabulary that this program has.
fn vocabulary() -> String {
    format!("{:016x}", Vocabulary::embedded_id())
}

impl Meta {
    /// What is to be kept of each picture now: while the model changes, embeddings of the next one.
    pub(crate) fn wanted(&self) -> Parts {
        let parts = self.settings.parts.with_frames();
        match self.models.next {
            Some(_) => parts.without(Part::Embedding).and(Part::NextEmbedding),
            None => parts,
        }
    }

    /// How pictures and queries are decoded for these parts: upright, and no larger than the part
    /// that wants most.
    pub(crate) fn decode_options(&self, parts: Parts) -> DecodeOptions {
        let side = |part| match part {
            Part::Vector => self.settings.max_side,
            Part::Words | Part::Frame => SameExtractor::max_side(self.settings.profile),
            Part::Embedding | Part::NextEmbedding => self.models.of(part).max_side,
        };
        DecodeOptions {
            max_side: parts.iter().map(side).max(),
            ..DecodeOptions::as_seen()
        }
    }
}

impl Catalogue {
    /// Writes what a library knows about itself, and the format.
    pub(crate) fn write_meta(&self, meta: &Meta) -> Result<()> {
        let settings = &meta.settings;
        let order = match settings.channel_order {
            ChannelOrder::Rgb => "rgb",
            ChannelOrder::Bgr => "bgr",
        };
        let kind = match meta.kind {
            LibraryKind::Folder => "folder",
            LibraryKind::Imported => "imported",
        };
        self.set("format", super::FORMAT)?;
        self.begin_counting()?;
        self.set("kind", kind)?;
        self.set("profile", settings.profile.to_string())?;
        self.set("parts", settings.parts.bits())?;
        self.set("vector.algorithm", settings.algorithm.name())?;
        self.set("vector.keypoints", settings.keypoints as i64)?;
        self.set("vector.length", meta.vector_length as i64)?;
        self.set("vector.max_side", settings.max_side)?;
        self.set("vector.channel_order", order)?;
        if settings.parts.has(Part::Words) {
            self.set("vocabulary", vocabulary())?;
        }
        self.set_models(&meta.models)?;
        self.set_root(meta.root.as_deref())
    }

    /// Words of another vocabulary mean nothing to this program.
    fn check_vocabulary(&self, parts: Parts) -> Result<()> {
        let recorded: Option<String> = self.get("vocabulary")?;
        let asked = vocabulary();
        match recorded {
            Some(recorded) if parts.has(Part::Words) && recorded != asked => {
                Err(Error::SettingDiffers {
                    path: self.path.parent().unwrap_or(&self.path).to_owned(),
                    setting: "vocabulary",
                    recorded,
                    asked,
                })
            }
            _ => Ok(()),
        }
    }

    /// Reads what a library knows about itself.
    pub(crate) fn meta(&self) -> Result<Meta> {
        let order: String = self.need("vector.channel_order")?;
        let kind: String = self.need("kind")?;
        let root: Option<Vec<u8>> = self.get("root")?;
        let parts = Parts::from_bits(self.need("parts")?);
        self.check_vocabulary(parts)?;
        Ok(Meta {
            kind: match kind.as_str() {
                "folder" => LibraryKind::Folder,
                "imported" => LibraryKind::Imported,
                _ => return Err(self.unknown("kind", &kind)),
            },
            settings: Settings {
                profile: self.parsed("profile")?,
                parts,
                algorithm: self.parsed("vector.algorithm")?,
                keypoints: self.count("vector.keypoints")?,
                max_side: self.need("vector.max_side")?,
                channel_order: match order.as_str() {
                    "rgb" => ChannelOrder::Rgb,
                    "bgr" => ChannelOrder::Bgr,
                    _ => return Err(self.unknown("vector.channel_order", &order)),
                },
            },
            root: root.map(|bytes| crate::path_from_bytes(&bytes)),
            vector_length: self.count("vector.length")?,
            models: self.models()?,
        })
    }

    /// What makes the embeddings.
    pub(crate) fn models(&self) -> Result<Models> {
        let current = self.model("model")?;
        Ok(Models {
            // Nothing is recorded where there has only ever been the one that is compiled in.
            current: current.unwrap_or_else(ModelRecord::embedded),
            next: self.model("next_model")?,
        })
    }

    /// Records what makes the embeddings.
    pub(crate) fn set_models(&self, models: &Models) -> Result<()> {
        self.set_model("model", Some(&models.current))?;
        self.set_model("next_model", models.next.as_ref())
    }

    fn model(&self, key: &str) -> Result<Option<ModelRecord>> {
        let Some(id) = self.get(&format!("{key}.id"))? else {
            return Ok(None);
        };
        let path: Option<Vec<u8>> = self.get(&format!("{key}.path"))?;
        Ok(Some(ModelRecord {
            id,
            name: self.need(&format!("{key}.name"))?,
            dimensions: self.count(&format!("{key}.dimensions"))?,
            max_side: self.need(&format!("{key}.max_side"))?,
            text: self.get(&format!("{key}.text"))?,
            source: match path {
                None => ModelSource::Embedded,
                Some(path) => ModelSource::Files {
                    path: crate::path_from_bytes(&path),
                    preset: self.get(&format!("{key}.preset"))?,
                },
            },
        }))
    }

    fn set_model(&self, key: &str, model: Option<&ModelRecord>) -> Result<()> {
        let set = |name: &str, value: Option<&dyn ToSql>| self.set(&format!("{key}.{name}"), value);
        let (path, preset) = match model.map(|model| &model.source) {
            Some(ModelSource::Files { path, preset }) => {
                (Some(crate::path_to_bytes(path)), preset.as_ref())
            }
            _ => (None, None),
        };
        set("id", model.map(|m| &m.id as _))?;
        set("name", model.map(|m| &m.name as _))?;
        let dimensions = model.map(|m| m.dimensions as i64);
        set("dimensions", Some(&dimensions))?;
        set("max_side", model.map(|m| &m.max_side as _))?;
        set("text", model.and_then(|m| m.text.as_ref()).map(|t| t as _))?;
        set("path", Some(&path))?;
        set("preset", Some(&preset))
    }

    /// The version of the format.
    pub(crate) fn format(&self) -> Result<i64> {
        self.need("format")
    }

    /// Records the folder of pictures.
    pub(crate) fn set_root(&self, root: Option<&std::path::Path>) -> Result<()> {
        match root {
            Some(root) => self.set("root", crate::path_to_bytes(root)),
            None => self
                .execute("DELETE FROM meta WHERE key = 'root'", [])
                .map(drop),
        }
    }

    /// Whether the folder of pictures was the place where a disk is mounted.
    pub(crate) fn root_was_mounted(&self) -> Result<bool> {
        Ok(self.get("root.mounted")?.unwrap_or(false))
    }

    /// Records whether the folder of pictures is the place where a disk is mounted.
    pub(crate) fn set_root_mounted(&self, mounted: bool) -> Result<()> {
        self.set("root.mounted", mounted)
    }

    /// Which files belong to the library, as the last update was told. The list of files itself
    /// is not kept; it is what is in the catalogue.
    pub(crate) fn selection(&self) -> Result<Selection> {
        let list = |text: Option<String>| match text {
            Some(text) if !text.is_empty() => text.split('\0').map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let depth: Option<i64> = self.get("selection.max_depth")?;
        let listed: bool = self.get("selection.listed")?.unwrap_or(false);
        Ok(Selection {
            hidden: self.get("selection.hidden")?.unwrap_or(false),
            no_ignore: self.get("selection.no_ignore")?.unwrap_or(false),
            exclude: list(self.get("selection.exclude")?),
            extensions: list(self.get("selection.extensions")?),
            follow: self.get("selection.follow")?.unwrap_or(false),
            max_frames: self.get("selection.max_frames")?,
            max_depth: depth.and_then(|n| usize::try_from(n).ok()),
            files: listed.then(Vec::new),
        })
    }

    /// Records which files belong to the library.
    pub(crate) fn set_selection(&self, selection: &Selection) -> Result<()> {
        let depth = selection.max_depth.and_then(|n| i64::try_from(n).ok());
        self.set("selection.hidden", selection.hidden)?;
        self.set("selection.no_ignore", selection.no_ignore)?;
        self.set("selection.exclude", selection.exclude.join("\0"))?;
        self.set("selection.extensions", selection.extensions.join("\0"))?;
        self.set("selection.follow", selection.follow)?;
        self.set("selection.max_frames", selection.max_frames)?;
        self.set("selection.max_depth", depth)?;
        self.set("selection.listed", selection.files.is_some())
    }

    /// The number of the state: every transaction that writes makes another one.
    pub(crate) fn number(&self) -> Result<i64> {
        Ok(self.get("state")?.unwrap_or_default())
    }

    /// Numbers are not used again by a catalogue that is made later in the same place: they begin with
    /// the time, in ns.
    fn begin_counting(&self) -> Result<()> {
        match self.get::<i64>("state")? {
            Some(_) => Ok(()),
            None => self.set("state", nanoseconds(SystemTime::now())),
        }
    }

    pub(super) fn count_state(&self) -> Result<()> {
        let next = self.number()?.wrapping_add(1);
        self.set("state", next)
    }

    /// Whether pictures may be in the catalogue that no file names any more.
    pub(crate) fn needs_pruning(&self) -> Result<bool> {
        Ok(self.get("prune")?.unwrap_or(false))
    }

    /// Records whether pictures may be there that no file names.
    pub(crate) fn set_needs_pruning(&self, needs: bool) -> Result<()> {
        self.set("prune", needs)
    }

    fn set(&self, key: &str, value: impl ToSql) -> Result<()> {
        let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2)
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.execute(sql, rusqlite::params![key, value]).map(drop)
    }

    fn get<T: FromSql>(&self, key: &str) -> Result<Option<T>> {
        self.first("SELECT value FROM meta WHERE key = ?1", [key], |row| {
            row.get::<_, Option<T>>(0)
        })
        .map(Option::flatten)
    }

    fn need<T: FromSql>(&self, key: &str) -> Result<T> {
        self.get(key)?.ok_or_else(|| Error::Damaged {
            path: self.path.clone(),
            what: format!("no {key}"),
        })
    }

    fn count(&self, key: &str) -> Result<usize> {
        let value: i64 = self.need(key)?;
        usize::try_from(value).map_err(|_| self.unknown(key, &value.to_string()))
    }

    fn parsed<T: std::str::FromStr>(&self, key: &str) -> Result<T> {
        let text: String = self.need(key)?;
        text.parse().map_err(|_| self.unknown(key, &text))
    }

    fn unknown(&self, key: &str, value: &str) -> Error {
        Error::Damaged {
            path: self.path.clone(),
            what: format!("{key} is {value:?}"),
        }
    }
}
