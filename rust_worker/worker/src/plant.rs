//! Delays and wrong bytes that a test plants (protos/HANDSHAKE.md). Without the feature `plant` nothing of it is built.

#[cfg(feature = "plant")]
mod planted {
    use std::collections::HashMap;
    use std::sync::LazyLock;
    use std::thread;
    use std::time::Duration;

    static PLANTS: LazyLock<Plants> =
        LazyLock::new(|| Plants::parse(&std::env::var("SIDECAR_PLANT").unwrap_or_default()));

    #[derive(Default)]
    struct Plants {
        delays: HashMap<String, Duration>,
        codec_byte: bool,
    }

    impl Plants {
        fn parse(text: &str) -> Self {
            let mut plants = Self::default();
            for entry in text.split(',') {
                match *entry.split(':').collect::<Vec<_>>() {
                    ["delay", stage, ns] => {
                        let delay = Duration::from_nanos(ns.parse().unwrap_or(0));
                        plants.delays.insert(stage.to_owned(), delay);
                    }
                    ["byte", "rust-codec"] => plants.codec_byte = true,
                    _ => {}
                }
            }
            plants
        }
    }

    /// Waits inside `stage`.
    pub fn delay(stage: &str) {
        if let Some(delay) = PLANTS.delays.get(stage) {
            thread::sleep(*delay);
        }
    }

    /// Changes the last byte of an encoded reply.
    pub fn change_reply(reply: &mut [u8]) {
        if let (true, Some(byte)) = (PLANTS.codec_byte, reply.last_mut()) {
            *byte ^= 1;
        }
    }
}

#[cfg(feature = "plant")]
pub use planted::{change_reply, delay};

/// Waits nowhere.
#[cfg(not(feature = "plant"))]
#[inline]
pub fn delay(_stage: &str) {}

/// Changes nothing.
#[cfg(not(feature = "plant"))]
#[inline]
pub fn change_reply(_reply: &mut [u8]) {}
