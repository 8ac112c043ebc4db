//! Every question that can be asked, and its answer.

mod common;

use common::{Served, drawn, form, sample};
use serde_json::{Value, json};

fn paths(hits: &Value) -> Vec<&str> {
    let hits = hits["hits"].as_array().unwrap();
    hits.iter()
        .map(|hit| hit["path"].as_str().unwrap())
        .collect()
}

#[test]
fn a_picture_that_is_sent_is_found() {
    let served = Served::samples();
    let query = sample("pagoda.jpg");
    let hits = served.post("/v1/search?by=same&top=2", &query).ok();
    assert_eq!(hits["schema"], 1);
    assert_eq!(paths(&hits), ["pagoda.jpg", "pagoda-rotated.jpg"]);
    let first = &hits["hits"][0];
    assert_eq!(
        (&first["rank"], &first["kind"]),
        (&json!(1), &json!("same"))
    );
    assert_eq!(first["picture"], served.id("pagoda.jpg"));

    // The same as a form, whose fields count before the address.
    let fields: [(&str, &[u8]); 3] = [("by", b"same"), ("top", b"1"), ("picture", &query)];
    let (kind, body) = form(&fields);
    let by_form = served.ask("POST", "/v1/search?top=2", &[&kind], &body).ok();
    assert_eq!(paths(&by_form), ["pagoda.jpg"]);

    // A client may call the file as it likes, but send one.
    let (kind, body) = form(&[("image", &query), ("by", b"same"), ("top", b"1")]);
    let by_other_name = served.ask("POST", "/v1/search", &[&kind], &body).ok();
    assert_eq!(paths(&by_other_name), ["pagoda.jpg"]);
    let (kind, body) = form(&[("image", &query), ("picture", &query)]);
    let two = served.ask("POST", "/v1/search", &[&kind], &body);
    assert_eq!(two.problem(400), "bad-request");

    // And an object a line.
    let lines = ["Accept: application/x-ndjson;q=0.9, text/html"];
    let lines = served
        .ask("POST", "/v1/search?by=same&top=2", &lines, &query)
        .lines();
    assert_eq!(lines, *hits["hits"].as_array().unwrap());
}

#[test]
fn the_answers_are_those_of_the_library() {
    use lookalike::json::JsonHit;
    use lookalike::{By, Library, Location, SearchOptions};
    let served = Served::samples();
    let library = Library::open(&Location::inside(served.path())).unwrap();
    let bytes = sample("rocket.jpg");
    for (by, name) in [
        (By::All, "all"),
        (By::Same, "same"),
        (By::Similar, "similar"),
    ] {
        let query = library
            .query_bytes("q".as_ref(), &bytes, by, &1.into())
            .unwrap();
        let options = SearchOptions {
            top: 7,
            ..SearchOptions::default()
        };
        let hits = library.search(&query, &options).unwrap();
        // By way of text, as an f32 is shorter there.
        let text = serde_json::to_string(&JsonHit::all(&hits, None)).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        let got = served
            .post(&format!("/v1/search?by={name}&top=7"), &bytes)
            .ok();
        assert_eq!(got["hits"], expected, "{name}");
    }
}

#[test]
fn what_is_said_of_two_pictures_is_obeyed() {
    let served = Served::samples();
    let query = sample("pagoda.jpg");
    let (a, b) = (served.id("pagoda.jpg"), served.id("pagoda-rotated.jpg"));
    let found = || served.post("/v1/search?by=same&top=2", &query).ok();
    let hash = found()["query_hash"].as_str().unwrap().to_owned();
    assert_eq!(paths(&found()), ["pagoda.jpg", "pagoda-rotated.jpg"]);
    let say = |a: &str, says: &str| {
        let target = format!("/v1/judgements?a={a}&b={b}&says={says}");
        served.post(&target, b"")
    };
    assert_eq!(say(&a.to_string(), "different").status, 204);
    let others = found();
    assert!(!paths(&others).contains(&"pagoda-rotated.jpg"), "{others}");
    assert_eq!(say(&hash, "forget").status, 204);
    assert_eq!(paths(&found())[1], "pagoda-rotated.jpg");
    for (a, says, status) in [
        ("999999", "same", 404),
        ("x", "same", 400),
        (&*hash, "perhaps", 400),
        (&*hash, "", 400),
        (&*b.to_string(), "same", 400),
    ] {
        say(a, says).problem(status);
    }
}

