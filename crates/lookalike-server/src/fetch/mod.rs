//! Pictures by address.
//!
//! Whoever may ask this server must not reach through it what only the server can reach: its own
//! machine and network. So a name is resolved here, *every* address of it must be public, and the
//! connection goes to one of these addresses and no other; so it is with each redirect. Proxies that
//! the environment names are not used, for they would resolve the name anew.

mod address;

use crate::problem::{Kind, Problem};
use address::is_public;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

/// Addresses that are fetched at a time.
const TOGETHER: usize = 4;
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(20);
const REDIRECTS: u32 = 3;

/// Fetches pictures.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    agent: Agent,
    limit: usize,
    free: Arc<Semaphore>,
}

/// Says which addresses may be reached.
type Allowed = fn(IpAddr) -> bool;

impl Fetcher {
    /// For files of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self::with(limit, is_public)
    }

    fn with(limit: usize, allowed: Allowed) -> Self {
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(REDIRECTS)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(WHOLE))
            .user_agent(concat!("lookalike/", env!("CARGO_PKG_VERSION")))
            .accept("image/*")
            .build();
        let resolver = Checked {
            inner: DefaultResolver::default(),
            allowed,
        };
        Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), resolver),
            limit,
            free: Arc::new(Semaphore::new(TOGETHER)),
        }
    }

    /// The bytes behind an address.
    ///
    /// # Errors
    /// [`Kind::UrlRefused`], [`Kind::UrlFailed`], [`Kind::TooLarge`], [`Kind::Busy`].
    pub(crate) async fn fetch(&self, url: String) -> Result<Vec<u8>, Problem> {
        let permit = self.free.clone().try_acquire_owned();
        let busy = |_| Problem::new(Kind::Busy, "too many addresses are being fetched just now");
        let permit = permit.map_err(busy)?;
        let this = self.clone();
        let fetched = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            this.fetch_now(&url)
        });
        fetched.await.map_err(|e| Problem::internal(&e))?
    }

    fn fetch_now(&self, url: &str) -> Result<Vec<u8>, Problem> {
        let refuse = |why: &str| Problem::new(Kind::UrlRefused, format!("{url:?}: {why}"));
        let uri: Uri = url.parse().map_err(|_| refuse("no address of the web"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(refuse("only http and https are fetched"));
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err(refuse("names and passwords are not sent"));
        }
        let failed = |error: Error| match error {
            Error::Other(refused) if refused.is::<NotPublic>() => refuse("it is no public address"),
            Error::BodyExceedsLimit(limit) => {
                Problem::new(Kind::TooLarge, format!("{url:?}: more than {limit} bytes"))
            }
            other => Problem::new(Kind::UrlFailed, format!("{url:?}: {other}")),
        };
        let mut response = self.agent.get(uri).call().map_err(failed)?;
        let body = response.body_mut().with_config().limit(self.limit as u64);
        body.read_to_vec().map_err(failed)
    }
}

/// Why an address is not reached.
#[derive(Debug, thiserror::Error)]
#[error("not a public address")]
struct NotPublic;

/// Resolves names, and gives only addresses that may be reached.
#[derive(Debug)]
struct Checked {
    inner: DefaultResolver,
    allowed: Allowed,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        match found.iter().all(|address| (self.allowed)(address.ip())) {
            true => Ok(found),
            false => Err(Error::Other(Box::new(NotPublic))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener};

    /// Stands for the public Internet.
    fn only_the_first(address: IpAddr) -> bool {
        address == Ipv4Addr::LOCALHOST
    }

    /// A server that gives these answers, one a connection, and its port.
    fn server(answers: Vec<String>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        port
    }

    fn body(text: &str) -> String {
        let length = text.len();
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}")
    }

    fn redirect(to: &str) -> String {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    }

    #[test]
    fn a_file_is_fetched_also_behind_a_redirect() {
        let fetcher = Fetcher::with(100, only_the_first);
        let port = server(vec![redirect("/there"), body("picture")]);
        let fetched = fetcher.fetch_now(&format!("http://127.0.0.1:{port}/a.jpg"));
        assert_eq!(fetched.unwrap(), b"picture");
    }

    #[test]
    fn a_redirect_to_where_one_may_not_go_is_refused() {
        let fetcher = Fetcher::with(100, only_the_first);
        let secret = TcpListener::bind("127.0.0.2:0").unwrap();
        secret.set_nonblocking(true).unwrap();
        let place = secret.local_addr().unwrap();
        for to in [
            format!("http://{place}/"),
            format!("http://[::ffff:127.0.0.2]:{}/", place.port()),
        ] {
            let port = server(vec![redirect(&to)]);
            let fetched = fetcher.fetch_now(&format!("http://127.0.0.1:{port}/a.jpg"));
            assert_eq!(fetched.unwrap_err().kind, Kind::UrlRefused);
        }
        assert!(secret.accept().is_err());
    }

    #[test]
    fn what_is_not_public_is_refused_before_it_is_asked() {
        let fetcher = Fetcher::new(100);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in [
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "2130706433",
            "0x7f.1",
        ] {
            let problem = fetcher
                .fetch_now(&format!("http://{host}:{port}/a.jpg"))
                .unwrap_err();
            let kind = problem.kind;
            assert!(
                matches!(kind, Kind::UrlRefused | Kind::UrlFailed),
                "{host}: {problem}"
            );
        }
        let metadata = fetcher.fetch_now("http://169.254.169.254/latest/meta-data/");
        assert_eq!(metadata.unwrap_err().kind, Kind::UrlRefused);
        for odd in [
            "file:///etc/passwd",
            "ftp://example.org/",
            "/a.jpg",
            "",
            "http://",
            "http://u:p@1.1.1.1/",
        ] {
            assert_eq!(
                fetcher.fetch_now(odd).unwrap_err().kind,
                Kind::UrlRefused,
                "{odd}"
            );
        }
        assert!(listener.accept().is_err());
    }

    #[test]
    fn too_many_bytes_are_refused() {
        let fetcher = Fetcher::with(10, only_the_first);
        let port = server(vec![body("more than ten bytes")]);
        let fetched = fetcher.fetch_now(&format!("http://127.0.0.1:{port}/a.jpg"));
        assert_eq!(fetched.unwrap_err().kind, Kind::TooLarge);
    }
}
