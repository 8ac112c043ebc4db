//! Names in the terminal that lead to their files: OSC 8,
//! <https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>.

use crate::cli::When;
use std::fmt::Write;
use std::path::Path;

/// Whether names are links: where stdout is a terminal that is known to have them. Over a network nobody
/// knows on which machine they would be opened.
pub fn wanted(when: When, terminal: bool) -> bool {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && is_known(&variable),
    }
}

/// Whether the terminal has links, told by its environment as for thumbnails.
fn is_known(variable: &dyn Fn(&str) -> String) -> bool {
    let is_set = |name: &&str| !variable(name).is_empty();
    if ["SSH_CONNECTION", "SSH_TTY", "STY"].iter().any(is_set) {
        return false;
    }
    // VTE, which is GNOME's and others', had faults in its first versions with links.
    let vte: u32 = variable("VTE_VERSION").parse().unwrap_or(0);
    let marks = [
        "KITTY_WINDOW_ID",
        "WT_SESSION",
        "KONSOLE_VERSION",
        "DOMTERM",
    ];
    let programs = [
        "iTerm.app",
        "WezTerm",
        "vscode",
        "ghostty",
        "Hyper",
        "mintty",
    ];
    let terms = [
        "kitty",
        "ghostty",
        "alacritty",
        "foot",
        "contour",
        "wezterm",
    ];
    let term = variable("TERM");
    vte >= 5000
        || marks.iter().any(is_set)
        || programs.contains(&&*variable("TERM_PROGRAM"))
        || terms.iter().any(|name| term.contains(name))
}

/// A text that leads to a file, whose path is absolute.
pub fn to(file: &Path, text: &str) -> String {
    let mut link = String::from("\x1b]8;;file://");
    let bytes = lookalike::path_to_bytes(file);
    // Of a path with a drive letter, too.
    if !bytes.starts_with(b"/") {
        link.push('/');
    }
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b':' => {
                link.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(link, "%{byte:02X}")),
        }
    }
    link + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_file() {
        let link = to(Path::new("/a b/\u{e4}.jpg"), "a.jpg");
        let expected = "\x1b]8;;file:///a%20b/%C3%A4.jpg\x1b\\a.jpg\x1b]8;;\x1b\\";
        assert_eq!(link, expected);
    }

    #[test]
    fn terminals_with_links_are_known() {
        let known = |set: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map_or_else(String::new, |(_, value)| (*value).to_owned())
            };
            is_known(&variable)
        };
        assert!(known(&[("TERM", "xterm-kitty")]) && known(&[("VTE_VERSION", "7200")]));
        assert!(known(&[
            ("TERM", "xterm-256color"),
            ("TERM_PROGRAM", "vscode")
        ]));
        assert!(!known(&[("TERM", "xterm-256color")]) && !known(&[("VTE_VERSION", "4205")]));
        assert!(!known(&[
            ("TERM", "xterm-kitty"),
            ("SSH_TTY", "/dev/pts/1")
        ]));
    }
}
