package service

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// asService makes the test's own program a service, so that the process tests need no build.
const asService = "SIDECAR_TEST_AS_SERVICE"

func TestMain(m *testing.M) {
	if os.Getenv(asService) != "" {
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// release lets calls of the kernel "held" go on.
var release = make(chan struct{})

type twin = client.Twin[*kernelsv1.EchoRequest, *kernelsv1.EchoResponse]

func registerTwin(name string, native twin) {
	client.Register(&client.Kernel[*kernelsv1.EchoRequest, *kernelsv1.EchoResponse]{
		Spec:        wire.KernelSpec{Name: name, Method: "/test.v1.TestService/Test"},
		NewRequest:  func() *kernelsv1.EchoRequest { return new(kernelsv1.EchoRequest) },
		NewResponse: func() *kernelsv1.EchoResponse { return new(kernelsv1.EchoResponse) },
		Native:      native,
	})
}

func init() {
	registerTwin("held", func(ctx context.Context, _ *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-release:
			return &kernelsv1.EchoResponse{Payload: []byte("late")}, nil
		}
	})
	registerTwin("full", func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		failure := wire.Fail(wire.ReasonQueueFull, "")
		failure.RetryAfter = 1500 * time.Millisecond
		return nil, failure
	})
	registerTwin("panics", func(_ context.Context, request *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		panic(string(request.Payload))
	})
}

// running is a service under test.
type running struct {
	*Server
	base string
	http *http.Client
}

func startServer(t *testing.T, exporter *trace.Exporter, change func(*Settings)) *running {
	t.Helper()
	settings := Defaults()
	if change != nil {
		change(&settings)
	}
	server, err := NewServer(settings, exporter)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Serve(listener)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Drain(5 * time.Second)
	})
	return &running{Server: server, base: "http://" + listener.Addr().String(), http: &http.Client{Transport: transport}}
}

// answer is an HTTP answer with its body read.
type answer struct {
	*http.Response
	body []byte
}

func (a *answer) problem(t *testing.T) (p Problem) {
	t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("status %d of type %q: %s", a.StatusCode, got, a.body)
	}
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (s *running) do(t *testing.T, method, path string, body io.Reader, headers ...string) *answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.base+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(headers); n += 2 {
		request.Header.Set(headers[n], headers[n+1])
	}
	response, err := s.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{Response: response, body: read}
}

func (s *running) post(t *testing.T, kernel, body string, headers ...string) *answer {
	t.Helper()
	return s.do(t, http.MethodPost, "/v1/kernels/"+kernel, strings.NewReader(body), headers...)
}

func TestABodyOfRawBytesIsAnsweredWithRawBytes(t *testing.T) {
	service := startServer(t, nil, nil)
	every := make([]byte, 256)
	for n := range every {
		every[n] = byte(n)
	}
	for _, body := range []string{"", "a", string(every), strings.Repeat("line\r\n", 10_000)} {
		got := service.post(t, "echo", body)
		if got.StatusCode != http.StatusOK || string(got.body) != body || got.Header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%d bytes: status %d, %d bytes back of type %s", len(body), got.StatusCode, len(got.body), got.Header.Get("Content-Type"))
		}
	}
	if got := service.post(t, "digest", "abc"); len(got.body) != 32 || got.body[0] != 0xba || got.body[31] != 0xad {
		t.Errorf("digest of abc: %x", got.body)
	}
}

func TestNumbersOfARequestAreParametersAndThoseOfAnAnswerHeaders(t *testing.T) {
	service := startServer(t, nil, nil)
	got := service.post(t, "spin?steps=0&seed=5", "carried")
	if got.StatusCode != http.StatusOK || string(got.body) != "carried" || got.Header.Get("Kernel-State") != "5" {
		t.Errorf("status %d, body %q, state %q", got.StatusCode, got.body, got.Header.Get("Kernel-State"))
	}
	for _, query := range []string{"steps=many", "steps=-1", "steps=1&steps=2", "step=1", "steps=18446744073709551616"} {
		if problem := service.post(t, "spin?"+query, "").problem(t); problem.Status != http.StatusBadRequest || problem.Executed != "no" {
			t.Errorf("%s: %+v", query, problem)
		}
	}
}

