//! The operations of Secrets Manager's JSON protocol on the secrets of this machine.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::answered::Answered;
use crate::secrets::{Refused, Secrets, StoredSecret};

/// The secrets, for one request after the other.
pub struct SecretsManager(Mutex<Secrets>);

impl SecretsManager {
    /// Answers for these secrets.
    pub fn new(secrets: Secrets) -> Self {
        Self(Mutex::new(secrets))
    }

    /// Answers one request.
    pub fn answer(&self, operation: &str, body: &[u8]) -> Answered {
        let Ok(request) = serde_json::from_slice::<Value>(body) else {
            return Answered::error(400, "SerializationException", "the body is not JSON");
        };
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = match operation {
            "GetSecretValue" => get(&secrets, &request),
            "PutSecretValue" => put(&mut secrets, &request),
            "UpdateSecretVersionStage" => move_stage(&mut secrets, &request),
            "DescribeSecret" => describe(&secrets, &request),
            _ => return Answered::unknown_operation(),
        };
        match outcome {
            Ok(body) => Answered::ok(body.to_string()),
            Err(Refused::NotFound(message)) => Answered::error(400, "ResourceNotFoundException", message),
            Err(Refused::Exists(message)) => Answered::error(400, "ResourceExistsException", message),
            Err(Refused::Invalid(message)) => Answered::error(400, "InvalidParameterException", message),
            Err(Refused::Unsaved(cause)) => {
                tracing::error!(cause, "the secrets could not be written");
                Answered::error(500, "InternalServiceError", "the secrets could not be written")
            }
        }
    }
}

fn get(secrets: &Secrets, request: &Value) -> Result<Value, Refused> {
    let (arn, version, content) =
        secrets.get(secret_id(request)?, text(request, "VersionId"), text(request, "VersionStage"))?;
    Ok(json!({
        "ARN": arn,
        "Name": name(&arn),
        "VersionId": version,
        "VersionStages": content.stages,
        "SecretString": content.value,
    }))
}

fn put(secrets: &mut Secrets, request: &Value) -> Result<Value, Refused> {
    let value = text(request, "SecretString").ok_or(Refused::Invalid("SecretString is missing"))?;
    let version = text(request, "ClientRequestToken").map_or_else(crate::random_id, str::to_owned);
    let stages = request.get("VersionStages").and_then(Value::as_array);
    let stages = stages.map(|stages| stages.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>());
    let stages = stages.unwrap_or_else(|| vec!["AWSCURRENT".to_owned()]);
    let arn = secrets.put(secret_id(request)?, &version, value, &stages)?;
    Ok(json!({"ARN": arn, "Name": name(&arn), "VersionId": version, "VersionStages": stages}))
}

fn move_stage(secrets: &mut Secrets, request: &Value) -> Result<Value, Refused> {
    let stage = text(request, "VersionStage").ok_or(Refused::Invalid("VersionStage is missing"))?;
    let (from, to) = (text(request, "RemoveFromVersionId"), text(request, "MoveToVersionId"));
    let arn = secrets.move_stage(secret_id(request)?, stage, from, to)?;
    Ok(json!({"ARN": arn, "Name": name(&arn)}))
}

fn describe(secrets: &Secrets, request: &Value) -> Result<Value, Refused> {
    let (arn, StoredSecret { versions }) = secrets.describe(secret_id(request)?)?;
    let stages: BTreeMap<_, _> = versions.iter().map(|(version, content)| (version, &content.stages)).collect();
    Ok(json!({"ARN": arn, "Name": name(&arn), "RotationEnabled": true, "VersionIdsToStages": stages}))
}

fn secret_id(request: &Value) -> Result<&str, Refused> {
    text(request, "SecretId").ok_or(Refused::Invalid("SecretId is missing"))
}

fn text<'a>(request: &'a Value, field: &str) -> Option<&'a str> {
    request.get(field)?.as_str()
}

fn name(arn: &str) -> &str {
    let name = arn.rsplit(':').next().unwrap_or_default();
    name.rsplit_once('-').map_or(name, |(name, _)| name)
}
