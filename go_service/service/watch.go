package service

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

const (
	// watchInterval is how often the policy file is read. A change acts when two readings agree, so within twice that.
	watchInterval = 25 * time.Millisecond
	// maxPolicyBytes bounds the file.
	maxPolicyBytes = 1 << 20
)

// reading is what the policy file holds, or why it can't be read.
type reading struct{ text, problem string }

// watcher follows the policy file by its content. That is two small system calls a look and the same for a file that is
// written in place, renamed over, or reached by links that are swapped; none of them needs events of its own.
type watcher struct {
	path          string
	taken, waited reading
	stop, stopped chan struct{}
}

// watch begins after a first reading was taken, and calls changed for every further one.
func watch(path string, taken reading, changed func(reading)) *watcher {
	w := &watcher{path: path, taken: taken, waited: taken, stop: make(chan struct{}), stopped: make(chan struct{})}
	go w.run(changed)
	return w
}

func (w *watcher) run(changed func(reading)) {
	defer close(w.stopped)
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-ticker.C:
			if now := readPolicyFile(w.path); w.settled(now) {
				changed(now)
			}
		}
	}
}

// settled says that a reading is new and was there twice: a file that is just being written is left alone.
func (w *watcher) settled(now reading) bool {
	before := w.waited
	w.waited = now
	if now == w.taken || now != before {
		return false
	}
	w.taken = now
	return true
}

// end stops looking.
func (w *watcher) end() {
	if w != nil {
		close(w.stop)
		<-w.stopped
	}
}

func readPolicyFile(path string) reading {
	file, err := os.Open(path)
	if err != nil {
		return reading{problem: openProblem(err)}
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxPolicyBytes+1))
	switch {
	case err != nil:
		return reading{problem: openProblem(err)}
	case len(text) > maxPolicyBytes:
		return reading{problem: fmt.Sprintf("has over %d bytes; a policy file is small", maxPolicyBytes)}
	}
	return reading{text: string(text)}
}

// openProblem leaves the path out, which the error names already.
func openProblem(err error) string {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return "cannot be read: " + err.Error()
}
