//! Pictures added, replaced and removed.

mod common;

use common::{SAMPLES, Served, drawn, form, sample, wait_for};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_picture_is_added_found_replaced_and_removed() {
    let served = Served::samples();
    let dahlia = sample("dahlia.jpg");
    let added = served.post("/v1/pictures?path=new/deep/dahlia.jpg", &dahlia);
    assert_eq!(added.status, 201, "{}", added.text());
    let picture = added.json();
    let id = picture["picture"].as_i64().unwrap();
    assert_eq!(
        added.header("location"),
        Some(&*format!("/v1/pictures/{id}"))
    );
    assert_eq!(picture["files"], json!([{"path": "new/deep/dahlia.jpg"}]));
    assert_eq!(
        std::fs::read(served.path().join("new/deep/dahlia.jpg")).unwrap(),
        dahlia
    );
    let hits = served.post("/v1/search?by=same&top=1", &dahlia).ok();
    assert_eq!(hits["hits"][0]["path"], "new/deep/dahlia.jpg");

    // POST never takes the place of a file, known or not.
    let again = served.post(
        "/v1/pictures?path=new/deep/dahlia.jpg",
        &sample("coffee.jpg"),
    );
    assert_eq!(again.problem(409), "exists");
    std::fs::write(served.path().join("stranger.jpg"), b"not in the library").unwrap();
    let stranger = served.post("/v1/pictures?path=stranger.jpg", &dahlia);
    assert_eq!(stranger.problem(409), "exists");
    assert_eq!(
        std::fs::read(served.path().join("stranger.jpg")).unwrap(),
        b"not in the library"
    );

    // PUT does, here from a form.
    let (kind, body) = form(&[
        ("picture", &sample("coffee.jpg")),
        ("path", b"new/deep/dahlia.jpg"),
    ]);
    let replaced = served.ask("PUT", "/v1/pictures", &[&kind], &body);
    assert_eq!(replaced.status, 200, "{}", replaced.text());
    let other = replaced.json()["picture"].as_i64().unwrap();
    assert_ne!(other, id);
    assert_eq!(
        served.get(&format!("/v1/pictures/{id}")).problem(404),
        "not-found"
    );
    let put = served.ask(
        "PUT",
        "/v1/pictures?path=second.jpg",
        &[],
        &sample("coffee.jpg"),
    );
    assert_eq!(
        (put.status, put.json()["picture"].as_i64()),
        (201, Some(other))
    );

    // Both files of the one content.
    let gone = served.ask("DELETE", &format!("/v1/pictures/{other}"), &[], b"");
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    for file in ["new/deep/dahlia.jpg", "second.jpg"] {
        assert!(!served.path().join(file).exists(), "{file}");
    }
    let again = served.ask("DELETE", &format!("/v1/pictures/{other}"), &[], b"");
    assert_eq!(again.problem(404), "not-found");
    let by_path = served.ask("DELETE", "/v1/pictures?path=cat.jpg", &[], b"");
    assert_eq!(by_path.status, 204);
    assert_eq!(
        served
            .ask("DELETE", "/v1/pictures?path=cat.jpg", &[], b"")
            .problem(404),
        "not-found"
    );
    assert_eq!(served.get("/v1/status").ok()["pictures"], SAMPLES.len() - 1);
    // Nothing is left of what came in.
    let incoming = served.path().join(".lookalike/incoming");
    assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0);
    let report = lookalike::Library::check(&lookalike::Location::inside(served.path())).unwrap();
    assert!(report.findings.is_empty(), "{report:?}");
}

#[test]
fn what_the_library_leaves_out_is_not_added() {
    let files = [
        (
            ".lookalikeignore".to_owned(),
            b"private/\n*.tmp.jpg\n".to_vec(),
        ),
        ("a.jpg".to_owned(), sample("cat.jpg")),
    ];
    let served = Served::with(files, |_| ());
    for path in ["private/a.jpg", "x.tmp.jpg", "deep/private/b.jpg"] {
        let answer = served.post(&format!("/v1/pictures?path={path}"), &sample("coffee.jpg"));
        assert_eq!(answer.problem(422), "left-out", "{path}");
        assert!(!served.path().join(path).exists());
    }
    std::fs::create_dir_all(served.path().join("private")).unwrap();
    std::fs::write(served.path().join("private/b.jpg"), b"mine").unwrap();
    let put = served.ask(
        "PUT",
        "/v1/pictures?path=private/b.jpg",
        &[],
        &sample("coffee.jpg"),
    );
    assert_eq!(put.problem(422), "left-out");
    assert_eq!(
        std::fs::read(served.path().join("private/b.jpg")).unwrap(),
        b"mine"
    );
    assert_eq!(
        served
            .post("/v1/pictures?path=public.jpg", &sample("coffee.jpg"))
            .status,
        201
    );
}

