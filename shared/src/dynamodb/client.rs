//! Sends requests: signed, in bounded time, and again when that may help.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::header::USER_AGENT;
use lambda_http::http::{HeaderValue, Method, Request, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Error, Refusal};
use super::operation::Operation;
use super::retries::{Budget, TRIES, is_temporary, wait};
use crate::aws::signature::Signer;
use crate::aws::transport::{NotSent, Transport};
use crate::config::AwsConfig;

/// Sends requests to DynamoDB.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    transport: Arc<dyn Transport>,
    endpoint: Uri,
    signer: Signer,
    patience: Duration,
    backoff: Duration,
    budget: Budget,
}

impl Client {
    /// A client for DynamoDB in the process's region, or at the configured address; nothing is sent yet.
    pub fn new(aws: &AwsConfig, transport: Arc<dyn Transport>) -> Self {
        let endpoint = aws.dynamodb_endpoint.clone().unwrap_or_else(|| endpoint(&aws.region));
        Self(Arc::new(Inner {
            transport,
            // Without a host, each request fails and says so.
            endpoint: endpoint.parse().unwrap_or_default(),
            signer: Signer::new(aws, "dynamodb"),
            patience: aws.patience,
            backoff: aws.backoff,
            budget: Budget::default(),
        }))
    }

    /// Sends a request and reads its response. A request that failed for a moment is sent again, three times at most.
    ///
    /// # Errors
    ///
    /// [`Error`] when DynamoDB refuses it or cannot be reached; [`Error::Unreadable`] when the request or the response has
    /// another form.
    pub async fn call<T: DeserializeOwned>(&self, operation: Operation, request: &impl Serialize) -> Result<T, Error> {
        let unreadable = |error| Error::Unreadable(operation, error);
        let body = serde_json::to_vec(request).map_err(unreadable)?;
        let body = self.send(operation, body.into()).await?;
        serde_json::from_slice(&body).map_err(unreadable)
    }

    /// Boxed, so that no crate but this one compiles what follows.
    fn send(&self, operation: Operation, body: Bytes) -> BoxFuture<'_, Result<Bytes, Error>> {
        Box::pin(async move {
            let inner = &*self.0;
            // The waits count, too: a caller of a function waits no longer than its gateway.
            let deadline = inner.patience.saturating_mul(TRIES);
            let late = |_| Err(Error::NotSent(operation, NotSent::Late));
            tokio::time::timeout(deadline, inner.try_often(operation, body)).await.unwrap_or_else(late)
        })
    }
}

impl Inner {
    async fn try_often(&self, operation: Operation, body: Bytes) -> Result<Bytes, Error> {
        let mut retries = 0;
        loop {
            let late = |_| Err(Error::NotSent(operation, NotSent::Late));
            let attempt = self.attempt(operation, body.clone());
            let error = match tokio::time::timeout(self.patience, attempt).await.unwrap_or_else(late) {
                Ok(body) => {
                    self.budget.succeeded(retries);
                    return Ok(body);
                }
                Err(error) => error,
            };
            if !is_temporary(&error) || retries + 1 == TRIES || !self.budget.take() {
                return Err(error);
            }
            tokio::time::sleep(wait(self.backoff, retries)).await;
            retries += 1;
        }
    }

    async fn attempt(&self, operation: Operation, body: Bytes) -> Result<Bytes, Error> {
        let not_sent = |error| Error::NotSent(operation, error);
        let request = self.signed(operation, body).map_err(not_sent)?;
        let response = self.transport.exchange(request).await.map_err(not_sent)?;
        let status = response.status();
        if status.is_success() {
            return Ok(response.into_body());
        }
        let id = response.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok()).unwrap_or_default();
        let refusal = Refusal::read(operation, status.as_u16(), id.to_owned(), response.body());
        Err(Error::Refused(Box::new(refusal)))
    }

    #[expect(clippy::disallowed_methods, reason = "AWS refuses signatures of another time than its own")]
    fn signed(&self, operation: Operation, body: Bytes) -> Result<Request<Bytes>, NotSent> {
        let host = self.endpoint.authority().map(|authority| authority.as_str()).unwrap_or_default();
        let now = SystemTime::now();
        let mut headers = self.signer.headers(host, &operation.target(), &body, now).map_err(NotSent::Broken)?;
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("driftwood/", env!("CARGO_PKG_VERSION"))));
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// DynamoDB's address in a region. Partitions of AWS have domains of their own.
fn endpoint(region: &str) -> String {
    let domain = match region.split('-').next().unwrap_or_default() {
        "cn" => "amazonaws.com.cn",
        "eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    format!("https://dynamodb.{region}.{domain}")
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
            assert_eq!(endpoint(region), address);
        }
    }
}
