//! What the end-to-end tests share: the real binary, on pictures in a folder of its own.

#![allow(dead_code)] // each test file uses its part

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of pictures that goes away at the end.
pub struct Folder {
    dir: tempfile::TempDir,
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    pub fn empty() -> Self {
        let dir = tempfile::Builder::new().prefix("pictures").tempdir();
        Self { dir: dir.unwrap() }
    }

    /// With copies of sample pictures.
    pub fn with(names: &[&str]) -> Self {
        let folder = Self::empty();
        for name in names {
            std::fs::copy(sample(&format!("library/{name}")), folder.path().join(name)).unwrap();
        }
        folder
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs lookalike in this folder.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        ran(&command(self.path()).args(args).output().unwrap())
    }

    /// Runs lookalike in this folder, which must succeed.
    pub fn done<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran
    }
}

impl Ran {
    /// The objects of `--json`.
    pub fn json(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines.map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    /// The values of one field of all objects.
    pub fn field(&self, name: &str) -> Vec<Value> {
        self.json().into_iter().map(|o| o[name].clone()).collect()
    }

    /// The one line on stderr.
    pub fn error(&self) -> &str {
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        self.stderr.trim_end()
    }
}

pub fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The binary, in `dir`, with nothing of the environment that it listens to.
pub fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lookalike"));
    command
        .current_dir(dir)
        .env_remove("LOOKALIKE_LIBRARY")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    command
}

/// A file of the sample pictures.
pub fn sample(name: &str) -> PathBuf {
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures");
    let path = pictures.join(name);
    assert!(path.is_file(), "{}", path.display());
    path
}

/// One of the tiny models that are made for tests.
pub fn tiny_model(name: &str) -> String {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lookalike-embed/tests/models");
    let path = models.join(name).canonicalize().unwrap();
    path.display().to_string()
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

/// A Python with numpy, where there is one.
pub fn python() -> Option<String> {
    let candidates = std::env::var("PYTHON").into_iter();
    let mut candidates = candidates.chain(["python3".to_owned(), "python".to_owned()]);
    let found = candidates.find(|python| {
        let numpy = Command::new(python).args(["-c", "import numpy"]).output();
        numpy.is_ok_and(|o| o.status.success())
    });
    if found.is_none() {
        eprintln!("skipped: no python3 with numpy");
    }
    found
}

/// Runs a Python script, which must succeed, and gives what it prints.
pub fn run_python(python: &str, script: &str, args: &[&Path]) -> String {
    let out = Command::new(python)
        .arg("-c")
        .arg(script)
        .args(args)
        .output();
    let ran = ran(&out.unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.stdout.trim().to_owned()
}