#[test]
fn a_file_that_has_changed_is_not_deleted_as_what_it_was() {
    let served = Served::samples();
    let id = served.id("cat.jpg");
    std::fs::write(served.path().join("cat.jpg"), sample("coffee.jpg")).unwrap();
    let delete = served.ask("DELETE", &format!("/v1/pictures/{id}"), &[], b"");
    assert_eq!(delete.problem(409), "changed");
    assert!(served.path().join("cat.jpg").exists());
}

#[test]
fn nobody_changes_what_is_read_only() {
    let served = Served::set_up(&["cat.jpg"], |config| {
        config.read_only = true;
        config.index = true;
    });
    served.settled();
    assert_eq!(served.get("/v1/status").ok()["read_only"], true);
    for (method, target) in [
        ("POST", "/v1/pictures?path=a.jpg"),
        ("PUT", "/v1/pictures?path=cat.jpg"),
        ("DELETE", "/v1/pictures?path=cat.jpg"),
        ("DELETE", "/v1/pictures/1"),
    ] {
        let answer = served.ask(method, target, &[], &sample("coffee.jpg"));
        assert_eq!(answer.problem(403), "read-only", "{method} {target}");
    }
    assert!(served.path().join("cat.jpg").exists());
}

#[test]
fn changes_of_one_file_come_one_after_the_other() {
    let served = Served::samples();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let served = &served;
            scope.spawn(move || {
                for round in 0..3 {
                    let picture = drawn(worker * 10 + round, 80, 60);
                    let put = served.ask("PUT", "/v1/pictures?path=shared.ppm", &[], &picture);
                    assert!(matches!(put.status, 200 | 201 | 422), "{}", put.text());
                    let own = format!("/v1/pictures?path=own-{worker}.ppm");
                    assert!(served.ask("PUT", &own, &[], &picture).status < 300);
                    let delete = served.ask("DELETE", &own, &[], b"");
                    assert_eq!(delete.status, 204, "{}", delete.text());
                }
            });
        }
    });
    let id = served.id("shared.ppm");
    let file = served.get(&format!("/v1/pictures/{id}/file"));
    assert_eq!(
        file.body,
        std::fs::read(served.path().join("shared.ppm")).unwrap()
    );
    assert_eq!(served.get("/v1/status").ok()["pictures"], SAMPLES.len() + 1);
}

#[test]
fn changes_and_searches_do_not_wait_for_a_long_update() {
    let served = Served::with(
        (0..3).map(|i| (format!("{i}.ppm"), drawn(i, 160, 120))),
        |_| (),
    );
    // Much to do, once the server looks.
    for seed in 100..600 {
        std::fs::write(
            served.path().join(format!("{seed}.ppm")),
            drawn(seed, 160, 120),
        )
        .unwrap();
    }
    let folder = served.end();
    let served = Served::start(folder, |config| config.index = true);
    let indexing = || served.get("/v1/progress").ok()["state"] == "indexing";
    wait_for(|| served.get("/v1/progress").ok()["read"].as_u64() > Some(0));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // What was there all the time is found all the time.
            let query = drawn(1, 160, 120);
            while !done.load(Ordering::Relaxed) {
                let hits = served.post("/v1/search?by=all&top=5", &query).ok();
                assert_eq!(hits["hits"][0]["path"], "1.ppm");
                let ranks = hits["hits"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|hit| hit["rank"].as_u64());
                assert!(
                    ranks.eq((1..=5)
                        .map(Some)
                        .take(hits["hits"].as_array().unwrap().len()))
                );
            }
        });
        let mut while_indexing = 0;
        for round in 0..3 {
            let target = format!("/v1/pictures?path=sent-{round}.ppm");
            let added = served.post(&target, &drawn(9000 + round, 160, 120));
            assert_eq!(added.status, 201, "{}", added.text());
            while_indexing += u32::from(indexing());
        }
        assert!(while_indexing > 0, "the update was done before the changes");
        served.settled();
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(served.get("/v1/status").ok()["pictures"], 506);
    assert_eq!(served.settled()["failed"], 0);
}
