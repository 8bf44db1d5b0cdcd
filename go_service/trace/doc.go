// Package trace turns the stamps of a finished call into OpenTelemetry spans. Whether a call is traced is decided by
// its sampled flag before this package is entered, and nothing here runs while a call is on its way: the identifiers
// are drawn before, the spans are made after it, with the times of the stamps.
package trace
