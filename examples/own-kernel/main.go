// Command own-kernel is the load driver with the kernel of this project.
package main

import (
	"os"

	"example.com/own-kernel/fingerprint"
	_ "github.com/sidecar-ipc/gateway/go_service/channel/cgo" // the routes in process, in builds with -tags sidecar_cgo
	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/load"
)

func main() {
	client.RegisterBytes("fingerprint", client.Infallible(fingerprint.Lines), client.WithCheapUpTo(16<<10))
	os.Exit(load.Main(os.Args[1:], os.Stdout, os.Stderr))
}
