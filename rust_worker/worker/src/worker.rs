//! The worker from its flags to its exit code.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use sidecar_kernels::{Duplicate, Registry};
use sidecar_wire::handshake::{Handshake, contract_text};
use sidecar_wire::lists::{CONTRACT, CONTRACT_MINOR};
use sidecar_wire::stamps::now_ns;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder as RuntimeBuilder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::channel::grpc::{self, Reflection};
use crate::channel::uds;
use crate::host::Host;
use crate::metrics::{self, Counts, Exposition};
use crate::options::{Doors, Options};
use crate::pool::Pool;
use crate::shutdown::{Phase, Shutdown};
use crate::socket::{BoundName, BoundSocket, SocketDir, SocketError};
use crate::spans::{Spans, SpansError};
use crate::{health, lifeline, log, system};

/// Name of the frames' socket in the private folder.
const FRAMES_SOCKET: &str = "worker.sock";

/// Name of the gRPC socket in the private folder.
pub const GRPC_SOCKET: &str = "worker-grpc.sock";

/// Exit code of a worker that could not serve, or cut calls.
pub const FAILED: u8 = 1;

/// Exit code of a worker that was started wrongly.
pub const BAD_FLAGS: u8 = 2;

/// How long tasks have to end once they were cut.
const CUT_GRACE: Duration = Duration::from_millis(500);

/// Why a worker did not serve.
#[derive(Debug, Error)]
pub enum WorkerError {
    /// The socket folder, or a socket in it.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The lifeline's descriptor.
    #[error("{0}")]
    Lifeline(io::Error),
    /// Two kernels have one name.
    #[error(transparent)]
    Duplicate(#[from] Duplicate),
    /// Descriptors that were handed to [`WorkerBuilder::descriptors`].
    #[error(
        "the descriptors of a kernel do not decode: {0}; build them with protoc --descriptor_set_out"
    )]
    Descriptors(#[from] tonic_reflection::server::Error),
    /// The TCP address can't be bound.
    #[error("--grpc-tcp {address}: {error}; choose another address")]
    Tcp {
        /// As it was given.
        address: String,
        /// What the system said.
        error: io::Error,
    },
    /// The address for metrics can't be bound.
    #[error("--metrics {address}: {error}; choose another address")]
    Metrics {
        /// As it was given.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The OTEL_ variables ask for what can't be done.
    #[error(transparent)]
    Spans(#[from] SpansError),
    /// The line on stdout could not be written.
    #[error("the handshake line could not be written: {0}")]
    Handshake(String),
    /// Threads or signals.
    #[error("the worker could not start: {0}")]
    Start(#[from] io::Error),
}

impl WorkerError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Handshake(_) | Self::Start(_) => FAILED,
            _ => BAD_FLAGS,
        }
    }
}

/// Builds a [`Worker`].
#[derive(Debug, Default)]
pub struct WorkerBuilder {
    registry: Option<Registry>,
    descriptors: Vec<&'static [u8]>,
}

impl WorkerBuilder {
    /// The kernels to host, instead of [`Registry::standard`].
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// An encoded `FileDescriptorSet` of kernels from elsewhere, for gRPC reflection.
    #[must_use]
    pub fn descriptors(mut self, set: &'static [u8]) -> Self {
        self.descriptors.push(set);
        self
    }

    /// The worker.
    #[must_use]
    pub fn build(self) -> Worker {
        let registry = self.registry.unwrap_or_else(Registry::standard);
        Worker {
            registry,
            descriptors: self.descriptors,
            start_ns: now_ns(),
        }
    }
}

/// A process that hosts kernels.
#[derive(Debug)]
pub struct Worker {
    registry: Registry,
    descriptors: Vec<&'static [u8]>,
    start_ns: u64,
}

impl Worker {
    /// Starts with the kernels of this repository; [`WorkerBuilder::registry`] takes others.
    pub fn builder() -> WorkerBuilder {
        WorkerBuilder::default()
    }

    /// Reads the flags of this process, serves until it is told to end, and gives the exit code; or, asked for `health`,
    /// that of another worker's health.
    pub fn main(self) -> ExitCode {
        if let Some(code) = health::asked(std::env::args_os()) {
            return code;
        }
        log::start();
        match Options::try_parse() {
            Ok(options) => self.run(&options),
            Err(error) => {
                let code = u8::try_from(error.exit_code()).unwrap_or(BAD_FLAGS);
                let _ = error.print();
                ExitCode::from(code)
            }
        }
    }

