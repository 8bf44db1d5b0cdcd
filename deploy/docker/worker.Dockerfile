# The worker and the libraries that it is linked with; no shell. Its health check is a subcommand of its own.

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
RUN mkdir -p /final/etc \
 && cp target/release/sidecar-worker /final/ \
 && ldd /final/sidecar-worker | grep -o '/[^ ]*' | xargs cp --dereference --parents --target-directory=/final \
 && echo 'nonroot:x:65532:65532::/:/sbin/nologin' > /final/etc/passwd \
 && echo 'hosts: files dns' > /final/etc/nsswitch.conf

FROM scratch
COPY --from=rust /final /
COPY LICENSE NOTICE /licenses/
USER 65532:65532
EXPOSE 50051 9464
ENTRYPOINT ["/sidecar-worker"]
