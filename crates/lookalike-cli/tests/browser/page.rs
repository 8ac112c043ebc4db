//! The page in the browser, and what people do with it.

use crate::client::Client;
use crate::common::sample;
use crate::driver::Driver;
use crate::site::Site;
use base64::prelude::*;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long an answer may take; a build for tests on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(90);
const TAB: char = '\u{e004}';
pub const ENTER: char = '\u{e007}';
pub const SHIFT: char = '\u{e008}';
pub const ESCAPE: char = '\u{e00c}';
pub const RIGHT: char = '\u{e014}';
pub const DOWN: char = '\u{e015}';
pub const DELETE: char = '\u{e017}';

/// The page of a site.
pub struct Page {
    client: Client,
    address: String,
}

/// Runs a test on the page of a site with these sample pictures.
pub fn on_page(names: &[&str], test: impl FnOnce(&Page)) {
    on_page_of(names, &[], test);
}

/// The same, with more arguments for `lookalike serve`.
pub fn on_page_of(names: &[&str], arguments: &[&str], test: impl FnOnce(&Page)) {
    on_site(|| Site::of(names, arguments), test);
}

/// Runs a test on the page of a site. At the end, whatever the test did, the page must have asked
/// nobody else for anything, nor run into its own rules.
pub fn on_site(site: impl FnOnce() -> Site, test: impl FnOnce(&Page)) {
    let Some(mut driver) = Driver::start() else {
        return;
    };
    let site = site();
    let page = Page {
        client: driver.open(),
        address: site.address.clone(),
    };
    page.size(1280, 860, false);
    page.client.goto(&page.address);
    test(&page);
    page.is_clean();
}

impl Page {
    /// What a script returns.
    pub fn js(&self, script: &str) -> Value {
        self.js_with(script, &[])
    }

    fn js_with(&self, script: &str, arguments: &[Value]) -> Value {
        let result = self.client.execute(script, arguments);
        result.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The text that an expression gives.
    pub fn text(&self, expression: &str) -> String {
        let value = self.js(&format!("return String({expression})"));
        value.as_str().unwrap().to_owned()
    }

    /// Waits until an expression holds.
    pub fn until(&self, expression: &str) {
        let start = Instant::now();
        while self.js(&format!("return Boolean({expression})")) != json!(true) {
            if start.elapsed() > PATIENCE {
                let page = self.text("document.body.innerText");
                panic!("never: {expression}\nthe page says: {page}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for the answer to a search, and gives the names of the found files by group.
    pub fn groups(&self) -> Value {
        self.until(
            "document.querySelector('#results .group') && !document.querySelector('#results .ghost')
             && !document.querySelector('#results[aria-busy=true]')",
        );
        self.js(
            "return Object.fromEntries([...document.querySelectorAll('#results .group')].map((group) =>
               [group.querySelector('h2').firstChild.textContent,
                [...group.querySelectorAll('.card-name')].map((name) => name.textContent)]))",
        )
    }

    pub fn goto(&self, query: &str) {
        let address = format!("{}{query}", self.address);
        self.client.goto(&address);
    }

    pub fn back(&self) {
        self.command("back", &json!({}));
    }

    pub fn forward(&self) {
        self.command("forward", &json!({}));
    }

    /// Presses what a selector finds first.
    pub fn press(&self, selector: &str) {
        let pressed = self.client.click(selector);
        pressed.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Chooses a file in the page's file field, as its dialog would.
    pub fn choose(&self, name: &str) {
        let path = sample(name).canonicalize().unwrap();
        let chosen = self.client.send_keys("#file", path.to_str().unwrap());
        chosen.unwrap();
    }

    /// Drops a file on the page.
    pub fn drop_file(&self, name: &str, kind: &str, bytes: &[u8]) {
        let script = "for (const type of ['dragenter', 'dragover', 'drop']) {
            document.getElementById('main').dispatchEvent(new DragEvent(type,
              { bubbles: true, cancelable: true, dataTransfer: transfer }));
          }";
        self.transfer(script, name, kind, bytes);
    }

    /// Pastes a file into the page.
    pub fn paste_file(&self, name: &str, kind: &str, bytes: &[u8]) {
        let script = "document.body.dispatchEvent(new ClipboardEvent('paste',
            { bubbles: true, cancelable: true, clipboardData: transfer }));";
        self.transfer(script, name, kind, bytes);
    }

    fn transfer(&self, script: &str, name: &str, kind: &str, bytes: &[u8]) {
        let script = format!(
            "const [data, name, type] = arguments;
             const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
             const transfer = new DataTransfer();
             transfer.items.add(new File([bytes], name, {{ type }}));
             {script}"
        );
        let data = BASE64_STANDARD.encode(bytes);
        self.js_with(&script, &[json!(data), json!(name), json!(kind)]);
    }

    /// Types keys, each pressed and released, but for Shift, which is held for those after it.
    pub fn keys(&self, keys: &[char]) {
        let mut actions = Vec::new();
        let mut held = false;
        for key in keys {
            actions.push(json!({ "type": "keyDown", "value": key }));
            match *key == SHIFT {
                true => held = true,
                false => actions.push(json!({ "type": "keyUp", "value": key })),
            }
        }
        if held {
            actions.push(json!({ "type": "keyUp", "value": SHIFT }));
        }
        self.act(&json!([{ "type": "key", "id": "keys", "actions": actions }]));
    }

    /// Types a text.
    pub fn write(&self, text: &str) {
        self.keys(&text.chars().collect::<Vec<_>>());
    }

    /// Presses Tab until the focus is on what the selector finds.
    pub fn tab_to(&self, selector: &str) {
        let there = format!("return document.activeElement.matches({})", json!(selector));
        for _ in 0..100 {
            self.keys(&[TAB]);
            if self.js(&there) == json!(true) {
                return;
            }
        }
        panic!("Tab never leads to {selector}");
    }

    /// Drags the mouse over the query's picture, from one place to the other in shares of its sides.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        self.drag_with("mouse", from, to);
    }

