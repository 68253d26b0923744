//! AWS Secrets Manager, which stores the private keys.

use std::sync::Arc;

use async_recursion::async_recursion as boxed;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use lambda_http::http::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::aws::error::CallError;
use crate::aws::protocol::Protocol;
use crate::aws::sdk;
use crate::aws::service::Service;
use crate::aws::transport::Transport;
use crate::config::AwsConfig;
use crate::domain::crypto::secret::Secret;
use crate::fault::Fault;

const SECRETS_MANAGER: Protocol = Protocol { name: "secretsmanager", media_type: "application/x-amz-json-1.1" };

/// A process asks it once in minutes, so a retry can wait for longer than one of a table.
const LONGER: u32 = 20;

/// The label of the version in use.
pub const CURRENT: &str = "AWSCURRENT";
/// The label of the version that a rotation prepares.
pub const PENDING: &str = "AWSPENDING";

/// Reads secrets, which every function does at its start, by our own client, and writes them by the SDK, which only the
/// function that rotates keys links.
#[derive(Clone)]
pub struct SecretsManager {
    aws: AwsConfig,
    transport: Arc<dyn Transport>,
    service: Arc<Service>,
}

/// The request of `GetSecretValue`, with the fields that are used.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue<'a> {
    secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_stage: Option<&'a str>,
}

/// Its response.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretValue {
    version_id: String,
    secret_string: Option<String>,
}

/// One version of a secret.
pub struct SecretVersion {
    /// Its id.
    pub id: String,
    /// Its value.
    pub value: Secret,
}

impl SecretsManager {
    /// A client; nothing is sent yet.
    pub fn new(aws: &AwsConfig, transport: Arc<dyn Transport>) -> Self {
        let (endpoint, backoff) = (aws.secrets_manager_endpoint.as_deref(), aws.backoff.saturating_mul(LONGER));
        let service = Service::new(aws, SECRETS_MANAGER, endpoint, backoff, Arc::clone(&transport));
        Self { aws: aws.clone(), transport, service: Arc::new(service) }
    }

    async fn get(&self, request: &GetSecretValue<'_>) -> Result<Result<SecretValue, CallError>, Fault> {
        const TARGET: HeaderValue = HeaderValue::from_static("secretsmanager.GetSecretValue");
        let body = serde_json::to_vec(request).map_err(Fault::broken)?;
        match self.service.call(TARGET, body.into()).await {
            Ok(body) => serde_json::from_slice(&body).map(Ok).map_err(Fault::broken),
            Err(error) => Ok(Err(error)),
        }
    }

    fn writer(&self) -> Client {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(self.aws.patience)
            .operation_timeout(self.aws.patience.saturating_mul(3))
            .build();
        let token = self.aws.session_token.as_ref().map(|token| token.expose().to_owned());
        let (id, secret) = (&self.aws.access_key_id, self.aws.secret_access_key.expose());
        let backoff = self.aws.backoff.saturating_mul(LONGER);
        let mut config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.aws.region.clone()))
            .credentials_provider(Credentials::new(id, secret, token, None, "environment"))
            .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(backoff))
            .timeout_config(timeouts)
            .http_client(sdk::http_client(Arc::clone(&self.transport)));
        config.set_endpoint_url(self.aws.secrets_manager_endpoint.clone());
        Client::from_conf(config.build())
    }

    /// Reads the version in use.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when it cannot be read.
    #[boxed]
    pub async fn current(&self, secret_id: &str) -> Result<SecretVersion, Fault> {
        let request = GetSecretValue { secret_id, version_id: None, version_stage: Some(CURRENT) };
        let found = self.get(&request).await?.map_err(Fault::unavailable)?;
        let value = found.secret_string.ok_or_else(|| Fault::broken("a secret has no string"))?;
        Ok(SecretVersion { id: found.version_id, value: Secret::new(value) })
    }

    /// Reads one version by its id, if it has a value yet.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when it cannot be read.
    #[boxed]
    pub async fn version(&self, secret_id: &str, version_id: &str) -> Result<Option<Secret>, Fault> {
        let request = GetSecretValue { secret_id, version_id: Some(version_id), version_stage: None };
        match self.get(&request).await? {
            Ok(found) => Ok(found.secret_string.map(Secret::new)),
            Err(CallError::Refused(response)) if response.code == "ResourceNotFoundException" => Ok(None),
            Err(error) => Err(Fault::unavailable(error)),
        }
    }

    /// Stores a version that a rotation prepares. Repeated with the same value, it does nothing.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when it cannot be stored.
    #[boxed]
    pub async fn put_pending(&self, secret_id: &str, version_id: &str, value: &Secret) -> Result<(), Fault> {
        let request = self.writer().put_secret_value().secret_id(secret_id).client_request_token(version_id);
        request.secret_string(value.expose()).version_stages(PENDING).send().await.map(drop).map_err(Fault::unavailable)
    }

    /// Makes a version current in place of another. Repeated, it does nothing.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when it cannot be done.
    #[boxed]
    pub async fn promote(&self, secret_id: &str, from: &str, to: &str) -> Result<(), Fault> {
        let request = self.writer().update_secret_version_stage().secret_id(secret_id).version_stage(CURRENT);
        let request = request.remove_from_version_id(from).move_to_version_id(to);
        request.send().await.map(drop).map_err(Fault::unavailable)
    }
}
