package client_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/faults"
	faultsv1 "github.com/sidecar-ipc/gateway/go_service/gen/faults/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

const (
	kills         = 20
	killSeed      = 20261123
	appendCallers = 32
	digestCallers = 8
)

// span is a stretch of time.
type span struct{ from, to time.Time }

func (s span) within(outer span) bool { return !s.from.Before(outer.from) && !s.to.After(outer.to) }

// appends is what the callers of append know of their calls.
type appends struct {
	mu                    sync.Mutex
	sent                  map[string]bool
	acknowledged, unknown []string
	refused               int
	unexpected            []error
}

func (a *appends) take(id string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent[id] = true
	var failure *wire.Error
	switch {
	case err == nil:
		a.acknowledged = append(a.acknowledged, id)
	case errors.Is(err, wire.ErrWorkerDied):
		a.unknown = append(a.unknown, id)
	case errors.As(err, &failure) && failure.Executed == wire.ExecutedNo:
		a.refused++
	default:
		a.unexpected = append(a.unexpected, err)
	}
}

// digests is what the callers of digest saw.
type digests struct {
	mu      sync.Mutex
	calls   int
	retried int
	wrong   int
	failed  []span
}

func (d *digests) take(of span, attempts int, right bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if attempts > 1 {
		d.retried++
	}
	if err != nil {
		d.failed = append(d.failed, of)
	} else if !right {
		d.wrong++
	}
}

func TestTwentyKillsUnderLoadLoseNoAcknowledgedCallAndMakeNoneTwice(t *testing.T) {
	dir := workertest.Dir(t)
	file := filepath.Join(dir, "appended")
	flags := []string{"--faults", "--uds", "--append-file", file}
	worker := workertest.StartIn(t, dir, flags...)
	c := newClient(t, client.WithUDS(worker.Address(wire.ChannelUDS)), client.WithRoute("", "uds/msgpack"), client.WithRetries(100))

	written, read := &appends{sent: map[string]bool{}}, &digests{}
	stop := make(chan struct{})
	var calling sync.WaitGroup
	for caller := range appendCallers {
		calling.Go(func() { keepAppending(c, caller, written, stop) })
	}
	for caller := range digestCallers {
		calling.Go(func() { keepDigesting(c, caller, read, stop) })
	}
	outages := killAndReplace(t, worker, flags)
	close(stop)
	calling.Wait()

	checkAppended(t, file, written)
	checkDigests(t, read, outages)
}

// killAndReplace kills the worker at random times; an outage lasts from the kill to the next handshake line.
func killAndReplace(t *testing.T, worker *workertest.Worker, flags []string) (outages []span) {
	t.Helper()
	chance := rand.New(rand.NewPCG(killSeed, 0))
	for range kills {
		time.Sleep(time.Duration(50+chance.IntN(350)) * time.Millisecond)
		from := time.Now()
		worker.Kill()
		worker = workertest.StartIn(t, worker.Dir, flags...)
		outages = append(outages, span{from, time.Now()})
	}
	time.Sleep(300 * time.Millisecond)
	return outages
}

func stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

func keepAppending(c *client.Client, caller int, written *appends, stop <-chan struct{}) {
	for n := 0; !stopped(stop); n++ {
		id := fmt.Sprintf("caller %d call %d", caller, n)
		_, err := client.Call(context.Background(), c, faults.Append, &faultsv1.AppendRequest{CallId: []byte(id)})
		written.take(id, err)
	}
}

func keepDigesting(c *client.Client, caller int, read *digests, stop <-chan struct{}) {
	for n := 0; !stopped(stop); n++ {
		data := fmt.Appendf(nil, "caller %d call %d", caller, n)
		want := sha256.Sum256(data)
		var o client.Observation
		from := time.Now()
		response, err := c.Digest(context.Background(), &kernelsv1.DigestRequest{Data: data}, client.WithObservation(&o))
		read.take(span{from, time.Now()}, o.Attempts, err == nil && bytes.Equal(response.Sha256, want[:]), err)
	}
}

func checkAppended(t *testing.T, file string, written *appends) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	times, twice, strange, missing, executed := map[string]int{}, 0, 0, 0, 0
	for line := range bytes.Lines(text) {
		id := string(bytes.TrimSuffix(line, []byte("\n")))
		if times[id]++; times[id] == 2 {
			twice++
		}
		if !written.sent[id] {
			strange++
		}
	}
	for _, id := range written.acknowledged {
		if times[id] == 0 {
			missing++
		}
	}
	for _, id := range written.unknown {
		executed += times[id]
	}
	fmt.Printf("%d kills under load: append: %d calls, %d acknowledged, %d of unknown fate (%d of them written), %d known not executed; %d lines, %d written twice, %d acknowledged missing\n",
		kills, len(written.sent), len(written.acknowledged), len(written.unknown), executed, written.refused, len(times), twice, missing)
	if twice > 0 || missing > 0 || strange > 0 || len(written.unexpected) > 0 {
		t.Errorf("%d ids written twice, %d acknowledged ids missing, %d that nobody sent, unexpected errors %v", twice, missing, strange, written.unexpected)
	}
	if len(written.acknowledged) == 0 || executed == 0 {
		t.Error("no call was acknowledged, or no kill met one that had run and was not answered: the test shows nothing")
	}
}

func checkDigests(t *testing.T, read *digests, outages []span) {
	t.Helper()
	down, inside := time.Duration(0), 0
	for _, outage := range outages {
		down += outage.to.Sub(outage.from)
		for _, failed := range read.failed {
			if failed.within(outage) {
				inside++
			}
		}
	}
	outside := len(read.failed) - inside
	fmt.Printf("%d kills under load: digest: %d calls, %d tried again, %d failed within an outage, %d outside; outages %v in all\n",
		kills, read.calls, read.retried, inside, outside, down.Round(time.Millisecond))
	if outside > 0 || read.wrong > 0 {
		t.Errorf("%d calls failed outside of an outage, %d answers were wrong", outside, read.wrong)
	}
	if read.retried == 0 {
		t.Error("no call was tried again: the test shows nothing")
	}
}
