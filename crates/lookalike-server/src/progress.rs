//! How far the library is brought up to date.

use lookalike::{Event, Observer, UpdateSummary};
use serde::Serialize;
use tokio::sync::watch;

/// What is being done, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct JsonProgress {
    schema: u32,
    state: &'static str,
    files: u64,
    to_read: u64,
    read: u64,
    failed: u64,
    pictures: u64,
    /// Why the last update came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Shared between the writer, who sets it, and who looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Progress(watch::Sender<JsonProgress>);

impl Progress {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(JsonProgress {
            schema: lookalike::json::SCHEMA,
            state: "idle",
            files: 0,
            to_read: 0,
            read: 0,
            failed: 0,
            pictures: 0,
            error: None,
        }))
    }

    pub(crate) fn now(&self) -> JsonProgress {
        self.0.borrow().clone()
    }

    pub(crate) fn follow(&self) -> watch::Receiver<JsonProgress> {
        self.0.subscribe()
    }

    /// An update begins.
    pub(crate) fn begin(&self) {
        self.0.send_modify(|now| {
            *now = JsonProgress {
                state: "indexing",
                files: 0,
                to_read: 0,
                read: 0,
                failed: 0,
                error: None,
                ..now.clone()
            };
        });
    }

    /// An update has ended; where it was interrupted, it goes on.
    pub(crate) fn end(&self, summary: Result<&UpdateSummary, String>) {
        self.0.send_modify(|now| {
            now.state = "idle";
            match summary {
                Ok(summary) => {
                    now.pictures = summary.pictures;
                    now.failed = summary.failed + summary.still_failed;
                    if summary.interrupted {
                        now.state = "indexing";
                    }
                }
                Err(error) => now.error = Some(error),
            }
        });
    }

    /// So many pictures there are.
    pub(crate) fn set_pictures(&self, pictures: u64) {
        self.0.send_modify(|now| now.pictures = pictures);
    }
}

impl Observer for Progress {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Planned { files, to_read } => {
                self.0
                    .send_modify(|now| (now.files, now.to_read) = (files, to_read));
            }
            Event::Read { .. } => self.0.send_modify(|now| now.read += 1),
            Event::Failed { .. } => self.0.send_modify(|now| now.failed += 1),
            _ => {}
        }
    }
}

impl JsonProgress {
    pub(crate) fn is_indexing(&self) -> bool {
        self.state == "indexing"
    }

    pub(crate) fn pictures(&self) -> u64 {
        self.pictures
    }
}
