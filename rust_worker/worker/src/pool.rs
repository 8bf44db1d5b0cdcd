//! The one bounded compute pool that all channels share.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use sidecar_wire::stamps::now_ns;

/// A call that waits for a compute thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// What a caller is told to wait before any job has been timed: 1 ms.
const FIRST_GUESS_NS: u64 = 1_000_000;

/// The weight of one job in the mean service time: 1/8.
const MEAN_SHIFT: u32 = 3;

/// Every thread is busy and every place in the queue is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// When a place is likely to be free, in ns from now.
    pub retry_after_ns: u64,
}

/// Compute threads behind a bounded queue. The threads end when the pool is dropped and the queue is empty.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

/// What a pool has in hand, beside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Jobs that wait.
    pub waiting: usize,
    /// Places for jobs that wait.
    pub places: usize,
    /// Threads that run a job.
    pub busy: usize,
    /// All threads.
    pub threads: usize,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
    places: usize,
    threads: usize,
    mean_service_ns: AtomicU64,
}

struct State {
    waiting: VecDeque<Job>,
    idle: usize,
    closed: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("waiting", &self.waiting.len())
            .field("idle", &self.idle)
            .finish_non_exhaustive()
    }
}

impl Pool {
    /// Starts `threads` compute threads with `places` places for those who wait.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(threads: usize, places: usize) -> std::io::Result<Self> {
        let state = State {
            waiting: VecDeque::with_capacity(places + threads),
            idle: threads,
            closed: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            work: Condvar::new(),
            places,
            threads,
            mean_service_ns: AtomicU64::new(FIRST_GUESS_NS),
        });
        for number in 0..threads {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("compute-{number}"))
                .spawn(move || shared.compute())?;
        }
        Ok(Self { shared })
    }

    /// Hands a job to the next free thread.
    ///
    /// # Errors
    /// [`Full`], and the job is gone: whoever made it answers the caller.
    pub fn submit(&self, job: Job) -> Result<(), Full> {
        let mut state = self.shared.lock();
        if state.waiting.len() >= self.shared.places + state.idle {
            drop(state);
            return Err(self.full());
        }
        state.waiting.push_back(job);
        drop(state);
        self.shared.work.notify_one();
        Ok(())
    }

    /// Takes back a job that had its place before and was put aside.
    pub fn resubmit(&self, job: Job) {
        self.shared.lock().waiting.push_back(job);
        self.shared.work.notify_one();
    }

    /// What it has in hand just now.
    pub fn load(&self) -> Load {
        let state = self.shared.lock();
        Load {
            waiting: state.waiting.len(),
            places: self.shared.places,
            busy: self.shared.threads - state.idle,
            threads: self.shared.threads,
        }
    }

    /// What [`Pool::submit`] says when it refuses: the time in which the queue moves up by one place.
    pub fn full(&self) -> Full {
        let mean = self.shared.mean_service_ns.load(Ordering::Relaxed);
        let retry_after_ns = (mean / self.shared.threads as u64).max(1);
        Full { retry_after_ns }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn compute(&self) {
        while let Some(job) = self.next() {
            let start = now_ns();
            // The host catches a kernel's panic itself; what arrives here is a defect of ours and costs one call.
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                tracing::error!("a job panicked outside of its kernel; the thread goes on");
            }
            self.lock().idle += 1;
            self.learn(now_ns() - start);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.waiting.pop_front() {
                state.idle -= 1;
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// An exponentially weighted mean. Threads may overwrite each other's update; it is a hint.
    fn learn(&self, service_ns: u64) {
        let mean = self.mean_service_ns.load(Ordering::Relaxed);
        let next = mean - (mean >> MEAN_SHIFT) + (service_ns >> MEAN_SHIFT);
        self.mean_service_ns.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    fn wait_until(condition: impl Fn() -> bool) {
        let start = std::time::Instant::now();
        while !condition() {
            assert!(start.elapsed() < SOON, "it did not come about in time");
            thread::yield_now();
        }
    }

    #[test]
    fn a_job_runs_on_a_compute_thread() {
        let pool = Pool::start(1, 1).expect("threads");
        let (tell, told) = mpsc::channel();
        let job = Box::new(move || {
            let name = thread::current().name().map(str::to_owned);
            tell.send(name).expect("listens");
        });
        pool.submit(job).expect("room");
        assert_eq!(
            told.recv_timeout(SOON).expect("ran").as_deref(),
            Some("compute-0")
        );
    }

    #[test]
    fn one_thread_and_one_place_take_two_jobs_and_refuse_the_third() {
        let pool = Pool::start(1, 1).expect("threads");
        let (release, held) = mpsc::channel::<()>();
        let block = Box::new(move || assert!(held.recv().is_err()));
        pool.submit(block).expect("thread");
        pool.submit(Box::new(|| ())).expect("place");
        wait_until(|| pool.load().busy == 1);
        let load = Load {
            waiting: 1,
            places: 1,
            busy: 1,
            threads: 1,
        };
        assert_eq!(pool.load(), load);
        let refused = pool.submit(Box::new(|| ())).expect_err("full");
        assert!(refused.retry_after_ns > 0);
        drop(release);
    }

    #[test]
    fn a_job_that_panics_costs_no_thread() {
        let pool = Pool::start(1, 4).expect("threads");
        pool.submit(Box::new(|| panic!("planted"))).expect("room");
        let (tell, told) = mpsc::channel();
        pool.submit(Box::new(move || tell.send(()).expect("listens")))
            .expect("room");
        told.recv_timeout(SOON).expect("the next job ran");
    }

    #[test]
    fn jobs_that_wait_are_run_after_the_pool_is_dropped() {
        let pool = Pool::start(1, 8).expect("threads");
        let (tell, told) = mpsc::channel();
        for number in 0..4 {
            let tell = tell.clone();
            let job = Box::new(move || tell.send(number).expect("listens"));
            pool.submit(job).expect("room");
        }
        drop(pool);
        let ran: Vec<i32> = (0..4)
            .map(|_| told.recv_timeout(SOON).expect("ran"))
            .collect();
        assert_eq!(ran, [0, 1, 2, 3]);
    }
}
