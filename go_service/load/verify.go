package load

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sidecar-ipc/gateway/go_service/client"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Answer implements the service: it sends each request so many times, from many goroutines at once, and gives back
// what came, each index as soon as it is complete.
func (d *Driver) Answer(request *benchv1.AnswerRequest, stream grpc.ServerStreamingServer[benchv1.AnswerResponse]) error {
	of, route, err := d.find(request.Scenario, request.Route)
	if err != nil {
		return err
	}
	if request.Callers == 0 || request.Callers > maxCallers || request.Repeats == 0 || request.Repeats > maxRepeats {
		return status.Errorf(codes.InvalidArgument, "answers of %s: callers must be from 1 to %d, repeats from 1 to %d", of.name, maxCallers, maxRepeats)
	}
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	v := &verification{
		scenario: of, route: route, client: d.plain, repeats: int(request.Repeats),
		timeout: time.Duration(request.TimeoutNs), answers: map[int]*answers{},
		send: func(answer *benchv1.AnswerResponse) {
			if err := stream.Send(answer); err != nil {
				cancel(err)
			}
		},
	}
	v.run(ctx, int(request.Callers))
	if ctx.Err() != nil {
		return status.Error(codes.Canceled, context.Cause(ctx).Error())
	}
	return nil
}

// maxRepeats bounds a request's repetitions.
const maxRepeats = 10_000

// verification collects what the repeats of each request gave.
type verification struct {
	scenario *scenario
	route    wire.Route
	client   *client.Client
	repeats  int
	timeout  time.Duration

	mu      sync.Mutex
	answers map[int]*answers
	send    func(*benchv1.AnswerResponse) // called under mu
}

// answers are those of one request so far.
type answers struct {
	first    *benchv1.AnswerResponse
	outcomes map[[sha256.Size]byte]struct{}
	got      int
}

// run hands the calls to its goroutines, a request's repeats one after the other, so that they run beside each other.
func (v *verification) run(ctx context.Context, callers int) {
	jobs := make(chan int)
	var calling sync.WaitGroup
	for range callers {
		calling.Go(func() { v.answerAll(ctx, jobs) })
	}
	defer calling.Wait()
	defer close(jobs)
	for job := range len(v.scenario.requests) * v.repeats {
		select {
		case jobs <- job / v.repeats:
		case <-ctx.Done():
			return
		}
	}
}

// answerAll reuses its memory in every second call, as the timed calls do.
func (v *verification) answerAll(ctx context.Context, jobs <-chan int) {
	var buffer client.Buffer
	own := []client.CallOption{client.Via(v.route)}
	reused := []client.CallOption{client.Via(v.route), client.WithBuffer(&buffer)}
	for index := range jobs {
		v.take(index, v.answer(ctx, index, own))
		own, reused = reused, own
	}
}

func (v *verification) answer(ctx context.Context, index int, options []client.CallOption) *benchv1.AnswerResponse {
	if v.timeout > 0 {
		bounded, cancel := context.WithTimeout(ctx, v.timeout)
		defer cancel()
		ctx = bounded
	}
	answer := &benchv1.AnswerResponse{Index: uint32(index)}
	response, err := v.scenario.kernel.CallAny(ctx, v.client, v.scenario.requests[index], options...)
	if err == nil {
		answer.Response, err = proto.MarshalOptions{Deterministic: true}.Marshal(response)
	}
	if err != nil {
		failure := wire.Fail(wire.ReasonInternalError, "")
		errors.As(err, &failure)
		answer.Status, answer.Reason, answer.Message = uint32(failure.Code), uint32(failure.Reason), failure.Error()
	}
	return answer
}

// take counts an answer and sends the first of a request when its last one has come.
func (v *verification) take(index int, answer *benchv1.AnswerResponse) {
	outcome := outcomeOf(answer)
	v.mu.Lock()
	defer v.mu.Unlock()
	of := v.answers[index]
	if of == nil {
		of = &answers{first: answer, outcomes: map[[sha256.Size]byte]struct{}{}}
		v.answers[index] = of
	}
	of.outcomes[outcome] = struct{}{}
	if of.got++; of.got == v.repeats {
		delete(v.answers, index)
		of.first.Outcomes = uint32(len(of.outcomes))
		v.send(of.first)
	}
}

// outcomeOf tells answers apart: by their bytes, and errors by code and reason, never by text.
func outcomeOf(answer *benchv1.AnswerResponse) [sha256.Size]byte {
	told := [8]byte{byte(answer.Status), byte(answer.Reason), byte(answer.Reason >> 8)}
	return sha256.Sum256(append(told[:], answer.Response...))
}
