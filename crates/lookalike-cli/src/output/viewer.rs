//! The desktop's viewer of pictures.

use anyhow::{Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// What opens a file as a double click would, the first that is there.
#[cfg(target_os = "macos")]
const OPENERS: &[&[&str]] = &[&["open"]];
#[cfg(windows)]
const OPENERS: &[&[&str]] = &[&["cmd", "/C", "start", ""]];
#[cfg(not(any(target_os = "macos", windows)))]
const OPENERS: &[&[&str]] = &[&["xdg-open"], &["gio", "open"]];

/// Shows a picture, and does not wait until its window is closed.
///
/// # Errors
/// Where nothing opens it.
pub fn open(file: &Path) -> Result<()> {
    for opener in OPENERS {
        let mut command = Command::new(opener[0]);
        command.args(&opener[1..]).arg(file);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        // What it complains of is not ours to tell.
        command.stderr(Stdio::null());
        match command.spawn() {
            Ok(_) => return Ok(()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => bail!("{}: {e}", opener[0]),
        }
    }
    let names: Vec<&str> = OPENERS.iter().map(|opener| opener[0]).collect();
    bail!("nothing here opens pictures: no {}", names.join(", no "))
}
