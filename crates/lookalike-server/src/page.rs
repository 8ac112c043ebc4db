//! The files of the page, compiled in.

use crate::answer::{self, Keep};
use crate::problem::{Kind, Problem};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use std::sync::LazyLock;

/// A file of the page.
pub(crate) struct File {
    /// Its address.
    pub(crate) path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! files {
    ($($path:literal, $kind:expr, $file:literal;)*) => {
        &[$(File { path: $path, kind: $kind, bytes: include_bytes!(concat!("../page/", $file)) },)*]
    };
}

/// All of them.
pub(crate) static FILES: &[File] = files! {
    "/", HTML, "index.html";
    "/app.css", CSS, "app.css";
    "/icon.svg", SVG, "icon.svg";
    "/js/api.js", SCRIPT, "js/api.js";
    "/js/app.js", SCRIPT, "js/app.js";
    "/js/dom.js", SCRIPT, "js/dom.js";
    "/js/drawing.js", SCRIPT, "js/drawing.js";
    "/js/dups.js", SCRIPT, "js/dups.js";
    "/js/format.js", SCRIPT, "js/format.js";
    "/js/geometry.js", SCRIPT, "js/geometry.js";
    "/js/intake.js", SCRIPT, "js/intake.js";
    "/js/judging.js", SCRIPT, "js/judging.js";
    "/js/library.js", SCRIPT, "js/library.js";
    "/js/notices.js", SCRIPT, "js/notices.js";
    "/js/opening.js", SCRIPT, "js/opening.js";
    "/js/part.js", SCRIPT, "js/part.js";
    "/js/progress.js", SCRIPT, "js/progress.js";
    "/js/results.js", SCRIPT, "js/results.js";
    "/js/route.js", SCRIPT, "js/route.js";
    "/js/search.js", SCRIPT, "js/search.js";
    "/js/server.js", SCRIPT, "js/server.js";
    "/js/thumbnails.js", SCRIPT, "js/thumbnails.js";
    "/js/token.js", SCRIPT, "js/token.js";
    "/js/why.js", SCRIPT, "js/why.js";
};

/// Their tags, in the same order.
static TAGS: LazyLock<Vec<String>> =
    LazyLock::new(|| FILES.iter().map(|file| answer::tag(file.bytes)).collect());

/// The file at this address.
pub(crate) fn file(path: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let found = FILES.iter().zip(&*TAGS).find(|(file, _)| file.path == path);
    let Some((file, tag)) = found else {
        return Err(Problem::new(Kind::NotFound, "the page has no such file"));
    };
    let answered = answer::tagged(file.kind, tag, Keep::Asking);
    Ok(match answer::has(headers, tag) {
        true => answer::not_modified(answered),
        false => answer::bytes(answered, Bytes::from_static(file.bytes)),
    })
}

#[cfg(test)]
mod tests {
    use super::FILES;
    use std::path::Path;

    fn listed(folder: &Path, below: &str, names: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                listed(&entry.path(), &name, names);
            } else {
                names.push(name);
            }
        }
    }

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let mut there = Vec::new();
        listed(&folder, "", &mut there);
        let mut served: Vec<String> = FILES.iter().map(|f| f.path.to_owned()).collect();
        for path in &mut served {
            if path == "/" {
                path.push_str("index.html");
            }
        }
        there.sort();
        served.sort();
        assert_eq!(there, served);
    }
}
