package service

import (
	"encoding/json"
	"net/http"
	"runtime"
	"testing"
)

func (a *administered) used(t *testing.T) (report RuntimeReport) {
	t.Helper()
	got := a.at.do(t, "GET", "/runtime", nil)
	if err := json.Unmarshal(got.body, &report); got.StatusCode != http.StatusOK || err != nil {
		t.Fatalf("status %d, %v: %s", got.StatusCode, err, got.body)
	}
	return report
}

func pausesOf(report RuntimeReport) (count uint64) {
	for _, bucket := range report.GCPauses {
		count += bucket[1]
	}
	return count
}

func TestAdminTellsWhatTheCollectorTookBetweenTwoReadings(t *testing.T) {
	service := startAdministered(t, nil)
	runtime.GC()
	before := service.used(t)
	for range 3 {
		runtime.GC()
	}
	after := service.used(t)
	if cycles := after.GCCycles - before.GCCycles; cycles < 3 {
		t.Errorf("%d cycles, three were forced", cycles)
	}
	if after.GCCPUNs <= before.GCCPUNs || after.GoCPUNs-before.GoCPUNs < after.GCCPUNs-before.GCCPUNs {
		t.Errorf("the collector took %d ns of %d", after.GCCPUNs-before.GCCPUNs, after.GoCPUNs-before.GoCPUNs)
	}
	if pausesOf(after) < pausesOf(before)+3 || after.AtNs <= before.AtNs || after.MemoryBytes < after.HeapLiveBytes || after.HeapLiveBytes == 0 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}
