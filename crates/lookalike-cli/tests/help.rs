//! Help, completions, the manual page, and the exit status of wrong usage.

mod common;

use common::Folder;

#[test]
fn help_is_short_and_long() {
    let folder = Folder::empty();
    for command in [
        "index", "search", "dups", "missing", "judge", "cluster", "explain", "features", "vector",
        "export", "import", "status", "bench", "check",
    ] {
        let short = folder.done([command, "-h"]).stdout;
        let long = folder.done([command, "--help"]).stdout;
        assert!(short.len() < long.len(), "{command}");
        assert!(
            long.contains(&format!("Usage: lookalike {command}")),
            "{long}"
        );
    }
    assert!(folder.done(["--help"]).stdout.contains("Examples:"));
    assert!(folder.done(["-V"]).stdout.starts_with("lookalike "));
}

#[test]
fn wrong_usage_is_an_error() {
    let folder = Folder::empty();
    for args in [
        vec!["no-such-command"],
        vec!["search"],
        vec!["index", "--top", "3"],
        vec![],
    ] {
        let ran = folder.run(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(!ran.stderr.is_empty());
    }
}

#[test]
fn every_shell_has_completions() {
    let folder = Folder::empty();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = folder.done(["completions", shell]).stdout;
        for word in ["search", "queries-from", "n-octave-layers"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_manual_page_has_every_command() {
    let page = Folder::empty().done(["man"]).stdout;
    assert!(page.contains(".TH lookalike 1"));
    for command in [
        "INDEX", "SEARCH", "MISSING", "JUDGE", "CLUSTER", "FEATURES", "VECTOR", "EXPORT", "IMPORT",
        "BENCH", "CHECK",
    ] {
        assert!(page.contains(&format!("LOOKALIKE {command}")), "{command}");
    }
}
