//! One listener for DynamoDB and Secrets Manager, for the AWS CLI and for containers of `sam local`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{Response, StatusCode};

use crate::error::StartError;
use crate::service::{Service, listen};

/// DynamoDB's own limit, in bytes.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

struct Behind {
    http: reqwest::Client,
    dynamodb: String,
    secrets_manager: String,
}

/// Serves both; returns where.
///
/// # Errors
///
/// When the port is taken.
pub async fn serve(
    bind: IpAddr,
    port: u16,
    dynamodb: &str,
    secrets_manager: &str,
) -> Result<(Service, SocketAddr), StartError> {
    let (listener, address) = listen(bind, port, "--aws-port").await?;
    let behind = Behind {
        http: reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| StartError::new(format!("the AWS port cannot be opened: {error}.")))?,
        dynamodb: dynamodb.to_owned(),
        secrets_manager: secrets_manager.to_owned(),
    };
    let router = Router::new().fallback(forward).with_state(Arc::new(behind));
    let service = Service::start(|stop| async move {
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop.wait()).await {
            tracing::error!(cause = %error, "the AWS port stopped");
        }
    });
    Ok((service, address))
}

async fn forward(State(behind): State<Arc<Behind>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let base = if target.starts_with("secretsmanager.") { &behind.secrets_manager } else { &behind.dynamodb };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else { return status(StatusCode::PAYLOAD_TOO_LARGE) };
    let mut headers = parts.headers.clone();
    for own in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(own);
    }
    let sent = behind.http.request(parts.method, format!("{base}{path}")).headers(headers).body(body).send().await;
    match sent {
        Ok(answer) => {
            let mut response = status(answer.status());
            *response.headers_mut() = answer.headers().clone();
            for own in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
                response.headers_mut().remove(own);
            }
            match answer.bytes().await {
                Ok(body) => response.map(|_| Body::from(body)),
                Err(_) => status(StatusCode::BAD_GATEWAY),
            }
        }
        Err(_) => status(StatusCode::BAD_GATEWAY),
    }
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
