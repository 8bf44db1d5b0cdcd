//! Wrong bytes and delays that a test asks for by `SIDECAR_PLANT`; compiled with the feature `plant` only.

use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

static PLANTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let plants = std::env::var("SIDECAR_PLANT").unwrap_or_default();
    plants.split(',').map(str::to_owned).collect()
});

/// Waits as long as `delay:STAGE:NS` says.
pub(crate) fn delay(stage: &str) {
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

/// Changes the last byte of an answer when `byte:rust-kernel` is planted: the end of its last content in every codec.
pub(crate) fn change(reply: &mut [u8]) {
    if let (true, Some(last)) = (
        PLANTS.iter().any(|plant| plant == "byte:rust-kernel"),
        reply.last_mut(),
    ) {
        *last ^= 1;
    }
}
