//! A listener that can be stopped.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::StartError;

/// How long running requests may take to finish.
const PATIENCE: Duration = Duration::from_secs(3);

/// A service that runs until it is stopped.
pub struct Service {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Service {
    /// Serves in the background; `serve` ends when its `Stop` does.
    pub fn start<F>(serve: impl FnOnce(Stop) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(serve(Stop(stopped))) }
    }

    /// Stops it, and waits a little for running requests.
    pub async fn stop(mut self) {
        // The receiver is gone if the service has ended by itself.
        _ = self.stop.send(());
        if tokio::time::timeout(PATIENCE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// Ends when a service is to stop.
pub struct Stop(oneshot::Receiver<()>);

impl Stop {
    /// Waits for it.
    pub async fn wait(self) {
        // A dropped sender means the same as a message.
        _ = self.0.await;
    }
}

/// Opens a listener.
///
/// # Errors
///
/// When the port is in use; the error names the flag that chooses another.
pub async fn listen(address: IpAddr, port: u16, flag: &str) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |error: std::io::Error| {
        StartError::new(match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("port {port} is in use: stop the program that listens there, or choose another with {flag}.")
            }
            _ => format!("port {port} of {address} cannot be opened: {error}."),
        })
    };
    let listener = TcpListener::bind((address, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
