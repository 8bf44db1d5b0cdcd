package load

import (
	"bytes"
	"context"
	"sort"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// answerStream collects what the driver sends.
type answerStream struct {
	grpc.ServerStreamingServer[benchv1.AnswerResponse]
	ctx  context.Context
	sent []*benchv1.AnswerResponse
}

func (s *answerStream) Context() context.Context { return s.ctx }

func (s *answerStream) Send(answer *benchv1.AnswerResponse) error {
	s.sent = append(s.sent, answer)
	return nil
}

func answersOf(t *testing.T, driver *Driver, request *benchv1.AnswerRequest) []*benchv1.AnswerResponse {
	t.Helper()
	stream := &answerStream{ctx: t.Context()}
	if err := driver.Answer(request, stream); err != nil {
		t.Fatal(err)
	}
	sort.Slice(stream.sent, func(a, b int) bool { return stream.sent[a].Index < stream.sent[b].Index })
	return stream.sent
}

func containsBytes(text string, part []byte) bool { return bytes.Contains([]byte(text), part) }

func TestEveryRequestIsAnsweredOnceWithTheOneOutcomeOfAllItsRepeats(t *testing.T) {
	driver := newDriver(t)
	requests := make([]proto.Message, 30)
	for n := range requests {
		requests[n] = &kernelsv1.EchoRequest{Payload: bytes.Repeat([]byte{byte(n)}, n)}
	}
	loadScenario(t, driver, "echo", requests...)
	answers := answersOf(t, driver, &benchv1.AnswerRequest{Scenario: "echo", Route: "native", Callers: 8, Repeats: 10})
	if len(answers) != len(requests) {
		t.Fatalf("%d answers to %d requests", len(answers), len(requests))
	}
	for n, answer := range answers {
		var response kernelsv1.EchoResponse
		if err := proto.Unmarshal(answer.Response, &response); err != nil {
			t.Fatal(err)
		}
		if int(answer.Index) != n || answer.Outcomes != 1 || answer.Status != 0 || !bytes.Equal(response.Payload, bytes.Repeat([]byte{byte(n)}, n)) {
			t.Errorf("answer %d: %v", n, answer)
		}
	}
}

func TestAnswersThatDifferBetweenRepeatsAreCounted(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "flaky", echoOf(0))
	answers := answersOf(t, driver, &benchv1.AnswerRequest{Scenario: "flaky", Route: "native", Callers: 4, Repeats: 30})
	if len(answers) != 1 || answers[0].Outcomes != 3 {
		t.Errorf("got %v, want three outcomes", answers)
	}
}

func TestAnErrorIsAnAnswerWithCodeAndReason(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "refusing", echoOf(1), echoOf(2))
	answers := answersOf(t, driver, &benchv1.AnswerRequest{Scenario: "refusing", Route: "native", Callers: 2, Repeats: 5})
	if len(answers) != 2 || answers[0].Status != 0 {
		t.Fatalf("got %v", answers)
	}
	failed := answers[1]
	if failed.Status != uint32(wire.ReasonInvalidInput.Code()) || failed.Reason != uint32(wire.ReasonInvalidInput) || failed.Outcomes != 1 || failed.Message == "" {
		t.Errorf("got %v", failed)
	}
}

func TestADescriptionTellsEachKernelsFacts(t *testing.T) {
	described, err := newDriver(t).Describe(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]*benchv1.Kernel{}
	for _, kernel := range described.Kernels {
		facts[kernel.Name] = kernel
	}
	redact, own := facts["redact"], facts["reversed"]
	if redact == nil || redact.Bytes || !redact.HasOriginal || redact.Comparer != "bytes" || redact.Version != 1<<16 {
		t.Errorf("redact: %v", redact)
	}
	if own == nil || !own.Bytes || own.HasOriginal || own.Comparer != "json" || !own.Idempotent || !own.FallbackSafe {
		t.Errorf("reversed: %v", own)
	}
}
