//! The services of AWS on this machine, in this process: DynamoDB and Secrets Manager.

use crate::answered::Answered;
use crate::secrets_manager::SecretsManager;
use crate::tables::Tables;

/// Both services.
pub struct Aws {
    /// The embedded tables; none if the tables are in an external DynamoDB.
    pub tables: Option<Tables>,
    /// The secrets.
    pub secrets: SecretsManager,
}

impl Aws {
    /// Answers a request; its header `X-Amz-Target` names the service and the operation.
    pub async fn answer(&self, target: &str, body: &[u8]) -> Answered {
        match (target.split_once('.'), &self.tables) {
            (Some(("DynamoDB_20120810", operation)), Some(tables)) => tables.answer(operation, body).await,
            (Some(("secretsmanager", operation)), _) => self.secrets.answer(operation, body),
            _ => Answered::unknown_operation(),
        }
    }
}