#[test]
fn a_stored_picture_finds_the_others() {
    let served = Served::samples();
    let id = served.id("pagoda.jpg");
    let hits = served
        .get(&format!("/v1/pictures/{id}/search?by=same"))
        .ok();
    assert_eq!(paths(&hits)[0], "pagoda-rotated.jpg");
    assert!(!paths(&hits).contains(&"pagoda.jpg"));
    assert_eq!(hits["hits"][0]["rank"], 1);
    let with_self = served.get(&format!(
        "/v1/pictures/{id}/search?by=similar&self=true&top=1"
    ));
    assert_eq!(paths(&with_self.ok()), ["pagoda.jpg"]);
    let similar = served
        .get(&format!("/v1/pictures/{id}/search?by=similar&top=3"))
        .ok();
    assert_eq!(similar["hits"].as_array().unwrap().len(), 3);
    assert_eq!(
        served.get("/v1/pictures/999/search").problem(404),
        "not-found"
    );
}

#[test]
fn a_region_is_the_query() {
    let served = Served::samples();
    let id = served.id("pagoda.jpg");
    let region = "region=25%25,25%25,50%25,50%25";
    for answer in [
        served.post(
            &format!("/v1/search?by=same&{region}"),
            &sample("pagoda.jpg"),
        ),
        served.get(&format!("/v1/pictures/{id}/search?by=same&self=1&{region}")),
    ] {
        let hits = answer.ok();
        assert_eq!(paths(&hits)[0], "pagoda.jpg");
        let overlap = hits["hits"][0]["found_overlap"].as_f64().unwrap();
        assert!((0.15..0.4).contains(&overlap), "{overlap}");
    }
    let outside = served.post("/v1/search?region=99999,0,5,5", &sample("cat.jpg"));
    assert_eq!(outside.problem(400), "bad-request");
}

#[test]
fn what_is_not_kept_cannot_be_asked() {
    let served = Served::samples();
    let vector = served.post("/v1/search?by=vector", &sample("cat.jpg"));
    assert_eq!(vector.problem(409), "not-kept");
    assert_eq!(
        served.post("/v1/search?text=a&by=same", b"").problem(400),
        "bad-request"
    );
}

#[test]
fn words_find_pictures_without_a_model_of_ones_own() {
    let served = Served::samples();
    let hits = served.post("/v1/search?text=a+cat&top=3", b"").ok();
    assert_eq!(paths(&hits)[0], "cat.jpg");
    assert_eq!(hits["hits"][0]["kind"], "similar");
    let unknown = served.post("/v1/search?text=elefant", b"");
    assert!(unknown.text().contains("elephant"), "{}", unknown.text());
    for wrong in ["elefant", "", "of+the", &"dog+".repeat(500)] {
        let answer = served.post(&format!("/v1/search?text={wrong}"), b"");
        assert_eq!(answer.problem(400), "bad-request", "{wrong:.20}");
    }
}

#[test]
fn parameters_are_checked() {
    let served = Served::samples();
    let cat = sample("cat.jpg");
    for wrong in [
        "by=alike",
        "top=0",
        "top=1001",
        "top=x",
        "min_score=nan",
        "min_score=2",
        "region=1,2,3",
        "exact=maybe",
        "tpo=3",
        "top=1&top=2",
        "self=true",
        "text=a",
    ] {
        let answer = served.post(&format!("/v1/search?{wrong}"), &cat);
        assert_eq!(answer.problem(400), "bad-request", "{wrong}");
    }
    for wrong in [
        "/v1/pictures?limit=0",
        "/v1/pictures?after=-1",
        "/v1/dups?kind=alike",
        "/v1/status?x=1",
    ] {
        assert_eq!(served.get(wrong).problem(400), "bad-request", "{wrong}");
    }
    for wrong in [
        "/v1/pictures/x",
        "/v1/pictures/-1",
        "/v1/pictures/99999999999999999999",
        "/v1/pictures/0",
    ] {
        assert_eq!(served.get(wrong).problem(404), "not-found", "{wrong}");
    }
    let id = served.id("cat.jpg");
    for wrong in ["size=63", "size=1025", "size=1e3"] {
        let answer = served.get(&format!("/v1/pictures/{id}/thumbnail?{wrong}"));
        assert_eq!(answer.problem(400), "bad-request", "{wrong}");
    }
}

