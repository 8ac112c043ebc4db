//! The numbers on the algorithms' front pages are those of the tables in `bench/results`.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of the one row that starts with these.
fn row<'t>(table: &'t str, start: &[&str]) -> Vec<&'t str> {
    let cells = |line: &'t str| {
        line.trim_matches(['|', ' '])
            .split(" | ")
            .collect::<Vec<_>>()
    };
    let mut rows = table
        .lines()
        .map(cells)
        .filter(|row| row.starts_with(start));
    rows.next().unwrap_or_else(|| panic!("no row {start:?}"))
}

/// Date and machine of a table.
fn source(table: &str) -> (&str, &str) {
    let (_, made) = table.split_once("`: ").expect("what made it");
    let mut parts = made.split(", ");
    (parts.next().unwrap(), parts.next().unwrap())
}

#[test]
fn pages_say_what_the_tables_say() {
    let features = read("../../bench/results/features.md");
    let quality = read("../../bench/results/quality.md");
    let pages = [
        ("kaze", "kaze", "kaze"),
        ("akaze", "akaze", "akaze"),
        ("sift", "sift", "sift"),
        ("orb", "orb", "orb"),
        ("brief", "brief-fast", "brief"),
    ];
    for (page, fast, strong) in pages {
        let text = read(&format!("src/{page}/mod.rs"));
        let speed = |size| {
            let row = row(&features, &[fast, "detect-and-compute", size, "1"]);
            let ours: f64 = row[6].parse().unwrap();
            let digits = usize::from(ours < 100.0);
            format!("{ours:.digits$} ms, {} x", row[7].trim_matches('*'))
        };
        let mut cells = vec![speed("640x480"), speed("1600x1200")];
        let shares = row(&quality, &[strong]);
        cells.extend(shares[2..].iter().map(|&share| share.to_owned()));
        let line = format!("//! | {} |", cells.join(" | "));
        let advice = "bench/run.sh pages brings the page up to date";
        assert!(text.contains(&line), "{page}: not {line}; {advice}");
        // Lines of a page are wrapped.
        let text = text.replace("\n//! ", " ");
        for (date, machine) in [source(&features), source(&quality)] {
            let place = format!("{machine}, {date}");
            assert!(text.contains(&place), "{page}: not {place}; {advice}");
        }
    }
}
