//! Who is let in, and what is refused.

mod common;

use common::{Served, drawn, encoded, form, sample, wait_for};
use lookalike_server::{Config, Error, Server, Token};
use std::io::Write;
use std::time::{Duration, Instant};

const SECRET: &str = "correct-horse-battery";

#[test]
fn only_the_token_lets_in() {
    let served = Served::set_up(&["cat.jpg"], |config| config.token = Token::new(SECRET));
    let right = format!("Authorization: Bearer {SECRET}");
    let closed = [
        ("GET", "/v1/status"),
        ("GET", "/v1/pictures"),
        ("GET", "/v1/pictures/1/file"),
        ("GET", "/v1/pictures/1/thumbnail"),
        ("POST", "/v1/search"),
        ("PUT", "/v1/pictures?path=a.jpg"),
        ("DELETE", "/v1/pictures/1"),
        ("GET", "/v1/progress"),
        ("GET", "/v1/dups"),
        ("GET", "/metrics"),
        ("GET", "/v1/nothing"),
    ];
    for (method, target) in closed {
        for wrong in [
            "X: y",
            "Authorization: Bearer wrong-horse-battery",
            "Authorization: Basic eDp5",
        ] {
            let answer = served.ask(method, target, &[wrong], b"");
            assert_eq!(
                answer.problem(401),
                "unauthorized",
                "{method} {target} {wrong}"
            );
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
        assert_ne!(
            served.ask(method, target, &[&right], b"").status,
            401,
            "{method} {target}"
        );
    }
    for open in [
        "/",
        "/js/app.js",
        "/healthz",
        "/readyz",
        "/docs",
        "/openapi.json",
    ] {
        assert_eq!(served.get(open).status, 200, "{open}");
    }
}

#[test]
fn what_others_can_reach_needs_a_token() {
    let served = Served::set_up(&["cat.jpg"], |_| ());
    let location = lookalike::Location::inside(served.path());
    for address in [
        "0.0.0.0:0",
        "[::]:0",
        "192.168.1.1:0",
        "[::ffff:10.0.0.1]:0",
    ] {
        let mut config = Config::new(location.clone());
        config.listen = address.parse().unwrap();
        assert!(
            matches!(Server::bind(config), Err(Error::NoToken { .. })),
            "{address}"
        );
    }
    let mut config = Config::new(location.clone());
    config.listen = "0.0.0.0:0".parse().unwrap();
    config.token = Token::new(SECRET);
    config.index = false;
    assert!(Server::bind(config).is_ok());
    let mut config = Config::new(location);
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.hosts = vec!["http://a.b/".into()];
    assert!(matches!(Server::bind(config), Err(Error::BadHost { .. })));
}

#[test]
fn names_that_are_not_ours_are_refused() {
    let served = Served::set_up(&["cat.jpg"], |config| {
        config.hosts = vec!["pictures.home".into()];
    });
    for target in ["/", "/v1/status", "/healthz"] {
        for host in [
            "evil.example",
            "evil.example:80",
            "127.0.0.1.evil.example",
            "pictures.home.evil",
        ] {
            let answer = served.ask("GET", target, &[&format!("Host: {host}")], b"");
            assert_eq!(answer.problem(421), "wrong-host", "{host}");
        }
        for host in ["localhost", "127.0.0.1:9", "[::1]:9", "Pictures.Home:7878"] {
            assert_eq!(
                served
                    .ask("GET", target, &[&format!("Host: {host}")], b"")
                    .status,
                200,
                "{host}"
            );
        }
    }
    let absolute = served.ask("GET", "http://evil.example/v1/status", &[], b"");
    assert_eq!(absolute.problem(421), "wrong-host");
    let twice = served.ask(
        "GET",
        "/v1/status",
        &["Host: localhost", "Host: evil.example"],
        b"",
    );
    assert_eq!(twice.status, 400);
}

#[test]
fn pages_of_others_can_change_nothing() {
    let served = Served::set_up(&["cat.jpg"], |_| ());
    let rocket = sample("rocket.jpg");
    let target = "/v1/pictures?path=rocket.jpg";
    for headers in [
        &["Origin: http://evil.example"][..],
        &["Origin: null"],
        &["Origin: http://localhost:1"],
        &["Sec-Fetch-Site: cross-site"],
        &["Sec-Fetch-Site: same-site"],
        &["Content-Type: text/plain", "Origin: https://evil.example"],
    ] {
        for method in ["POST", "PUT"] {
            let answer = served.ask(method, target, headers, &rocket);
            assert_eq!(answer.problem(403), "cross-origin", "{headers:?}");
        }
        let id = 1;
        let deleted = served.ask("DELETE", &format!("/v1/pictures/{id}"), headers, b"");
        assert_eq!(deleted.problem(403), "cross-origin");
    }
    let image = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"];
    assert_eq!(
        served
            .ask("GET", "/v1/pictures/1/thumbnail", &image, b"")
            .problem(403),
        "cross-origin"
    );
    assert!(!served.path().join("rocket.jpg").exists());
    let own = [
        format!("Origin: http://{}", served.address),
        "Sec-Fetch-Site: same-origin".into(),
    ];
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    assert_eq!(served.ask("POST", target, &own, &rocket).status, 201);
}

#[test]
fn bodies_that_are_too_large_are_refused() {
    let served = Served::set_up(&["cat.jpg"], |config| config.bounds.body = 10_000);
    let large = vec![0u8; 10_001];
    assert_eq!(served.post("/v1/search", &large).problem(413), "too-large");
    assert_eq!(
        served.post("/v1/pictures?path=a.jpg", &large).problem(413),
        "too-large"
    );
    assert_eq!(
        served.post("/v1/search", &large[..10_000]).problem(422),
        "unreadable"
    );
    // Also where nobody said how long it would be.
    let mut stream = served.connect();
    let head = format!(
        "POST /v1/search HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        served.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    for _ in 0..3 {
        let _ = stream.write_all(b"fa0\r\n");
        let _ = stream.write_all(&[0; 0xfa0]);
        let _ = stream.write_all(b"\r\n");
    }
    assert_eq!(
        common::answer(&mut stream, "POST").problem(413),
        "too-large"
    );
}

/// A PNG file that says it has so many pixels.
fn bomb(side: u32) -> Vec<u8> {
    let mut head = b"IHDR".to_vec();
    head.extend(side.to_be_bytes());
    head.extend(side.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    let mut crc = !0u32;
    for &byte in &head {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                0xedb8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            };
        }
    }
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    file.extend(head);
    file.extend((!crc).to_be_bytes());
    file.extend(b"\0\0\0\x0aIDAT\x78\x9c\x63\x60\0\0\0\x02\0\x01\x48\xaf\xa4\x71");
    file
}

