//! Groups of pictures as a page of thumbnails that needs nothing but itself.

use crate::options::Options;
use crate::output::progress::Steps;
use crate::output::table::count;
use crate::output::{files, notes};
use crate::place::Shown;
use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lookalike::decode::{DecodeError, DecodeOptions, decode_path_at};
use lookalike::{Cluster, ClusterPicture, Clusters, Place, Source};
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// The longer side of a thumbnail in pixels: sharp on screens of two pixels a point.
const SIDE: u32 = 320;
const QUALITY: u8 = 80;

/// What a browser may load: pictures inside the page, and no more.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

const STYLE: &str = "\
:root { color-scheme: light dark; --faint: light-dark(#666, #999); --card: light-dark(#f3f3f3, #242424); }
body { margin: 0 auto; max-width: 100rem; padding: 1rem; font: 1rem/1.4 system-ui, sans-serif; background: light-dark(#fff, #161616); color: light-dark(#1a1a1a, #eee); }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
p, h2 span { color: var(--faint); font-weight: normal; }
section > div { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(9rem, 44%), 1fr)); gap: .6rem; }
figure { margin: 0; padding: .4rem; border-radius: .4rem; background: var(--card); }
img, .gone { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; }
.gone { display: grid; place-items: center; text-align: center; color: var(--faint); border: 1px dashed; border-radius: .3rem; box-sizing: border-box; padding: .4rem; }
figcaption { margin-top: .3rem; font-size: .8rem; overflow-wrap: anywhere; }
figcaption div + div { color: var(--faint); }
";

/// A page of groups.
pub struct Page<'a> {
    pub clusters: &'a Clusters,
    pub shown: &'a Shown,
    pub options: &'a Options,
}

impl Page<'_> {
    /// Writes the page, whole or not at all; how many pictures could not be read.
    pub fn write(&self, path: &Path) -> Result<usize> {
        let mut unreadable = 0;
        files::replace(path, |out| {
            unreadable = self.write_to(out)?;
            Ok(())
        })?;
        Ok(unreadable)
    }

    fn write_to(&self, out: &mut impl Write) -> Result<usize> {
        out.write_all(head(self.clusters).as_bytes())?;
        let groups = &self.clusters.groups;
        let pictures: Vec<&ClusterPicture> = groups.iter().flat_map(|c| &c.pictures).collect();
        let bar = Steps::new(self.options, "thumbnails");
        let mut heads = groups.iter().enumerate().flat_map(|(number, group)| {
            let others = group.pictures.iter().skip(1).map(|_| None);
            std::iter::once(Some((number + 1, group))).chain(others)
        });
        let mut unreadable = 0;
        let threads = self.options.threads.count();
        let thumbnail = |i: usize| self.thumbnail(pictures[i]);
        in_order(threads, pictures.len(), thumbnail, |i, thumbnail| {
            bar.set(i as u64 + 1, pictures.len() as u64);
            if let Some((number, group)) = heads.next().flatten() {
                let end = if number > 1 { "</div></section>\n" } else { "" };
                write!(out, "{end}{}", section(number, group))?;
            }
            let picture = pictures[i];
            if let Err(reason) = &thumbnail {
                unreadable += 1;
                let first = &picture.sources[0];
                let name = Source::new(self.shown.path(&first.path), first.place);
                notes::failed(self.options, &name.to_string(), reason);
            }
            Ok(out.write_all(figure(picture, &thumbnail).as_bytes())?)
        })?;
        if !groups.is_empty() {
            out.write_all(b"</div></section>\n")?;
        }
        out.write_all(b"</body>\n</html>\n")?;
        Ok(unreadable)
    }

    /// The thumbnail of the first of its files that can be read, as a data URI; or why there is none.
    fn thumbnail(&self, picture: &ClusterPicture) -> Result<Thumbnail, String> {
        let mut reason = "its file is not known".to_owned();
        for source in &picture.sources {
            let Some(file) = self.shown.file(&source.path) else {
                continue;
            };
            match jpeg(&file, source.place) {
                Ok(thumbnail) => return Ok(thumbnail),
                Err(error) => reason = error.to_string(),
            }
        }
        Err(reason)
    }
}

