# `make bench` answers the question on this machine, `make test` proves the answer's tools. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
ROOT := $(CURDIR)
VENV := $(ROOT)/.venv
PY := $(VENV)/bin/python
GATEWAY := $(VENV)/bin/gateway
TOOLS := $(ROOT)/build/tools
export CGO_LDFLAGS := -L$(ROOT)/bin
CARGO := cargo

LOCK_FLAGS := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q

BUF_VERSION := v1.75.0
STATICCHECK_VERSION := v0.8.2
GRPCURL_VERSION := v1.9.4
GHZ_VERSION := v0.93.0
BENCHSTAT_VERSION := v0.0.0-20260908200009-22c9c6c9d4da
GO_LICENSES_VERSION := v1.6.0
PROMETHEUS_VERSION := v0.315.0

.PHONY: help bench quick setup setup-dev plant build wheel test tools test-python test-go test-rust throughput check format generate licences lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

bench: setup ## set up, build, measure, and end with a verdict and one HTML file (ARGS="--quick --input FILE")
	@$(GATEWAY) bench $(ARGS)

quick: setup ## the same with the quick plan, a minute once built
	@$(GATEWAY) bench --quick $(ARGS)

setup: $(VENV)/.ready ## the Python environment in .venv

setup-dev: $(VENV)/.ready-dev ## the same with what tests and checks need

$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "[setup] Python environment in .venv"
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3 is older than 3.11: install Python 3.11 or newer" >&2; exit 2; }
	@test -x $(PY) || python3 -m venv $(VENV)
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "[setup] linters and test tools in .venv"
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

build: setup ## the worker, the service, the driver and the shared library, in bin/
	@$(GATEWAY) build

wheel: build ## the wheel with the programs inside, in dist/
	@SIDECAR_WHEEL=platform $(PY) -m hatchling build -t wheel -d dist

plant: setup-dev build
	@$(GATEWAY) build --plant

test: plant tools test-python test-go test-rust ## every test of the three languages

tools: $(addprefix $(TOOLS)/,benchstat ghz grpcurl kustomize promtool) ## others' programs that tests hold ours against

test-python:
	@echo "== pytest"
	@$(PY) -m pytest

test-go:
	@echo "== go test"
	@cd go_service && SIDECAR_REQUIRE_WORKER=1 go test -tags sidecar_cgo -count=1 -v -run EveryFault ./channel | grep -E '^(fault table|FAIL|---)'
	@cd go_service && SIDECAR_REQUIRE_WORKER=1 go test -tags sidecar_cgo ./...

test-rust:
	@echo "== cargo test"
	@cd rust_worker && $(CARGO) test --workspace --locked

throughput: build ## 64 callers by every route against the references, in one run (ARGS="-throughput.rounds 15")
	@cd go_service && SIDECAR_WORKER=$(ROOT)/bin/sidecar-worker go test ./reference -count=1 -run Throughput -v -timeout 20m -args -throughput.rounds 15 $(ARGS)

check: setup-dev $(TOOLS)/buf $(TOOLS)/staticcheck generate-check licences workflows ## formatters, strict linters, drift, licences
	$(VENV)/bin/ruff format --check build_hook.py deploy gateway protos release tests
	$(VENV)/bin/ruff check build_hook.py deploy gateway protos release tests
	$(VENV)/bin/pyright
	$(TOOLS)/buf format --diff --exit-code protos
	$(TOOLS)/buf lint protos
	! gofmt -l go_service examples | grep .
	cd go_service && go vet ./... && go vet -tags sidecar_cgo ./... && $(TOOLS)/staticcheck ./...
	cd go_service && CGO_ENABLED=0 GOOS=darwin go vet ./... && CGO_ENABLED=0 GOARCH=arm64 go vet ./...
	cd rust_worker && $(CARGO) fmt --all --check
	rustfmt --check --edition 2024 examples/*/src/main.rs
	cd rust_worker && $(CARGO) clippy --workspace --all-targets --all-features --locked -- -D warnings

generate: setup-dev ## stubs, codecs, lists and vectors out of protos/
	$(PY) -m protos.generator
	$(PY) -m tests.oracle

generate-check: setup-dev
	$(PY) -m protos.generator --check
	$(PY) -m tests.oracle --check

licences: setup-dev $(TOOLS)/go-licenses ## every dependency's licence against tests/licences/allow.toml
	@$(PY) -m tests.licences

format: setup-dev $(TOOLS)/buf ## format everything
	$(VENV)/bin/ruff format build_hook.py deploy gateway protos release tests
	$(TOOLS)/buf format -w protos
	gofmt -w go_service examples
	cd rust_worker && $(CARGO) fmt --all
	rustfmt --edition 2024 examples/*/src/main.rs

