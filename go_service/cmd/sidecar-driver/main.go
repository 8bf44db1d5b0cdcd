// Command sidecar-driver is the load driver that the test bed controls.
package main

import (
	"os"

	_ "github.com/sidecar-ipc/gateway/go_service/channel/cgo"      // the in-process channel, or why this build has none
	_ "github.com/sidecar-ipc/gateway/go_service/client/tokenizer" // the Go twins of tokenize
	"github.com/sidecar-ipc/gateway/go_service/load"
)

func main() { os.Exit(load.Main(os.Args[1:], os.Stdout, os.Stderr)) }
