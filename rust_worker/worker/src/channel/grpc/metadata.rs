//! What stands in the headers of a request and in the headers and trailers of a reply.

use std::collections::HashMap;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use sidecar_wire::lists::{
    Channel, MAX_KERNEL_NAME_BYTES, MAX_TEXT_BYTES, MAX_TRACESTATE_BYTES, Reason, metadata,
};
use sidecar_wire::stamps::now_ns;
use sidecar_wire::status::Failure;
use sidecar_wire::trace_context::TraceContext;
use sidecar_wire::wire_v1::Receipt;
use sidecar_wire::{Codec, Message, handshake};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::call::{Call, Trace};
use crate::host::Host;

/// Domain of our reasons in `google.rpc.ErrorInfo`.
const ERROR_DOMAIN: &str = "sidecar-ipc.dev";

/// The standard allows so many digits before the unit (PROTOCOL-HTTP2.md, "Timeout").
const MAX_TIMEOUT_DIGITS: usize = 8;

/// Reads what the headers say of a call.
///
/// # Errors
/// `MALFORMED_HEADER`, `UNKNOWN_CODEC` or `CONTRACT_MISMATCH`.
pub(super) fn read_call(
    headers: &HeaderMap,
    host: &Host,
    channel: Channel,
) -> Result<Call, Failure> {
    check_content_type(headers)?;
    check_contract(headers, host)?;
    Ok(Call {
        deadline_ns: deadline(headers)?,
        wants_stamps: wants_stamps(headers)?,
        trace: trace(headers, host, channel)?,
        ..Call::default()
    })
}

fn malformed(text: &'static str) -> Failure {
    Failure::new(Reason::MalformedHeader, text)
}

/// The text of a header; `None` where it is absent.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Failure> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    value
        .to_str()
        .map(Some)
        .map_err(|_| malformed("a metadata entry is no visible ASCII"))
}

/// The name of a kernel that has no proto of its own.
///
/// # Errors
/// `MALFORMED_HEADER` without a name, or with one that is too long.
pub(super) fn kernel_name(headers: &HeaderMap) -> Result<&str, Failure> {
    match text(headers, metadata::KERNEL)? {
        None => Err(malformed(
            "no metadata entry boundary-kernel: it names the kernel that is meant",
        )),
        Some(name) if name.len() > MAX_KERNEL_NAME_BYTES => {
            Err(malformed("the kernel's name is over 64 bytes"))
        }
        Some(name) => Ok(name),
    }
}

/// Checks that the body is protobuf, as every gRPC call here must be.
///
/// # Errors
/// `MALFORMED_HEADER` or `UNKNOWN_CODEC`.
pub(super) fn check_content_type(headers: &HeaderMap) -> Result<(), Failure> {
    let subtype = text(headers, CONTENT_TYPE.as_str())?
        .and_then(|value| value.strip_prefix("application/grpc"));
    match subtype {
        None => Err(malformed("the content type is not application/grpc")),
        Some("" | "+proto") => Ok(()),
        Some(parameters) if parameters.starts_with(';') || parameters.starts_with("+proto;") => {
            Ok(())
        }
        Some(_) => Err(Failure::new(
            Reason::UnknownCodec,
            "gRPC carries protobuf only: send application/grpc+proto",
        )),
    }
}

fn check_contract(headers: &HeaderMap, host: &Host) -> Result<(), Failure> {
    let Some(theirs) = text(headers, metadata::CONTRACT)? else {
        return Ok(());
    };
    let number = handshake::contract_number(theirs);
    let number = number.ok_or_else(|| malformed("boundary-contract is not major.minor"))?;
    if host.agrees(number) {
        return Ok(());
    }
    Err(host.contract_mismatch(&handshake::contract_text(number)))
}

fn wants_stamps(headers: &HeaderMap) -> Result<bool, Failure> {
    match text(headers, metadata::STAMPS)? {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(_) => Err(malformed("boundary-stamps is neither 0 nor 1")),
    }
}

/// CLOCK_MONOTONIC ns of the deadline; 0 means none.
fn deadline(headers: &HeaderMap) -> Result<u64, Failure> {
    let Some(value) = text(headers, "grpc-timeout")? else {
        return Ok(0);
    };
    let left = timeout_ns(value)
        .ok_or_else(|| malformed("grpc-timeout is not 1 to 8 digits and a unit of H M S m u n"))?;
    Ok(now_ns().saturating_add(left).max(1))
}

