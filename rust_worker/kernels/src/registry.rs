use std::sync::Arc;

use crate::hosted::Hosted;
use crate::{Digest, Echo, Inflate, Redact, Spin, Tokenize, Topk};

/// A name that is taken; the registry is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kernel {0:?} is registered already: give one of the two another name")]
pub struct Duplicate(pub String);

/// The kernels of a host, by name.
#[derive(Clone, Default)]
pub struct Registry {
    // A host has a handful of kernels: comparing their names in order beats hashing one.
    kernels: Vec<Arc<dyn Hosted>>,
}

impl Registry {
    /// The kernels of this repository that behave: echo, spin, digest, redact, tokenize, topk, inflate.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            kernels: vec![
                Arc::new(Echo),
                Arc::new(Spin),
                Arc::new(Digest),
                Arc::new(Redact),
                Arc::new(Tokenize),
                Arc::new(Topk),
                Arc::new(Inflate),
            ],
        }
    }

    /// Adds a kernel under the name of its spec.
    ///
    /// # Errors
    /// [`Duplicate`] when the name is taken.
    pub fn register(&mut self, kernel: impl Hosted + 'static) -> Result<(), Duplicate> {
        let name = kernel.spec().name;
        if self.get(name.as_bytes()).is_some() {
            return Err(Duplicate(name.to_owned()));
        }
        self.kernels.push(Arc::new(kernel));
        Ok(())
    }

    /// The registry with one kernel more: what the main of a project of its own reads well with.
    ///
    /// # Panics
    /// When the name is taken.
    #[must_use]
    pub fn with(mut self, kernel: impl Hosted + 'static) -> Self {
        if let Err(duplicate) = self.register(kernel) {
            panic!("{duplicate}");
        }
        self
    }

    /// The kernel of that name.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&Arc<dyn Hosted>> {
        self.iter()
            .find(|kernel| kernel.spec().name.as_bytes() == name)
    }

    /// Loads what the kernels keep resident, one after the other.
    pub fn preload(&self) {
        for kernel in self.iter() {
            kernel.preload();
        }
    }

    /// The kernels in the order of their registration.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<dyn Hosted>> {
        self.kernels.iter()
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|kernel| kernel.spec().name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_registry_finds_its_kernels_by_name() {
        let registry = Registry::standard();
        for name in [
            "echo", "spin", "digest", "redact", "tokenize", "topk", "inflate",
        ] {
            assert_eq!(
                registry
                    .get(name.as_bytes())
                    .map(|kernel| kernel.spec().name),
                Some(name)
            );
        }
        assert!(registry.get(b"ech").is_none());
        assert!(registry.get(b"").is_none());
    }

    #[test]
    fn a_name_is_registered_once() {
        let mut registry = Registry::standard();
        assert_eq!(registry.register(Echo), Err(Duplicate("echo".to_owned())));
        assert_eq!(registry.iter().len(), 7);
    }
}
