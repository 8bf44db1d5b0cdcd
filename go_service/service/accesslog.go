package service

import (
	"log/slog"
	"net/http"
	"time"
)

// logAccess writes a line a request. It has no body and nothing that the caller chose freely but the kernel's name,
// which is one of the list.
func logAccess(r *http.Request, done *served, took time.Duration, around traceAround) {
	attributes := []slog.Attr{
		slog.String("kernel", done.kernel), slog.String("route", done.route), slog.Int("status", done.status),
		slog.String("code", done.code()), slog.Int("received_bytes", done.received), slog.Int("sent_bytes", done.sent),
		slog.Duration("took", took),
	}
	if done.failure != nil {
		attributes = append(attributes, slog.String("reason", done.failure.Reason.String()))
	}
	if around.span.IsValid() {
		attributes = append(attributes, slog.String("trace_id", around.span.TraceID().String()))
	}
	slog.LogAttrs(r.Context(), slog.LevelInfo, "request", attributes...)
}
