//! The log: `tracing` to stderr, filtered by `SIDECAR_LOG`.

use std::io;
use std::panic;

use tracing_subscriber::EnvFilter;

/// Environment variable with a filter such as `debug` or `sidecar_worker=trace`.
const FILTER: &str = "SIDECAR_LOG";

/// The exporter's own reports would come with every batch; `spans` tells of what is dropped.
const DEFAULT: &str = "info,opentelemetry=off";

/// Starts the log, once; a program that has set up its own keeps it.
pub fn start() {
    let filter = EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .finish();
    let _ = tracing::subscriber::set_global_default(log);
    quiet_panics();
}

/// A panic's text may quote a payload, so only its place is logged.
fn quiet_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}
