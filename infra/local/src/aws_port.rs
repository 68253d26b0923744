//! One listener for DynamoDB, Secrets Manager and the requests of SES and EventBridge that we send, for the AWS CLI and containers of `sam local`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use mail_send::{Mail, SendMail};
use serde_json::{Value, json};
use shared::domain::mail::sender::MailSender;
use shared::domain::types::email::EmailAddress;

use crate::answered::Answered;
use crate::aws::Aws;
use crate::destinations::Destinations;
use crate::error::StartError;
use crate::event_bus::EventBus;
use crate::mailbox::Mailbox;
use crate::service::{Service, listen};

/// DynamoDB's own limit, in bytes.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// The path on which SES accepts mail.
const OUTBOUND_EMAILS: &str = "/v2/email/outbound-emails";

/// The operation of EventBridge that we call.
const PUT_EVENTS: &str = "AWSEvents.PutEvents";

struct Behind {
    aws: Arc<Aws>,
    destinations: Destinations,
}

/// Serves them; returns the address.
///
/// # Errors
///
/// When the port is in use.
pub async fn serve(
    bind: IpAddr,
    port: u16,
    aws: Arc<Aws>,
    destinations: Destinations,
) -> Result<(Service, SocketAddr), StartError> {
    let (listener, address) = listen(bind, port, "--aws-port").await?;
    let router = Router::new().fallback(answer).with_state(Arc::new(Behind { aws, destinations }));
    let service = Service::start(|stop| async move {
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop.wait()).await {
            tracing::error!(cause = %error, "the AWS port stopped");
        }
    });
    Ok((service, address))
}

async fn answer(State(behind): State<Arc<Behind>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else { return status(StatusCode::PAYLOAD_TOO_LARGE) };
    if parts.uri.path() == OUTBOUND_EMAILS {
        return receive(&behind.destinations.mailbox, &body).await;
    }
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let answered = match target {
        PUT_EVENTS => put_events(&behind.destinations.event_bus, &body),
        target => behind.aws.answer(target, &body).await,
    };
    let mut response = Response::new(Body::from(answered.body));
    *response.status_mut() = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}

/// Puts events onto the bus and responds like EventBridge.
fn put_events(bus: &EventBus, body: &[u8]) -> Answered {
    let mut sent: Value = serde_json::from_slice(body).unwrap_or_default();
    let entries = sent.get_mut("Entries").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    match bus.receive(entries) {
        Ok(response) => Answered::ok(response.to_string()),
        Err(fault) => Answered::error(500, "InternalException", &fault.to_string()),
    }
}

/// Puts a mail into the mailbox and responds like SES.
async fn receive(mailbox: &Mailbox, body: &[u8]) -> Response<Body> {
    let sent: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some((from, mail)) = read_mail(&sent) else { return status(StatusCode::BAD_REQUEST) };
    match mailbox.send(&from, &mail).await {
        Ok(()) => status(StatusCode::OK).map(|_| Body::from(json!({"MessageId": crate::random_id()}).to_string())),
        Err(_) => status(StatusCode::SERVICE_UNAVAILABLE),
    }
}

fn read_mail(sent: &Value) -> Option<(MailSender, Mail)> {
    let text = |place: &str| sent.pointer(place)?.as_str().map(str::to_owned);
    let from = text("/FromEmailAddress")?.replace('"', "");
    let mail = Mail {
        to: EmailAddress::parse(&text("/Destination/ToAddresses/0")?).ok()?,
        subject: text("/Content/Simple/Subject/Data")?,
        text: text("/Content/Simple/Body/Text/Data")?,
        html: text("/Content/Simple/Body/Html/Data")?,
    };
    Some((MailSender::parse(&from).ok()?, mail))
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
