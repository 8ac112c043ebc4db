//! What goes wrong around a library: kills, full and read-only disks, odd files, lost folders.
//!
//! Some of it needs a process of its own: then the test starts itself again with the name of a
//! task in the environment ([`child`]).
#![cfg(unix)]

mod common;

use common::{Folder, options, picture, update};
use lookalike::{AskedSettings, Event, Library, Location, Part, SearchOptions, Selection};
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const TASK: &str = "LOOKALIKE_TEST_TASK";
const ROOT: &str = "LOOKALIKE_TEST_ROOT";
const LIBRARY: &str = "LOOKALIKE_TEST_LIBRARY";

/// Not a test by itself: what a child process does, told by its environment.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let root = PathBuf::from(std::env::var_os(ROOT).unwrap());
    let location = match std::env::var_os(LIBRARY) {
        Some(library) => Location::elsewhere(library, Some(root)),
        None => Location::inside(root),
    };
    let result = match task.as_str() {
        "update" => Library::open_or_create(&location, &AskedSettings::default())
            .and_then(|library| update(&library, &options()))
            .map(|(summary, mut told)| {
                told.push(format!(
                    "indexed {} unreachable {} removed {}",
                    summary.indexed, summary.unreachable, summary.removed
                ));
                told
            }),
        "update until killed" => {
            let mut observer = |event: Event<'_>| {
                if matches!(event, Event::Committed) {
                    println!("told: committed");
                }
            };
            Library::open_or_create(&location, &AskedSettings::default())
                .and_then(|library| library.update(&options(), &mut observer))
                .map(|_| vec!["done".into()])
        }
        "search" => Library::open(&location).map(|library| {
            let hits = common::search(&library, 1, 3);
            hits.into_iter().map(|hit| hit.0).collect()
        }),
        _ => panic!("no task is called {task}"),
    };
    match result {
        Ok(lines) => lines.iter().for_each(|line| println!("told: {line}")),
        Err(e) => println!("told: error: {e}"),
    }
}

fn command(task: &str, location: &Location) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    prepare(&mut command, task, location);
    command.args(["child", "--exact", "--nocapture"]);
    command
}

fn prepare(command: &mut Command, task: &str, location: &Location) {
    command.env(TASK, task);
    command.env(ROOT, location.root.as_deref().unwrap());
    if !location.library.ends_with(Location::FOLDER) {
        command.env(LIBRARY, &location.library);
    }
}

