//! What these tests need of WebDriver (W3C, 2018): commands as JSON over HTTP, one connection each.

use base64::prelude::*;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Error, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// No command takes longer, not even the start of a browser on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// The name under which the standard gives elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser's window.
#[derive(Clone, Debug)]
pub struct Client {
    port: u16,
    session: String,
}

impl Client {
    /// Has the driver that listens on `port` start a browser.
    pub fn start(port: u16, capabilities: &Value) -> Self {
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let started = ask(port, "POST", "/session", &body.to_string());
        let started = started.expect("the browser starts");
        let session = started["sessionId"].as_str().unwrap().to_owned();
        Self { port, session }
    }

    /// Ends the browser.
    pub fn end(&self) -> Result<()> {
        let path = format!("/session/{}", self.session);
        ask(self.port, "DELETE", &path, "").map(drop)
    }

    /// A command with its parameters, of the standard or beyond.
    pub fn command(&self, name: &str, parameters: &Value) -> Result<Value> {
        let path = format!("/session/{}/{name}", self.session);
        ask(self.port, "POST", &path, &parameters.to_string())
    }

    pub fn goto(&self, address: &str) {
        self.command("url", &json!({ "url": address })).unwrap();
    }

    /// What a script returns.
    pub fn execute(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.command(
            "execute/sync",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// Presses what a selector finds first.
    pub fn click(&self, selector: &str) -> Result<()> {
        let element = self.find(selector)?;
        self.command(&format!("element/{element}/click"), &json!({}))?;
        Ok(())
    }

    /// Types a text into what a selector finds first.
    pub fn send_keys(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.find(selector)?;
        self.command(
            &format!("element/{element}/value"),
            &json!({ "text": text }),
        )?;
        Ok(())
    }

    fn find(&self, selector: &str) -> Result<String> {
        let how = json!({ "using": "css selector", "value": selector });
        let element = &self.command("element", &how)?[ELEMENT];
        let id = element.as_str().ok_or_else(|| Error::other("no element"));
        id.map(str::to_owned)
    }

    /// The window as PNG.
    pub fn screenshot(&self) -> Result<Vec<u8>> {
        let path = format!("/session/{}/screenshot", self.session);
        let png = ask(self.port, "GET", &path, "")?;
        let png = png.as_str().unwrap_or_default();
        BASE64_STANDARD.decode(png).map_err(Error::other)
    }
}

/// The value that the driver answers with; its error in words.
fn ask(port: u16, method: &str, path: &str, body: &str) -> Result<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let done = line.split(' ').nth(1) == Some("200");
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(Error::other)?;
        }
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer)?;
    let mut answer: Value = serde_json::from_slice(&answer)?;
    match done {
        true => Ok(answer["value"].take()),
        false => Err(Error::other(answer["value"]["message"].to_string())),
    }
}