/// A picture with the names of its files, which say nothing of where the folder lies: pages are
/// passed on.
fn figure(picture: &ClusterPicture, thumbnail: &Result<Thumbnail, String>) -> String {
    let names = picture
        .sources
        .iter()
        .map(|source| escaped(&source.to_string()));
    let names: Vec<String> = names.collect();
    let mut html = String::from("<figure>");
    match thumbnail {
        Ok(Thumbnail { size, uri }) => {
            let ((width, height), alt) = (size, &names[0]);
            let size = format!("width=\"{width}\" height=\"{height}\"");
            let how = "loading=\"lazy\" decoding=\"async\"";
            let _ = write!(html, "<img alt=\"{alt}\" {size} {how} src=\"{uri}\">");
        }
        Err(reason) => {
            let reason = escaped(reason);
            let _ = write!(html, "<div class=\"gone\">cannot be read: {reason}</div>");
        }
    }
    html += "<figcaption>";
    for name in names {
        let _ = write!(html, "<div>{name}</div>");
    }
    html += "</figcaption></figure>\n";
    html
}

fn head(clusters: &Clusters) -> String {
    let grouped: usize = clusters.groups.iter().map(|c| c.pictures.len()).sum();
    let groups = count(clusters.groups.len() as u64, "group");
    let pictures = count(grouped as u64, "picture");
    let alone = clusters.alone;
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
        <title>{groups} of pictures</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
        <h1>{groups} of pictures</h1>\n\
        <p>{pictures} in groups, {alone} in none; of each group the most typical first.</p>\n"
    )
}

fn section(number: usize, group: &Cluster) -> String {
    let size = count(group.pictures.len() as u64, "picture");
    let score = group.score;
    let title = match &group.label {
        Some(label) => format!("{number}. {}", escaped(label)),
        None => format!("Group {number}"),
    };
    format!(
        "<section aria-labelledby=\"group-{number}\">\n<h2 id=\"group-{number}\">{title} \
        <span>{size}, mean cosine {score:.2}</span></h2>\n<div>\n"
    )
}

/// Text between tags or in an attribute.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '\'' => html += "&#39;",
            c => html.push(c),
        }
    }
    html
}

struct Thumbnail {
    size: (u32, u32),
    uri: String,
}

fn jpeg(file: &Path, place: Option<Place>) -> Result<Thumbnail, DecodeError> {
    let options = DecodeOptions {
        max_side: Some(SIDE),
        ..DecodeOptions::as_seen()
    };
    let picture = decode_path_at(file, place, &options)?;
    let jpeg = picture.to_jpeg(QUALITY)?;
    let uri = format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(jpeg));
    Ok(Thumbnail {
        size: (picture.width, picture.height),
        uri,
    })
}

/// Does `work` for 0..`count` on some threads, and takes the results in order, with few of them in
/// memory.
fn in_order<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> Result<()>,
) -> Result<()> {
    let chunk = 16 * threads;
    for start in (0..count).step_by(chunk) {
        let end = count.min(start + chunk);
        let next = AtomicUsize::new(start);
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..threads.min(end - start) {
                let (sender, next, work) = (sender.clone(), &next, &work);
                scope.spawn(move || {
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        // Where nobody takes it any more, an error is on its way.
                        if i >= end || sender.send((i, work(i))).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        drop(sender);
        let mut results: Vec<(usize, T)> = receiver.into_iter().collect();
        results.sort_by_key(|(i, _)| *i);
        for (i, result) in results {
            take(i, result)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{escaped, in_order};

    #[test]
    fn text_stays_text() {
        assert_eq!(
            escaped("<a href=\"x\">'&'"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;"
        );
    }

    #[test]
    fn results_come_in_order() {
        for (threads, count) in [(1, 0), (1, 40), (3, 100)] {
            let mut taken = Vec::new();
            let take = |i, square| {
                taken.push((i, square));
                Ok(())
            };
            in_order(threads, count, |i| i * i, take).unwrap();
            assert_eq!(taken, (0..count).map(|i| (i, i * i)).collect::<Vec<_>>());
        }
    }
}
