package service

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/sidecar-ipc/gateway/go_service/client"
)

// FileError says what is wrong with the policy file, and where.
type FileError struct {
	Path string `json:"path"`
	// Line is 0 where the whole file is meant, Key then empty.
	Line    int    `json:"line,omitempty"`
	Key     string `json:"key,omitempty"`
	Problem string `json:"problem"`
}

// Error is file:line: key: problem.
func (e *FileError) Error() string {
	text := "policy file " + e.Path
	if e.Line > 0 {
		text += ":" + strconv.Itoa(e.Line)
	}
	if e.Key != "" {
		text += ": " + e.Key
	}
	return text + ": " + e.Problem
}

// policyFile is the file's form.
type policyFile struct {
	Kernels map[string]PolicyForm `toml:"kernels"`
}

// parsePolicies reads a policy file's text. check is asked for every policy.
func parsePolicies(path, text string, check func(kernel string, policy client.Policy) error) (map[string]client.Policy, *FileError) {
	var file policyFile
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return nil, syntaxError(path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, &FileError{path, lineOf(text, unknown[0]), unknown[0].String(), "is an unknown key; remove or correct it"}
	}
	policies := map[string]client.Policy{}
	for _, kernel := range slices.Sorted(maps.Keys(file.Kernels)) {
		form := file.Kernels[kernel]
		policy, err := form.policy()
		if err == nil {
			err = check(kernel, policy)
		}
		if err != nil {
			return nil, keyError(path, text, kernel, err)
		}
		policies[kernel] = policy
	}
	return policies, nil
}

// syntaxError takes the place out of the library's error; those of types have it in their text alone.
func syntaxError(path string, err error) *FileError {
	failure := &FileError{Path: path, Problem: strings.TrimPrefix(err.Error(), "toml: ")}
	var parse toml.ParseError
	if errors.As(err, &parse) {
		failure.Line, failure.Key, failure.Problem = parse.Position.Line, parse.LastKey, parse.Message
		return failure
	}
	if n, _ := fmt.Sscanf(err.Error(), "toml: line %d (last key %q):", &failure.Line, &failure.Key); n == 2 {
		_, failure.Problem, _ = strings.Cut(err.Error(), "): ")
	}
	return failure
}

// keyError finds the key that a refusal is about.
func keyError(path, text, kernel string, err error) *FileError {
	key, problem := toml.Key{"kernels", kernel}, err.Error()
	var field *client.FieldError
	if errors.As(err, &field) {
		key, problem = append(key, strings.Split(field.Field, ".")...), field.Problem
	}
	return &FileError{path, lineOf(text, key), key.String(), problem}
}

// refuser stops the decoder where it stands, which then says at which line that is.
type refuser struct{}

// UnmarshalTOML implements toml.Unmarshaler.
func (*refuser) UnmarshalTOML(any) error { return errors.New("here") }

// lineOf gives the line of a key, or of the next one above it that is written: the decoder is sent there by a type that
// has nothing but the key.
func lineOf(text string, key toml.Key) int {
	for ; len(key) > 0; key = key[:len(key)-1] {
		kind := reflect.TypeFor[refuser]()
		for _, part := range slices.Backward(key) {
			tag := reflect.StructTag("toml:" + strconv.Quote(part))
			kind = reflect.StructOf([]reflect.StructField{{Name: "Field", Type: kind, Tag: tag}})
		}
		_, err := toml.Decode(text, reflect.New(kind).Interface())
		var found toml.ParseError
		if errors.As(err, &found) && found.Position.Line > 0 {
			return found.Position.Line
		}
	}
	return 0
}
