//! Connections over TLS: to a server with a certificate that is trusted, and to no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use lambda_http::http::Request;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use shared::net::connection::{Connection, Failed, Origin};
use shared::net::pool::Pool;
use shared::net::tls::Trust;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A server on `localhost` with a certificate of its own making; it answers each request, and counts them.
struct Server {
    url: String,
    certificate: CertificateDer<'static>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn start() -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = cert.der().clone();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that does not trust the certificate ends the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut head = [0; 1_024];
                if stream.read(&mut head).await.is_ok_and(|length| length > 0) {
                    count.fetch_add(1, Ordering::SeqCst);
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await.unwrap();
                }
            }
        });
        Self { url, certificate, requests }
    }

    fn request(&self) -> Request<Bytes> {
        Request::get(&self.url).body(Bytes::new()).unwrap()
    }

    /// Sends a request on a new connection to this server as `url` names it, if its certificate is trusted.
    async fn send(&self, url: &str) -> Result<Bytes, Failed> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let port = Origin::of(self.request())?.0.port();
        let (origin, request) = Origin::of(Request::get(url).body(Bytes::new()).unwrap())?;
        let tls = TlsConnector::from(Arc::new(config));
        let mut connection = Connection::open(&origin, &[([127, 0, 0, 1], port).into()], Some(&tls)).await?;
        let response = connection.send(request).await?;
        connection.read(response.into_body(), 100).await
    }
}

#[tokio::test]
async fn a_server_is_asked_over_tls_if_its_certificate_is_trusted() {
    let server = Server::start().await;
    assert_eq!(server.send(&server.url).await.unwrap(), "hello");
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_with_the_certificate_of_another_host_gets_no_request() {
    let server = Server::start().await;
    let error = server.send("https://dynamodb.eu-central-1.amazonaws.com/").await.unwrap_err();
    assert!(matches!(error, Failed::Broken(_)), "{error}");
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_server_whose_certificate_leads_to_no_trusted_root_gets_no_request() {
    let server = Server::start().await;
    for trust in [Trust::Aws, Trust::Machine] {
        let error = Pool::new(trust).exchange(server.request(), 100).await.unwrap_err();
        assert!(matches!(error, Failed::Broken(_)), "{error}");
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
}