#[test]
fn two_pictures_are_explained() {
    let served = Served::samples();
    let (a, b) = (served.id("pagoda.jpg"), served.id("pagoda-rotated.jpg"));
    let stored = served.get(&format!("/v1/pictures/{a}/explain/{b}")).ok();
    assert_eq!(
        (&stored["verdict"], &stored["path"]),
        (&json!("same"), &json!("pagoda-rotated.jpg"))
    );
    assert!(stored["pairs"].as_array().unwrap().len() > 10);
    let sent = served
        .post(&format!("/v1/explain/{b}"), &sample("pagoda.jpg"))
        .ok();
    assert_eq!(
        (&sent["query"], &sent["transform"]),
        (&json!("query"), &stored["transform"])
    );
    let different = served
        .post(&format!("/v1/explain/{b}"), &sample("cat.jpg"))
        .ok();
    assert_eq!(different["verdict"], "different");
    for answer in [
        served.get(&format!("/v1/pictures/{a}/explain/{b}?format=png")),
        served.ask(
            "POST",
            &format!("/v1/explain/{b}?region=0,0,300,300"),
            &["Accept: image/png"],
            &sample("pagoda.jpg"),
        ),
    ] {
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("image/png"))
        );
        assert!(answer.body.starts_with(b"\x89PNG"));
    }
    assert_eq!(
        served
            .get(&format!("/v1/pictures/{a}/explain/999"))
            .problem(404),
        "not-found"
    );
}

#[test]
fn pictures_are_listed_in_pages_and_in_a_stream() {
    let files = (0..7).map(|seed| (format!("{}/{seed}.ppm", seed % 2), drawn(seed, 64, 48)));
    let served = Served::with(files, |_| ());
    let mut listed = Vec::new();
    let mut after = json!(0);
    while !after.is_null() {
        let page = served
            .get(&format!("/v1/pictures?limit=3&after={after}"))
            .ok();
        listed.extend(page["pictures"].as_array().unwrap().iter().cloned());
        after = page["next"].clone();
    }
    assert_eq!(listed.len(), 7);
    let stream = served.ask(
        "GET",
        "/v1/pictures",
        &["Accept: application/x-ndjson"],
        b"",
    );
    assert_eq!(stream.lines(), listed);
    let id = listed[4]["picture"].as_i64().unwrap();
    assert_eq!(served.get(&format!("/v1/pictures/{id}")).ok(), listed[4]);
}

#[test]
fn files_and_thumbnails_may_be_kept() {
    let served = Served::with([("a b\u{fc}.jpg".to_owned(), sample("cat.jpg"))], |_| ());
    let id = served.id("a b\u{fc}.jpg");
    let file = served.get(&format!("/v1/pictures/{id}/file"));
    assert_eq!((file.status, &file.body), (200, &sample("cat.jpg")));
    assert_eq!(file.header("content-type"), Some("image/jpeg"));
    assert_eq!(
        file.header("content-disposition"),
        Some("inline; filename*=UTF-8''a%20b%C3%BC.jpg")
    );

    let thumbnail = format!("/v1/pictures/{id}/thumbnail?size=100");
    let small = served.get(&thumbnail);
    assert_eq!(
        small.header("cache-control"),
        Some("private, max-age=31536000, immutable")
    );
    let picture = lookalike::decode::decode_bytes(&small.body, &Default::default()).unwrap();
    assert_eq!(picture.width.max(picture.height), 100);
    assert_eq!(served.get(&thumbnail).body, small.body);

    for target in [format!("/v1/pictures/{id}/file"), thumbnail] {
        let tag = served.get(&target).header("etag").unwrap().to_owned();
        let again = served.ask("GET", &target, &[&format!("If-None-Match: {tag}")], b"");
        assert_eq!((again.status, again.body.len()), (304, 0));
        assert_eq!(again.header("etag"), Some(&*tag));
        let other = served.ask("GET", &target, &["If-None-Match: \"x\""], b"");
        assert_eq!(other.status, 200);
        let head = served.ask("HEAD", &target, &[], b"");
        assert_eq!((head.status, head.header("etag")), (200, Some(&*tag)));
    }
    // What has come in its place is not given out.
    std::fs::write(served.path().join("a b\u{fc}.jpg"), sample("rocket.jpg")).unwrap();
    assert_eq!(
        served.get(&format!("/v1/pictures/{id}/file")).problem(404),
        "not-found"
    );
    assert_eq!(
        served
            .get(&format!("/v1/pictures/{id}/thumbnail?size=200"))
            .problem(404),
        "not-found"
    );
}

#[test]
fn duplicates_are_grouped() {
    let served = Served::samples();
    let groups = served.get("/v1/dups").ok();
    let group = &groups["groups"][0];
    assert_eq!(group["paths"], json!(["pagoda-rotated.jpg", "pagoda.jpg"]));
    let lines = served.ask(
        "GET",
        "/v1/dups?kind=same",
        &["Accept: application/x-ndjson"],
        b"",
    );
    assert_eq!(lines.lines(), *groups["groups"].as_array().unwrap());
    assert_eq!(served.get("/v1/dups?kind=exact").ok()["groups"], json!([]));
    assert_eq!(served.get("/v1/dups?kind=near").status, 200);
}

