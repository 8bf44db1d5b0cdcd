//! Counts, pool and process as OpenMetrics text (prometheus.io/docs/specs/om/open_metrics_spec).

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use rustix::time::{ClockId, clock_gettime};
use sidecar_wire::handshake::contract_text;
use sidecar_wire::stamps::clock_offset_ns;

use crate::host::Host;
use crate::metrics::counts::Counts;
use crate::metrics::histogram::Histogram;
use crate::system;

/// Seconds of one nanosecond.
const S_PER_NS: f64 = 1e-9;

/// What is written at each scrape.
#[derive(Debug)]
pub struct Exposition {
    host: Arc<Host>,
    counts: Arc<Counts>,
    start_s: f64,
}

impl Exposition {
    /// Of a worker that started at `start_ns`, CLOCK_MONOTONIC; none where the host counts nothing.
    pub fn of(host: &Arc<Host>, start_ns: u64) -> Option<Self> {
        let since_epoch_ns = start_ns.saturating_add_signed(clock_offset_ns());
        Some(Self {
            counts: Arc::clone(host.counts.as_ref()?),
            host: Arc::clone(host),
            start_s: seconds(since_epoch_ns),
        })
    }

    fn calls(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Calls answered, by canonical gRPC code.";
        let mut family =
            encoder.encode_descriptor("sidecar_worker_calls", help, None, MetricType::Counter)?;
        for one in self.counts.calls() {
            let kernel = escaped(one.kernel);
            let labels = [
                ("kernel", kernel.as_str()),
                ("channel", one.channel.name()),
                ("code", one.code.name()),
            ];
            counter(&mut family.encode_family(&labels)?, one.calls)?;
        }
        Ok(())
    }

    fn compute(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Time inside the kernel, of calls that succeeded. Of cheap calls one in 13 is timed, and counts for 13.";
        let name = "sidecar_worker_compute_seconds";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (kernel, times) in self.counts.compute() {
            let labels = [("kernel", escaped(kernel))];
            histogram(&mut family.encode_family(&labels)?, times)?;
        }
        Ok(())
    }

    fn refused(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Calls answered without being run, by reason.";
        let mut family =
            encoder.encode_descriptor("sidecar_worker_refused", help, None, MetricType::Counter)?;
        for (reason, calls) in self.counts.refused() {
            counter(
                &mut family.encode_family(&[("reason", reason.name())])?,
                calls,
            )?;
        }
        Ok(())
    }

    fn pool(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let load = self.host.pool.load();
        let gauges = [
            (
                "sidecar_worker_queue_length",
                "Calls that wait for a compute thread.",
                load.waiting,
            ),
            (
                "sidecar_worker_queue_capacity",
                "Places for calls that wait.",
                load.places,
            ),
            (
                "sidecar_worker_compute_threads",
                "Threads that compute.",
                load.threads,
            ),
            (
                "sidecar_worker_compute_threads_busy",
                "Threads that compute just now.",
                load.busy,
            ),
        ];
        gauges
            .into_iter()
            .try_for_each(|(name, help, value)| gauge(encoder, name, help, count(value)))
    }

    fn state(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let draining = u64::from(self.counts.is_draining());
        gauge(
            encoder,
            "sidecar_draining",
            "1 while the process finishes its calls and takes no more.",
            draining,
        )?;
        let help = "Spans that will not reach the trace backend.";
        let mut dropped =
            encoder.encode_descriptor("sidecar_spans_dropped", help, None, MetricType::Counter)?;
        counter(&mut dropped, self.host.spans.dropped())?;
        let help = "What runs here.";
        let labels = [
            ("role", "worker"),
            ("version", env!("CARGO_PKG_VERSION")),
            ("contract", &contract_text(self.host.contract)),
        ];
        encoder
            .encode_descriptor("sidecar_build", help, None, MetricType::Info)?
            .encode_info(&labels)
    }

    /// The names that every client library of Prometheus has.
    fn process(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "User and system CPU time, seconds.";
        encoder
            .encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?
            .encode_counter::<NoLabelSet, f64, f64>(&cpu_s(), None)?;
        let help = "Start time since the Unix epoch, seconds.";
        encoder
            .encode_descriptor("process_start_time_seconds", help, None, MetricType::Gauge)?
            .encode_gauge(&self.start_s)?;
        match system::resident_bytes() {
            Some(bytes) => gauge(
                encoder,
                "process_resident_memory_bytes",
                "Resident memory, bytes.",
                bytes,
            ),
            None => Ok(()),
        }
    }
}

impl Collector for Exposition {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.calls(&mut encoder)?;
        self.compute(&mut encoder)?;
        self.refused(&mut encoder)?;
        self.pool(&mut encoder)?;
        self.state(&mut encoder)?;
        self.process(&mut encoder)
    }
}

fn counter(metric: &mut MetricEncoder<'_>, value: u64) -> fmt::Result {
    metric.encode_counter::<NoLabelSet, u64, f64>(&value, None)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    encoder
        .encode_descriptor(name, help, None, MetricType::Gauge)?
        .encode_gauge(&value)
}

fn histogram(metric: &mut MetricEncoder<'_>, times: &Histogram) -> fmt::Result {
    let end_s = |end_ns: Option<u64>| end_ns.map_or(f64::INFINITY, seconds);
    let buckets: Vec<(f64, u64)> = times
        .buckets()
        .map(|(end_ns, calls)| (end_s(end_ns), calls))
        .collect();
    let calls = buckets.iter().map(|(_, calls)| calls).sum();
    metric.encode_histogram::<NoLabelSet>(seconds(times.sum_ns()), calls, &buckets, None)
}

/// The library writes a label as it is, and a kernel from elsewhere may have any name.
fn escaped(name: &str) -> String {
    name.escape_default().to_string()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a double carries 104 days to the nanosecond"
)]
fn seconds(ns: u64) -> f64 {
    ns as f64 * S_PER_NS
}

fn cpu_s() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "seconds of CPU")]
    let (whole, part) = (spent.tv_sec as f64, spent.tv_nsec as f64);
    whole + part * S_PER_NS
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
