// Package kernel holds the Go twins of the Rust kernels: pure functions, the best Go that we know, byte-identical to
// the specifications in protos/kernels/v1. RedactOriginal is the Go that profiles find before anyone has looked.
package kernel
