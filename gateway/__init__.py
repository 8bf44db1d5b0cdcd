"""The gateway: supervisor and test bed of the boundary between a Go service and its Rust kernels."""

__version__ = "0.1.0"
