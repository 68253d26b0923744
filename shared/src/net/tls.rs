//! TLS to servers, and whose certificates are trusted.

use std::sync::{Arc, OnceLock};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::fault::Cause;

/// The roots of Amazon Trust Services, which every AWS endpoint's certificate leads to. Reading a machine's hundreds of
/// others would be most of a cold start.
const AWS_ROOTS: &[u8] = include_bytes!("../aws_roots.pem");

/// Which roots a server's certificate must lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those of AWS.
    Aws,
    /// Those of the machine. Reading them takes longer than the rest of a cold start.
    Machine,
}

/// TLS with these roots, which are read for the first connection.
pub struct Tls {
    trust: Trust,
    connector: OnceLock<TlsConnector>,
}

impl Tls {
    /// TLS with these roots; nothing is read yet.
    pub const fn new(trust: Trust) -> Self {
        Self { trust, connector: OnceLock::new() }
    }

    /// The client for connections.
    ///
    /// # Errors
    ///
    /// When there is no root.
    pub fn connector(&self) -> Result<&TlsConnector, Cause> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let connector = connector(self.trust)?;
        Ok(self.connector.get_or_init(|| connector))
    }
}

fn connector(trust: Trust) -> Result<TlsConnector, Cause> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Aws => {
            for certificate in CertificateDer::pem_slice_iter(AWS_ROOTS) {
                roots.add(certificate?)?;
            }
        }
        // A machine may have roots that cannot be read, beside those that can.
        Trust::Machine => _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
    }
    if roots.is_empty() {
        return Err("the machine has no root certificates".into());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
