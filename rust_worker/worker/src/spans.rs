//! The worker's spans of sampled calls: built from the stamps on a thread of their own, off the calls' path.
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT` and its kin say where they go; without an endpoint there is no exporter and no thread.
//! `receiver` reads them, `tree` builds the spans by the `wall_clock`, `passage` sends them, `ledger` counts what is lost.

mod ledger;
mod passage;
mod receiver;
mod tree;
mod wall_clock;

use std::env;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use sidecar_kernels::Hosted;
use sidecar_wire::lists::Codec;
use sidecar_wire::stamps::{Stamps, now_ns};
use sidecar_wire::status::Failure;
use thiserror::Error;
use tokio::runtime::Builder as RuntimeBuilder;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use self::ledger::Ledger;
use self::passage::Passage;
use self::tree::SpanTree;
use self::wall_clock::WallClock;
use crate::call::{Target, Trace};

/// Name of this resource; the caller's part of a trace comes from another.
const SERVICE_NAME: &str = "sidecar-worker";

/// Calls that may wait for the thread; over it their spans are dropped.
const QUEUE: usize = 4096;

/// How long the last spans may take to leave.
const LEAVE_TIMEOUT: Duration = Duration::from_millis(1500);

/// How long the end of the worker waits for them, all in all.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Why spans can't be exported.
#[derive(Debug, Error)]
pub enum SpansError {
    /// The OTEL_ variables ask for what this worker has not.
    #[error("spans can't be exported: {0}; check the OTEL_EXPORTER_OTLP_ variables or unset them")]
    Exporter(String),
    /// No thread.
    #[error("spans can't be exported: {0}")]
    Thread(#[from] std::io::Error),
}

/// Takes finished calls and never waits.
#[derive(Debug, Default)]
pub struct Spans {
    notes: Option<mpsc::Sender<Note>>,
    ledger: Arc<Ledger>,
}

enum Note {
    Call(Box<Finished>),
    End(oneshot::Sender<()>),
}

/// A sampled call that is answered.
struct Finished {
    trace: Trace,
    kernel: Arc<dyn Hosted>,
    codec: Codec,
    stamps: Stamps,
    failure: Option<Failure>,
    reply_bytes: usize,
    end_ns: u64,
}

impl Spans {
    /// Starts the exporter when the environment names an endpoint.
    ///
    /// # Errors
    /// [`SpansError`] when it names one that can't be used.
    pub fn start(clock_offset: Option<i64>) -> Result<Self, SpansError> {
        let ledger = Arc::new(Ledger::default());
        if !receiver::is_wanted() {
            return Ok(Self {
                notes: None,
                ledger,
            });
        }
        let (notes, taken) = mpsc::channel(QUEUE);
        let (ready, started) = std::sync::mpsc::channel();
        let losses = Arc::clone(&ledger);
        thread::Builder::new()
            .name("spans".into())
            .spawn(move || export(taken, clock_offset, losses, &ready))?;
        let lost = || SpansError::Exporter("its thread ended".into());
        started.recv().map_err(|_| lost())??;
        Ok(Self {
            notes: Some(notes),
            ledger,
        })
    }

    /// True when spans are exported.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.notes.is_some()
    }

    /// Counts spans that were made and will not arrive; it never goes back.
    pub fn dropped(&self) -> u64 {
        self.ledger.dropped()
    }

    /// Takes a finished call; drops it when the exporter is behind.
    pub fn record(
        &self,
        trace: Trace,
        target: Target<'_>,
        stamps: Stamps,
        outcome: &Result<(), Failure>,
        reply_bytes: usize,
    ) {
        let Some(notes) = &self.notes else { return };
        let finished = Finished {
            trace,
            kernel: Arc::clone(target.kernel),
            codec: target.codec,
            stamps,
            failure: outcome.as_ref().err().cloned(),
            reply_bytes,
            end_ns: now_ns(),
        };
        if notes.try_send(Note::Call(Box::new(finished))).is_err() {
            let because = "they can't be built as fast as calls are answered";
            self.ledger.lose(tree::spans_of(stamps), because);
        }
    }

    /// Sends what is left, within a bound.
    pub async fn flush(&self) {
        let Some(notes) = &self.notes else { return };
        let (done, wait) = oneshot::channel();
        let flushed = async {
            notes.send(Note::End(done)).await.ok()?;
            wait.await.ok()
        };
        // What did not leave in time is told as dropped.
        let _ = timeout(FLUSH_TIMEOUT, flushed).await;
        self.ledger.tell(passage::ENDED);
    }
}

/// The thread: its runtime drives the exporter's connection.
fn export(
    notes: mpsc::Receiver<Note>,
    clock_offset: Option<i64>,
    ledger: Arc<Ledger>,
    ready: &std::sync::mpsc::Sender<Result<(), SpansError>>,
) {
    let runtime = match RuntimeBuilder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(ready.send(Err(error.into()))),
    };
    runtime.block_on(async {
        match provider(ledger) {
            Err(error) => drop(ready.send(Err(error))),
            Ok(provider) => {
                let _ = ready.send(Ok(()));
                take_notes(notes, provider, WallClock::new(clock_offset)).await;
            }
        }
    });
}

fn provider(ledger: Arc<Ledger>) -> Result<SdkTracerProvider, SpansError> {
    let mut resource = Resource::builder();
    if env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name(SERVICE_NAME);
    }
    Ok(SdkTracerProvider::builder()
        .with_span_processor(Passage::new(receiver::exporter()?, ledger))
        .with_resource(resource.build())
        .build())
}

async fn take_notes(
    mut notes: mpsc::Receiver<Note>,
    provider: SdkTracerProvider,
    clock: WallClock,
) {
    let tree = SpanTree::new(provider.tracer(SERVICE_NAME), clock);
    while let Some(note) = notes.recv().await {
        match note {
            Note::Call(finished) => tree.build(&finished),
            Note::End(done) => {
                // Off this thread: the export needs this thread's runtime.
                let ended = tokio::task::spawn_blocking(move || {
                    provider.shutdown_with_timeout(LEAVE_TIMEOUT)
                })
                .await;
                if let Ok(Err(error)) = ended {
                    tracing::debug!(%error, "the last spans did not leave");
                }
                let _ = done.send(());
                return;
            }
        }
    }
}
