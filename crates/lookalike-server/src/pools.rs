//! The pools: what takes a moment never waits behind what takes seconds.

use crate::config::Config;
use crate::pool::{Load, Pool, Shelf};
use std::sync::Arc;

/// A pool for each kind of work.
pub(crate) struct Pools {
    /// What is asked of the catalogue alone.
    pub(crate) lookups: Pool,
    /// Thumbnails and files.
    pub(crate) pictures: Pool,
    /// Searches and comparisons.
    pub(crate) searches: Pool,
    /// All pictures compared with all.
    pub(crate) surveys: Pool,
}

impl Pools {
    pub(crate) fn start(config: &Config) -> std::io::Result<Self> {
        let cores = config.threads.max(1);
        let limit = config.bounds.queue;
        let shelf = Arc::new(Shelf::new(&config.location));
        let start = |name, threads, cores, limit| Pool::start(name, &shelf, threads, cores, limit);
        Ok(Self {
            lookups: start("lookups", 2, 1, limit.saturating_mul(4))?,
            pictures: start("pictures", cores.min(4), 1, limit.saturating_mul(2))?,
            // More of them would only compute more slowly.
            searches: start("searches", cores.min(16), cores, limit)?,
            surveys: start("surveys", 1, cores.div_ceil(2), 4)?,
        })
    }

    pub(crate) fn all(&self) -> [&Pool; 4] {
        [&self.lookups, &self.pictures, &self.searches, &self.surveys]
    }

    pub(crate) fn loads(&self) -> [Load; 4] {
        self.all().map(Pool::load)
    }
}
