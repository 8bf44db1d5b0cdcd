package client_test

import (
	"context"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
)

// BenchmarkPolicy prices a policy beside a plain route: the kernel is an echo of 64 bytes that stays in Go.
func BenchmarkPolicy(b *testing.B) {
	watched := client.Rollback{ErrorRate: 0.01, P99: time.Second}
	for _, test := range []struct {
		name   string
		policy *client.Policy
		key    string
	}{
		{"plain route", nil, ""},
		{"native by policy", &client.Policy{}, ""},
		{"half, without a key", &client.Policy{Route: "native/original", Percent: 50}, ""},
		{"half, by a key", &client.Policy{Route: "native/original", Percent: 50}, "tenant-7"},
		{"all, watched", &client.Policy{Route: "native/original", Percent: 100, Rollback: watched}, ""},
	} {
		for name, each := range map[string]func(*testing.B, func()){"x1": alone, "parallel": together} {
			b.Run(test.name+"/"+name, func(b *testing.B) {
				priced := *client.Echo
				priced.Original = priced.Native
				c, err := client.New()
				if err == nil && test.policy != nil {
					err = c.SetPolicy("echo", *test.policy)
				}
				if err != nil {
					b.Fatal(err)
				}
				defer func() { _ = c.Close() }()
				request := &kernelsv1.EchoRequest{Payload: make([]byte, 64)}
				b.ReportAllocs()
				each(b, func() {
					if _, err := client.Call(context.Background(), c, &priced, request, client.WithKey(test.key)); err != nil {
						b.Error(err)
					}
				})
			})
		}
	}
}

func alone(b *testing.B, call func()) {
	for b.Loop() {
		call()
	}
}

func together(b *testing.B, call func()) {
	b.RunParallel(func(calls *testing.PB) {
		for calls.Next() {
			call()
		}
	})
}
