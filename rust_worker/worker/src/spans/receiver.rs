//! What the environment says of the receiver of spans.

use std::env;

use opentelemetry_otlp::SpanExporter;

use super::SpansError;

const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

const PROTOCOLS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
];

/// True when one is named and tracing is not switched off.
pub fn is_wanted() -> bool {
    let disabled = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let none = set("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
    endpoint().is_some() && !disabled && !none
}

/// What sends to it. Needs a runtime around it and does not connect yet.
///
/// # Errors
/// [`SpansError::Exporter`] when the variables ask for what this worker has not.
pub fn exporter() -> Result<SpanExporter, SpansError> {
    warn_of_protocol();
    if let Some((name, _)) = endpoint().filter(|(_, value)| value.starts_with("https:")) {
        let text = format!(
            "{name} begins with https, and the worker sends in plain text only; name a collector on this host by http"
        );
        return Err(SpansError::Exporter(text));
    }
    SpanExporter::builder()
        .with_tonic()
        .build()
        .map_err(|error| SpansError::Exporter(error.to_string()))
}

/// Says that only OTLP over gRPC is spoken here, where the environment asks for another protocol.
fn warn_of_protocol() {
    for name in PROTOCOLS {
        if let Some(protocol) = set(name).filter(|protocol| protocol != "grpc") {
            tracing::warn!(
                name,
                protocol,
                "spans are sent by OTLP over gRPC only; point the endpoint at a gRPC port"
            );
        }
    }
}

fn endpoint() -> Option<(&'static str, String)> {
    ENDPOINTS
        .into_iter()
        .find_map(|name| Some((name, set(name)?)))
}

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
