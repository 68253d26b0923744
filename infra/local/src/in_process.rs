//! The functions' way to AWS on this machine: requests are answered in this process, without a connection.

use std::sync::Arc;

use axum::body::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::{Request, Response};
use shared::aws::transport::{NoResponse, Transport};

use crate::aws::Aws;

/// The address of AWS on this machine. RFC 2606 §2: no such host exists, so that nothing can leave the process by mistake.
pub const ADDRESS: &str = "http://aws.invalid";
const HOST: &str = "aws.invalid";

/// Answers requests for [`ADDRESS`] itself, and gives all others to another transport.
pub struct InProcess {
    /// AWS on this machine.
    pub aws: Arc<Aws>,
    /// The way to all others.
    pub others: Arc<dyn Transport>,
}

impl Transport for InProcess {
    fn exchange(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoResponse>> {
        if request.uri().host() != Some(HOST) {
            return self.others.exchange(request);
        }
        Box::pin(async move {
            let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
            let answered = self.aws.answer(target.unwrap_or_default(), request.body()).await;
            let response = Response::builder().status(answered.status).body(answered.body.into());
            response.map_err(NoResponse::broken)
        })
    }
}
