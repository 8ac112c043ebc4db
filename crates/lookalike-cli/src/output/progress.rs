//! The progress of long work, on stderr.

use super::notes;
use crate::options::Options;
use indicatif::{ProgressBar, ProgressStyle};
use lookalike::{Event, FailedFile, Observer, ShownPath, Source};
use std::collections::BTreeMap;
use std::path::Path;

/// Shows a bar where stderr is a terminal, tells failures, and keeps them.
pub struct Progress<'a> {
    options: &'a Options,
    bar: ProgressBar,
    /// What could not be read, or not wholly, and why.
    pub failures: Vec<FailedFile>,
    /// Files of picture formats that are not read, by format.
    unread: BTreeMap<String, u64>,
}

impl<'a> Progress<'a> {
    pub fn new(options: &'a Options) -> Self {
        Self {
            options,
            bar: ProgressBar::hidden(),
            failures: Vec::new(),
            unread: BTreeMap::new(),
        }
    }

    fn begin(&mut self, to_read: u64) {
        if !self.options.progress || to_read == 0 {
            return;
        }
        self.bar = bar(
            to_read,
            "{bar:30} {human_pos}/{human_len} pictures, {per_sec}, {eta} left  {wide_msg}",
        );
    }

    fn tell(&self, verb: &str, path: &Path) {
        if self.options.verbose {
            let line = format!("{verb} {}", ShownPath(path));
            self.bar.suspend(|| notes::detail(self.options, &line));
        }
    }
}

/// `3 HEIC, 1 AVIF`, the most first.
pub fn kinds(counts: &BTreeMap<String, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let counts = counts.iter().map(|(kind, count)| format!("{count} {kind}"));
    counts.collect::<Vec<_>>().join(", ")
}

fn bar(length: u64, template: &str) -> ProgressBar {
    // The template is fixed, and a bar that looks plainer is no reason to stop.
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("\u{2501}\u{257a} ");
    ProgressBar::new(length).with_style(style)
}

/// The progress of many equal steps.
pub struct Steps(ProgressBar);

impl Steps {
    /// `noun`: what the steps are, as `comparisons`.
    pub fn new(options: &Options, noun: &str) -> Self {
        let template = format!("{{bar:30}} {{human_pos}}/{{human_len}} {noun}, {{eta}} left");
        Self(match options.progress {
            true => bar(0, &template),
            false => ProgressBar::hidden(),
        })
    }

    pub fn set(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Observer for Progress<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Planned { files, to_read } => {
                notes::detail(self.options, &format!("{files} files, {to_read} to read"));
                self.begin(to_read);
            }
            Event::Read { path } => {
                self.bar.inc(1);
                self.bar.set_message(ShownPath(path).to_string());
            }
            Event::Indexed { path } => self.tell("indexed", path),
            Event::Removed { path } => self.tell("removed", path),
            Event::Moved { from, to } => {
                let from = ShownPath(from);
                self.tell(&format!("moved {from} to"), to);
            }
            Event::Failed {
                path,
                place,
                reason,
                unread,
            } => {
                match unread {
                    // Where there is one there are often thousands: they are counted.
                    Some(format) => *self.unread.entry(format.to_owned()).or_default() += 1,
                    None => {
                        let name = Source::new(path, place).to_string();
                        self.bar
                            .suspend(|| notes::failed(self.options, &name, reason));
                    }
                }
                self.failures.push(FailedFile {
                    path: path.to_path_buf(),
                    place,
                    reason: reason.to_owned(),
                    damaged: false,
                });
            }
            Event::Damaged {
                path,
                place,
                reason,
            } => {
                let name = Source::new(path, place).to_string();
                self.bar
                    .suspend(|| notes::failed(self.options, &name, &format!("warning: {reason}")));
                self.failures.push(FailedFile {
                    path: path.to_path_buf(),
                    place,
                    reason: reason.to_owned(),
                    damaged: true,
                });
            }
            _ => {}
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        if !self.unread.is_empty() {
            let kinds = kinds(&self.unread);
            let message =
                format!("not read by this build: {kinds} (`lookalike status --failed` lists them)");
            notes::error(self.options, &message);
        }
    }
}
