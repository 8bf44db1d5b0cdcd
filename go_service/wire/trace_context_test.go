package wire_test

import (
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestATraceContextIsReadAndWrittenAsW3CSays(t *testing.T) {
	context, ok := wire.ParseTraceparent(traceparent)
	if !ok || !context.Sampled() || context.Traceparent() != traceparent {
		t.Errorf("%q is read as %q, %t", traceparent, context.Traceparent(), ok)
	}
	if again := wire.NewTraceContext(context.TraceID(), context.SpanID(), context.Flags()); again != context {
		t.Error("its parts make another one")
	}
}

func TestALaterVersionIsReadByItsFirstParts(t *testing.T) {
	if _, ok := wire.ParseTraceparent("cc" + traceparent[2:] + "-what-comes-later"); !ok {
		t.Error("a later version is refused")
	}
}

func TestWhatW3CSaysToIgnoreIsIgnored(t *testing.T) {
	for _, header := range []string{
		"", "00", traceparent + "-more", "ff" + traceparent[2:], "0G" + traceparent[2:],
		"00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
		"00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
		"cc" + traceparent[2:] + ".more",
	} {
		if context, ok := wire.ParseTraceparent(header); ok {
			t.Errorf("%q is read as %q", header, context.Traceparent())
		}
	}
}
