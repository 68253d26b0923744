//! One connection to a server. The request that uses it drives it: no task runs beside the requests.

use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Fuse};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use lambda_http::http::header::HOST;
use lambda_http::http::uri::{Authority, PathAndQuery, Scheme, Uri};
use lambda_http::http::{HeaderValue, Request, Response};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::fault::Cause;

/// The server of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Scheme,
    authority: Authority,
}

/// An exchange that failed.
#[derive(Debug)]
pub enum Failed {
    /// The response is longer than was allowed.
    TooLong,
    /// The connection failed.
    Broken(Cause),
}

/// A request that has no response.
#[derive(Debug)]
pub enum Unanswered {
    /// It was not written: the server closed the connection before.
    Unsent(Box<Sent>),
    /// The connection failed, and the request may have been handled.
    Failed(Failed),
}

/// A request as it is sent on a connection.
pub type Sent = Request<Full<Bytes>>;

/// A connection.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

type Driver = Fuse<BoxFuture<'static, hyper::Result<()>>>;

impl Origin {
    /// The server of a request with an absolute URI, and the request as it is sent there (RFC 9112 §3.2.1).
    ///
    /// # Errors
    ///
    /// When the URI has no host.
    pub fn of(request: Request<Bytes>) -> Result<(Self, Sent), Failed> {
        let (mut parts, body) = request.into_parts();
        let uri = parts.uri.into_parts();
        let (Some(scheme), Some(authority)) = (uri.scheme, uri.authority) else {
            return Err(Failed::broken("the address has no host"));
        };
        let host = HeaderValue::from_str(authority.as_str()).map_err(Failed::broken)?;
        parts.headers.insert(HOST, host);
        parts.uri = Uri::from(uri.path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/")));
        Ok((Self { scheme, authority }, Request::from_parts(parts, Full::new(body))))
    }

    /// The host, without the brackets that an IPv6 address has in a URL.
    pub fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.is_tls() { 443 } else { 80 })
    }

    /// Whether the connection is to be encrypted.
    pub fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }
}

impl Connection {
    /// Opens a connection to a server at one of these addresses, with TLS if a client for it is given.
    ///
    /// # Errors
    ///
    /// When none of them can be reached, or the server's certificate is not that of its host.
    pub async fn open(origin: &Origin, addresses: &[SocketAddr], tls: Option<&TlsConnector>) -> Result<Self, Failed> {
        let stream = TcpStream::connect(addresses).await.map_err(Failed::broken)?;
        stream.set_nodelay(true).map_err(Failed::broken)?;
        let Some(tls) = tls else { return Self::over(stream).await };
        let name = ServerName::try_from(origin.host().to_owned()).map_err(Failed::broken)?;
        Self::over(tls.connect(name, stream).await.map_err(Failed::broken)?).await
    }

    async fn over<S>(stream: S) -> Result<Self, Failed>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(Failed::broken)?;
        Ok(Self { sender, driver: connection.boxed().fuse() })
    }

    /// Whether the server has not closed it, as far as is known.
    pub fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Waits until a connection that was used before can be used again; returns whether it can.
    pub async fn is_ready(&mut self) -> bool {
        drive(&mut self.driver, self.sender.ready()).await.is_ok()
    }

    /// Sends a request and reads the head of its response.
    ///
    /// # Errors
    ///
    /// [`Unanswered`], with the request if it was not written.
    pub async fn send(&mut self, request: Sent) -> Result<Response<Incoming>, Unanswered> {
        let response = drive(&mut self.driver, self.sender.try_send_request(request)).await;
        response.map_err(|mut error| match error.take_message() {
            Some(unsent) => Unanswered::Unsent(Box::new(unsent)),
            None => Unanswered::Failed(Failed::broken(error.into_error())),
        })
    }

    /// Reads the body of a response.
    ///
    /// # Errors
    ///
    /// [`Failed::TooLong`] when it has more bytes than `longest`.
    pub async fn read(&mut self, body: Incoming, longest: usize) -> Result<Bytes, Failed> {
        let body = drive(&mut self.driver, Limited::new(body, longest).collect()).await;
        body.map(|body| body.to_bytes())
            .map_err(|error| if error.is::<LengthLimitError>() { Failed::TooLong } else { Failed::Broken(error) })
    }
}

/// Does a part of an exchange, and meanwhile reads and writes its connection.
async fn drive<T>(driver: &mut Driver, part: impl Future<Output = T>) -> T {
    let mut part = pin!(part);
    poll_fn(|context| {
        // A connection that fails or ends says so to the part, which needs it.
        _ = driver.poll_unpin(context);
        part.as_mut().poll(context)
    })
    .await
}

impl Failed {
    /// The connection failed.
    pub fn broken(cause: impl Into<Cause>) -> Self {
        Self::Broken(cause.into())
    }
}

/// For a new connection, on which there is no other way to send the request.
impl From<Unanswered> for Failed {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Unsent(_) => Self::broken("it was closed at once"),
            Unanswered::Failed(failed) => failed,
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the response is too long"),
            Self::Broken(_) => f.write_str("the connection failed"),
        }
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TooLong => None,
            Self::Broken(cause) => Some(&**cause),
        }
    }
}
