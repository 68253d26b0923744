//! Connections that are kept open between requests.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Incoming;
use lambda_http::http::{Request, Response};
use tokio_rustls::TlsConnector;

use super::connection::{Connection, Failed, Origin};
use super::tls::{self, Trust};

/// How long an unused connection is kept: AWS closes it some minutes later.
const KEPT: Duration = Duration::from_secs(90);

/// Open connections. A request takes one that no other uses, or opens one, and leaves it for the next.
pub struct Pool {
    trust: Trust,
    tls: OnceLock<TlsConnector>,
    idle: Mutex<HashMap<Origin, Vec<Idle>>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Pool {
    /// A pool without a connection, to servers whose certificates lead to these roots.
    pub fn new(trust: Trust) -> Self {
        Self { trust, tls: OnceLock::new(), idle: Mutex::default() }
    }

    /// Sends a request with an absolute URI, and reads its response, of any status and of up to `longest` bytes.
    ///
    /// # Errors
    ///
    /// [`Failed`] only; the request may have been handled nevertheless.
    pub async fn exchange(&self, request: Request<Bytes>, longest: usize) -> Result<Response<Bytes>, Failed> {
        let (origin, mut request) = Origin::of(request)?;
        // A server may have closed an unused connection. A request that was not written yet comes back, and goes to another one.
        while let Some(mut connection) = self.take(&origin) {
            if connection.is_ready().await {
                match connection.send(request).await {
                    Ok(response) => return self.read(origin, connection, response, longest).await,
                    Err(unsent) => request = unsent?,
                }
            }
        }
        let mut connection = self.open(&origin).await?;
        let unsent =
            |unsent: Result<_, _>| unsent.map_or_else(|failed| failed, |_| Failed::broken("it was closed at once"));
        let response = connection.send(request).await.map_err(unsent)?;
        self.read(origin, connection, response, longest).await
    }

    /// Reads a response, and keeps its connection. A connection whose response was not read to its end is closed, so no request
    /// gets the response of another.
    async fn read(
        &self,
        origin: Origin,
        mut connection: Connection,
        response: Response<Incoming>,
        longest: usize,
    ) -> Result<Response<Bytes>, Failed> {
        let (parts, body) = response.into_parts();
        let body = connection.read(body, longest).await?;
        if connection.is_open() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.entry(origin).or_default().push(Idle { connection, since: Instant::now() });
        }
        Ok(Response::from_parts(parts, body))
    }

    /// The connection that was used last, because it is the least likely to be closed.
    fn take(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(origin)?;
        let last = kept.pop()?;
        if last.since.elapsed() > KEPT {
            // The others were unused for longer.
            kept.clear();
            return None;
        }
        Some(last.connection)
    }

    async fn open(&self, origin: &Origin) -> Result<Connection, Failed> {
        let found = tokio::net::lookup_host((origin.host(), origin.port())).await.map_err(Failed::broken)?;
        let tls = if origin.is_tls() { Some(self.tls()?) } else { None };
        Connection::open(origin, &found.collect::<Vec<_>>(), tls).await
    }

    fn tls(&self) -> Result<&TlsConnector, Failed> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls);
        }
        let tls = tls::connector(self.trust).map_err(Failed::Broken)?;
        Ok(self.tls.get_or_init(|| tls))
    }
}
