package load

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/clock"
)

// fakeTimer is a clock that moves only when somebody sleeps, or by a step at each look: a host busy with other things.
type fakeTimer struct {
	instantNs, stepNs int64
	slept             []int64
}

func (f *fakeTimer) now() int64 {
	f.instantNs += f.stepNs
	return f.instantNs
}

func (f *fakeTimer) sleepUntil(_ context.Context, instantNs int64) {
	f.instantNs = instantNs
	f.slept = append(f.slept, instantNs)
}

// paceAll runs a schedule and gives back what was due.
func paceAll(t *testing.T, alarm *fakeTimer, s schedule) (due []int64) {
	t.Helper()
	alarm.instantNs = s.startNs
	starts := make(chan int64)
	go pace(t.Context(), alarm, s, starts)
	for instant := range starts {
		due = append(due, instant)
	}
	return due
}

func TestARateOfAThousandASecondIsACallEachMillisecondAndNoneAtTheEnd(t *testing.T) {
	alarm := &fakeTimer{}
	due := paceAll(t, alarm, schedule{startNs: 500, ratePerS: 1000, durationNs: int64(10 * time.Millisecond)})
	if len(due) != 10 {
		t.Fatalf("%d calls, want 10", len(due))
	}
	for n := range due {
		if want := 500 + int64(n)*int64(time.Millisecond); due[n] != want {
			t.Errorf("call %d is due at %d, want %d", n, due[n], want)
		}
	}
	if !slices.Equal(alarm.slept, due[1:]) {
		t.Errorf("slept until %v, due were %v", alarm.slept, due)
	}
}

func TestAnUnevenRateDoesNotDrift(t *testing.T) {
	s := schedule{ratePerS: 3}
	if got := s.dueNs(3_000_000); got != int64(1_000_000*time.Second) {
		t.Errorf("call 3,000,000 at 3 a second is due after %d ns", got)
	}
}

func TestTheNumberOfCallsBoundsAnOpenLoopToo(t *testing.T) {
	if due := paceAll(t, &fakeTimer{}, schedule{ratePerS: 1e6, durationNs: 1e9, maxCalls: 7}); len(due) != 7 {
		t.Errorf("%d calls, want 7", len(due))
	}
}

func TestABlockThatCanNotKeepUpEndsAtTwiceItsDuration(t *testing.T) {
	busy := &fakeTimer{stepNs: int64(7 * time.Millisecond)}
	due := paceAll(t, busy, schedule{ratePerS: 1000, durationNs: int64(10 * time.Millisecond)})
	if len(due) != 2 {
		t.Errorf("%d calls were handed out, want those begun within 20 ms: 2", len(due))
	}
}

func TestTheAlarmNeverRingsEarlyAndSeldomLate(t *testing.T) {
	alarm, err := newAlarm(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer alarm.close()
	late := make([]int64, 0, 50)
	for range cap(late) {
		instant := int64(clock.NowNs()) + int64(300*time.Microsecond)
		alarm.sleepUntil(t.Context(), instant)
		late = append(late, int64(clock.NowNs())-instant)
		if late[len(late)-1] < 0 {
			t.Fatalf("rang %d ns early", -late[len(late)-1])
		}
	}
	slices.Sort(late)
	if median := time.Duration(late[len(late)/2]); median > time.Millisecond {
		t.Errorf("rings %v late in the median", median)
	}
}

func TestTheAlarmRingsWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	alarm, err := newAlarm(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer alarm.close()
	time.AfterFunc(10*time.Millisecond, cancel)
	began := time.Now()
	alarm.sleepUntil(ctx, int64(clock.NowNs())+int64(time.Minute))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("slept on for %v", took)
	}
}
