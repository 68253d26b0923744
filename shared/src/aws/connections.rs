//! The connections to AWS.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::{Request, Response};

use super::transport::{NoResponse, Transport};
use crate::net::pool::Pool;
use crate::net::tls::Trust;

/// The longest response, in bytes: DynamoDB's own limit.
const LONGEST: usize = 16 * 1024 * 1024;

/// Connections to AWS, over TLS or, on a laptop, without.
pub struct Connections(Pool);

impl Default for Connections {
    fn default() -> Self {
        Self(Pool::new(Trust::Aws))
    }
}

impl Transport for Connections {
    fn exchange(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoResponse>> {
        Box::pin(async move { self.0.exchange(request, LONGEST).await.map_err(NoResponse::broken) })
    }
}
