//! What every request passes: who is asked, who asks, and from where.
//!
//! * A name that is not ours in `Host` may be a page that made a browser take its own name for this
//!   machine (DNS rebinding). IP addresses cannot be rebound.
//! * A page elsewhere can make a browser send requests here. Browsers say so in `Sec-Fetch-Site` and
//!   `Origin`; programs send neither.

use crate::Token;
use crate::config::{Config, Line, Log};
use crate::metrics::Metrics;
use crate::problem::{Cause, Kind, Problem};
use crate::routes;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// What the page may do: nothing but talk to this server.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
/// Everything else is data.
const DATA_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; sandbox";

const FIXED: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// Who may ask, and who is told.
pub(crate) struct Guard {
    token: Option<Token>,
    hosts: Vec<String>,
    /// How long an answer may take.
    patience: Duration,
    log: Log,
    metrics: Arc<Metrics>,
}

impl Guard {
    pub(crate) fn new(config: &Config, metrics: Arc<Metrics>) -> Self {
        Self {
            token: config.token.clone(),
            hosts: config.hosts.clone(),
            patience: config.patience.answer,
            log: config.log.clone(),
            metrics,
        }
    }
}

/// Checks a request, has it answered, counts and logs it, and adds what all answers carry.
pub(crate) async fn guard(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let begin = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("none", |m| m.as_str()).to_owned();
    let is_page = routes::is_page(&route);
    let answered = match check(&guard, &request, &route) {
        Ok(()) => {
            let patience = guard.patience * if route == "/v1/dups" { 10 } else { 1 };
            let overdue = |_| Problem::new(Kind::Overdue, "ask for less, or later");
            timeout(patience, next.run(request)).await.map_err(overdue)
        }
        Err(problem) => Err(problem),
    };
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    add_headers(response.headers_mut(), is_page);
    let (status, took) = (response.status().as_u16(), begin.elapsed());
    guard.metrics.count(known(&method), &route, status, took);
    if let Some(Cause(cause)) = response.extensions_mut().remove() {
        guard
            .log
            .tell(Line::Error(&format!("{method} {path}: {cause}")));
    }
    let milliseconds = took.as_secs_f64() * 1e3;
    let line = format!("{method} {path} {status} {milliseconds:.1} ms");
    guard.log.tell(Line::Request(&line));
    response
}

/// Methods that clients make up are counted as one.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::DELETE => method.as_str(),
        _ => "other",
    }
}

fn check(guard: &Guard, request: &Request, route: &str) -> Result<(), Problem> {
    let headers = request.headers();
    let authority = request.uri().authority().map(|a| a.as_str());
    let host = match authority {
        Some(authority) => authority,
        None => one(headers, &header::HOST)?
            .ok_or_else(|| Problem::bad_request("the header Host is missing"))?,
    };
    if !is_ours(host, &guard.hosts) {
        let detail = format!("{host:?}; --host NAME makes it known by another name");
        return Err(Problem::new(Kind::WrongHost, detail));
    }
    if !routes::is_open(route) {
        same_site(request.method(), headers, host)?;
        if let Some(token) = &guard.token {
            let given = headers.get(header::AUTHORIZATION);
            if !token.admits(given.map(HeaderValue::as_bytes)) {
                let detail = "send `Authorization: Bearer TOKEN`";
                return Err(Problem::new(Kind::Unauthorized, detail));
            }
        }
    }
    Ok(())
}

/// The value of a header that may be there once.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    let text = value.map(HeaderValue::to_str).transpose();
    match (text, values.next()) {
        (Ok(text), None) => Ok(text),
        _ => Err(Problem::bad_request(format!(
            "the header {name} is not as it must be"
        ))),
    }
}

/// The name without the port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') && port.bytes().all(|b| b.is_ascii_digit()) => {
            name
        }
        _ => host,
    }
}

fn is_ours(host: &str, names: &[String]) -> bool {
    let name = without_port(host);
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    if let Some(bare) = bare {
        return bare.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    name.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4())
        || name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Refuses what a page of another site made a browser ask. Following a link is no harm.
fn same_site(method: &Method, headers: &HeaderMap, host: &str) -> Result<(), Problem> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let refuse = |why: String| Err(Problem::new(Kind::CrossOrigin, why));
    let site = one(headers, &HeaderName::from_static("sec-fetch-site"))?;
    let mode = one(headers, &HeaderName::from_static("sec-fetch-mode"))?;
    match site {
        None | Some("same-origin" | "none") => {}
        Some(_) if reads && mode == Some("navigate") => {}
        Some(site) => return refuse(format!("Sec-Fetch-Site is {site:?}")),
    }
    match one(headers, &header::ORIGIN)? {
        None => Ok(()),
        Some(origin) => {
            let place = origin.split_once("://").map(|(_, place)| place);
            match place.is_some_and(|place| place.eq_ignore_ascii_case(host)) {
                true => Ok(()),
                false => refuse(format!("Origin is {origin:?}")),
            }
        }
    }
}

fn add_headers(headers: &mut HeaderMap, is_page: bool) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = if is_page { PAGE_POLICY } else { DATA_POLICY };
    let policy = HeaderValue::from_static(policy);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_others_are_not_ours() {
        let names = ["Pictures.Home".to_owned()];
        for ours in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:7878",
            "192.168.1.4",
            "[::1]:7878",
            "[::1]",
            "pictures.home",
            "pictures.home.:7878",
        ] {
            assert!(is_ours(ours, &names), "{ours}");
        }
        for other in [
            "",
            ":80",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "[::1",
            "::1",
            "[evil]",
            "pictures.home.evil",
            "xpictures.home",
            "127.0.0.1:80:80",
            "localhost:x",
        ] {
            assert!(!is_ours(other, &names), "{other}");
        }
    }

    fn refused(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        same_site(method, &map, "127.0.0.1:7878").is_err()
    }

    #[test]
    fn pages_of_others_may_link_and_no_more() {
        let (site, mode) = ("sec-fetch-site", "sec-fetch-mode");
        assert!(!refused(&Method::POST, &[]));
        assert!(!refused(
            &Method::POST,
            &[(site, "same-origin"), ("origin", "http://127.0.0.1:7878")]
        ));
        assert!(!refused(
            &Method::GET,
            &[(site, "cross-site"), (mode, "navigate")]
        ));
        assert!(refused(
            &Method::POST,
            &[(site, "cross-site"), (mode, "navigate")]
        ));
        assert!(refused(
            &Method::GET,
            &[(site, "cross-site"), (mode, "no-cors")]
        ));
        assert!(refused(&Method::GET, &[(site, "same-site")]));
        assert!(refused(&Method::POST, &[("origin", "null")]));
        assert!(refused(
            &Method::POST,
            &[("origin", "http://127.0.0.1:7879")]
        ));
        assert!(refused(
            &Method::POST,
            &[("origin", "http://127.0.0.1:7878"), ("origin", "http://x")]
        ));
    }
}
