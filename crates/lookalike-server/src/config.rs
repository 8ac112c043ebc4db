//! How a server is set up.

use crate::Token;
use lookalike::Location;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How a server is set up. [`Config::new`] gives what a user means who says nothing: this machine
/// only, no addresses fetched.
#[derive(Clone, Debug)]
pub struct Config {
    /// The library, which exists.
    pub location: Location,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may ask; needed where `listen` is no loopback address.
    pub token: Option<Token>,
    /// Names of this server, besides `localhost` and any IP address.
    pub hosts: Vec<String>,
    /// Threads that search, and that bring the library up to date.
    pub threads: usize,
    /// Bring the library up to date when the server starts.
    pub index: bool,
    /// Follow the folder while the server runs.
    pub watch: bool,
    /// Refuse all changes.
    pub read_only: bool,
    /// Fetch pictures by address where a search asks for it.
    pub allow_url: bool,
    /// What is refused.
    pub bounds: Bounds,
    /// Who waits for whom, and how long.
    pub patience: Patience,
    /// Is told what happens.
    pub log: Log,
}

/// What is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of a request's body.
    pub body: usize,
    /// Bytes of all bodies and files that are in memory at a time.
    pub memory: usize,
    /// Pixels of a picture that is sent.
    pub pixels: u64,
    /// Requests of one kind that wait for a free thread.
    pub queue: usize,
    /// Connections at a time, as far as the system allows so many.
    pub connections: usize,
}

impl Default for Bounds {
    /// 64 MiB a body, 512 MiB for all of them, 100 million pixels, 256 that wait, 4,096 connections.
    fn default() -> Self {
        Self {
            body: 64 << 20,
            memory: 512 << 20,
            pixels: 100_000_000,
            queue: 256,
            connections: 4096,
        }
    }
}

/// How long the server waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the head of a request, on a connection that is open.
    pub head: Duration,
    /// For the next bytes, while a body is sent or an answer received.
    pub bytes: Duration,
    /// For a whole body.
    pub body: Duration,
    /// For an answer (ten times that for duplicates).
    pub answer: Duration,
    /// For requests in hand when the server ends.
    pub end: Duration,
    /// Between two looks at the whole folder where it is followed.
    pub rescan: Duration,
}

impl Default for Patience {
    /// 30 s for a head, 15 s for the next bytes, 60 s for a body and for an answer, 10 s at the end,
    /// 5 minutes between looks.
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            bytes: Duration::from_secs(15),
            body: Duration::from_secs(60),
            answer: Duration::from_secs(60),
            end: Duration::from_secs(10),
            rescan: Duration::from_secs(300),
        }
    }
}

/// Who is told what happens, in lines.
#[derive(Clone)]
pub struct Log(Arc<dyn Fn(Line<'_>) + Send + Sync>);

/// What happens.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Line<'a> {
    /// A request was answered.
    Request(&'a str),
    /// Something that the operator should know.
    Note(&'a str),
    /// Something failed that is not the client's fault.
    Error(&'a str),
}

impl Log {
    /// Calls `tell` from any thread.
    pub fn new(tell: impl Fn(Line<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells nobody.
    pub fn silent() -> Self {
        Self::new(|_| ())
    }

    pub(crate) fn tell(&self, line: Line<'_>) {
        (self.0)(line);
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

impl Config {
    /// The default port.
    pub const PORT: u16 = 7878;

    /// For the library at `location`.
    pub fn new(location: Location) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        Self {
            location,
            listen: SocketAddr::from(([127, 0, 0, 1], Self::PORT)),
            token: None,
            hosts: Vec::new(),
            threads: cores,
            index: true,
            watch: false,
            read_only: false,
            allow_url: false,
            bounds: Bounds::default(),
            patience: Patience::default(),
            log: Log::silent(),
        }
    }
}
