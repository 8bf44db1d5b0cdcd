module example.com/own-kernel

go 1.26.0

require github.com/sidecar-ipc/gateway/go_service v0.1.0
