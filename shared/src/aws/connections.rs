//! Connections to AWS, kept open between requests: HTTP/1.1, over TLS or, on a laptop, without.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Fuse};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use lambda_http::http::header::HOST;
use lambda_http::http::uri::{Authority, PathAndQuery, Scheme, Uri};
use lambda_http::http::{HeaderValue, Request, Response};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::transport::{NotSent, Transport};

/// The roots of Amazon Trust Services, which every AWS endpoint's certificate leads to. Reading a machine's hundreds of
/// others would be most of a cold start.
const AWS_ROOTS: &[u8] = include_bytes!("../aws_roots.pem");

/// How long an unused connection is kept: AWS closes it some minutes later.
const KEPT: Duration = Duration::from_secs(90);

/// Open connections to AWS. A request takes one that no other uses, or opens one, and leaves it for the next.
#[derive(Default)]
pub struct Connections {
    idle: Mutex<HashMap<Origin, Vec<Idle>>>,
    tls: OnceLock<TlsConnector>,
}

/// The server at the other end.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Origin {
    scheme: Scheme,
    authority: Authority,
}

/// One connection. The request that uses it drives it: no task runs beside the requests.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Fuse<BoxFuture<'static, hyper::Result<()>>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Transport for Connections {
    fn exchange(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NotSent>> {
        Box::pin(self.send(request))
    }
}

impl Connections {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NotSent> {
        let (origin, mut request) = addressed(request)?;
        // AWS may have closed an unused connection. A request that was not written yet comes back, and goes to another one.
        while let Some(mut connection) = self.take(&origin) {
            let Connection { sender, driver } = &mut connection;
            if drive(driver, sender.ready()).await.is_err() {
                continue;
            }
            match drive(driver, sender.try_send_request(request)).await {
                Ok(response) => return self.read(origin, connection, response).await,
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(NotSent::broken(error.into_error())),
                },
            }
        }
        let mut connection = self.open(&origin).await?;
        let Connection { sender, driver } = &mut connection;
        let response = drive(driver, sender.send_request(request)).await.map_err(NotSent::broken)?;
        self.read(origin, connection, response).await
    }

    /// Reads a response, and keeps its connection. A connection whose response was not read to its end is closed, so no request
    /// gets the response of another.
    async fn read(
        &self,
        origin: Origin,
        mut connection: Connection,
        response: Response<hyper::body::Incoming>,
    ) -> Result<Response<Bytes>, NotSent> {
        let (parts, body) = response.into_parts();
        let body = drive(&mut connection.driver, body.collect()).await.map_err(NotSent::broken)?.to_bytes();
        if !connection.sender.is_closed() {
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

    async fn open(&self, origin: &Origin) -> Result<Connection, NotSent> {
        let is_tls = origin.scheme == Scheme::HTTPS;
        let port = origin.authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        // An IPv6 address has brackets in a URL only.
        let host = origin.authority.host().trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, port)).await.map_err(NotSent::broken)?;
        stream.set_nodelay(true).map_err(NotSent::broken)?;
        if !is_tls {
            return handshake(stream).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(NotSent::broken)?;
        handshake(self.tls()?.connect(name, stream).await.map_err(NotSent::broken)?).await
    }

    fn tls(&self) -> Result<TlsConnector, NotSent> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls.clone());
        }
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(AWS_ROOTS) {
            roots.add(certificate.map_err(NotSent::broken)?).map_err(NotSent::broken)?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(NotSent::broken)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(self.tls.get_or_init(|| TlsConnector::from(Arc::new(config))).clone())
    }
}

async fn handshake<S>(stream: S) -> Result<Connection, NotSent>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(NotSent::broken)?;
    Ok(Connection { sender, driver: connection.boxed().fuse() })
}

/// Does a part of an exchange, and meanwhile reads and writes its connection.
async fn drive<T>(driver: &mut Fuse<BoxFuture<'static, hyper::Result<()>>>, part: impl Future<Output = T>) -> T {
    let mut part = pin!(part);
    poll_fn(|context| {
        // A connection that fails or ends says so to the part, which needs it.
        _ = driver.poll_unpin(context);
        part.as_mut().poll(context)
    })
    .await
}

/// The server of a request, and the request as it is sent there (RFC 9112 §3.2.1).
fn addressed(request: Request<Bytes>) -> Result<(Origin, Request<Full<Bytes>>), NotSent> {
    let (mut parts, body) = request.into_parts();
    let uri = parts.uri.into_parts();
    let (Some(scheme), Some(authority)) = (uri.scheme, uri.authority) else {
        return Err(NotSent::broken("the address has no host"));
    };
    if !parts.headers.contains_key(HOST) {
        let host = HeaderValue::from_str(authority.as_str()).map_err(NotSent::broken)?;
        parts.headers.insert(HOST, host);
    }
    parts.uri = Uri::from(uri.path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/")));
    Ok((Origin { scheme, authority }, Request::from_parts(parts, Full::new(body))))
}
