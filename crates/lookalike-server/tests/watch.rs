//! The folder is followed.

mod common;

use common::{Served, drawn, sample, wait_for};
use std::time::Duration;

fn paths(served: &Served) -> Vec<String> {
    let list = served.get("/v1/pictures?limit=1000").ok();
    let pictures = list["pictures"].as_array().unwrap();
    let files = pictures.iter().flat_map(|p| p["files"].as_array().unwrap());
    let mut paths: Vec<String> = files
        .map(|f| f["path"].as_str().unwrap().to_owned())
        .collect();
    paths.sort();
    paths
}

fn watched() -> Served {
    let files = [
        ("a.ppm".to_owned(), drawn(1, 96, 64)),
        (".lookalikeignore".to_owned(), b"private\n".to_vec()),
    ];
    Served::with(files, |config| (config.watch, config.index) = (true, true))
}

#[test]
fn what_happens_in_the_folder_is_seen() {
    let served = watched();
    served.settled();
    let at = |name: &str| served.path().join(name);
    std::fs::write(at("b.ppm"), drawn(2, 96, 64)).unwrap();
    wait_for(|| paths(&served) == ["a.ppm", "b.ppm"]);
    // A folder of pictures comes, moves, and goes.
    let elsewhere = tempfile::tempdir_in(served.path().parent().unwrap()).unwrap();
    for seed in 10..13 {
        std::fs::write(
            elsewhere.path().join(format!("{seed}.ppm")),
            drawn(seed, 96, 64),
        )
        .unwrap();
    }
    std::fs::rename(elsewhere.path(), at("trip.2024")).unwrap();
    wait_for(|| paths(&served).len() == 5);
    std::fs::rename(at("trip.2024"), at("moved.2024")).unwrap();
    wait_for(|| paths(&served).contains(&"moved.2024/10.ppm".to_owned()));
    let id = served.id("moved.2024/11.ppm");
    std::fs::rename(at("moved.2024/11.ppm"), at("11.ppm")).unwrap();
    wait_for(|| paths(&served).contains(&"11.ppm".to_owned()));
    assert_eq!(served.id("11.ppm"), id);
    std::fs::remove_dir_all(at("moved.2024")).unwrap();
    wait_for(|| paths(&served) == ["11.ppm", "a.ppm", "b.ppm"]);
    // Another picture under the same name.
    let before = served.id("a.ppm");
    std::fs::write(at("a.ppm"), drawn(3, 96, 64)).unwrap();
    wait_for(|| served.id("a.ppm") != before);
    // What is left out stays out, until the rules change.
    std::fs::create_dir(at("private")).unwrap();
    std::fs::write(at("private/c.ppm"), drawn(4, 96, 64)).unwrap();
    std::fs::write(at("d.ppm"), drawn(5, 96, 64)).unwrap();
    wait_for(|| paths(&served).contains(&"d.ppm".to_owned()));
    assert!(!paths(&served).contains(&"private/c.ppm".to_owned()));
    std::fs::remove_file(at(".lookalikeignore")).unwrap();
    std::fs::write(at(".lookalikeignore"), b"nothing\n").unwrap();
    wait_for(|| paths(&served).contains(&"private/c.ppm".to_owned()));
}

#[test]
fn a_file_that_is_being_written_is_read_when_it_is_done() {
    use std::io::Write;
    let served = watched();
    served.settled();
    let bytes = sample("coffee.jpg");
    let mut file = std::fs::File::create(served.path().join("slow.jpg")).unwrap();
    for part in bytes.chunks(bytes.len() / 5 + 1) {
        file.write_all(part).unwrap();
        file.sync_all().unwrap();
        std::thread::sleep(Duration::from_millis(300));
    }
    drop(file);
    let hash = lookalike::json::hex(blake3::hash(&bytes).as_bytes());
    wait_for(|| {
        let list = served.get("/v1/pictures").ok();
        let pictures = list["pictures"].as_array().unwrap();
        pictures
            .iter()
            .any(|picture| picture["hash"] == hash.as_str())
    });
}

#[test]
fn now_and_then_the_whole_folder_is_looked_at() {
    let files = [("a.ppm".to_owned(), drawn(1, 96, 64))];
    let served = Served::with(files, |config| {
        config.watch = true;
        config.patience.rescan = Duration::from_millis(300);
    });
    // The library changes without the folder: the system tells nothing of that.
    let location = lookalike::Location::inside(served.path());
    let gone = served.path().join("b.ppm");
    std::fs::write(&gone, drawn(2, 96, 64)).unwrap();
    wait_for(|| paths(&served).len() == 2);
    std::fs::write(served.path().join(".gitignore"), b"b.ppm\n").unwrap();
    wait_for(|| paths(&served) == ["a.ppm"]);
    assert!(
        lookalike::Library::check(&location)
            .unwrap()
            .findings
            .is_empty()
    );
}
