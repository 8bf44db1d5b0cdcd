//! The way of spans: a queue, then the receiver. It lets no more in than the queue holds, so that the queue itself,
//! which would not tell, never drops one.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, OTEL_BSP_MAX_QUEUE_SIZE,
    OTEL_BSP_MAX_QUEUE_SIZE_DEFAULT, Span, SpanData, SpanExporter, SpanProcessor,
};

use super::ledger::Ledger;

const FULL: &str = "the receiver takes spans slower than they are made, or not at all";

/// Why what is on its way at the end is dropped.
pub const ENDED: &str = "the process ended before the receiver had taken them";

/// Takes ended spans; never waits.
#[derive(Debug)]
pub struct Passage {
    queue: BatchSpanProcessor,
    on_way: Arc<OnWay>,
}

impl Passage {
    /// The way to a receiver.
    pub fn new(exporter: impl SpanExporter + 'static, ledger: Arc<Ledger>) -> Self {
        let room = room();
        let on_way = Arc::new(OnWay {
            room,
            count: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            ledger,
        });
        let outlet = Outlet {
            exporter,
            on_way: Arc::clone(&on_way),
        };
        let config = BatchConfigBuilder::default().with_max_queue_size(room);
        Self {
            queue: BatchSpanProcessor::new(outlet, config.build()),
            on_way,
        }
    }
}

fn room() -> usize {
    env::var(OTEL_BSP_MAX_QUEUE_SIZE)
        .ok()
        .and_then(|size| size.parse().ok())
        .filter(|&size| size > 0)
        .unwrap_or(OTEL_BSP_MAX_QUEUE_SIZE_DEFAULT)
}

impl SpanProcessor for Passage {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.on_way.enter() {
            self.queue.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.queue.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let ended = self.queue.shutdown_with_timeout(timeout);
        self.on_way.end();
        ended
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.queue.set_resource(resource);
    }
}

/// The spans between their end and the receiver's answer.
#[derive(Debug)]
struct OnWay {
    room: usize,
    count: AtomicUsize,
    ended: AtomicBool,
    ledger: Arc<Ledger>,
}

impl OnWay {
    /// False when the span is dropped.
    fn enter(&self) -> bool {
        if self.ended.load(Ordering::Relaxed) {
            self.ledger.lose(1, ENDED);
            return false;
        }
        let fits = self.count.fetch_add(1, Ordering::Relaxed) < self.room;
        if !fits {
            self.count.fetch_sub(1, Ordering::Relaxed);
            self.ledger.lose(1, FULL);
        }
        fits
    }

    /// They arrived, or the receiver did not take them.
    fn leave(&self, count: usize, sent: &OTelSdkResult) {
        if self.ended.load(Ordering::Relaxed) {
            return;
        }
        self.count.fetch_sub(count, Ordering::Relaxed);
        if let Err(error) = sent {
            self.ledger.lose(count, &error.to_string());
        }
    }

    /// Counts what is still here as dropped; what arrives later is not looked at.
    fn end(&self) {
        if self.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        let left = self.count.swap(0, Ordering::Relaxed);
        if left > 0 {
            self.ledger.lose(left, ENDED);
        }
    }
}

/// The end of the way.
#[derive(Debug)]
struct Outlet<E> {
    exporter: E,
    on_way: Arc<OnWay>,
}

impl<E: SpanExporter> SpanExporter for Outlet<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let sent = self.exporter.export(batch).await;
        self.on_way.leave(count, &sent);
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
