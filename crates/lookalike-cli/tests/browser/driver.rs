//! A chromium that a test has for itself, and that ends with it, even when it panics.

use crate::client::Client;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// chromedriver, and the browser it started.
pub struct Driver {
    process: Child,
    port: u16,
    client: Option<Client>,
    profile: tempfile::TempDir,
}

/// Where the programs are, or nothing where tests are to be skipped.
fn programs() -> Option<&'static [PathBuf; 2]> {
    static FOUND: OnceLock<Option<[PathBuf; 2]>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let driver = find(&["chromedriver"])?;
        Some([
            driver,
            find(&["chromium", "chromium-browser", "google-chrome"])?,
        ])
    });
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "chromium or chromedriver is missing, and CI=true"
        );
        static TOLD: OnceLock<()> = OnceLock::new();
        TOLD.get_or_init(|| {
            // Not a macro: the notice is for whoever runs the tests, and those are captured.
            let notice = "browser tests skipped: there is no chromium with a chromedriver\n";
            let _ = std::io::stderr().write_all(notice.as_bytes());
        });
    }
    found.as_ref()
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = names
        .iter()
        .flat_map(|n| folders.iter().map(move |f| f.join(n)));
    candidates.into_iter().find(|file| file.is_file())
}

impl Driver {
    /// Starts chromedriver on a free port; nothing where there is none.
    pub fn start() -> Option<Self> {
        let [program, _] = programs()?;
        let mut process = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let port = port_in(&mut lines);
        // It must not wait for a reader that is gone.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Some(Self {
            process,
            port: port.expect("chromedriver tells its port"),
            client: None,
            profile: tempfile::tempdir().unwrap(),
        })
    }

    /// A window of its own.
    pub fn open(&mut self) -> Client {
        let [_, browser] = programs().unwrap();
        let mut arguments: Vec<String> = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
        ]
        .map(String::from)
        .to_vec();
        arguments.push(format!("--user-data-dir={}", self.profile.path().display()));
        let capabilities = json!({
            "goog:chromeOptions": { "binary": browser, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let client = Client::start(self.port, &capabilities);
        self.client = Some(client.clone());
        client
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // chromedriver ends the browser, as it knows all of its processes.
        if let Some(client) = &self.client {
            // One that is gone already is as good.
            let _ = client.end();
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn port_in(lines: &mut impl BufRead) -> Option<u16> {
    for line in lines.lines() {
        let line = line.ok()?;
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return port.trim_end_matches('.').parse().ok();
        }
    }
    None
}
