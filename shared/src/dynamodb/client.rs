//! Sends requests to DynamoDB.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Error, Refusal};
use super::operation::Operation;
use crate::aws::error::CallError;
use crate::aws::protocol::Protocol;
use crate::aws::service::Service;
use crate::aws::transport::Transport;
use crate::config::AwsConfig;

const DYNAMODB: Protocol = Protocol { name: "dynamodb", media_type: "application/x-amz-json-1.0" };

/// Sends requests to DynamoDB.
#[derive(Clone)]
pub struct Client(Arc<Service>);

impl Client {
    /// A client for DynamoDB in the process's region, or at the configured address; nothing is sent yet.
    pub fn new(aws: &AwsConfig, transport: Arc<dyn Transport>) -> Self {
        Self(Arc::new(Service::new(aws, DYNAMODB, aws.dynamodb_endpoint.as_deref(), aws.backoff, transport)))
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
        let body = self.0.call(operation.target(), body.into()).await.map_err(|error| match error {
            CallError::Refused(response) => Error::Refused(Box::new(Refusal::read(operation, *response))),
            CallError::NoResponse(error) => Error::NoResponse(operation, error),
        })?;
        serde_json::from_slice(&body).map_err(unreadable)
    }
}