func TestEveryRefusalIsAProblemWithTheContractsFields(t *testing.T) {
	service := startServer(t, nil, func(s *Settings) {
		s.MaxRequestBytes = 1000
		s.Kernels["held"] = KernelSettings{Deadline: Duration{20 * time.Millisecond}}
	})
	large := strings.Repeat("x", 1001)
	for _, test := range []struct {
		name, method, path string
		body               io.Reader
		want               Problem
	}{
		{"an unknown kernel", "POST", "/v1/kernels/none", nil, Problem{Status: 404, Code: "UNIMPLEMENTED", Reason: "UNKNOWN_KERNEL", Executed: "no"}},
		{"an unknown path", "GET", "/v2", nil, Problem{Status: 404, Code: "UNIMPLEMENTED", Reason: "UNKNOWN_KERNEL", Executed: "no"}},
		{"a wrong method", "GET", "/v1/kernels/echo", nil, Problem{Status: 405, Code: "INVALID_ARGUMENT", Reason: "MALFORMED_HEADER", Executed: "no"}},
		{"a large body", "POST", "/v1/kernels/echo", strings.NewReader(large), Problem{Status: 413, Code: "RESOURCE_EXHAUSTED", Reason: "REQUEST_TOO_LARGE", Executed: "no", Route: "native"}},
		{"a large body of unknown length", "POST", "/v1/kernels/echo", io.MultiReader(strings.NewReader(large)), Problem{Status: 413, Code: "RESOURCE_EXHAUSTED", Reason: "REQUEST_TOO_LARGE", Executed: "no", Route: "native"}},
		{"a deadline that passes", "POST", "/v1/kernels/held", nil, Problem{Status: 504, Code: "DEADLINE_EXCEEDED", Reason: "DEADLINE", Executed: "unknown", Route: "native"}},
		{"a full queue", "POST", "/v1/kernels/full", nil, Problem{Status: 429, Code: "RESOURCE_EXHAUSTED", Reason: "QUEUE_FULL", Executed: "no", Route: "native", RetryAfter: 1.5}},
		{"a panic", "POST", "/v1/kernels/panics", strings.NewReader("secret"), Problem{Status: 500, Code: "INTERNAL", Reason: "KERNEL_PANICKED", Executed: "yes", Route: "native"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := service.do(t, test.method, test.path, test.body)
			problem := got.problem(t)
			if problem.Type == "" || problem.Title == "" || problem.Detail == "" || problem.Status != got.StatusCode {
				t.Errorf("status %d: %+v", got.StatusCode, problem)
			}
			problem.Type, problem.Title, problem.Detail = "", "", ""
			if problem != test.want {
				t.Errorf("got %+v, want %+v", problem, test.want)
			}
			if bytes.Contains(got.body, []byte("secret")) {
				t.Error("the problem shows bytes of the request")
			}
		})
	}
}

func TestAFullQueueSaysInWholeSecondsWhenToComeBack(t *testing.T) {
	if got := startServer(t, nil, nil).post(t, "full", "").Header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q, want 1.5 s rounded up", got)
	}
}

func TestACompressedBodyIsRefusedInsteadOfMisread(t *testing.T) {
	got := startServer(t, nil, nil).post(t, "echo", "x", "Content-Encoding", "gzip")
	if got.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("status %d", got.StatusCode)
	}
}

func TestTheServiceLivesOnAfterEachKindOfRefusal(t *testing.T) {
	service := startServer(t, nil, func(s *Settings) { s.MaxRequestBytes = 100 })
	for _, refused := range []string{"none", "panics", "full", "spin?steps=x"} {
		service.post(t, refused, "x")
		service.post(t, "echo", strings.Repeat("x", 101))
		if got := service.post(t, "echo", "still here"); string(got.body) != "still here" {
			t.Fatalf("after %s: status %d", refused, got.StatusCode)
		}
	}
}

func TestACallerThatGoesAwayCancelsTheCall(t *testing.T) {
	service := startServer(t, nil, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, service.base+"/v1/kernels/held", nil)
	if response, err := service.http.Do(request); err == nil {
		response.Body.Close()
		t.Fatal("answered before the caller went away")
	}
	await(t, func() bool {
		return strings.Contains(string(service.do(t, "GET", "/metrics", nil).body), `sidecar_requests_total{code="CANCELLED",kernel="held",route="native"} 1`)
	})
}

// await waits a while for something that another goroutine does.
func await(t *testing.T, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen within 5 s")
		}
	}
}