lock: setup-dev ## every lock file out of pyproject.toml, with hashes
	$(PY) -m uv pip compile pyproject.toml $(LOCK_FLAGS) --extra bench --extra build -o requirements.lock
	$(PY) -m uv pip compile pyproject.toml $(LOCK_FLAGS) --extra bench --extra build --extra dev -c requirements.lock -o requirements-dev.lock
	$(PY) -m uv pip compile pyproject.toml $(LOCK_FLAGS) -c requirements.lock -o deploy/docker/requirements-core.lock
	$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' | \
	  $(PY) -m uv pip compile - $(LOCK_FLAGS) -c requirements.lock -o deploy/docker/requirements-build.lock

clean: ## what was built, not the runs
	rm -rf bin build rust_worker/target .venv

$(TOOLS)/buf: ; GOBIN=$(TOOLS) go install github.com/bufbuild/buf/cmd/buf@$(BUF_VERSION)
$(TOOLS)/staticcheck: ; GOBIN=$(TOOLS) go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
$(TOOLS)/grpcurl: ; GOBIN=$(TOOLS) go install github.com/fullstorydev/grpcurl/cmd/grpcurl@$(GRPCURL_VERSION)
$(TOOLS)/benchstat: ; GOBIN=$(TOOLS) go install golang.org/x/perf/cmd/benchstat@$(BENCHSTAT_VERSION)
$(TOOLS)/ghz: ; GOBIN=$(TOOLS) go install github.com/bojand/ghz/cmd/ghz@$(GHZ_VERSION)
# Its module replaces another, which `go install` refuses; the service discoveries are left out.
$(TOOLS)/promtool:
	rm -rf $(TOOLS)/promtool.module && mkdir -p $(TOOLS)/promtool.module
	cd $(TOOLS)/promtool.module && go mod init promtool && go get github.com/prometheus/prometheus/cmd/promtool@$(PROMETHEUS_VERSION) && go build -tags remove_all_sd -o $@ github.com/prometheus/prometheus/cmd/promtool
$(TOOLS)/go-licenses: ; GOBIN=$(TOOLS) go install github.com/google/go-licenses@$(GO_LICENSES_VERSION)

VENDOR := $(ROOT)/build/vendor
ACTIONLINT_VERSION := v1.7.12
GOVULNCHECK_VERSION := v1.9.0
PIP_AUDIT_VERSION := 2.10.1

# What `make vendor` put aside instead of a network, for every target: `make build OFFLINE=1`.
ifdef OFFLINE
export CARGO_HOME := $(VENDOR)/cargo
export CARGO_NET_OFFLINE := true
export GOMODCACHE := $(VENDOR)/go
export GOPROXY := off
export GOTOOLCHAIN := local
export PIP_NO_INDEX := 1
export PIP_FIND_LINKS := $(VENDOR)/wheels
endif

.PHONY: release vendor reproducible advisories advisories-go advisories-python advisories-rust workflows compare

release: setup-dev ## what is shipped, with SBOM, NOTICE, checksums and provenance, in dist/
	@$(PY) -m release make

vendor: setup ## all that a build downloads, in build/vendor; then `make build OFFLINE=1`
	@$(PY) -m release vendor

reproducible: setup ## two releases in two folders, one without a network, compared; many minutes
	@$(PY) -m release twice

advisories: advisories-go advisories-python advisories-rust ## known vulnerabilities of every dependency; needs a network

advisories-go: $(TOOLS)/govulncheck
	cd go_service && $(TOOLS)/govulncheck ./...

advisories-python: setup-dev
	$(PY) -m uv tool run pip-audit@$(PIP_AUDIT_VERSION) --strict --disable-pip --require-hashes -r requirements-dev.lock

advisories-rust:
	@command -v cargo-deny >/dev/null || { echo "cargo-deny is missing: cargo install --locked cargo-deny" >&2; exit 2; }
	cd rust_worker && $(CARGO) deny check

workflows: $(TOOLS)/actionlint ## the workflows of .github, linted
	$(TOOLS)/actionlint -shellcheck= -pyflakes=

compare: setup ## this commit's speed against BASE's, on this machine, as Markdown (BASE=origin/main)
	@.ci/compare $(BASE)

$(TOOLS)/actionlint: ; GOBIN=$(TOOLS) go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)
$(TOOLS)/govulncheck: ; GOBIN=$(TOOLS) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)

.PHONY: images
images: ## the container images of docker-compose.yml (ARGS="worker service" builds only those)
	@deploy/docker/build $(ARGS)

KUSTOMIZE_VERSION := v5.7.1
.PHONY: manifests
manifests: setup-dev build $(TOOLS)/kustomize ## the Kubernetes manifests against two versions' API schemas, and against the programs
	$(PY) -m pytest tests/kubernetes

$(TOOLS)/kustomize: ; GOBIN=$(TOOLS) go install sigs.k8s.io/kustomize/kustomize/v5@$(KUSTOMIZE_VERSION)
