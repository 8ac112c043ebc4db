//! Connections: taken, counted, turned away where there are too many, and ended.

use crate::Result;
use crate::app::App;
use crate::config::{Config, Patience};
use crate::connection::Patient;
use crate::ending::Ending;
use crate::guard::Guard;
use crate::metrics::Metrics;
use crate::router::router;
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Lines in the head of a request, and bytes of it.
const MAX_HEADERS: usize = 64;
const MAX_HEAD: usize = 32 << 10;
/// Where connections come in.
pub(crate) struct Lobby {
    router: Router,
    patience: Patience,
    /// Connections at a time.
    most: usize,
    metrics: Arc<Metrics>,
    ending: Ending,
}

impl Lobby {
    pub(crate) fn new(config: &Config, app: App) -> Self {
        let metrics = app.metrics.clone();
        Self {
            patience: config.patience,
            most: connections(config.bounds.connections),
            ending: app.ending.clone(),
            router: router(app, Guard::new(config, metrics.clone())),
            metrics,
        }
    }

    /// Takes connections until the end, then waits for what is in hand.
    pub(crate) async fn serve(self, listener: TcpListener) -> Result<()> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let free = Arc::new(Semaphore::new(self.most));
        let mut ending = self.ending.clone();
        let this = Arc::new(self);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ending.come() => break,
            };
            let Ok((stream, _)) = accepted else {
                // No more files: somebody will close one.
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            let metrics = &this.metrics;
            let Ok(permit) = free.clone().try_acquire_owned() else {
                metrics.connections_refused.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(turn_away(stream));
                continue;
            };
            metrics.connections.fetch_add(1, Ordering::Relaxed);
            let this = this.clone();
            tokio::spawn(async move {
                this.connection(stream).await;
                this.metrics.connections.fetch_sub(1, Ordering::Relaxed);
                drop(permit);
            });
        }
        drop(listener);
        let all = u32::try_from(this.most).unwrap_or(u32::MAX);
        // Who is not done by then has had time enough.
        let _ = timeout(this.patience.end, free.acquire_many(all)).await;
        Ok(())
    }

    async fn connection(&self, stream: TcpStream) {
        // Small answers are not held back to be sent with others.
        let _ = stream.set_nodelay(true);
        let io = TokioIo::new(Patient::new(stream, self.patience.bytes));
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.patience.head)
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEAD)
            .serve_connection(io, TowerToHyperService::new(self.router.clone()));
        let mut connection = pin!(connection);
        let mut ending = self.ending.clone();
        // What goes wrong with a connection is the client's: there is nobody to tell.
        tokio::select! {
            _ = connection.as_mut() => {}
            () = ending.come() => {
                connection.as_mut().graceful_shutdown();
                let _ = timeout(self.patience.end, connection).await;
            }
        }
    }
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
