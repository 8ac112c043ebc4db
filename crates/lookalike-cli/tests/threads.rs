//! `-j`: how many threads there are while a command works.
#![cfg(target_os = "linux")]

mod common;

use common::{Folder, command, sample};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// More than any command here is allowed.
const GLOBAL: &str = "40";

/// The most threads that a command had at a time.
fn most_threads(mut command: Command) -> usize {
    // Whatever would go to a pool of all the process would show.
    command.env("RAYON_NUM_THREADS", GLOBAL);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let tasks = format!("/proc/{}/task", child.id());
    let mut most = 0;
    loop {
        let now = std::fs::read_dir(Path::new(&tasks)).map_or(0, Iterator::count);
        most = most.max(now);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.code().is_some_and(|code| code <= 1), "{status}");
            return most;
        }
        thread::sleep(Duration::from_micros(200));
    }
}

fn library() -> Folder {
    let one = sample("library/cat.jpg");
    let samples = std::fs::read_dir(one.parent().unwrap()).unwrap();
    let names = samples.map(|file| file.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.collect();
    let folder = Folder::with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    folder.done(["index", "--keep", "same,similar,vector"]);
    folder
}

#[test]
fn no_command_uses_more_threads_than_it_may() {
    let folder = library();
    let query = sample("queries/two-dogs-darker.jpg");
    let query = query.to_str().unwrap();
    let commands: [&[&str]; 9] = [
        &["search", query],
        &["search", "--by", "same", query],
        &["search", "--by", "similar", query],
        &["search", "--by", "vector", query],
        &["dups"],
        &["dups", "--mirrored"],
        &["cluster"],
        &["explain", query, query],
        &["features", "--algorithm", "sift", query],
    ];
    let threads = |arguments: &[&str], threads: &str| {
        let mut command = command(folder.path());
        command.args(arguments).args(["-j", threads]);
        most_threads(command)
    };
    for arguments in commands {
        let one = threads(arguments, "1");
        // One that waits for signals may be beside it, and the first may wait for one that works.
        assert!(one <= 3, "{arguments:?}: {one} threads");
        let two = threads(arguments, "2");
        // The first one waits for the two, and what compares vectors adds one of its own.
        assert!(two <= one + 3, "{arguments:?}: {two} threads, {one} alone");
    }
    let some: usize = commands.iter().map(|c| threads(c, "2")).max().unwrap();
    assert!(some > 3, "-j 2 uses no second thread");
}
