//! How a worker comes to its end: it serves, it drains, it cuts.

use tokio::sync::watch;

/// Where the worker is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// New calls are taken.
    Serving,
    /// Calls that were taken are finished, new ones are refused.
    Draining,
    /// The bound has passed: what is left is dropped.
    Cut,
}

/// Turns the phases; there is one in a worker.
#[derive(Debug)]
pub struct Shutdown {
    phase: watch::Sender<Phase>,
}

/// Sees the phases; every task that must end holds one.
#[derive(Clone, Debug)]
pub struct Watcher {
    phase: watch::Receiver<Phase>,
}

impl Shutdown {
    /// A worker that serves.
    pub fn new() -> Self {
        let (phase, _) = watch::channel(Phase::Serving);
        Self { phase }
    }

    /// A view for a task.
    pub fn watcher(&self) -> Watcher {
        Watcher {
            phase: self.phase.subscribe(),
        }
    }

    /// Goes on to a later phase; never back.
    pub fn enter(&self, next: Phase) {
        self.phase.send_if_modified(|phase| {
            let later = next > *phase;
            *phase = next.max(*phase);
            later
        });
    }

    /// Waits until every task has dropped its view.
    pub async fn all_gone(&self) {
        self.phase.closed().await;
    }

    /// Tasks that still hold a view.
    pub fn remaining(&self) -> usize {
        self.phase.receiver_count()
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Watcher {
    /// The phase now.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Waits for a phase at least as late as `phase`.
    pub async fn reached(&mut self, phase: Phase) {
        // An error says that the worker itself is gone, which is the latest phase of all.
        let _ = self.phase.wait_for(|now| *now >= phase).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn phases_go_forward_only() {
        let shutdown = Shutdown::new();
        let mut watcher = shutdown.watcher();
        shutdown.enter(Phase::Draining);
        watcher.reached(Phase::Draining).await;
        shutdown.enter(Phase::Serving);
        assert_eq!(watcher.phase(), Phase::Draining);
    }

    #[tokio::test]
    async fn the_worker_waits_for_the_last_view() {
        let shutdown = Shutdown::new();
        let watcher = shutdown.watcher();
        let task = tokio::spawn(async move {
            tokio::task::yield_now().await;
            drop(watcher);
        });
        shutdown.all_gone().await;
        assert_eq!(shutdown.remaining(), 0);
        task.await.expect("ended");
    }
}
