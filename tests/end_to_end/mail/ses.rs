//! The client of Amazon SES, against a fake server with chosen responses.

use std::sync::{Arc, Mutex};

use axum::http::Method;
use mail_send::{Mail, SendMail, Ses};
use serde_json::json;
use shared::domain::mail::sender::MailSender;
use shared::domain::types::email::EmailAddress;
use shared::fault::Fault;
use tokio::net::TcpListener;

use crate::harness::{FakeService, Recorded, TestServer};

/// The SES client of a function, with its credentials, for another address.
fn client(driftwood: &TestServer, url: &str) -> Ses {
    let mut aws = driftwood.server.apps["mail-send"].config.aws.clone();
    aws.ses_endpoint = Some(url.to_owned());
    Ses::new(&aws)
}

async fn send(ses: &Ses) -> Result<(), Fault> {
    let from = MailSender::parse("Acme, Inc. <no-reply@acme.example>").unwrap();
    let mail = Mail {
        to: EmailAddress::parse("ada@example.com").unwrap(),
        subject: "Bestätige – “now”".to_owned(),
        text: "Text\n\nhttps://auth.acme.example/x?token=y\n".to_owned(),
        html: "<p>HTML &amp; more</p>".to_owned(),
    };
    ses.send(&from, &mail).await
}

#[tokio::test]
async fn ses_gets_one_request_with_text_and_html() {
    let driftwood = TestServer::start().await;
    let (fake, url) = FakeService::start().await;
    fake.respond_with(200, "", json!({"MessageId": "0107"}));
    send(&client(&driftwood, &url)).await.unwrap();
    let [recorded] = <[Recorded; 1]>::try_from(fake.recorded()).expect("one request");
    assert_eq!((recorded.method, recorded.path.as_str()), (Method::POST, "/v2/email/outbound-emails"));
    let content = |data: &str| json!({"Data": data, "Charset": "UTF-8"});
    let expected = json!({
        "FromEmailAddress": "\"Acme, Inc.\" <no-reply@acme.example>",
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "Content": {"Simple": {
            "Subject": content("Bestätige – “now”"),
            "Body": {
                "Text": content("Text\n\nhttps://auth.acme.example/x?token=y\n"),
                "Html": content("<p>HTML &amp; more</p>"),
            },
        }},
    });
    assert_eq!(recorded.body, expected);
    let authorization = &recorded.headers["authorization"];
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=local/"), "{authorization}");
    assert!(authorization.contains("/eu-central-1/ses/aws4_request"), "{authorization}");
}

#[tokio::test]
async fn a_refusal_of_ses_is_a_failure_that_names_no_address_and_is_not_retried() {
    let driftwood = TestServer::start().await;
    let (fake, url) = FakeService::start().await;
    let ses = client(&driftwood, &url);
    let unverified = "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: ada@example.com, <no-reply@acme.example>";
    for (status, kind, message) in [
        (400, "MessageRejected", unverified),
        (400, "BadRequestException", "Local address contains control or whitespace"),
        (403, "AccessDeniedException", "User is not authorized to perform: ses:SendEmail"),
        (429, "TooManyRequestsException", "Too Many Requests"),
        (500, "InternalServiceErrorException", "Something is wrong"),
        (503, "ServiceUnavailableException", "Slow down"),
    ] {
        fake.respond_with(status, kind, json!({"message": message}));
        let fault = send(&ses).await.expect_err("a failure");
        assert_eq!(matches!(fault, Fault::Broken(_)), status == 400, "{kind}: this mail alone");
        let reported = fault.to_string();
        assert!(
            !reported.contains('@') && reported.contains(message.split_once(':').map_or(message, |(start, _)| start)),
            "{reported}"
        );
        assert_eq!(fake.recorded().len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_broken_connection_is_a_failure_and_is_not_retried() {
    let driftwood = TestServer::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let tries = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&tries);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // It reads the request and closes the connection.
            stream.readable().await.expect("a request");
            *counted.lock().unwrap() += 1;
        }
    });
    let fault = send(&client(&driftwood, &url)).await.expect_err("a failure");
    assert!(matches!(fault, Fault::Unavailable(_)));
    assert_eq!(*tries.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_function_in_a_container_reaches_the_mailbox_of_this_machine() {
    let aws = Some((std::net::Ipv4Addr::LOCALHOST.into(), 0));
    let driftwood = TestServer::start_as(local::Options { aws, ..local::Options::default() }).await;
    let url = format!("http://{}", driftwood.server.aws_address.expect("an open port"));
    send(&client(&driftwood, &url)).await.unwrap();
    let mail = driftwood.last_mail_to("ada@example.com");
    assert_eq!((mail.subject.as_str(), mail.html.as_str()), ("Bestätige – “now”", "<p>HTML &amp; more</p>"));
    assert_eq!(
        (mail.from.as_str(), mail.text.lines().next()),
        ("\"Acme, Inc.\" <no-reply@acme.example>", Some("Text"))
    );
}

#[tokio::test]
async fn an_unavailable_ses_is_a_failure() {
    let driftwood = TestServer::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    assert!(matches!(send(&client(&driftwood, &url)).await, Err(Fault::Unavailable(_))));
}