#[test]
fn pictures_with_too_many_pixels_are_refused() {
    let served = Served::set_up(&["cat.jpg"], |_| ());
    for target in [
        "/v1/search",
        "/v1/explain/1",
        "/v1/pictures?path=a.png",
        "/v1/search?region=0,0,9,9",
    ] {
        assert_eq!(
            served.post(target, &bomb(60_000)).problem(422),
            "too-many-pixels",
            "{target}"
        );
    }
    let mild = Served::set_up(&["cat.jpg"], |config| config.bounds.pixels = 3000);
    assert_eq!(
        mild.post("/v1/search", &drawn(1, 64, 48)).problem(422),
        "too-many-pixels"
    );
    assert_eq!(mild.post("/v1/search", &drawn(1, 60, 50)).status, 200);
    assert!(!served.path().join("a.png").exists());
}

#[test]
fn what_is_no_picture_is_refused() {
    let served = Served::set_up(&["cat.jpg"], |_| ());
    let cat = sample("cat.jpg");
    let broken = [&cat[..400], &[0; 40]].concat();
    for bytes in [
        b"<html>".as_slice(),
        b"\xff\xd8\xff",
        &broken,
        b"GIF89a\0\0",
        &bomb(4),
    ] {
        for target in ["/v1/search", "/v1/explain/1", "/v1/pictures?path=x.jpg"] {
            assert_eq!(
                served.post(target, bytes).problem(422),
                "unreadable",
                "{target}"
            );
        }
    }
    assert!(!served.path().join("x.jpg").exists());
    for target in ["/v1/search", "/v1/explain/1", "/v1/pictures?path=x.jpg"] {
        assert_eq!(
            served.post(target, b"").problem(400),
            "bad-request",
            "{target}"
        );
        let (kind, body) = form(&[("other", &cat)]);
        assert_eq!(
            served.ask("POST", target, &[&kind], &body).problem(400),
            "bad-request"
        );
        let (kind, body) = form(&[("region", b"0,0,9,9")]);
        assert_eq!(
            served.ask("POST", target, &[&kind], &body).problem(400),
            "bad-request"
        );
        let kind = "Content-Type: multipart/form-data";
        assert_eq!(
            served.ask("POST", target, &[kind], &cat).problem(400),
            "bad-request"
        );
        let cut = "Content-Type: multipart/form-data; boundary=x";
        assert_eq!(
            served.ask("POST", target, &[cut], &cat).problem(400),
            "bad-request"
        );
    }
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let outside = tempfile::tempdir().unwrap();
    let served = Served::set_up(&["cat.jpg"], |_| ());
    std::fs::create_dir(served.path().join("sub")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path(), served.path().join("link")).unwrap();
        std::os::unix::fs::symlink(served.path().join("sub"), served.path().join("inner")).unwrap();
        let aim = outside.path().join("aim.jpg");
        std::os::unix::fs::symlink(aim, served.path().join("aim.jpg")).unwrap();
    }
    let rocket = sample("rocket.jpg");
    let absolute = format!("{}/a.jpg", outside.path().display());
    let up = format!(
        "../{}/a.jpg",
        outside.path().file_name().unwrap().to_str().unwrap()
    );
    let written: Vec<String> = [
        &absolute,
        &up,
        "/a.jpg",
        "//a.jpg",
        "../a.jpg",
        "sub/../../a.jpg",
        "sub/../a.jpg",
        "./a.jpg",
        "sub//a.jpg",
        ".a.jpg",
        ".lookalike/a.jpg",
        "sub/.lookalike/a.jpg",
        ".LOOKALIKE/a.jpg",
        "..\\a.jpg",
        "sub\\..\\..\\a.jpg",
        "C:\\a.jpg",
        "\\\\host\\share\\a.jpg",
        "a.jpg\0.txt",
        "a\n.jpg",
        "\u{202e}gpj.a",
        "link/a.jpg",
        "inner/a.jpg",
        "aim.jpg",
        "cat.jpg/a.jpg",
        "sub",
        "a.txt",
        "a",
        ".jpg",
        "...",
        "link",
        "..",
        ".",
        "file:///a.jpg",
    ]
    .iter()
    .map(|path| encoded(path))
    // Also where the query string itself is odd.
    .chain(
        [
            "%2e%2e%2fa.jpg",
            "..%2Fa.jpg",
            "%2Fetc%2Fa.jpg",
            "%ff%fe.jpg%00",
            "+/../a.jpg",
        ]
        .map(str::to_owned),
    )
    .collect();
    let listed = |folder: &std::path::Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = listed(served.path());
    for path in &written {
        for method in ["POST", "PUT"] {
            let answer = served.ask(method, &format!("/v1/pictures?path={path}"), &[], &rocket);
            assert!(
                matches!(answer.status, 400 | 409 | 422),
                "{path}: {answer:?}"
            );
        }
        let answer = served.ask("DELETE", &format!("/v1/pictures?path={path}"), &[], b"");
        assert!(matches!(answer.status, 400 | 404), "{path}: {answer:?}");
    }
    assert_eq!(listed(served.path()), before);
    assert!(listed(outside.path()).is_empty() && listed(&served.path().join("sub")).is_empty());
    for target in [
        "/../Cargo.toml",
        "/js/../../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/js/%2e%2e%2f%2e%2e%2fCargo.toml",
        "/js/app.js/..",
        "//etc/passwd",
    ] {
        assert_eq!(served.get(target).problem(404), "not-found", "{target}");
    }
}