func TestMetricsCountRequestsByKernelRouteAndCode(t *testing.T) {
	service := startServer(t, nil, nil)
	service.post(t, "echo", "a")
	service.post(t, "echo", "b")
	service.post(t, "full", "")
	service.post(t, "../../etc/passwd", "")
	service.post(t, "no-such-kernel-"+strings.Repeat("x", 50), "")
	text := string(service.do(t, "GET", "/metrics", nil).body)
	for _, line := range []string{
		`sidecar_requests_total{code="OK",kernel="echo",route="native"} 2`,
		`sidecar_requests_total{code="RESOURCE_EXHAUSTED",kernel="full",route="native"} 1`,
		`sidecar_requests_total{code="UNIMPLEMENTED",kernel="unknown",route="none"} 1`,
		`sidecar_request_duration_seconds_count{kernel="echo",route="native"} 2`,
		`sidecar_requests_in_flight{kernel="echo"} 0`,
		"go_goroutines", "process_open_fds",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %s in the metrics", line)
		}
	}
	if strings.Contains(text, "no-such-kernel") {
		t.Error("a name that a caller chose became a label")
	}
}

func TestTheLogHasALineARequestAndNoByteOfItsBody(t *testing.T) {
	var log lockedBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	service := startServer(t, nil, nil)
	const card = "4111111111111111"
	service.post(t, "redact", "card "+card)
	service.post(t, "spin?steps="+card+card, card)
	service.post(t, "panics", card)
	text := log.String()
	if got := strings.Count(text, `"msg":"request"`); got != 3 {
		t.Errorf("%d lines of requests, want 3:\n%s", got, text)
	}
	if strings.Contains(text, card) {
		t.Errorf("the log shows bytes of a request:\n%s", text)
	}
}

// lockedBuffer is a log that a server and a test share.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestAliveIsNotTheSameAsReady(t *testing.T) {
	service := startServer(t, nil, func(s *Settings) {
		s.Worker.Set("uds", filepath.Join(t.TempDir(), "none.sock"))
		s.Kernels["redact"] = KernelSettings{Route: "uds/msgpack"}
	})
	if got := service.do(t, "GET", "/healthz", nil); got.StatusCode != http.StatusOK {
		t.Errorf("healthz: %d", got.StatusCode)
	}
	problem := service.do(t, "GET", "/readyz", nil).problem(t)
	if problem.Status != http.StatusServiceUnavailable || problem.Reason != "NO_WORKER" || problem.Route != "uds/msgpack" {
		t.Errorf("readyz: %+v", problem)
	}
	if got := service.post(t, "echo", "native needs no worker"); got.StatusCode != http.StatusOK {
		t.Errorf("echo: %d", got.StatusCode)
	}
}

func TestAServiceThatNeedsNoWorkerIsReadyAtOnce(t *testing.T) {
	service := startServer(t, nil, nil)
	if got := service.do(t, "GET", "/readyz", nil); got.StatusCode != http.StatusOK || !strings.Contains(string(got.body), `"native":"reachable"`) {
		t.Errorf("readyz: %d %s", got.StatusCode, got.body)
	}
	service.ready.draining.Store(true)
	if got := service.do(t, "GET", "/readyz", nil); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("readyz while draining: %d", got.StatusCode)
	}
}

func TestADrainLetsRequestsFinishAndTakesNoNewOnes(t *testing.T) {
	service := startServer(t, nil, nil)
	held := make(chan string, 1)
	go func() {
		response, err := http.Post(service.base+"/v1/kernels/held", "", nil)
		if err != nil {
			held <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		held <- string(body)
		http.DefaultClient.CloseIdleConnections()
	}()
	await(t, func() bool {
		return strings.Contains(string(service.do(t, "GET", "/metrics", nil).body), `sidecar_requests_in_flight{kernel="held"} 1`)
	})
	time.AfterFunc(50*time.Millisecond, func() { release <- struct{}{} })
	if code := service.Drain(5 * time.Second); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if got := <-held; got != "late" {
		t.Errorf("the request in flight got %q", got)
	}
	if connection, err := net.Dial("tcp", strings.TrimPrefix(service.base, "http://")); err == nil {
		connection.Close()
		t.Error("a drained service still listens")
	}
}

func TestRequestsThatOutlastTheDrainAreCutAndTheExitCodeSaysSo(t *testing.T) {
	service := startServer(t, nil, nil)
	ended := make(chan error, 1)
	go func() {
		response, err := http.Post(service.base+"/v1/kernels/held", "", nil)
		if err == nil {
			response.Body.Close()
		}
		ended <- err
	}()
	await(t, func() bool {
		return strings.Contains(string(service.do(t, "GET", "/metrics", nil).body), `sidecar_requests_in_flight{kernel="held"} 1`)
	})
	if code := service.Drain(20 * time.Millisecond); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if err := <-ended; err == nil {
		t.Error("a request that was cut was answered")
	}
}