    /// The same with a mouse, a pen or touch.
    pub fn drag_with(&self, pointer: &str, from: (f64, f64), to: (f64, f64)) {
        let frame = self
            .js("const { left, top, width, height } = document.getElementById('frame').getBoundingClientRect();
                 return [left, top, width, height]");
        let side = |i: usize| frame[i].as_f64().unwrap();
        let place = |(x, y): (f64, f64)| {
            let (x, y) = (side(0) + x * side(2), side(1) + y * side(3));
            json!({ "type": "pointerMove", "duration": 60, "x": x.round() as i64, "y": y.round() as i64 })
        };
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let actions = json!([
            place(from),
            { "type": "pointerDown", "button": 0 },
            place(middle),
            place(to),
            { "type": "pointerUp", "button": 0 },
        ]);
        let parameters = json!({ "pointerType": pointer });
        self.act(&json!([{ "type": "pointer", "id": pointer, "parameters": parameters, "actions": actions }]));
    }

    fn act(&self, sources: &Value) {
        self.command("actions", &json!({ "actions": sources }));
    }

    /// The size of the window, as a phone's where it is one.
    pub fn size(&self, width: u32, height: u32, phone: bool) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone }),
        );
    }

    /// What the user prefers, as in a media query.
    pub fn prefer(&self, feature: &str, value: &str) {
        let features = json!([{ "name": feature, "value": value }]);
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        );
    }

    /// A command of the browser's developer tools.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.command("goog/cdp/execute", &body)
    }

    fn command(&self, name: &str, parameters: &Value) -> Value {
        self.client.command(name, parameters).unwrap()
    }

    pub fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().unwrap()
    }

    /// Nobody else was asked for anything, and nothing broke the rules of the page or threw.
    fn is_clean(&self) {
        let network = self.command("se/log", &json!({ "type": "performance" }));
        let mut requests = 0;
        for entry in network.as_array().unwrap() {
            let entry: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            let event = &entry["message"];
            // The browser's own pages, such as the one of a new tab, are not meant.
            let by_page = event["params"]["documentURL"]
                .as_str()
                .is_some_and(|url| !url.starts_with("chrome"));
            if event["method"] != "Network.requestWillBeSent" || !by_page {
                continue;
            }
            let url = event["params"]["request"]["url"].as_str().unwrap();
            let ours = url.starts_with(&self.address)
                || url.starts_with("blob:")
                || url.starts_with("data:");
            assert!(ours, "the page asked for {url}");
            requests += 1;
        }
        assert!(requests > 10, "hardly anything was logged: {requests}");
        let console = self.command("se/log", &json!({ "type": "browser" }));
        for entry in console.as_array().unwrap() {
            // What the server refuses is logged by the browser, and shown by the page.
            assert_eq!(entry["source"], "network", "{entry}");
        }
    }
}