#[test]
fn addresses_are_not_fetched_unless_allowed_and_never_private_ones() {
    let served = Served::set_up(&["cat.jpg"], |_| ());
    assert_eq!(
        served
            .post("/v1/search?url=http://example.org/a.jpg", b"")
            .problem(403),
        "url-refused"
    );
    let served = Served::set_up(&["cat.jpg"], |config| config.allow_url = true);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for url in [
        format!("http://127.0.0.1:{port}/a.jpg"),
        format!("http://localhost:{port}/a.jpg"),
        format!("http://[::ffff:127.0.0.1]:{port}/a.jpg"),
        format!("http://[::1]:{port}/a.jpg"),
        format!("http://0.0.0.0:{port}/a.jpg"),
        "http://169.254.169.254/latest".into(),
        "http://10.0.0.1/".into(),
        "http://100.64.0.1/".into(),
        "http://192.168.0.1/".into(),
        "file:///etc/passwd".into(),
        "gopher://1.1.1.1/".into(),
        "http://a:b@1.1.1.1/".into(),
    ] {
        let answer = served.post(&format!("/v1/search?url={}", encoded(&url)), b"");
        assert_eq!(answer.problem(403), "url-refused", "{url}");
    }
    assert!(listener.accept().is_err(), "the server has come here");
    let both = served.post("/v1/search?url=http://1.1.1.1/", &sample("cat.jpg"));
    assert_eq!(both.problem(400), "bad-request");
}