fn timeout_ns(value: &str) -> Option<u64> {
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let well_formed = (1..=MAX_TIMEOUT_DIGITS).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    let ns_per_unit = match unit {
        "H" => 3_600_000_000_000,
        "M" => 60_000_000_000,
        "S" => 1_000_000_000,
        "m" => 1_000_000,
        "u" => 1000,
        "n" => 1,
        _ => return None,
    };
    let number: u64 = digits.parse().ok().filter(|_| well_formed)?;
    Some(number.saturating_mul(ns_per_unit))
}

/// The caller's span, when it is sampled and spans are exported. As the standard asks, what is invalid is ignored.
fn trace(
    headers: &HeaderMap,
    host: &Host,
    channel: Channel,
) -> Result<Option<Box<Trace>>, Failure> {
    if !host.spans.is_on() {
        return Ok(None);
    }
    let context = text(headers, "traceparent")?.and_then(TraceContext::from_traceparent);
    let Some(context) = context.filter(|context| context.is_sampled()) else {
        return Ok(None);
    };
    let state = text(headers, "tracestate")?.unwrap_or_default();
    if state.len() > MAX_TRACESTATE_BYTES {
        return Err(malformed("the tracestate is over 512 bytes"));
    }
    let state = state.to_owned();
    Ok(Some(Box::new(Trace {
        context,
        state,
        channel: channel.name(),
        request_bytes: 0,
    })))
}

/// The headers of a reply that succeeded.
pub(super) fn reply_headers(host: &Host, receipt: &Receipt<'_>) -> HeaderMap {
    let mut headers = boundary_metadata(host, receipt).into_headers();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers
}

/// The headers of a stream of frames, whose hello has what a unary reply says here.
pub(super) fn stream_headers() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/grpc"))])
}

/// The trailers of a reply that succeeded.
pub(super) fn ok_trailers() -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    trailers
}

/// A failure as gRPC says it: code, text, ErrorInfo, RetryInfo and the receipt.
pub(super) fn status(host: &Host, failure: &Failure, receipt: &Receipt<'_>) -> Status {
    // The numbers of the list are gRPC's own.
    let code = Code::from_i32(failure.status().number().cast_signed());
    let executed = HashMap::from([("executed".to_owned(), failure.executed.name().to_owned())]);
    let mut details = ErrorDetails::with_error_info(failure.reason.name(), ERROR_DOMAIN, executed);
    if failure.retry_after_ns > 0 {
        details.set_retry_info(Some(Duration::from_nanos(failure.retry_after_ns)));
    }
    let entries = boundary_metadata(host, receipt);
    Status::with_error_details_and_metadata(code, failure.text(MAX_TEXT_BYTES), details, entries)
}

fn boundary_metadata(host: &Host, receipt: &Receipt<'_>) -> MetadataMap {
    let mut entries = MetadataMap::with_capacity(4);
    if let Ok(contract) = handshake::contract_text(host.contract).parse() {
        entries.insert(metadata::CONTRACT, contract);
    }
    let mut bytes = Vec::with_capacity(receipt.encoded_len(Codec::Protobuf));
    receipt.encode(Codec::Protobuf, &mut bytes);
    entries.insert_bin(metadata::RECEIPT_BIN, MetadataValue::from_bytes(&bytes));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_read_as_the_standard_writes_it() {
        let cases = [
            ("1n", Some(1)),
            ("100m", Some(100_000_000)),
            ("5S", Some(5_000_000_000)),
            ("99999999H", Some(u64::MAX)),
            ("0S", Some(0)),
            ("", None),
            ("S", None),
            ("5", None),
            ("5s", None),
            ("-1S", None),
            ("+1S", None),
            ("123456789S", None),
            ("1.5S", None),
            ("5µ", None),
        ];
        for (value, expected) in cases {
            assert_eq!(timeout_ns(value), expected, "{value}");
        }
    }

    #[test]
    fn only_protobuf_is_carried() {
        let check = |value: &'static str| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            check_content_type(&headers).map_err(|failure| failure.reason)
        };
        for good in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc;charset=x",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(check("application/grpc+json"), Err(Reason::UnknownCodec));
        assert_eq!(check("text/html"), Err(Reason::MalformedHeader));
    }
}
