//! The end of a server, which those who wait want to know of.

use tokio::sync::watch;

/// Tells of the end.
#[derive(Clone, Debug)]
pub(crate) struct Ending(watch::Receiver<bool>);

impl Ending {
    /// The end has come when the sender says `true`.
    pub(crate) fn new(end: &watch::Sender<bool>) -> Self {
        Self(end.subscribe())
    }

    /// Waits for the end.
    pub(crate) async fn come(&mut self) {
        // Where nobody can tell of the end any more, it has come.
        drop(self.0.wait_for(|ending| *ending).await);
    }
}
