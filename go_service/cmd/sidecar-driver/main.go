// Command sidecar-driver is the load driver that the test bed controls.
package main

import (
	"os"

	"github.com/sidecar-ipc/gateway/go_service/load"
)

func main() { os.Exit(load.Main(os.Args[1:], os.Stdout, os.Stderr)) }
