//! What the tests share: a server on a free port, and a client that can also misbehave.

#![allow(dead_code)] // each test file uses its part

use lookalike::{AskedSettings, Library, Location, Silent, UpdateOptions};
use lookalike_server::{Config, Server, Stopper};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A running server with a folder of pictures; it ends with this.
pub struct Served {
    folder: tempfile::TempDir,
    pub address: SocketAddr,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub const SAMPLES: [&str; 4] = ["pagoda.jpg", "pagoda-rotated.jpg", "cat.jpg", "rocket.jpg"];

impl Served {
    /// With four sample pictures, indexed.
    pub fn samples() -> Self {
        Self::set_up(&SAMPLES, |_| ())
    }

    /// With sample pictures, indexed, and a server set up by `set`.
    pub fn set_up(samples: &[&str], set: impl FnOnce(&mut Config)) -> Self {
        let files = samples.iter().map(|name| (name.to_string(), sample(name)));
        Self::with(files, set)
    }

    /// With these files, indexed.
    pub fn with(
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
        set: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::Builder::new().prefix("served").tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let location = Location::inside(folder.path());
        let library = Library::open_or_create(&location, &AskedSettings::default());
        let options = UpdateOptions {
            threads: 2,
            ..UpdateOptions::default()
        };
        library.unwrap().update(&options, &mut Silent).unwrap();
        Self::start(folder, set)
    }

    pub fn start(folder: tempfile::TempDir, set: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(Location::inside(folder.path()));
        config.listen = ([127, 0, 0, 1], 0).into();
        config.index = false;
        config.threads = 2;
        config.patience.end = Duration::from_millis(500);
        set(&mut config);
        let server = Server::bind(config).unwrap();
        Self {
            folder,
            address: server.address(),
            stopper: server.stopper(),
            thread: Some(std::thread::spawn(move || server.run().unwrap())),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        let patience = Some(Duration::from_secs(120));
        stream.set_read_timeout(patience).unwrap();
        stream
    }

    /// Sends a request with the header lines that it needs and those given.
    pub fn ask(&self, method: &str, target: &str, headers: &[&str], body: &[u8]) -> Answer {
        let host = self.address.to_string();
        let mut head = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        if !headers
            .iter()
            .any(|h| h.to_ascii_lowercase().starts_with("host:"))
        {
            head += &format!("Host: {host}\r\n");
        }
        if !body.is_empty() || matches!(method, "POST" | "PUT") {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        for header in headers {
            head += &format!("{header}\r\n");
        }
        let mut stream = self.connect();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(b"\r\n").unwrap();
        // A server that refuses a body need not read it.
        let _ = stream.write_all(body);
        answer(&mut stream, method)
    }

    pub fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &[], b"")
    }

    pub fn post(&self, target: &str, body: &[u8]) -> Answer {
        self.ask("POST", target, &[], body)
    }

    /// The id of the picture in a file.
    pub fn id(&self, path: &str) -> i64 {
        let list = self.get("/v1/pictures?limit=1000").ok();
        let pictures = list["pictures"].as_array().unwrap();
        let is_it = |p: &&Value| {
            p["files"]
                .as_array()
                .unwrap()
                .iter()
                .any(|f| f["path"] == path)
        };
        let picture = pictures.iter().find(is_it);
        picture.unwrap_or_else(|| panic!("{path} in {list}"))["picture"]
            .as_i64()
            .unwrap()
    }

    /// Waits until the library is up to date, and gives the last progress.
    pub fn settled(&self) -> Value {
        let mut last = Value::Null;
        wait_for(|| {
            last = self.get("/v1/progress").ok();
            last["state"] == "idle"
        });
        last
    }

    /// Ends the server, and leaves the folder.
    pub fn end(mut self) -> tempfile::TempDir {
        self.stop();
        let empty = tempfile::tempdir().unwrap();
        std::mem::replace(&mut self.folder, empty)
    }

    fn stop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The object of an answer that is no problem.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(
            matches!(self.status, 200 | 201),
            "{} {}",
            self.status,
            self.text()
        );
        self.json()
    }

    /// The objects, one a line.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        assert_eq!(self.status, 200);
        assert_eq!(self.header("content-type"), Some("application/x-ndjson"));
        let lines = self.text().lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The name of the problem, which must have this status and be told as RFC 9457 has it.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{text}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["title", "detail"] {
            assert!(
                problem[member].as_str().is_some_and(|t| !t.is_empty()),
                "{problem}"
            );
        }
        if status == 503 {
            let after: u32 = self.header("retry-after").unwrap().parse().unwrap();
            assert!(after > 0);
        }
        let kind = problem["type"]
            .as_str()
            .unwrap()
            .strip_prefix("/docs#problem-");
        kind.unwrap().to_owned()
    }
}

/// Reads an answer to its end.
pub fn answer(stream: &mut impl Read, method: &str) -> Answer {
    try_answer(stream, method).expect("an answer")
}

/// Reads an answer; `None` where the connection was closed without one.
pub fn try_answer(stream: &mut impl Read, method: &str) -> Option<Answer> {
    let mut bytes = Vec::new();
    let head_end = loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&part[..count]);
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
    };
    let head = std::str::from_utf8(&bytes[..head_end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut answer = Answer {
        status,
        headers,
        body: bytes[head_end + 4..].to_vec(),
    };
    if method == "HEAD" || matches!(status, 204 | 304) {
        return Some(answer);
    }
    if let Some(length) = answer.header("content-length") {
        let length: usize = length.parse().unwrap();
        let missing = length - answer.body.len();
        let got = stream
            .take(missing as u64)
            .read_to_end(&mut answer.body)
            .ok()?;
        assert_eq!(got, missing, "the answer is cut short");
    } else {
        stream.read_to_end(&mut answer.body).ok()?;
        answer.body = unchunked(&answer.body)?;
    }
    Some(answer)
}

fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|w| w == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(bytes.get(line + 2..line + 2 + size)?);
        bytes = &bytes[line + 4 + size..];
    }
}

/// Waits until something holds, for at most two minutes.
#[track_caller]
pub fn wait_for(mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(120), "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The bytes of a sample picture.
pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(sample_path(name)).unwrap()
}

pub fn sample_path(name: &str) -> PathBuf {
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures/library");
    pictures.join(name)
}

/// A small picture of coloured rectangles, different for each seed, as a PPM file.
pub fn drawn(seed: u32, width: usize, height: usize) -> Vec<u8> {
    let mut state = u64::from(seed) * 2 + 1;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut rgb = vec![128u8; width * height * 3];
    for _ in 0..40 {
        let (x, y) = (random(width), random(height));
        let (w, h) = (4 + random(width / 4), 4 + random(height / 4));
        let color = [random(256) as u8, random(256) as u8, random(256) as u8];
        for row in y..(y + h).min(height) {
            for column in x..(x + w).min(width) {
                rgb[(row * width + column) * 3..][..3].copy_from_slice(&color);
            }
        }
    }
    let mut file = format!("P6\n{width} {height}\n255\n").into_bytes();
    file.extend(rgb);
    file
}

/// A form with these fields, of which `picture` and `image` are files.
pub fn form(fields: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let boundary = "c7b1f0a2e9";
    let mut body = Vec::new();
    for (name, value) in fields {
        let file = if matches!(*name, "picture" | "image") {
            "; filename=\"a.jpg\""
        } else {
            ""
        };
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (
        format!("Content-Type: multipart/form-data; boundary={boundary}"),
        body,
    )
}

/// Percent-encodes a value for a query string.
pub fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}
