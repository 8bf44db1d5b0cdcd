//! The kernels by number. A number once given stays good until the process ends.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};

use sidecar_kernels::{Duplicate, Hosted, Registry};

/// Kernels that fit; ours are a dozen.
const PLACES: usize = 64;

/// Read on every call without a lock; places are filled in order and never change.
static KERNELS: [OnceLock<Arc<dyn Hosted>>; PLACES] = [const { OnceLock::new() }; PLACES];

static FILLED: Once = Once::new();

/// What fills the table; [`Registry::standard`] where nothing was chosen.
static CHOSEN: OnceLock<fn() -> Registry> = OnceLock::new();

static FAULTS: Mutex<bool> = Mutex::new(false);

/// The kernel of a number that [`number`] gave.
#[inline]
pub(crate) fn kernel(number: u32) -> Option<&'static dyn Hosted> {
    // Numbers start at 1, so that a struct of zeros names no kernel.
    let place = (number as usize).wrapping_sub(1);
    KERNELS.get(place)?.get().map(Arc::as_ref)
}

/// Chooses the kernels of this process; the first choice stays, and one after the first look-up changes nothing.
pub fn host(registry: fn() -> Registry) {
    CHOSEN.get_or_init(|| registry);
}

/// The number of a kernel.
pub(crate) fn number(name: &[u8]) -> Option<u32> {
    fill_once();
    let is_it = |kernel: &Arc<dyn Hosted>| kernel.spec().name.as_bytes() == name;
    let place = KERNELS
        .iter()
        .position(|place| place.get().is_some_and(is_it))?;
    u32::try_from(place + 1).ok()
}

/// Adds the kernels that misbehave; a second time changes nothing.
///
/// # Errors
/// [`Duplicate`] when one of their names is taken.
pub(crate) fn add_faults(append_file: Option<PathBuf>) -> Result<(), Duplicate> {
    fill_once();
    let mut added = FAULTS.lock().unwrap_or_else(PoisonError::into_inner);
    if !*added {
        let mut faults = Registry::default();
        sidecar_faults::register(&mut faults, append_file)?;
        fill(&faults);
        *added = true;
    }
    Ok(())
}

fn fill_once() {
    FILLED.call_once(|| {
        quiet_panics();
        fill(&CHOSEN.get().copied().unwrap_or(Registry::standard)());
    });
}

fn fill(registry: &Registry) {
    let mut places = KERNELS.iter().skip_while(|place| place.get().is_some());
    for kernel in registry.iter() {
        let place = places.next().expect("at most 64 kernels fit: host fewer");
        assert!(place.set(Arc::clone(kernel)).is_ok(), "filled under a lock");
    }
}

/// A panic's text may quote a payload, so only its place is written.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        eprintln!("sidecar_inproc: panicked at {place}");
    }));
}
