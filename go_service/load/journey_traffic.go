package load

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
)

// traffic is requests of one kind, rendered once.
type traffic struct{ requests []httpRequest }

// httpRequest is one request: its bytes but for the Host, which the ride decides.
type httpRequest struct {
	method string
	target string
	body   []byte
}

func newTraffic(name string, requests []*benchv1.HttpRequest) (*traffic, error) {
	if len(requests) == 0 {
		return nil, status.Errorf(codes.InvalidArgument, "traffic %s: it has no requests; give at least one", name)
	}
	prepared := &traffic{}
	for number, one := range requests {
		if one.Method != http.MethodGet && one.Method != http.MethodPost {
			return nil, status.Errorf(codes.InvalidArgument, "traffic %s: request %d is neither GET nor POST", name, number)
		}
		if !strings.HasPrefix(one.Target, "/") || strings.ContainsAny(one.Target, " \r\n") {
			return nil, status.Errorf(codes.InvalidArgument, "traffic %s: the target of request %d is no path", name, number)
		}
		prepared.requests = append(prepared.requests, httpRequest{method: one.Method, target: one.Target, body: one.Body})
	}
	return prepared, nil
}

// order is a shuffled walk through the requests that the seed decides.
func (t *traffic) order(seed uint64) []uint32 {
	order := make([]uint32, len(t.requests))
	for index := range order {
		order[index] = uint32(index)
	}
	random := rand.New(rand.NewPCG(seed, orderStream))
	random.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	return order
}

// rendered gives every request as it goes out (RFC 9112), in the traffic's order.
func (t *traffic) rendered(address string) [][]byte {
	all := make([][]byte, len(t.requests))
	for number := range t.requests {
		one := &t.requests[number]
		var out bytes.Buffer
		fmt.Fprintf(&out, "%s %s HTTP/1.1\r\nHost: %s\r\n", one.method, one.target, address)
		if one.method == http.MethodPost {
			fmt.Fprintf(&out, "Content-Length: %d\r\n", len(one.body))
		}
		out.WriteString("\r\n")
		out.Write(one.body)
		all[number] = out.Bytes()
	}
	return all
}
