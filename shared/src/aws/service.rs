//! Requests to one service of AWS: signed, in bounded time, and again when that may help.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::header::USER_AGENT;
use lambda_http::http::{HeaderValue, Method, Request, Uri};

use super::alarms::Alarms;
use super::error::{CallError, ErrorResponse};
use super::protocol::Protocol;
use super::retries::{Budget, TRIES, is_temporary, wait};
use super::signature::Signer;
use super::transport::{NoResponse, Transport};
use crate::config::AwsConfig;

/// Sends requests to one service.
pub struct Service {
    transport: Arc<dyn Transport>,
    endpoint: Uri,
    signer: Signer,
    patience: Duration,
    backoff: Duration,
    budget: Budget,
    alarms: Alarms,
}

impl Service {
    /// A service in the process's region, or at `endpoint`, which is asked again after `backoff`; nothing is sent yet.
    pub fn new(
        aws: &AwsConfig,
        protocol: Protocol,
        endpoint: Option<&str>,
        backoff: Duration,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let endpoint = endpoint.map_or_else(|| regional(protocol.name, &aws.region), str::to_owned);
        Self {
            transport,
            // Without a host, each request fails and says so.
            endpoint: endpoint.parse().unwrap_or_default(),
            signer: Signer::new(aws, protocol),
            patience: aws.patience,
            backoff,
            budget: Budget::default(),
            alarms: Alarms::default(),
        }
    }

    /// Sends a request of this operation (`X-Amz-Target`) and returns the body of its response. A request that failed for a
    /// moment is sent again, three times at most.
    ///
    /// # Errors
    ///
    /// [`CallError`] only.
    pub fn call(&self, target: HeaderValue, body: Bytes) -> BoxFuture<'_, Result<Bytes, CallError>> {
        Box::pin(async move {
            // The waits count, too: a caller of a function waits no longer than its gateway.
            let deadline = Instant::now() + self.patience.saturating_mul(TRIES);
            let mut retries = 0;
            loop {
                let patience = self.patience.min(deadline.saturating_duration_since(Instant::now()));
                let attempt = self.alarms.within(patience, self.attempt(&target, body.clone())).await;
                let error = match attempt.unwrap_or(Err(CallError::NoResponse(NoResponse::Late))) {
                    Ok(body) => {
                        self.budget.succeeded(retries);
                        return Ok(body);
                    }
                    Err(error) => error,
                };
                let wait = wait(self.backoff, retries);
                let is_last = retries + 1 == TRIES || Instant::now() + wait >= deadline;
                if is_last || !is_temporary(&error) || !self.budget.take() {
                    return Err(error);
                }
                tokio::time::sleep(wait).await;
                retries += 1;
            }
        })
    }

    async fn attempt(&self, target: &HeaderValue, body: Bytes) -> Result<Bytes, CallError> {
        let request = self.signed(target, body).map_err(CallError::NoResponse)?;
        let response = self.transport.exchange(request).await.map_err(CallError::NoResponse)?;
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        let id = response.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok()).unwrap_or_default();
        let (status, request_id) = (response.status().as_u16(), id.to_owned());
        Err(CallError::Refused(Box::new(ErrorResponse::read(status, request_id, response.into_body()))))
    }

    #[expect(clippy::disallowed_methods, reason = "AWS refuses signatures of another time than its own")]
    fn signed(&self, target: &HeaderValue, body: Bytes) -> Result<Request<Bytes>, NoResponse> {
        let host = self.endpoint.authority().map(|authority| authority.as_str()).unwrap_or_default();
        let mut headers = self.signer.headers(host, target, &body, SystemTime::now()).map_err(NoResponse::Broken)?;
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("driftwood/", env!("CARGO_PKG_VERSION"))));
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// A service's address in a region. Partitions of AWS have domains of their own.
fn regional(service: &str, region: &str) -> String {
    let domain = match region.split('-').next().unwrap_or_default() {
        "cn" => "amazonaws.com.cn",
        "eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    format!("https://{service}.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_domain() {
        for (region, address) in [
            ("eu-central-1", "https://dynamodb.eu-central-1.amazonaws.com"),
            ("us-gov-west-1", "https://dynamodb.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn"),
            ("eusc-de-east-1", "https://dynamodb.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(regional("dynamodb", region), address);
        }
    }
}
