//! A listener that can be stopped.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::StartError;

/// How long requests that are under way may take to finish.
const PATIENCE: Duration = Duration::from_secs(3);

/// Something that serves until it is stopped.
pub struct Service {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Service {
    /// Serves in the background; `serve` ends once the future that it is given does.
    pub fn start<F>(serve: impl FnOnce(Stop) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(serve(Stop(stopped))) }
    }

    /// Stops it, and waits a little for what is under way.
    pub async fn stop(mut self) {
        // Nobody listens when it has ended by itself.
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
        // A sender that was dropped is as good as one that has sent.
        _ = self.0.await;
    }
}

/// Opens a listener.
///
/// # Errors
///
/// When the port is taken, with the flag that chooses another.
pub async fn listen(address: IpAddr, port: u16, flag: &str) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |error: std::io::Error| {
        StartError::new(match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("port {port} is taken: stop what listens there, or choose another with {flag}.")
            }
            _ => format!("port {port} of {address} cannot be opened: {error}."),
        })
    };
    let listener = TcpListener::bind((address, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
