//! Starting, running and ending a server.

use crate::app::{App, Pools, THUMBNAILS, router};
use crate::body::Memory;
use crate::cache::Cache;
use crate::config::{Config, Line};
use crate::connection::Patient;
use crate::fetch::Fetcher;
use crate::metrics::Metrics;
use crate::progress::Progress;
use crate::watch::Watch;
use crate::writer::{self, Desk, Folder};
use crate::{Error, Result};
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use lookalike::{Library, LibraryKind};
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Lines in the head of a request, and bytes of it.
const MAX_HEADERS: usize = 64;
const MAX_HEAD: usize = 32 << 10;

/// A server that listens, and does not yet answer.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
    desk: Option<Arc<Desk>>,
    writer: Option<JoinHandle<()>>,
    watch: Option<Watch>,
    end: watch::Sender<bool>,
}

/// Ends a server from anywhere.
#[derive(Clone, Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Requests in hand are answered, and what is being written is committed.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Opens the library, starts the threads, and listens.
    ///
    /// # Errors
    /// [`Error::NoToken`] where others can reach the address and there is no token;
    /// [`Error::BadHost`], [`Error::Listen`], and those of the library.
    pub fn bind(config: Config) -> Result<Self> {
        check(&config)?;
        let library = Library::open(&config.location)?;
        let progress = Progress::new();
        progress.set_pictures(library.status()?.pictures);
        let listener = listen(config.listen)?;
        let address = listener.local_addr()?;

        let desk = desk(&config, &library)?;
        let writer = desk
            .clone()
            .map(|desk| writer::start(&config, desk, progress.clone()));
        let watch = match (&desk, library.root()) {
            (Some(desk), Some(root)) if config.watch => {
                Some(Watch::start(&config, root, desk.clone())?)
            }
            _ => None,
        };
        if let Some(desk) = &desk
            && config.index
        {
            // From the first answer on it is known that there is more to come.
            progress.begin();
            desk.ask_whole();
        }
        let (end, ending) = watch::channel(false);
        let app = App {
            pools: Pools::start(&config)?,
            memory: Memory::new(config.bounds.memory.max(config.bounds.body)),
            thumbnails: Cache::new(THUMBNAILS),
            // The thread that indexes is there although clients may change nothing.
            desk: desk.clone().filter(|_| !config.read_only),
            progress,
            metrics: Metrics::default(),
            fetcher: config.allow_url.then(|| Fetcher::new(config.bounds.body)),
            ending,
            config,
        };
        Ok(Self {
            listener,
            address,
            app: Arc::new(app),
            desk,
            writer: writer.transpose()?,
            watch,
            end,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What ends it.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.end.clone())
    }

    /// Answers requests until it is told to end.
    ///
    /// # Errors
    /// Where the system refuses threads.
    pub fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.app.config.threads.clamp(1, 4))
            .thread_name("http")
            .enable_all()
            .build()?;
        let served = runtime.block_on(serve(&self.app, self.listener));
        if let Some(watch) = self.watch {
            watch.end();
        }
        if let Some(desk) = self.desk {
            desk.close();
        }
        for pool in self.app.pools.all() {
            pool.close();
        }
        if let Some(writer) = self.writer {
            // It has told what went wrong.
            let _ = writer.join();
        }
        // A computation whose client has gone is not waited for.
        runtime.shutdown_timeout(Duration::from_millis(100));
        served
    }
}

fn check(config: &Config) -> Result<()> {
    if config.token.is_none() && !config.listen.ip().to_canonical().is_loopback() {
        return Err(Error::NoToken {
            address: config.listen,
        });
    }
    let is_name = |name: &String| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        !name.is_empty() && name.bytes().all(plain)
    };
    match config.hosts.iter().find(|name| !is_name(name)) {
        Some(name) => Err(Error::BadHost { name: name.clone() }),
        None => Ok(()),
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let refuse = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(refuse)?;
    listener.set_nonblocking(true).map_err(refuse)?;
    Ok(listener)
}

/// Where changes are left; `None` where there is no folder, or it cannot be written.
fn desk(config: &Config, library: &Library) -> Result<Option<Arc<Desk>>> {
    let root = match (library.kind(), library.root()) {
        (LibraryKind::Folder, Some(root)) => root,
        _ => return Ok(None),
    };
    match Folder::open(root, library.folder()) {
        Ok(folder) => Ok(Some(Arc::new(Desk::new(folder, config.bounds.queue)))),
        Err(error) => {
            let line = format!("the library is only read: {error}");
            config.log.tell(Line::Note(&line));
            Ok(None)
        }
    }
}

/// How many connections the system allows, leaving files for the library.
fn connections(wanted: usize) -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        const FILES: u64 = 256;
        let limits = getrlimit(Resource::Nofile);
        let needed = wanted as u64 + FILES;
        let reachable = limits.maximum.map_or(needed, |maximum| maximum.min(needed));
        let mut current = limits.current.unwrap_or(u64::MAX);
        if current < reachable {
            let raised = Rlimit {
                current: Some(reachable),
                ..limits
            };
            if setrlimit(Resource::Nofile, raised).is_ok() {
                current = reachable;
            }
        }
        let left = usize::try_from(current.saturating_sub(FILES)).unwrap_or(usize::MAX);
        wanted.min(left).max(1)
    }
    #[cfg(not(unix))]
    {
        wanted
    }
}

/// Takes connections until the end, then waits for what is in hand.
async fn serve(app: &Arc<App>, listener: TcpListener) -> Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let most = connections(app.config.bounds.connections);
    let free = Arc::new(Semaphore::new(most));
    let router = router(app);
    let mut ending = app.ending.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ended(&mut ending) => break,
        };
        let Ok((stream, _)) = accepted else {
            // No more files: somebody will close one.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(permit) = free.clone().try_acquire_owned() else {
            app.metrics
                .connections_refused
                .fetch_add(1, Ordering::Relaxed);
            tokio::spawn(turn_away(stream));
            continue;
        };
        app.metrics.connections.fetch_add(1, Ordering::Relaxed);
        let (app, router) = (app.clone(), router.clone());
        tokio::spawn(async move {
            connection(&app, stream, router).await;
            app.metrics.connections.fetch_sub(1, Ordering::Relaxed);
            drop(permit);
        });
    }
    drop(listener);
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    // Who is not done by then has had time enough.
    let _ = timeout(app.config.patience.end, free.acquire_many(all)).await;
    Ok(())
}

/// Waits for the end.
async fn ended(ending: &mut watch::Receiver<bool>) {
    // Where nobody can tell of the end any more, it has come.
    drop(ending.wait_for(|ending| *ending).await);
}

/// Tells a client that there are too many connections.
async fn turn_away(stream: TcpStream) {
    const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\
        Content-Length: 0\r\nConnection: close\r\n\r\n";
    // So few bytes go out at once, or the client takes nothing.
    if stream.writable().await.is_ok() {
        let _ = stream.try_write(ANSWER);
    }
}

async fn connection(app: &App, stream: TcpStream, router: Router) {
    let patience = app.config.patience;
    // Small answers are not held back to be sent with others.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Patient::new(stream, patience.bytes));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .serve_connection(io, TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let mut ending = app.ending.clone();
    // What goes wrong with a connection is the client's: there is nobody to tell.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = ended(&mut ending) => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(patience.end, connection).await;
        }
    }
}
