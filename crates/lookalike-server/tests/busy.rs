//! Too much at a time: queues, idle connections, clients that go away.

mod common;

use common::{Served, drawn, sample};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

fn metric(served: &Served, name: &str) -> f64 {
    let metrics = served.get("/metrics");
    let line = metrics
        .text()
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    line.unwrap_or_else(|| panic!("{name}"))
}

/// A picture that takes a while: to the search it is all new.
fn slow_query() -> Vec<u8> {
    drawn(77, 1200, 900)
}

#[test]
fn a_full_queue_says_so_and_lookups_go_on() {
    let served = Served::set_up(&["cat.jpg"], |config| {
        config.threads = 1;
        config.bounds.queue = 2;
    });
    let query = slow_query();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = || served.post("/v1/search?by=same", &query);
        let asking: Vec<_> = (0..24).map(|_| scope.spawn(ask)).collect();
        // Meanwhile the catalogue answers.
        assert_eq!(served.get("/v1/pictures").status, 200);
        assert_eq!(served.get("/readyz").status, 200);
        asking
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let refused = answers.iter().filter(|answer| answer.status == 503);
    let refused: Vec<_> = refused.map(|answer| answer.problem(503)).collect();
    assert!(
        !refused.is_empty() && refused.iter().all(|kind| kind == "busy"),
        "{refused:?}"
    );
    assert!(answers.iter().filter(|answer| answer.status == 200).count() >= 3);
    assert!(metric(&served, "lookalike_pool_refused_total{pool=\"searches\"}") >= 1.0);
    assert_eq!(served.post("/v1/search", &query).status, 200);
}

#[test]
fn what_takes_too_long_is_given_up() {
    let served = Served::set_up(&["cat.jpg"], |config| {
        config.patience.answer = Duration::from_millis(1);
    });
    assert_eq!(
        served.post("/v1/search", &slow_query()).problem(503),
        "overdue"
    );
    assert_eq!(served.get("/healthz").status, 200);
}

#[test]
fn who_has_gone_is_not_searched_for() {
    let served = Served::set_up(&["cat.jpg"], |config| config.threads = 1);
    let query = slow_query();
    let head = format!(
        "POST /v1/search?by=same HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n",
        served.address,
        query.len()
    );
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = served.connect();
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&query).unwrap();
            stream
        })
        .collect();
    let waiting = "lookalike_pool_waiting{pool=\"searches\"}";
    common::wait_for(|| metric(&served, waiting) > 4.0);
    for stream in asking {
        stream.shutdown(Shutdown::Both).unwrap();
    }
    // And who goes in the middle of a body.
    for _ in 0..20 {
        let mut stream = served.connect();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&query[..1000]).unwrap();
    }
    assert_eq!(served.post("/v1/search", &query).status, 200);
    let abandoned = "lookalike_pool_abandoned_total{pool=\"searches\"}";
    common::wait_for(|| metric(&served, "lookalike_connections") == 1.0);
    assert!(metric(&served, abandoned) > 0.0);
    // All memory is free again.
    let free = metric(&served, "lookalike_memory_free_bytes");
    assert_eq!(free, f64::from(512u32 << 20));
}

#[test]
fn memory_for_bodies_is_limited() {
    let served = Served::set_up(&["cat.jpg"], |config| {
        config.bounds.body = 1 << 20;
        config.bounds.memory = 1 << 20;
    });
    let head = format!(
        "POST /v1/search HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000000\r\n\r\n",
        served.address
    );
    let mut first = served.connect();
    first.write_all(head.as_bytes()).unwrap();
    first.write_all(&vec![0; 900_000]).unwrap();
    common::wait_for(|| metric(&served, "lookalike_memory_free_bytes") < 200_000.0);
    let second = served.post("/v1/search", &vec![0; 500_000]);
    assert_eq!(second.problem(503), "busy");
    first.write_all(&vec![0; 100_000]).unwrap();
    assert_eq!(
        common::answer(&mut first, "POST").problem(422),
        "unreadable"
    );
    drop(first);
    assert_eq!(
        served.post("/v1/search", &vec![0; 500_000]).problem(422),
        "unreadable"
    );
}

#[test]
fn a_thousand_idle_connections_hurt_nobody() {
    let served = Served::set_up(&["cat.jpg"], |_| ());
    // The clients' ends are files of this process, too: the server has raised the limit for both.
    let mut idle = Vec::new();
    for _ in 0..1000 {
        idle.push(std::net::TcpStream::connect(served.address).unwrap());
    }
    for stream in idle.iter_mut().take(100) {
        stream.write_all(b"GET / HT").unwrap();
    }
    assert_eq!(
        served.post("/v1/search?top=1", &sample("cat.jpg")).status,
        200
    );
    common::wait_for(|| metric(&served, "lookalike_connections") > 1000.0);
    drop(idle);
    common::wait_for(|| metric(&served, "lookalike_connections") == 1.0);
}

#[test]
fn connections_beyond_the_limit_are_turned_away() {
    let served = Served::set_up(&["cat.jpg"], |config| config.bounds.connections = 3);
    let idle: Vec<_> = (0..3).map(|_| served.connect()).collect();
    common::wait_for(|| {
        let mut stream = served.connect();
        let mut text = String::new();
        let _ = stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let _ = stream.read_to_string(&mut text);
        text.starts_with("HTTP/1.1 503") && text.contains("Retry-After: 1")
    });
    drop(idle);
    common::wait_for(|| {
        let mut stream = served.connect();
        let mut text = String::new();
        let _ = stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let _ = stream.read_to_string(&mut text);
        text.starts_with("HTTP/1.1 200")
    });
}

#[test]
fn a_client_that_takes_nothing_is_left() {
    let files = [("big.ppm".to_owned(), drawn(5, 2400, 1800))];
    let served = Served::with(files, |config| {
        config.patience.bytes = Duration::from_millis(500);
    });
    let id = served.id("big.ppm");
    let mut stream = served.connect();
    let head = format!(
        "GET /v1/pictures/{id}/file HTTP/1.1\r\nHost: {}\r\n\r\n",
        served.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Its bytes are held for it, and then no more.
    let all = f64::from(512u32 << 20);
    common::wait_for(|| metric(&served, "lookalike_memory_free_bytes") < all);
    common::wait_for(|| metric(&served, "lookalike_memory_free_bytes") == all);
    let mut got = Vec::new();
    let _ = stream.read_to_end(&mut got);
    assert!(got.len() < 2400 * 1800 * 3);
}

#[test]
fn requests_in_hand_are_answered_at_the_end() {
    let served = Served::set_up(&["cat.jpg"], |config| {
        config.patience.end = Duration::from_secs(60);
    });
    let query = slow_query();
    let mut stream = served.connect();
    let head = format!(
        "POST /v1/search?by=same HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n",
        served.address,
        query.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&query).unwrap();
    common::wait_for(|| metric(&served, "lookalike_pool_busy{pool=\"searches\"}") > 0.0);
    let mut events = served.connect();
    let follow = format!(
        "GET /v1/progress HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n\r\n",
        served.address
    );
    events.write_all(follow.as_bytes()).unwrap();
    let begin = Instant::now();
    let folder = served.end();
    assert!(begin.elapsed() < Duration::from_secs(50));
    assert_eq!(common::answer(&mut stream, "POST").status, 200);
    drop(folder);
}
