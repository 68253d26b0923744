//! AWS Secrets Manager, which stores the private keys.

use std::time::Duration;

use async_recursion::async_recursion as boxed;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_secretsmanager::error::SdkError;

use crate::config::AwsConfig;
use crate::domain::crypto::secret::Secret;
use crate::fault::Fault;

/// The label of the version in use.
pub const CURRENT: &str = "AWSCURRENT";
/// The label of the version that a rotation prepares.
pub const PENDING: &str = "AWSPENDING";

/// A client of Secrets Manager.
#[derive(Clone)]
pub struct SecretsManager(Client);

/// One version of a secret.
pub struct SecretVersion {
    /// Its id.
    pub id: String,
    /// Its value.
    pub value: Secret,
}

impl SecretsManager {
    /// A client; nothing is sent yet.
    pub fn new(aws: &AwsConfig, http: SharedHttpClient) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(1))
            .operation_timeout(Duration::from_secs(3))
            .build();
        let token = aws.session_token.as_ref().map(|token| token.expose().to_owned());
        let mut config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .credentials_provider(Credentials::new(
                &aws.access_key_id,
                aws.secret_access_key.expose(),
                token,
                None,
                "environment",
            ))
            // A process asks it once in minutes, so a retry can wait for longer than one of a table.
            .retry_config(
                RetryConfig::standard().with_max_attempts(3).with_initial_backoff(aws.backoff.saturating_mul(20)),
            )
            .timeout_config(timeouts)
            .http_client(http);
        config.set_endpoint_url(aws.secrets_manager_endpoint.clone());
        Self(Client::from_conf(config.build()))
    }

    /// Reads the version in use.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when it cannot be read.
    #[boxed]
    pub async fn current(&self, secret_id: &str) -> Result<SecretVersion, Fault> {
        let output = self
            .0
            .get_secret_value()
            .secret_id(secret_id)
            .version_stage(CURRENT)
            .send()
            .await
            .map_err(Fault::unavailable)?;
        let value = output.secret_string.ok_or_else(|| Fault::broken("a secret has no string"))?;
        Ok(SecretVersion { id: output.version_id.unwrap_or_default(), value: Secret::new(value) })
    }

    /// Reads one version by its id, if it has a value yet.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when it cannot be read.
    #[boxed]
    pub async fn version(&self, secret_id: &str, version_id: &str) -> Result<Option<Secret>, Fault> {
        match self.0.get_secret_value().secret_id(secret_id).version_id(version_id).send().await {
            Ok(output) => Ok(output.secret_string.map(Secret::new)),
            Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => Ok(None),
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
        let request = self.0.put_secret_value().secret_id(secret_id).client_request_token(version_id);
        request.secret_string(value.expose()).version_stages(PENDING).send().await.map(drop).map_err(Fault::unavailable)
    }

    /// Makes a version current in place of another. Repeated, it does nothing.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when it cannot be done.
    #[boxed]
    pub async fn promote(&self, secret_id: &str, from: &str, to: &str) -> Result<(), Fault> {
        let request = self.0.update_secret_version_stage().secret_id(secret_id).version_stage(CURRENT);
        let request = request.remove_from_version_id(from).move_to_version_id(to);
        request.send().await.map(drop).map_err(Fault::unavailable)
    }
}
