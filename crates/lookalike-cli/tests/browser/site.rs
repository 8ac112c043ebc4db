//! `lookalike serve` on a folder of sample pictures.

use crate::common::{Folder, command};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

/// Sample pictures of which hardly two are alike, but for the mountains.
pub const DIFFERENT: [&str; 19] = [
    "astronaut.jpg",
    "brick-wall.png",
    "cameraman.png",
    "cat.jpg",
    "chalkboard.png",
    "coffee.jpg",
    "dahlia.jpg",
    "dandelions.jpg",
    "drum.jpg",
    "fig-in-a-bowl.jpg",
    "forest-stream.jpg",
    "galaxies.jpg",
    "mountain-meadow.jpg",
    "mountain-path.jpg",
    "pagoda.jpg",
    "paint-brushes.jpg",
    "rocket.jpg",
    "sunset.jpg",
    "two-dogs.jpg",
];

/// One picture in several forms, and others.
pub const PAGODAS: [&str; 6] = [
    "cat.jpg",
    "coffee.jpg",
    "pagoda.jpg",
    "pagoda-cropped.webp",
    "pagoda-rotated.jpg",
    "two-dogs.jpg",
];

/// A server, and its folder; both end with the value.
pub struct Site {
    process: Child,
    /// Its address, with a slash at the end.
    pub address: String,
    _folder: Folder,
}

impl Site {
    /// Indexes these sample pictures, and serves them.
    pub fn of(names: &[&str], arguments: &[&str]) -> Self {
        let folder = Folder::with(names);
        folder.done(["index"]);
        Self::serve(folder, arguments)
    }

    /// Serves a folder.
    pub fn serve(folder: Folder, arguments: &[&str]) -> Self {
        let mut process = command(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = process.stdout.take().unwrap();
        let messages = process.stderr.take().unwrap();
        let (found, address) = std::sync::mpsc::channel();
        for stream in [Box::new(output) as Box<dyn Read + Send>, Box::new(messages)] {
            let found = found.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if let Some(address) = address_in(&line) {
                        let _ = found.send(address);
                    }
                }
            });
        }
        drop(found);
        let address = address.recv().expect("the server tells its address");
        Self {
            process,
            address,
            _folder: folder,
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn address_in(line: &str) -> Option<String> {
    let start = line.find("http://")?;
    let address = line[start..].split_whitespace().next()?;
    Some(format!("{}/", address.trim_end_matches(['/', '.', ','])))
}
