"""The proxy: gRPC in front, frames behind (`protos/FRAME.md`, "Through a proxy"; `docs/proxy.md`).

- `server` is the list of steps from start to end; `options` what the command line says.
- `stream` and `unary` are the two fronts, `health` and `reflection` what every gRPC tool expects.
- `routing` finds the `upstream` of a kernel, which keeps one `connection` to its worker.
- A `call` is what is in flight; one with stamps, a sampled trace or an interceptor has a `watch`.
"""
