# The proxy, with what it needs to run: what measuring needs is in the image `bench`.

FROM python:3.11-slim-bookworm AS python
WORKDIR /src
COPY deploy/docker/requirements-build.lock deploy/docker/requirements-core.lock ./
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip install --disable-pip-version-check --root-user-action=ignore --require-hashes -r requirements-build.lock
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip install --disable-pip-version-check --root-user-action=ignore --prefix=/final --require-hashes -r requirements-core.lock
COPY LICENSE NOTICE README.md build_hook.py pyproject.toml ./
COPY gateway gateway
RUN python -m pip install --disable-pip-version-check --root-user-action=ignore --prefix=/final --no-deps --no-build-isolation --no-cache-dir .

FROM python:3.11-slim-bookworm
COPY --from=python /final /usr/local
USER 65532:65532
EXPOSE 50052 9465
ENTRYPOINT ["gateway"]