/// Runs a child to its end, and returns what it told.
fn told(mut command: Command) -> Vec<String> {
    let output = command.stderr(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    // The harness may print its own words on the same line.
    let told = text.lines().filter_map(|line| line.split_once("told: "));
    told.map(|(_, line)| line.to_owned()).collect()
}

fn is_root() -> bool {
    let me = Command::new("id").arg("-u").output();
    me.is_ok_and(|output| output.stdout == b"0\n")
}

/// Makes a command run without the superuser's rights, which know no closed doors.
fn unprivileged(mut command: Command) -> Command {
    if is_root() {
        command.uid(65534).gid(65534);
    }
    command
}

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A file system of its own, where the superuser may make one.
struct Mount(PathBuf);

impl Mount {
    fn new(path: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let made = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(path)
            .stderr(Stdio::null())
            .status();
        made.is_ok_and(|status| status.success())
            .then(|| Self(path.to_path_buf()))
    }

    fn make_read_only(&self) {
        let status = Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(&self.0)
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn killed_twenty_times_nothing_is_lost() {
    let folder = Folder::with_pictures(420);
    let location = folder.location();
    let mut pictures = 0;
    let mut midway = 0;
    for round in 0..20u64 {
        let done = run_and_kill(&location, round);
        let now = match Library::open(&location) {
            Ok(library) => library.status().unwrap().pictures,
            Err(lookalike::Error::NoLibrary { .. }) => 0,
            Err(e) => panic!("round {round}: {e}"),
        };
        if now > 0 {
            folder.assert_whole();
        }
        // Two files go in each round, and what was committed stays.
        assert!(now + 2 * (round + 1) >= pictures, "{pictures}, then {now}");
        midway += usize::from(now > 0 && !done);
        pictures = pictures.max(now);
        // There is always something to do: new files, files that go, files to look at again.
        for i in 0..20 {
            folder.write(
                format!("late/{round}-{i}.ppm"),
                &picture(9000 + round * 20 + i),
            );
        }
        for seed in [2 * round, 2 * round + 1] {
            fs::remove_file(folder.join(format!("{seed}.ppm"))).unwrap();
        }
        for seed in 2 * round + 2..420 {
            let age = Duration::from_secs(3000 - round * 60);
            folder.write_aged(format!("{seed}.ppm"), &picture(seed), age);
        }
    }
    assert!(midway > 0, "no kill came between two commits");
    let (summary, _) = folder.update();
    assert_eq!((summary.pictures, summary.failed), (780, 0));
    let report = Library::check(&location).unwrap();
    assert_eq!((report.findings, report.pictures), (vec![], 780));
    assert_eq!(folder.search(9399, 1)[0].0, "late/19-19.ppm");
    assert_eq!(folder.update().0.unchanged, 780);
}

/// Starts an update and kills it a moment after its first, second or third commit, or before;
/// says whether it was done by then.
fn run_and_kill(location: &Location, round: u64) -> bool {
    let mut child = command("update until killed", location)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = lines
        .map_while(Result::ok)
        .filter(|line| line.contains("told: "));
    let mut done = false;
    for _ in 0..round % 4 {
        done |= told.next().is_none_or(|line| line.ends_with("done"));
    }
    std::thread::sleep(Duration::from_millis((round * 7919) % 40));
    child.kill().unwrap();
    child.wait().unwrap();
    done
}

#[test]
fn a_full_disk_loses_nothing_that_was_there() {
    let folder = Folder::with_pictures(60);
    let Some(mount) = Mount::new(&folder.join("disk"), "2m") else {
        return eprintln!("not tried: no right to mount");
    };
    fs::remove_dir_all(folder.join("disk/.lookalike")).ok();
    let location = Location::elsewhere(folder.join("disk/kept"), Some(folder.path().into()));
    let library = common::open(&location);
    update(&library, &options()).unwrap();
    for seed in 60..500 {
        folder.write(format!("{seed}.ppm"), &picture(seed));
    }
    let refused = update(&library, &options()).unwrap_err();
    assert!(
        matches!(refused, lookalike::Error::DiskFull { .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("no space left"), "{refused}");
    drop(library);
    let report = Library::check(&location).unwrap();
    assert!(report.is_whole(), "{:?}", report.findings);
    assert!(report.pictures >= 60, "{}", report.pictures);
    let library = Library::open(&location).unwrap();
    assert_eq!(common::search(&library, 59, 1)[0].0, "59.ppm");
    drop((library, mount));
}

/// Takes the space that is left beside `path`, but for 128 kB: enough for the catalogue's own files,
/// too little for any segment of words.
fn fill(path: &Path) {
    let mut filler = fs::File::create(path).unwrap();
    while filler.write_all(&[7; 1 << 12]).is_ok() {}
    let length = filler.metadata().unwrap().len();
    filler.set_len(length - (1 << 17)).unwrap();
}

#[test]
fn a_disk_that_fills_while_segments_merge_keeps_the_old_ones() {
    let folder = Folder::with_pictures(300);
    let Some(mount) = Mount::new(&folder.join("disk"), "32m") else {
        return eprintln!("not tried: no right to mount");
    };
    let location = Location::elsewhere(folder.join("disk/kept"), Some(folder.path().into()));
    let asked = AskedSettings {
        only: Some(Part::Words.into()),
        ..AskedSettings::default()
    };
    let library = Library::open_or_create(&location, &asked).unwrap();
    update(&library, &options()).unwrap();
    let segments = || -> Vec<Vec<u8>> {
        let files = fs::read_dir(folder.join("disk/kept/segments")).unwrap();
        files
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect()
    };
    let before = segments();
    // Of words, and of frames.
    assert_eq!(before.len(), 2);
    // With so many gone, the segments are written anew without them.
    for seed in 0..120 {
        fs::remove_file(folder.join(format!("{seed}.ppm"))).unwrap();
    }
    let filler = folder.join("disk/filler");
    let mut observer = |event: Event<'_>| {
        if matches!(event, Event::Committed) {
            fill(&filler);
        }
    };
    let refused = library.update(&options(), &mut observer).unwrap_err();
    assert!(
        matches!(refused, lookalike::Error::DiskFull { .. }),
        "{refused:?}"
    );
    drop(library);
    assert!(before.iter().all(|segment| segments().contains(segment)));
    let report = Library::check(&location).unwrap();
    assert!(report.is_whole(), "{:?}", report.findings);
    let find = |library: &Library, seed| {
        let query = library.query_same(Path::new("query"), &picture(seed), &1.into());
        let hits = library.search_same(&query.unwrap(), &SearchOptions::default());
        hits.unwrap().first().map(|hit| hit.path.clone())
    };
    let library = Library::open(&location).unwrap();
    assert_eq!(find(&library, 200), Some(PathBuf::from("200.ppm")));
    assert_ne!(find(&library, 7), Some(PathBuf::from("7.ppm")));
    drop(library);

    fs::remove_file(&filler).unwrap();
    let library = Library::open(&location).unwrap();
    update(&library, &options()).unwrap();
    let words = library.status().unwrap().parts.remove(0);
    assert_eq!((words.sealed, words.segments, words.dead), (180, 1, 0));
    assert_eq!(find(&library, 200), Some(PathBuf::from("200.ppm")));
    let after = segments();
    assert!(after.len() == 2 && before.iter().all(|segment| !after.contains(segment)));
    drop((library, mount));
}

#[test]
fn a_limit_on_file_sizes_loses_nothing_that_was_there() {
    let folder = Folder::with_pictures(20);
    folder.update();
    for seed in 20..400 {
        folder.write(format!("{seed}.ppm"), &picture(seed));
    }
    // Without the signal, writing beyond the limit is an error as on a full disk.
    let mut limited = Command::new("sh");
    let script = "trap '' XFSZ; ulimit -f 1500; exec \"$0\" child --exact --nocapture";
    limited.arg("-c").arg(script);
    limited.arg(std::env::current_exe().unwrap());
    prepare(&mut limited, "update", &folder.location());
    let told = told(limited);
    assert!(told[0].starts_with("error: "), "{told:?}");
    folder.assert_whole();
    assert!(folder.library().status().unwrap().pictures >= 20);
    assert_eq!(folder.update().0.pictures, 400);
    let report = Library::check(&folder.location()).unwrap();
    assert_eq!(report.findings, []);
}

#[test]
fn a_read_only_folder_is_told() {
    let folder = Folder::with_pictures(2);
    permit(folder.path(), 0o555);
    let told = told(unprivileged(command("update", &folder.location())));
    permit(folder.path(), 0o755);
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("cannot write the library here"),
        "{told:?}"
    );
}

#[test]
fn a_library_without_the_right_to_write_is_searched() {
    let folder = Folder::with_pictures(3);
    folder.update();
    permit(folder.path(), 0o755);
    permit(&folder.join(".lookalike"), 0o555);
    let hits = told(unprivileged(command("search", &folder.location())));
    let refused = told(unprivileged(command("update", &folder.location())));
    permit(&folder.join(".lookalike"), 0o755);
    assert_eq!(hits[0], "1.ppm");
    assert!(
        refused[0].contains("cannot write the library here"),
        "{refused:?}"
    );
}

#[test]
fn a_library_on_a_read_only_disk_is_searched() {
    let folder = Folder::new();
    let Some(mount) = Mount::new(&folder.join("disk"), "8m") else {
        return eprintln!("not tried: no right to mount");
    };
    let disk = folder.join("disk");
    for seed in 0..3 {
        fs::write(disk.join(format!("{seed}.ppm")), picture(seed)).unwrap();
    }
    let location = Location::inside(&disk);
    update(&common::open(&location), &options()).unwrap();
    mount.make_read_only();
    let library = Library::open(&location).unwrap();
    assert_eq!(common::search(&library, 1, 1)[0].0, "1.ppm");
    let refused = update(&library, &options()).unwrap_err();
    assert!(
        matches!(refused, lookalike::Error::ReadOnly { .. }),
        "{refused:?}"
    );
    drop(library);
    drop(mount);
}

#[test]
fn what_cannot_be_read_stays_in_the_library() {
    let folder = Folder::with_pictures(1);
    folder.write("closed/a.ppm", &picture(10));
    folder.write("closed/deep/b.ppm", &picture(11));
    folder.write("secret.ppm", &picture(12));
    let kept = Folder::new();
    permit(kept.path(), 0o777);
    permit(folder.path(), 0o755);
    let location = Location::elsewhere(kept.join("library"), Some(folder.path().into()));
    let first = told(unprivileged(command("update", &location)));
    assert_eq!(first.last().unwrap(), "indexed 4 unreachable 0 removed 0");
    permit(&folder.join("closed"), 0);
    permit(&folder.join("secret.ppm"), 0);
    folder.write_aged("0.ppm", &picture(13), Duration::from_secs(60));
    let second = told(unprivileged(command("update", &location)));
    let third = told(unprivileged(command("update", &location)));
    permit(&folder.join("closed"), 0o755);
    permit(&folder.join("secret.ppm"), 0o644);
    let fourth = told(unprivileged(command("update", &location)));
    assert_eq!(
        second,
        [
            "! closed: no permission to read it",
            "+ 0.ppm",
            "indexed 1 unreachable 2 removed 0"
        ]
    );
    assert_eq!(third, ["indexed 0 unreachable 2 removed 0"], "told once");
    assert_eq!(fourth, ["indexed 0 unreachable 0 removed 0"]);
}

#[test]
fn a_file_without_permission_is_told_once_and_taken_when_it_opens() {
    let folder = Folder::with_pictures(1);
    folder.write("secret.ppm", &picture(12));
    permit(&folder.join("secret.ppm"), 0);
    let kept = Folder::new();
    permit(kept.path(), 0o777);
    permit(folder.path(), 0o755);
    let location = Location::elsewhere(kept.join("library"), Some(folder.path().into()));
    let run = || told(unprivileged(command("update", &location)));
    let (first, second) = (run(), run());
    permit(&folder.join("secret.ppm"), 0o644);
    let third = run();
    assert_eq!(first[0], "! secret.ppm: no permission to read it");
    assert_eq!(second, ["indexed 0 unreachable 0 removed 0"]);
    assert_eq!(third[0], "+ secret.ppm");
}

#[test]
fn a_disk_that_is_not_mounted_takes_nothing_with_it() {
    let folder = Folder::with_pictures(1);
    let Some(mount) = Mount::new(&folder.join("disk"), "4m") else {
        return eprintln!("not tried: no right to mount");
    };
    folder.write("disk/a.ppm", &picture(10));
    folder.write("disk/sub/b.ppm", &picture(11));
    assert_eq!(folder.update().0.indexed, 3);
    fs::remove_file(folder.join("disk/sub/b.ppm")).unwrap();
    assert_eq!(
        folder.update().0.removed,
        1,
        "what is deleted there is gone"
    );
    drop(mount);
    let (summary, _) = folder.update();
    assert_eq!((summary.removed, summary.unreachable), (0, 1));
    assert_eq!(folder.files(), ["0.ppm", "disk/a.ppm"]);
}

#[test]
fn a_root_that_is_not_mounted_is_refused() {
    let folder = Folder::new();
    let Some(mount) = Mount::new(&folder.join("disk"), "4m") else {
        return eprintln!("not tried: no right to mount");
    };
    folder.write("disk/a.ppm", &picture(10));
    let location = Location::elsewhere(folder.join("kept"), Some(folder.join("disk")));
    let library = common::open(&location);
    assert_eq!(update(&library, &options()).unwrap().0.indexed, 1);
    drop(mount);
    let refused = update(&library, &options()).unwrap_err();
    assert!(refused.to_string().contains("not mounted"), "{refused}");
    assert_eq!(common::files(&library), ["a.ppm"]);
}

#[test]
fn odd_files_cost_a_line_each() {
    let folder = Folder::with_pictures(1);
    folder.write("folder.jpg/inside.ppm", &picture(20));
    folder.write("new\nline.ppm", &picture(21));
    folder.write(OsStr::from_bytes(b"caf\xe9.ppm"), &picture(22));
    symlink(folder.path(), folder.join("loop")).unwrap();
    symlink("nowhere.ppm", folder.join("broken.ppm")).unwrap();
    symlink("0.ppm", folder.join("link.ppm")).unwrap();
    let made = Command::new("mkfifo").arg(folder.join("pipe.jpg")).status();
    assert!(made.unwrap().success());

    let (summary, told) = folder.update();
    assert_eq!((summary.indexed, summary.failed), (4, 1));
    assert_eq!(
        told[0],
        "! pipe.jpg: a pipe, a socket or a device, not a file"
    );
    assert_eq!(folder.search(22, 1)[0].0, "caf\u{fffd}.ppm");
    assert_eq!(folder.search(21, 1)[0].0, "new\nline.ppm");
    assert_eq!(folder.update().1, Vec::<String>::new());

    let follow = Selection {
        follow: true,
        ..Selection::default()
    };
    let (summary, told) = folder.update_with(follow);
    // What a link leads to is known by its own name.
    assert_eq!((summary.indexed, summary.pictures), (0, 4));
    assert_eq!(
        told,
        [
            "! broken.ppm: a broken symbolic link",
            "! loop: a loop of symbolic links"
        ]
    );
    folder.assert_whole();
}

#[test]
fn files_that_vanish_meanwhile_do_no_harm() {
    let folder = Folder::with_pictures(200);
    let library = folder.library();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for seed in (0..200).rev().step_by(2) {
                let _ = fs::remove_file(folder.join(format!("{seed}.ppm")));
            }
        });
        update(&library, &options()).unwrap();
    });
    let (summary, _) = update(&library, &options()).unwrap();
    assert_eq!((summary.pictures, summary.failed), (100, 0));
    assert_eq!(library.failed_files().unwrap(), []);
    folder.assert_whole();
}
