//! What Prometheus reads of a worker. There is none of it without `--metrics`.
//!
//! - `counts` is what a call adds to, place by `place`, its time to a `histogram`; `exposition` writes it, pool and process as text.
//! - `listener` serves the text, on a thread of its own: a scrape takes no time of the threads that calls need.

mod counts;
mod exposition;
mod histogram;
mod listener;
mod place;

pub use counts::Counts;
pub use exposition::Exposition;
pub use listener::serve;
