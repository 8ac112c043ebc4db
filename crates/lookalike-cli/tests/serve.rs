//! `lookalike serve`: the real program, started, asked, ended and killed.

mod common;

use common::{Folder, command, drawn};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A running program.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = command(folder)
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&told["schema"], &told["kind"]),
            (&1.into(), &"listening".into())
        );
        let url = told["address"].as_str().unwrap();
        let address = url
            .strip_prefix("http://")
            .unwrap()
            .strip_suffix('/')
            .unwrap()
            .to_owned();
        Self { child, address }
    }

    /// The status and the body; `None` where the connection broke.
    fn ask(&self, method: &str, target: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(120)))
            .unwrap();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
        let status = std::str::from_utf8(&answer[9..12]).ok()?.parse().ok()?;
        Some((status, answer[end + 4..].to_vec()))
    }

    fn json(&self, method: &str, target: &str, body: &[u8]) -> Value {
        let (status, body) = self.ask(method, target, body).unwrap();
        assert!(status < 300, "{status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    fn wait_until_idle(&self) {
        while self.json("GET", "/v1/progress", b"")["state"] != "idle" {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_new_folder_is_served_and_the_end_is_quiet() {
    let folder = Folder::with(&["cat.jpg", "coffee.jpg"]);
    let mut serving = Serving::start(folder.path(), &["--watch"]);
    serving.wait_until_idle();
    let cat = std::fs::read(folder.path().join("cat.jpg")).unwrap();
    let served = serving.json("POST", "/v1/search?by=same", &cat);
    // The objects that the command line prints.
    let printed = folder.done(["search", "cat.jpg", "--by", "same", "--json", "--no-index"]);
    assert_eq!(*served["hits"].as_array().unwrap(), printed.json());
    let status = serving.json("GET", "/v1/status", b"");
    let printed = folder.done(["status", "--json"]).json().remove(0);
    for (name, value) in printed.as_object().unwrap() {
        // These two depend on from where one looks.
        if !matches!(name.as_str(), "library" | "folder") {
            assert_eq!(&status[name], value, "{name}");
        }
    }
    assert!(serving.json("GET", "/openapi.json", b"")["paths"].is_object());
    #[cfg(unix)]
    {
        let pid = serving.child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(sent.unwrap().success());
        assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    }
    folder.done(["check"]);
}

#[test]
fn what_is_not_safe_is_refused() {
    let folder = Folder::with(&["cat.jpg"]);
    let token = folder.write("token", b"0123456789abcdef\n");
    let weak = folder.write("weak", b"secret\n");
    let (token, weak) = (token.to_str().unwrap(), weak.to_str().unwrap());
    for (args, said) in [
        (&["--listen", "0.0.0.0:0"][..], "--token-file"),
        (&["--listen", "[::]:0"], "--token-file"),
        (
            &["--listen", "0.0.0.0:0", "--token-file", weak],
            "at least 16",
        ),
        (&["--token-file", "none"], "none"),
        (&["--listen", "nowhere"], "nowhere"),
        (
            &["--host", "http://a/", "--listen", "127.0.0.1:0"],
            "host name",
        ),
        (&["--max-body", "0"], "--max-body"),
    ] {
        let ran = folder.run([&["serve"], args].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.error().contains(said), "{ran:?}");
    }
    let none = folder.run([
        "serve",
        "--no-index",
        "--listen",
        "127.0.0.1:0",
        "--library",
        "none",
    ]);
    assert!(none.error().contains("no library"), "{none:?}");
    let serving = Serving::start(folder.path(), &["--token-file", token]);
    assert_eq!(serving.ask("GET", "/v1/status", b"").unwrap().0, 401);
    let taken = ["serve", "--listen", &serving.address];
    assert!(folder.run(taken).error().contains("cannot listen"));
}

/// Under a path, what the server last said is there, or that it is gone.
type Told = BTreeMap<String, Option<Vec<u8>>>;

#[cfg(unix)]
#[test]
fn killed_under_load_nothing_that_was_acknowledged_is_lost() {
    const WORKERS: u32 = 4;
    let folder = Folder::empty();
    for seed in 0..30 {
        folder.write(format!("{seed}.ppm"), &drawn(seed, 96, 72));
    }
    let told: Mutex<Told> = Mutex::default();
    let mut acknowledged = 0;
    for round in 0..4u32 {
        let mut serving = Serving::start(folder.path(), &["--watch"]);
        let (killed, count) = (AtomicBool::new(false), AtomicU32::new(0));
        std::thread::scope(|scope| {
            let (serving, told, killed, count) = (&serving, &told, &killed, &count);
            for worker in 0..WORKERS {
                scope.spawn(move || {
                    for step in 0.. {
                        if killed.load(Ordering::Relaxed) {
                            break;
                        }
                        // Each worker has its own files: what was told of them last holds.
                        let path = format!("w{worker}/{}.ppm", step % 7);
                        let target = format!("/v1/pictures?path={path}");
                        let bytes = drawn(1000 * (round + 1) + 100 * worker + step % 90, 64, 48);
                        // Until it is answered, both may hold.
                        let before = told.lock().unwrap().remove(&path);
                        let delete = step % 5 == 4 && matches!(before, Some(Some(_)));
                        let answer = match delete {
                            true => serving.ask("DELETE", &target, b""),
                            false => serving.ask("PUT", &target, &bytes),
                        };
                        let now = match answer.map(|(status, _)| status) {
                            Some(200 | 201) => Some(bytes),
                            Some(204) => None,
                            Some(status) => panic!("{status}"),
                            None => break,
                        };
                        told.lock().unwrap().insert(path, now);
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            scope.spawn(move || {
                while !killed.load(Ordering::Relaxed) {
                    let _ = serving.ask("POST", "/v1/search?by=similar", &drawn(3, 96, 72));
                }
            });
            // Long enough for some of them, never at the same moment.
            let begin = Instant::now();
            while count.load(Ordering::Relaxed) < 10 + 3 * round {
                assert!(
                    begin.elapsed() < Duration::from_secs(240),
                    "nothing is acknowledged"
                );
                std::thread::sleep(Duration::from_millis(7));
            }
            let pid = serving.child.id().to_string();
            let sent = std::process::Command::new("kill")
                .args(["-KILL", &pid])
                .status();
            assert!(sent.unwrap().success());
            killed.store(true, Ordering::Relaxed);
        });
        serving.child.wait().unwrap();
        acknowledged += count.load(Ordering::Relaxed);

        // Without any update: what was told is in the library, and in the folder.
        folder.done(["check"]);
        let after = Serving::start(folder.path(), &["--no-index"]);
        let listed = after.json("GET", "/v1/pictures?limit=1000", b"");
        let mut hashes = BTreeMap::new();
        for picture in listed["pictures"].as_array().unwrap() {
            for file in picture["files"].as_array().unwrap() {
                hashes.insert(
                    file["path"].as_str().unwrap().to_owned(),
                    picture["hash"].clone(),
                );
            }
        }
        for (path, bytes) in &*told.lock().unwrap() {
            let file = std::fs::read(folder.path().join(path)).ok();
            assert_eq!(
                file.as_ref(),
                bytes.as_ref(),
                "round {round}: {path} on the disk"
            );
            let hash = bytes
                .as_ref()
                .map(|bytes| lookalike::json::hex(&hash(bytes)));
            let found = hashes.get(path).and_then(Value::as_str);
            assert_eq!(
                found,
                hash.as_deref(),
                "round {round}: {path} in the library"
            );
        }
    }
    assert!(acknowledged >= 40);
    folder.done(["index"]);
    folder.done(["check"]);
}

/// As a library hashes contents.
fn hash(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}
