package service

import (
	"fmt"
	"strings"
)

// assignment is one kernel=value of a repeatable flag.
type assignment struct{ kernel, value string }

// assignments implements flag.Value.
type assignments []assignment

// String is empty: there is no default to show.
func (a *assignments) String() string { return "" }

// Set takes one occurrence of the flag.
func (a *assignments) Set(text string) error {
	kernel, value, ok := strings.Cut(text, "=")
	if !ok || kernel == "" || value == "" {
		return fmt.Errorf("%q is not of the form kernel=value", text)
	}
	*a = append(*a, assignment{kernel, value})
	return nil
}
