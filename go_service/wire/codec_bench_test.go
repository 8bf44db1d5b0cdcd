package wire_test

import (
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
)

func BenchmarkCodecs(b *testing.B) {
	messages := vectors.Messages(b)
	for _, name := range []string{"wire/call_header_plain", "wire/receipt_ok", "wire/receipt_stamped", "echo/ascii:request"} {
		message := messageOf(b, messages[name])
		for _, form := range forms {
			golden := form.golden(messages[name])
			out := make([]byte, 0, len(golden))
			b.Run(name+"/"+form.name+"/append", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					out = form.append(message, out[:0])
				}
			})
			b.Run(name+"/"+form.name+"/unmarshal", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := form.read(message, golden); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
