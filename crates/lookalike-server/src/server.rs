//! Starting, running and ending a server.

use crate::api::docs::Docs;
use crate::app::App;
use crate::body::{Intake, Memory};
use crate::cache::Cache;
use crate::config::{Config, Line};
use crate::ending::Ending;
use crate::fetch::Fetcher;
use crate::lobby::Lobby;
use crate::pools::Pools;
use crate::progress::Progress;
use crate::watch::Watch;
use crate::writer::{self, Desk, Folder};
use crate::{Error, Result, openapi};
use lookalike::{Library, LibraryKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// Bytes of thumbnails that are kept.
const THUMBNAILS: usize = 64 << 20;

/// A server that listens, and does not yet answer.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
    config: Config,
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
        let end = watch::Sender::new(false);
        let bounds = config.bounds;
        let app = App {
            bounds,
            pools: Arc::new(Pools::start(&config)?),
            intake: Intake {
                memory: Memory::new(bounds.memory.max(bounds.body)),
                limit: bounds.body,
                patience: config.patience,
            },
            thumbnails: Arc::new(Cache::new(THUMBNAILS)),
            // The thread that indexes is there although clients may change nothing.
            desk: desk.clone().filter(|_| !config.read_only),
            progress,
            metrics: Arc::default(),
            fetcher: config.allow_url.then(|| Fetcher::new(bounds.body)),
            docs: Arc::new(Docs::new(openapi::document(), openapi::readable())),
            ending: Ending::new(&end),
        };
        Ok(Self {
            listener,
            address,
            app,
            config,
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
            .worker_threads(self.config.threads.clamp(1, 4))
            .thread_name("http")
            .enable_all()
            .build()?;
        let pools = self.app.pools.clone();
        let lobby = Lobby::new(&self.config, self.app);
        let served = runtime.block_on(lobby.serve(self.listener));
        if let Some(watch) = self.watch {
            watch.end();
        }
        if let Some(desk) = self.desk {
            desk.close();
        }
        for pool in pools.all() {
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
