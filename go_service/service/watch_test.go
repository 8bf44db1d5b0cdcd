package service

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// percentFile sends so many percent of echo's callers to the worse Go, which needs no worker.
func percentFile(percent int) string {
	return fmt.Sprintf("[kernels.redact]\nroute = \"native/original\"\npercent = %d\n", percent)
}

// percentWhen waits until a kernel's percentage is the wanted one, and says how long that took.
func (s *running) percentWhen(t *testing.T, want float64) time.Duration {
	t.Helper()
	start := time.Now()
	for time.Since(start) < 5*time.Second {
		if status, _ := s.client.PolicyOf("redact"); status.Policy.Percent == want {
			return time.Since(start)
		}
		time.Sleep(time.Millisecond)
	}
	status, _ := s.client.PolicyOf("redact")
	t.Fatalf("after 5 s the policy is %+v, want %v %%", status.Policy, want)
	return 0
}

// followed starts a service with a policy file.
func followed(t *testing.T, path string, change func(*Settings)) *running {
	t.Helper()
	return startServer(t, nil, func(s *Settings) {
		s.Policies = path
		if change != nil {
			change(s)
		}
	})
}

func TestAPolicyFileIsFollowedHoweverItIsReplaced(t *testing.T) {
	for name, replace := range map[string]func(t *testing.T, path, text string){
		"written in place": write,
		"renamed over": func(t *testing.T, path, text string) {
			write(t, path+".new", text)
			must(t, os.Rename(path+".new", path))
		},
		"moved away first, as some editors do": func(t *testing.T, path, text string) {
			must(t, os.Rename(path, path+"~"))
			write(t, path, text)
		},
		"written in two pieces": func(t *testing.T, path, text string) {
			write(t, path, text[:len(text)/2])
			write(t, path, text)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "policies.toml")
			write(t, path, percentFile(5))
			service := followed(t, path, nil)
			service.percentWhen(t, 5)
			for _, percent := range []int{50, 51, 7} {
				replace(t, path, percentFile(percent))
				service.percentWhen(t, float64(percent))
			}
			if file := service.policies.file(); file.Error != nil {
				t.Errorf("an error is left: %v", file.Error)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAConfigMapIsFollowed swaps links as Kubernetes does: the file is a link into ..data, which is a link to a folder.
func TestAConfigMapIsFollowed(t *testing.T) {
	dir := t.TempDir()
	version := func(name string, percent int) {
		must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		write(t, filepath.Join(dir, name, "policies.toml"), percentFile(percent))
		must(t, os.Symlink(name, filepath.Join(dir, "..data_tmp")))
		must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	}
	version("..2026_1", 5)
	path := filepath.Join(dir, "policies.toml")
	must(t, os.Symlink("..data/policies.toml", path))
	service := followed(t, path, nil)
	service.percentWhen(t, 5)
	version("..2026_2", 15)
	must(t, os.RemoveAll(filepath.Join(dir, "..2026_1")))
	service.percentWhen(t, 15)
}

func TestTheLastGoodFileStaysWhileTheNewOneHasAnErrorThatEverybodyCanSee(t *testing.T) {
	var log lockedBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	path := filepath.Join(t.TempDir(), "policies.toml")
	write(t, path, percentFile(5))
	service := followed(t, path, nil)
	write(t, path, "[kernels.redact]\nroute = \"native/original\"\npercent = 500\n")
	await(t, func() bool { return service.policies.file().Error != nil })
	service.percentWhen(t, 5)
	if failure := service.policies.file().Error; failure.Line != 3 || failure.Key != "kernels.redact.percent" {
		t.Errorf("the error is %+v", failure)
	}
	for _, want := range []string{`"line":3`, `"key":"kernels.redact.percent"`, "in force stays"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s", want)
		}
	}
	metrics := func() string { return string(service.do(t, "GET", "/metrics", nil).body) }
	if text := metrics(); !strings.Contains(text, "sidecar_policy_file_error 1") || !strings.Contains(text, "sidecar_policy_file_errors_total 1") {
		t.Error("the metrics have no error of the file")
	}
	must(t, os.Remove(path))
	await(t, func() bool { return strings.Contains(service.policies.file().Error.Problem, "no such file") })
	service.percentWhen(t, 5)
	write(t, path, percentFile(6))
	service.percentWhen(t, 6)
	if text := metrics(); !strings.Contains(text, "sidecar_policy_file_error 0") {
		t.Error("the metrics still show an error")
	}
}

func TestTheLastWriterWinsAndTheFileActsOnlyWhereItChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policies.toml")
	digest := "[kernels.digest]\npercent = 0\nwhy = %q\n"
	write(t, path, percentFile(5)+fmt.Sprintf(digest, "one"))
	service := followed(t, path, func(s *Settings) { s.Kernels["redact"] = KernelSettings{Route: "native/original"} })
	must(t, service.policies.kill("redact", "by hand", byAdmin))
	write(t, path, percentFile(5)+fmt.Sprintf(digest, "two"))
	await(t, func() bool { status, _ := service.client.PolicyOf("digest"); return status.Why == "two" })
	if report, _ := service.policies.report("redact"); report.State != string(client.PolicyKilled) || report.By != byAdmin {
		t.Errorf("an edit about another kernel lifted the kill: %+v", report)
	}
	write(t, path, percentFile(6)+fmt.Sprintf(digest, "two"))
	service.percentWhen(t, 6)
	if report, _ := service.policies.report("redact"); report.State != string(client.PolicyActive) || report.By != byFile {
		t.Errorf("the file's change did not win: %+v", report)
	}
	write(t, path, fmt.Sprintf(digest, "two"))
	service.percentWhen(t, 100)
	if report, _ := service.policies.report("redact"); report.Policy.Route != "native/original" {
		t.Errorf("a kernel that left the file is not back on its route of the settings: %+v", report)
	}
}

func TestAKillByTheFileTakesEffectWithinATenthOfASecondWithoutAFailedCall(t *testing.T) {
	worker := workertest.Start(t, "--uds")
	path := filepath.Join(t.TempDir(), "policies.toml")
	const moved = "[kernels.digest]\nroute = \"uds/msgpack\"\npercent = 100\n"
	write(t, path, moved)
	service := followed(t, path, func(s *Settings) { s.Worker = worker.Endpoints })
	var failed, done atomic.Int64
	stop := make(chan struct{})
	var calling sync.WaitGroup
	for range 8 {
		calling.Go(func() {
			body := string(bytes.Repeat([]byte("d"), 4096))
			for {
				select {
				case <-stop:
					return
				default:
					if service.post(t, "digest", body).StatusCode != 200 {
						failed.Add(1)
					}
					done.Add(1)
				}
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	begun := time.Now()
	write(t, path, moved+"killed = true\n")
	for service.client.Route("digest").String() != "native" && time.Since(begun) < 5*time.Second {
		time.Sleep(time.Millisecond)
	}
	took := time.Since(begun)
	time.Sleep(100 * time.Millisecond)
	close(stop)
	calling.Wait()
	fmt.Printf("kill switch by the file: in force after %v, %d requests of 8 callers, %d failed\n", took, done.Load(), failed.Load())
	if took > 100*time.Millisecond || failed.Load() > 0 {
		t.Errorf("in force after %v, %d requests failed", took, failed.Load())
	}
}

func TestAReadingIsTakenWhenItWasThereTwice(t *testing.T) {
	w := &watcher{taken: reading{text: "a"}, waited: reading{text: "a"}}
	for n, step := range []struct {
		text string
		want bool
	}{{"a", false}, {"", false}, {"half", false}, {"half of it", false}, {"half of it", true}, {"half of it", false}, {"b", false}, {"half of it", false}, {"half of it", false}} {
		if got := w.settled(reading{text: step.text}); got != step.want {
			t.Errorf("look %d at %q: %t", n, step.text, got)
		}
	}
}
