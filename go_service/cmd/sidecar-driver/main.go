// Command sidecar-driver is the load driver that the test bed controls.
package main

import (
	"os"

	_ "github.com/sidecar-ipc/gateway/go_service/channel/cgo" // the in-process channel, or why this build has none
	"github.com/sidecar-ipc/gateway/go_service/load"
)

func main() { os.Exit(load.Main(os.Args[1:], os.Stdout, os.Stderr)) }
