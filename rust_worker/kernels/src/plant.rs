//! Wrong bytes and delays that a test asks for by `SIDECAR_PLANT` (protos/HANDSHAKE.md). Without the feature `plant`
//! both functions are empty, and nothing of the rest is built.

#[cfg(feature = "plant")]
mod planted {
    use std::sync::LazyLock;
    use std::thread;
    use std::time::Duration;

    static PLANTS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let plants = std::env::var("SIDECAR_PLANT").unwrap_or_default();
        plants.split(',').map(str::to_owned).collect()
    });

    pub(super) fn delay(stage: &str) {
        for plant in PLANTS.iter() {
            if let ["delay", planted, ns] = plant.split(':').collect::<Vec<_>>()[..]
                && planted == stage
            {
                thread::sleep(Duration::from_nanos(
                    ns.parse().expect("delay:STAGE:NS takes nanoseconds"),
                ));
            }
        }
    }

    pub(super) fn change(place: &str, answer: &mut [u8]) {
        let asked = |plant: &String| plant.strip_prefix("byte:") == Some(place);
        if let (true, Some(last)) = (PLANTS.iter().any(asked), answer.last_mut()) {
            *last ^= 1;
        }
    }
}

/// Waits inside `stage` as long as `delay:STAGE:NS` says.
#[inline]
pub fn delay(stage: &str) {
    #[cfg(feature = "plant")]
    planted::delay(stage);
    let _ = stage;
}

/// Changes the last byte of an answer when `byte:PLACE` is planted: the end of its last content in every codec.
#[inline]
pub fn change(place: &str, answer: &mut [u8]) {
    #[cfg(feature = "plant")]
    planted::change(place, answer);
    let _ = (place, answer);
}
