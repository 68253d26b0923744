//! `cargo run`: Driftwood on this machine.

mod args;
mod banner;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use local::{Options, StartError};
use shared::config::log_level::LogLevel;
use tokio::runtime::Runtime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::Args;

fn main() -> ExitCode {
    match Args::parse().try_into().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use io::Write;
            // If stderr is closed, the error cannot be reported.
            _ = writeln!(io::stderr(), "driftwood: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), StartError> {
    let level = local::log_level(&options)?;
    log(level);
    let runtime = Runtime::new().map_err(|error| StartError::new(format!("no threads can be started: {error}.")))?;
    runtime.block_on(async {
        let stop_signal = stop_signal()?;
        let server = local::start(options).await?;
        if let Err(error) = banner::write(&mut io::stdout(), &server) {
            tracing::warn!(cause = %error, "the banner could not be written");
        }
        stop_signal.await;
        server.shutdown().await;
        Ok(())
    })
}

/// Logs to stderr, one line for each request or message.
fn log(level: LogLevel) {
    tracing_subscriber::registry().with(local::log::lines(io::stderr)).with(level.filter()).init();
}

/// Waits for Ctrl-C, or on Unix for `SIGTERM`; both are handled from now on.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, StartError> {
    use std::pin::pin;
    use std::task::Poll;
    use tokio::signal::unix::{SignalKind, signal};

    let handle = |kind| signal(kind).map_err(|error| StartError::new(format!("signals cannot be handled: {error}.")));
    let (mut interrupt, mut terminate) = (handle(SignalKind::interrupt())?, handle(SignalKind::terminate())?);
    Ok(async move {
        let (mut first, mut second) = (pin!(interrupt.recv()), pin!(terminate.recv()));
        std::future::poll_fn(|context| {
            if first.as_mut().poll(context).is_ready() {
                Poll::Ready(())
            } else {
                second.as_mut().poll(context).map(drop)
            }
        })
        .await;
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, StartError> {
    Ok(async {
        // If Ctrl-C cannot be handled, it runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
