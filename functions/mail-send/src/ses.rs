//! Amazon SES.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sesv2::error::SdkError;
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use futures_util::future::BoxFuture;
use shared::aws::connections::Connections;
use shared::aws::sdk;
use shared::config::AwsConfig;
use shared::domain::mail::sender::MailSender;
use shared::fault::{Chain, Fault};

use crate::mail::{Mail, SendMail};

/// The timeout of a call to SES.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client for SES.
pub struct Ses(Client);

impl Ses {
    /// Creates a client that loads no configuration from its environment. It never retries: a mail whose response was lost may
    /// have been sent, and the outbox decides when to try again.
    pub fn new(aws: &AwsConfig) -> Self {
        let credentials = Credentials::new(
            &aws.access_key_id,
            aws.secret_access_key.expose(),
            aws.session_token.as_ref().map(|token| token.expose().to_owned()),
            None,
            "environment",
        );
        let mut config = aws_sdk_sesv2::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(PATIENCE).build())
            .http_client(sdk::http_client(Arc::new(Connections::default())));
        config.set_endpoint_url(aws.ses_endpoint.clone());
        Self(Client::from_conf(config.build()))
    }
}

impl SendMail for Ses {
    fn send<'s>(&'s self, from: &'s MailSender, mail: &'s Mail) -> BoxFuture<'s, Result<(), Fault>> {
        Box::pin(async move {
            let content = |data: &str| Content::builder().data(data).charset("UTF-8").build().map_err(Fault::broken);
            let body = Body::builder().text(content(&mail.text)?).html(content(&mail.html)?).build();
            let message = Message::builder().subject(content(&mail.subject)?).body(body).build();
            let request = self
                .0
                .send_email()
                .from_email_address(from.to_string())
                .destination(Destination::builder().to_addresses(mail.to.as_str()).build())
                .content(EmailContent::builder().simple(message).build());
            request.send().await.map(drop).map_err(fault)
        })
    }
}

/// Converts an error of SES. The rejection of one mail says nothing about the next one.
fn fault(error: SdkError<SendEmailError>) -> Fault {
    let cause = without_addresses(&Chain(&error).to_string());
    match error.as_service_error() {
        Some(SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_)) => Fault::broken(cause),
        _ => Fault::unavailable(cause),
    }
}

/// Removes e-mail addresses, which SES puts into its messages and the log must not contain.
fn without_addresses(text: &str) -> String {
    let words = text.split(' ').map(|word| if word.contains('@') { "[e-mail]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
