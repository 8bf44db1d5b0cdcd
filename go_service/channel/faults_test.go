package channel_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// fault is one row of protos/FAULTS.toml.
type fault struct {
	name          string
	Code          string            `toml:"code"`
	Reason        string            `toml:"reason"`
	Executed      string            `toml:"executed"`
	RetryAfter    bool              `toml:"retry_after"`
	EndsProcess   bool              `toml:"ends_process"`
	NotApplicable map[string]string `toml:"not_applicable"`
}

// provoke is how the suite brings a fault about: it returns the error that the Go caller got.
type provoke func(t *testing.T, channel string) error

// provocations has one for every row; a row without one fails the suite.
var provocations = map[string]provoke{
	"refused":           refused,
	"draining":          draining,
	"died_in_flight":    diedInFlight,
	"deadline":          deadlinePassed,
	"cancel":            cancelled,
	"queue_full":        queueFull,
	"request_too_large": requestTooLarge,
	"reply_too_large":   replyTooLarge,
	"malformed_payload": malformedPayload,
	"malformed_header":  malformedHeader,
	"unknown_kernel":    unknownKernel,
	"unknown_codec":     unknownCodec,
	"panicked":          panicked,
	"version":           otherMajor,
}

func TestEveryFaultGivesTheSameErrorOnEveryChannel(t *testing.T) {
	channels, rows := readFaults(t)
	tested, notApplicable, failed, missing := 0, 0, 0, 0
	for _, row := range rows {
		for _, channel := range channels {
			switch {
			case row.NotApplicable[channel] != "":
				notApplicable++
				continue
			case channel == "cgo" && !cgoLinked:
				missing++
				continue
			}
			tested++
			if !t.Run(row.name+"/"+channel, func(t *testing.T) { runCell(t, &row, channel) }) {
				failed++
			}
		}
	}
	fmt.Printf("fault table: %d tested, %d n/a, %d failed\n", tested, notApplicable, failed)
	if missing > 0 {
		fmt.Printf("fault table: %d cells of cgo are not in this build; add -tags sidecar_cgo\n", missing)
	}
}

// readFaults gives the channels and the rows, in the order of the file.
func readFaults(t *testing.T) (channels []string, rows []fault) {
	t.Helper()
	var table map[string]toml.Primitive
	meta, err := toml.DecodeFile(filepath.Join(workertest.Root(), "protos", "FAULTS.toml"), &table)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range meta.Keys() {
		switch {
		case len(key) > 1:
		case key[0] == "channels":
			err = meta.PrimitiveDecode(table[key[0]], &channels)
		default:
			row := fault{name: key[0]}
			err = meta.PrimitiveDecode(table[key[0]], &row)
			rows = append(rows, row)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(channels) == 0 || len(rows) == 0 {
		t.Fatal("protos/FAULTS.toml has no channels or no rows")
	}
	return channels, rows
}

func runCell(t *testing.T, row *fault, channel string) {
	if row.EndsProcess {
		aborted(t)
		return
	}
	bring, ok := provocations[row.name]
	if !ok {
		t.Fatalf("the suite can't bring %q about; add it to provocations", row.name)
	}
	compare(t, row, channel, bring(t, channel))
}

// compare holds an error to its row.
func compare(t *testing.T, row *fault, channel string, err error) {
	t.Helper()
	var failure *wire.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v (%T), want a *wire.Error", err, err)
	}
	got := []string{code.Code(status.Code(err)).String(), failure.Reason.String(), failure.Executed.String()}
	if want := []string{row.Code, row.Reason, row.Executed}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v; the error is %v", got, want, err)
	}
	if stated := failure.RetryAfter > 0; stated != row.RetryAfter {
		t.Errorf("retry-after is %v, stated: want %t", failure.RetryAfter, row.RetryAfter)
	}
	if reason, _ := wire.ParseReason(row.Reason); !errors.Is(err, &wire.Error{Reason: reason}) {
		t.Errorf("errors.Is does not find %s", row.Reason)
	}
	if failure.Route != "" && !strings.HasPrefix(failure.Route, channel) {
		t.Errorf("the route is %q, want one of %s", failure.Route, channel)
	}
}