    /// Serves until the process is told to end.
    pub fn run(self, options: &Options) -> ExitCode {
        let served = runtime(options.io_threads)
            .map_err(WorkerError::from)
            .and_then(|runtime| {
                let served = runtime.block_on(self.serve(options));
                // A kernel that does not poll its checkpoint must not keep the process.
                runtime.shutdown_background();
                served
            });
        match served {
            Ok(Ending::Whole) => ExitCode::SUCCESS,
            Ok(Ending::Cut) => ExitCode::from(FAILED),
            Err(error) => {
                tracing::error!("{error}");
                ExitCode::from(error.exit_code())
            }
        }
    }

    async fn serve(self, options: &Options) -> Result<Ending, WorkerError> {
        let (start_ns, descriptors) = (self.start_ns, self.descriptors.clone());
        let doors = OpenDoors::open(options).await?;
        let end = End::watch(options)?;
        let host = Arc::new(self.host(options)?);
        if options.preload {
            host.registry.preload();
        }
        let shutdown = Shutdown::new();
        let handshake = handshake(options, &host, start_ns, doors.endpoints());
        let reflection = Reflection::new(&host, &descriptors)?;
        let names = doors.serve(&host, &reflection, &shutdown, start_ns)?;
        announce(&handshake)?;
        end.told().await;
        if let Some(counts) = &host.counts {
            counts.drains();
        }
        let ending = drain(&shutdown, options.drain_timeout).await;
        drop(names);
        host.spans.flush().await;
        Ok(ending)
    }

    fn host(mut self, options: &Options) -> Result<Host, WorkerError> {
        if options.faults {
            sidecar_faults::register(&mut self.registry, options.append_file.clone())?;
        }
        let counted = options.metrics.is_some();
        Ok(Host {
            counts: counted.then(|| Arc::new(Counts::new(&self.registry))),
            registry: self.registry,
            pool: Pool::start(options.compute_threads(), options.queue)?,
            buffers: Arc::default(),
            spans: Spans::start(options.clock_offset_ns)?,
            max_message_bytes: options.max_message_bytes,
            clock_domain: system::boot_id(),
            contract: contract(options),
        })
    }
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Every call that was taken was answered.
    Whole,
    /// Calls were cut at the bound.
    Cut,
}

/// One I/O thread is this one; several need tokio's scheduler.
fn runtime(io_threads: usize) -> io::Result<Runtime> {
    let mut builder = match io_threads {
        1 => RuntimeBuilder::new_current_thread(),
        _ => RuntimeBuilder::new_multi_thread(),
    };
    if io_threads > 1 {
        builder.worker_threads(io_threads).thread_name("io");
    }
    builder.enable_all().build()
}

fn contract(options: &Options) -> u32 {
    options
        .contract_major
        .map_or(CONTRACT, |major| u32::from(major) << 16 | CONTRACT_MINOR)
}

/// The channels' listeners, bound before anything is announced.
struct OpenDoors {
    uds: Option<BoundSocket>,
    grpc_uds: Option<BoundSocket>,
    grpc_tcp: Option<TcpListener>,
    metrics: Option<StdTcpListener>,
}

impl OpenDoors {
    async fn open(options: &Options) -> Result<Self, WorkerError> {
        let folder = SocketDir::open(&options.socket_dir)?;
        let Doors {
            uds,
            grpc_uds,
            grpc_tcp,
        } = options.doors();
        Ok(Self {
            uds: uds.then(|| folder.bind(FRAMES_SOCKET)).transpose()?,
            grpc_uds: grpc_uds.then(|| folder.bind(GRPC_SOCKET)).transpose()?,
            grpc_tcp: match grpc_tcp {
                Some(address) => {
                    Some(
                        TcpListener::bind(address)
                            .await
                            .map_err(|error| WorkerError::Tcp {
                                address: address.to_string(),
                                error,
                            })?,
                    )
                }
                None => None,
            },
            metrics: options.metrics.map(bind_metrics).transpose()?,
        })
    }

