//! A chromium that a test has for itself, and that ends with it, even when it panics.

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// chromedriver, and the browser it started.
pub struct Driver {
    process: Child,
    port: u16,
    session: Option<String>,
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
            session: None,
            profile: tempfile::tempdir().unwrap(),
        })
    }

    /// A window of its own.
    pub async fn open(&mut self) -> Client {
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
        let Value::Object(capabilities) = capabilities else {
            unreachable!()
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder
            .capabilities(Capabilities::from_iter(capabilities))
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("the browser starts");
        self.session = client.session_id().await.unwrap();
        client
    }

    /// Ends the browser. chromedriver does it, who knows all of its processes.
    fn quit(&self) -> std::io::Result<()> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )?;
        stream.read_exact(&mut [0; 12])
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A browser that is gone already is as good.
        let _ = self.quit();
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

/// A command of chromedriver beyond the standard.
#[derive(Debug)]
pub struct Extension {
    pub path: &'static str,
    pub body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or(""), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
