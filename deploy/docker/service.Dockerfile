# The service with the in-process library linked in, and the libraries that it is linked with; no shell.

# The same in worker, service and bench, so that it is built once.
FROM rust:1.95-bookworm AS rust
WORKDIR /src/rust_worker
COPY rust_worker/Cargo.toml rust_worker/Cargo.lock ./
COPY rust_worker/faults/Cargo.toml faults/
COPY rust_worker/host/Cargo.toml host/
COPY rust_worker/inproc/Cargo.toml inproc/
COPY rust_worker/kernels/Cargo.toml kernels/
COPY rust_worker/references/Cargo.toml references/
COPY rust_worker/wire/Cargo.toml wire/
COPY rust_worker/worker/Cargo.toml worker/
# What we depend on, compiled for crates that are still empty: this layer stays while no manifest changes.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    for crate in */; do mkdir "$crate/src" && touch "$crate/src/lib.rs"; done \
 && cargo build --release --locked -p sidecar-worker -p sidecar-inproc \
 && rm -r */src
COPY rust_worker ./
# Sources have to be newer than what was compiled of the empty crates.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    find . -name '*.rs' -not -path './target/*' -exec touch {} + \
 && cargo build --release --locked -p sidecar-worker -p sidecar-inproc

# The same in service and bench.
FROM golang:1.26-bookworm AS go
WORKDIR /src/go_service
COPY go_service/go.mod go_service/go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY go_service ./
ENV CGO_ENABLED=1 CGO_LDFLAGS=-L/src/bin
# All but the linking, while Rust is still being compiled.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -tags sidecar_cgo -trimpath ./channel/... ./load ./service
COPY --from=rust /src/rust_worker/target/release/libsidecar_inproc.a /src/bin/
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    mkdir -p /final/etc/ssl/certs \
 && go build -tags sidecar_cgo -trimpath -buildvcs=false -ldflags='-s -w' -o /final/sidecar-service ./cmd/sidecar-service \
 && ldd /final/sidecar-service | grep -o '/[^ ]*' | xargs cp --dereference --parents --target-directory=/final \
 && cp /etc/ssl/certs/ca-certificates.crt /final/etc/ssl/certs/ \
 && echo 'nonroot:x:65532:65532::/:/sbin/nologin' > /final/etc/passwd \
 && echo 'hosts: files dns' > /final/etc/nsswitch.conf

FROM scratch
COPY --from=go /final /
COPY LICENSE NOTICE /licenses/
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/sidecar-service"]