#[test]
fn status_progress_and_health() {
    let served = Served::samples();
    let status = served.get("/v1/status").ok();
    assert_eq!(
        (&status["kind"], &status["pictures"]),
        (&json!("status"), &json!(4))
    );
    assert_eq!(
        status["model"],
        json!({"name": "EfficientNet-Lite0", "reads_words": true})
    );
    assert_eq!(status["read_only"], false);
    let progress = served.get("/v1/progress").ok();
    assert_eq!(
        (&progress["state"], &progress["pictures"]),
        (&json!("idle"), &json!(4))
    );
    assert_eq!(served.get("/healthz").text(), "alive\n");
    assert_eq!(served.get("/readyz").text(), "ready\n");
    let metrics = served.get("/metrics");
    let line = "lookalike_requests_total{method=\"GET\",route=\"/v1/status\",status=\"200\"} 1";
    assert!(
        metrics.text().lines().any(|l| l == line),
        "{}",
        metrics.text()
    );
    for line in metrics.text().lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(
            name.starts_with("lookalike_") && value.parse::<f64>().is_ok(),
            "{line}"
        );
    }
}

#[test]
fn progress_is_sent_as_events() {
    use std::io::{BufRead, BufReader, Write};
    let served = Served::samples();
    let mut stream = served.connect();
    let head = format!(
        "GET /v1/progress HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n\r\n",
        served.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut event = || loop {
        let line = lines.next().unwrap();
        if let Some(data) = line.strip_prefix("data: ") {
            return serde_json::from_str::<Value>(data).unwrap();
        }
    };
    assert_eq!(event()["pictures"], 4);
    let added = served.post("/v1/pictures?path=new.ppm", &drawn(1, 64, 64));
    assert_eq!(added.status, 201, "{}", added.text());
    assert_eq!(event()["pictures"], 5);
}

#[test]
fn an_imported_library_is_searched_and_not_changed() {
    use lookalike::{Library, Location, NamedVector, Settings};
    let folder = tempfile::tempdir().unwrap();
    let vector = |i: usize| (0..2048).map(|j| ((i * 7 + j) % 13) as f32).collect();
    let mut vectors = (0..5).map(|i| {
        Ok(NamedVector {
            name: format!("{i}.jpg").into_bytes(),
            vector: vector(i),
        })
    });
    let location = Location::inside(folder.path());
    Library::import(&location, &Settings::default(), &mut vectors).unwrap();
    let served = Served::start(folder, |_| ());
    assert_eq!(served.get("/v1/status").ok()["read_only"], true);
    let id = served.id("3.jpg");
    let hits = served
        .get(&format!("/v1/pictures/{id}/search?top=1&self=true"))
        .ok();
    assert_eq!(
        (paths(&hits), &hits["hits"][0]["kind"]),
        (vec!["3.jpg"], &json!("vector"))
    );
    assert_eq!(served.post("/v1/search", &sample("cat.jpg")).status, 200);
    let add = served.post("/v1/pictures?path=a.jpg", &sample("cat.jpg"));
    assert_eq!(add.problem(403), "read-only");
    let delete = served.ask("DELETE", &format!("/v1/pictures/{id}"), &[], b"");
    assert_eq!(delete.problem(403), "read-only");
    assert_eq!(
        served
            .get(&format!("/v1/pictures/{id}/thumbnail"))
            .problem(404),
        "not-found"
    );
}

#[test]
fn the_page_is_served() {
    let served = Served::samples();
    let page = served.get("/");
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = page.header("content-security-policy").unwrap();
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    let tag = page.header("etag").unwrap();
    let again = served.ask("GET", "/", &[&format!("If-None-Match: W/{tag}")], b"");
    assert_eq!(again.status, 304);
    let script = served.get("/js/app.js");
    assert_eq!(
        script.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        for target in ["/", "/v1/status", "/nothing", "/healthz"] {
            assert_eq!(served.get(target).header(name), Some(value), "{target}");
        }
    }
    assert_eq!(served.get("/index.htm").problem(404), "not-found");
    let method = served.ask("PATCH", "/v1/pictures", &[], b"");
    assert_eq!(method.problem(405), "method");
    assert!(
        method
            .header("allow")
            .is_some_and(|allow| allow.contains("PUT"))
    );
}
