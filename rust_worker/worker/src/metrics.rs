//! What Prometheus reads of a worker. There is none of it without `--metrics`.
//!
//! - `counts` is what a call adds to; `exposition` writes counts, pool and process as text.
//! - `listener` serves the text, on a thread of its own: a scrape takes no time of the threads that calls need.

mod counts;
mod exposition;
mod listener;

pub use counts::Counts;
pub use exposition::Exposition;
pub use listener::serve;
