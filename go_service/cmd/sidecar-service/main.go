// Command sidecar-service offers the kernels over HTTP, each by the route that its operator chose.
package main

import (
	"os"

	_ "github.com/sidecar-ipc/gateway/go_service/channel/cgo"      // the in-process channel, or why this build has none
	_ "github.com/sidecar-ipc/gateway/go_service/client/tokenizer" // the Go twins of tokenize
	"github.com/sidecar-ipc/gateway/go_service/service"
)

func main() { os.Exit(service.Main(os.Args[1:], os.Stdout, os.Stderr)) }
