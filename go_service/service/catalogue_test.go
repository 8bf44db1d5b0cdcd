package service

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"
)

func catalogued(t *testing.T, service *running) (offered []Offered) {
	t.Helper()
	got := service.do(t, "GET", cataloguePattern, nil)
	var list struct{ Kernels []Offered }
	if err := json.Unmarshal(got.body, &list); got.StatusCode != http.StatusOK || err != nil {
		t.Fatalf("status %d, %v: %s", got.StatusCode, err, got.body)
	}
	return list.Kernels
}

func TestTheCatalogueListsEachKernelWithTheRouteOfNow(t *testing.T) {
	service := startServer(t, nil, func(s *Settings) { s.Kernels["redact"] = KernelSettings{Route: "native/original"} })
	offered := catalogued(t, service)
	for _, want := range []Offered{{"redact", "1.0", "native/original"}, {"digest", "1.0", "native"}} {
		if !slices.Contains(offered, want) {
			t.Errorf("no %+v among %+v", want, offered)
		}
	}
	if !slices.IsSortedFunc(offered, func(a, b Offered) int { return compareNames(a.Kernel, b.Kernel) }) {
		t.Errorf("not sorted by name: %+v", offered)
	}
	for _, one := range offered {
		if one.Kernel == "topk" {
			t.Error("a kernel is listed that HTTP does not carry")
		}
	}
}

func compareNames(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

func TestTheCatalogueAnswersWhileAKernelIsHeldUp(t *testing.T) {
	service := startServer(t, nil, nil)
	held := make(chan int)
	go func() { held <- service.post(t, "held", "x").StatusCode }()
	defer func() {
		release <- struct{}{}
		<-held
	}()
	began := time.Now()
	catalogued(t, service)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestTheCatalogueIsOnlyRead(t *testing.T) {
	service := startServer(t, nil, nil)
	if got := service.do(t, "POST", cataloguePattern, nil); got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != http.MethodGet {
		t.Errorf("status %d, Allow %q", got.StatusCode, got.Header.Get("Allow"))
	}
}
