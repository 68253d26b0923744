//! Secrets Manager over HTTP, on loopback: JSON 1.1, with the operation in `X-Amz-Target`.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use crate::error::StartError;
use crate::secrets::{Refused, Secrets, StoredSecret};
use crate::service::{Service, listen};

type Shared = Arc<Mutex<Secrets>>;

/// Serves secrets on loopback; returns the URL.
///
/// # Errors
///
/// When no port can be opened.
pub async fn serve(secrets: Secrets) -> Result<(Service, String), StartError> {
    let (listener, address) = listen(IpAddr::V4(Ipv4Addr::LOCALHOST), 0, "--port").await?;
    let router = Router::new().fallback(answer).with_state(Arc::new(Mutex::new(secrets)));
    let service = Service::start(|stop| async move {
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop.wait()).await {
            tracing::error!(cause = %error, "the secrets stopped");
        }
    });
    Ok((service, format!("http://{address}")))
}

async fn answer(State(secrets): State<Shared>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "SerializationException", "the body is not JSON");
    };
    let mut secrets = secrets.lock().unwrap_or_else(PoisonError::into_inner);
    let outcome = match target.strip_prefix("secretsmanager.") {
        Some("GetSecretValue") => get(&secrets, &request),
        Some("PutSecretValue") => put(&mut secrets, &request),
        Some("UpdateSecretVersionStage") => move_stage(&mut secrets, &request),
        Some("DescribeSecret") => describe(&secrets, &request),
        _ => {
            return refuse(
                StatusCode::BAD_REQUEST,
                "UnknownOperationException",
                "the local Secrets Manager does not know this operation",
            );
        }
    };
    match outcome {
        Ok(body) => reply(StatusCode::OK, &body),
        Err(Refused::NotFound(message)) => refuse(StatusCode::BAD_REQUEST, "ResourceNotFoundException", message),
        Err(Refused::Exists(message)) => refuse(StatusCode::BAD_REQUEST, "ResourceExistsException", message),
        Err(Refused::Invalid(message)) => refuse(StatusCode::BAD_REQUEST, "InvalidParameterException", message),
        Err(Refused::Unsaved(cause)) => {
            tracing::error!(cause, "the secrets could not be written");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceError", "the secrets could not be written")
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

fn refuse(status: StatusCode, kind: &str, message: &str) -> Response<Body> {
    reply(status, &json!({"__type": kind, "message": message}))
}

fn reply(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, axum::http::HeaderValue::from_static("application/x-amz-json-1.1"));
    response
}
