# Everything that `gateway bench` needs, for those without tool chains or on another system:
#   docker run --rm -v "$PWD":/data IMAGE bench --input /data/prod.log

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
RUN --mount=type=cache,target=/usr/local/cargo/registry cargo build --release --locked -p sidecar-references

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
    for program in sidecar-service sidecar-driver; do \
      go build -tags sidecar_cgo -trimpath -buildvcs=false -o /src/bin/$program ./cmd/$program || exit 1; \
    done

FROM python:3.11-slim-bookworm AS python
WORKDIR /src
COPY requirements.lock ./
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip install --disable-pip-version-check --root-user-action=ignore --prefix=/final --require-hashes -r requirements.lock
COPY LICENSE NOTICE README.md build_hook.py pyproject.toml ./
COPY plans plans
COPY protos/vectors protos/vectors
COPY rust_worker/Cargo.toml rust_worker/
COPY rust_worker/inproc/include rust_worker/inproc/include
COPY --from=go /src/bin bin
COPY --from=rust /src/rust_worker/target/release/sidecar-worker /src/rust_worker/target/release/sidecar-references \
     /src/rust_worker/target/release/libsidecar_inproc.so bin/
COPY gateway gateway
# The packages to build with are among those of the image.
RUN PYTHONPATH=/final/lib/python3.11/site-packages \
    python -m pip install --disable-pip-version-check --root-user-action=ignore --prefix=/final --no-deps --no-build-isolation --no-cache-dir .

FROM python:3.11-slim-bookworm
COPY --from=python /final /usr/local
COPY deploy/docker/bench_entry.py /usr/local/lib/
# Whoever it runs as has no home.
ENV HOME=/tmp MPLCONFIGDIR=/tmp/matplotlib
RUN mkdir /data && chown 65532:65532 /data
WORKDIR /data
ENTRYPOINT ["python", "-P", "/usr/local/lib/bench_entry.py"]
