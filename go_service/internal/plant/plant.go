//go:build plant

// Package plant reads what SIDECAR_PLANT asks a test build to do wrong; protos/HANDSHAKE.md.
package plant

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Plants is the variable's value: a list of plants between commas.
type Plants string

// Asked is what this process was started with.
var Asked = Plants(os.Getenv("SIDECAR_PLANT"))

// Byte says whether a byte is to be changed at a place, such as "go-codec".
func (p Plants) Byte(where string) bool {
	return slices.Contains(strings.Split(string(p), ","), "byte:"+where)
}

// Delay is how long a stage is to wait; 0 for one that is not named, or not with a number.
func (p Plants) Delay(stage string) time.Duration {
	for plant := range strings.SplitSeq(string(p), ",") {
		if text, ok := strings.CutPrefix(plant, "delay:"+stage+":"); ok {
			if ns, err := strconv.ParseInt(text, 10, 64); err == nil {
				return time.Duration(ns)
			}
		}
	}
	return 0
}

// Wait waits where there is something to wait.
func Wait(delay time.Duration) {
	if delay > 0 {
		time.Sleep(delay)
	}
}

// Change changes the last byte of an answer.
func Change(answer []byte) {
	if len(answer) > 0 {
		answer[len(answer)-1] ^= 1
	}
}