#[test]
fn slow_clients_are_left_and_hurt_nobody() {
    let served = Served::set_up(&["cat.jpg"], |config| {
        config.patience.head = Duration::from_millis(600);
        config.patience.bytes = Duration::from_millis(600);
        config.patience.body = Duration::from_millis(1500);
    });
    let host = served.address;
    let mut no_head = served.connect();
    no_head.write_all(b"GET / HTTP/1.1\r\nHost").unwrap();
    let mut no_body = served.connect();
    let head =
        format!("POST /v1/search HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\nxyz");
    no_body.write_all(head.as_bytes()).unwrap();
    let mut drops = served.connect();
    drops.write_all(head.as_bytes()).unwrap();
    let dripping = std::thread::spawn(move || {
        // A byte now and then, never done.
        for _ in 0..100 {
            if drops.write_all(b"x").is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        common::try_answer(&mut drops, "POST").map(|answer| answer.status)
    });
    let begin = Instant::now();
    assert_eq!(served.get("/healthz").status, 200);
    assert_eq!(
        served.post("/v1/search?top=1", &sample("cat.jpg")).status,
        200
    );
    assert_eq!(
        common::answer(&mut no_body, "POST").problem(408),
        "too-slow"
    );
    assert!(common::try_answer(&mut no_head, "GET").is_none_or(|answer| answer.status == 408));
    assert!(matches!(dripping.join().unwrap(), Some(408) | None));
    assert!(begin.elapsed() < Duration::from_secs(60));
    wait_for(|| {
        served
            .get("/metrics")
            .text()
            .contains("lookalike_connections 1\n")
    });
}

#[test]
fn odd_requests_are_refused() {
    let served = Served::set_up(&["cat.jpg"], |_| ());
    for head in [
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        "nonsense\r\n\r\n".to_owned(),
        format!(
            "GET / HTTP/1.1\r\nHost: {}\r\n{}\r\n",
            served.address,
            "X: y\r\n".repeat(200)
        ),
        format!(
            "GET /{} HTTP/1.1\r\nHost: {}\r\n\r\n",
            "a".repeat(100_000),
            served.address
        ),
        format!(
            "POST /v1/search HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
            served.address
        ),
    ] {
        let mut stream = served.connect();
        let _ = stream.write_all(head.as_bytes());
        let answer = common::try_answer(&mut stream, "GET");
        let refused = answer.is_none_or(|answer| (400..500).contains(&answer.status));
        assert!(refused, "{}", &head[..head.len().min(60)]);
    }
    assert_eq!(served.get("/healthz").status, 200);
}