    fn endpoints(&self) -> BTreeMap<String, String> {
        let path = |socket: &BoundSocket| socket.name.path().display().to_string();
        let address = |tcp: &TcpListener| tcp.local_addr().ok().map(|address| address.to_string());
        let grpc_uds = self.grpc_uds.as_ref().map(path);
        let grpc_tcp = self.grpc_tcp.as_ref().and_then(address);
        let metrics = self.metrics.as_ref().and_then(|tcp| tcp.local_addr().ok());
        let metrics = metrics.map(|address| address.to_string());
        [
            ("uds", self.uds.as_ref().map(path)),
            ("grpc-stream", grpc_uds.clone().or(grpc_tcp.clone())),
            ("grpc-uds", grpc_uds),
            ("grpc-tcp", grpc_tcp),
            ("metrics", metrics),
        ]
        .into_iter()
        .filter_map(|(channel, address)| Some((channel.to_owned(), address?)))
        .collect()
    }

    /// Serves; what is given back holds the sockets' names until the end.
    fn serve(
        self,
        host: &Arc<Host>,
        reflection: &Arc<Reflection>,
        shutdown: &Shutdown,
        start_ns: u64,
    ) -> Result<Vec<BoundName>, WorkerError> {
        let mut names = Vec::new();
        if let Some(BoundSocket { listener, name }) = self.uds {
            tokio::spawn(uds::serve(listener, Arc::clone(host), shutdown.watcher()));
            names.push(name);
        }
        if let Some(BoundSocket { listener, name }) = self.grpc_uds {
            let (host, reflection) = (Arc::clone(host), Arc::clone(reflection));
            tokio::spawn(grpc::serve_uds(
                listener,
                host,
                reflection,
                shutdown.watcher(),
            ));
            names.push(name);
        }
        if let Some(listener) = self.grpc_tcp {
            let (host, reflection) = (Arc::clone(host), Arc::clone(reflection));
            tokio::spawn(grpc::serve_tcp(
                listener,
                host,
                reflection,
                shutdown.watcher(),
            ));
        }
        if let (Some(listener), Some(exposition)) = (self.metrics, Exposition::of(host, start_ns)) {
            metrics::serve(listener, exposition)?;
        }
        Ok(names)
    }
}

fn bind_metrics(address: SocketAddr) -> Result<StdTcpListener, WorkerError> {
    StdTcpListener::bind(address).map_err(|error| WorkerError::Metrics { address, error })
}

fn handshake(
    options: &Options,
    host: &Host,
    start_ns: u64,
    endpoints: BTreeMap<String, String>,
) -> Handshake {
    Handshake {
        contract: contract_text(host.contract),
        role: "worker".into(),
        pid: std::process::id(),
        start_ns,
        nonce: options.nonce.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
        endpoints,
    }
}

fn announce(handshake: &Handshake) -> Result<(), WorkerError> {
    let line = handshake.to_line().map_err(WorkerError::Handshake)?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(|error| WorkerError::Handshake(error.to_string()))
}

/// What tells a worker to end.
struct End {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    lifeline: Option<oneshot::Receiver<()>>,
}

impl End {
    fn watch(options: &Options) -> Result<Self, WorkerError> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            lifeline: options
                .lifeline_fd
                .map(lifeline::watch)
                .transpose()
                .map_err(WorkerError::Lifeline)?,
        })
    }

    async fn told(mut self) {
        let parent_gone = async {
            match self.lifeline {
                Some(lifeline) => drop(lifeline.await),
                None => std::future::pending().await,
            }
        };
        let why = tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            () = parent_gone => "the lifeline's end",
        };
        tracing::info!(why, "draining");
    }
}

/// Finishes what was taken, and cuts the rest at the bound.
async fn drain(shutdown: &Shutdown, bound: Duration) -> Ending {
    shutdown.enter(Phase::Draining);
    if tokio::time::timeout(bound, shutdown.all_gone())
        .await
        .is_ok()
    {
        return Ending::Whole;
    }
    tracing::warn!(
        tasks = shutdown.remaining(),
        "the drain's bound passed: calls are cut"
    );
    shutdown.enter(Phase::Cut);
    // What still holds on after that is ended by the process's own end.
    let _ = tokio::time::timeout(CUT_GRACE, shutdown.all_gone()).await;
    Ending::Cut
}
