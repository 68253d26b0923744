use local::Options;
use serde_json::json;

use crate::harness::{PASSWORD, TestServer};

#[tokio::test]
async fn a_registration_sends_one_mail_that_verifies_the_address() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let mails = driftwood.mail_to(&alice.email);
    assert_eq!((mails.len(), driftwood.all_mail().len()), (1, 1));
    let mail = &mails[0];
    assert_eq!(mail.subject, "Confirm your e-mail address for Driftwood");
    assert_eq!(mail.from, "\"Driftwood\" <driftwood@localhost.localdomain>");
    assert_eq!(mail.link(), format!("/account/verify-email?token={}", mail.token()));
    let link = format!("{}{}", driftwood.server.url, mail.link());
    assert_eq!(mail.html.matches(&link).count(), 2, "on the button, and as text");
    assert_eq!(mail.html.matches("href=").count(), 1);
    assert_eq!(driftwood.count_items("Mail").await, 0, "a mail that was sent is deleted");
}

#[tokio::test]
async fn a_registration_on_the_page_sends_the_same_mail() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    visitor.get("/account").await;
    let mails = driftwood.mail_to(&email);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].link().starts_with("/account/verify-email?token=dw_ml_"));
}

#[tokio::test]
async fn the_mail_has_the_brand_and_leads_to_the_issuer() {
    let set = vec![
        ("BrandName".to_owned(), "Acme <& Sons>".to_owned()),
        ("BrandAccent".to_owned(), "#ffee00".to_owned()),
        ("MailFrom".to_owned(), "Acme, Inc. <No-Reply@Acme.example>".to_owned()),
    ];
    let issuer = Some("https://auth.acme.example".to_owned());
    let driftwood = TestServer::start_as(Options { set, issuer, ..Options::default() }).await;
    let alice = driftwood.alice().await;
    let mail = driftwood.last_mail_to(&alice.email);
    assert_eq!(mail.from, "\"Acme, Inc.\" <no-reply@acme.example>");
    assert_eq!(mail.subject, "Confirm your e-mail address for Acme <& Sons>");
    assert!(mail.text.contains("used to register at Acme <& Sons>.") && mail.text.ends_with("-- \nAcme <& Sons>\n"));
    assert!(mail.html.contains("used to register at Acme &lt;&amp; Sons&gt;.") && mail.html.contains("#ffee00"));
    let link = format!("https://auth.acme.example{}", mail.link());
    assert!(mail.text.contains(&format!("\n\n{link}\n\n")) && mail.html.contains(&format!("href=\"{link}\"")));
    assert!(!mail.text.contains(&driftwood.server.url) && !mail.html.contains(&driftwood.server.url));
}

#[tokio::test]
async fn a_name_that_a_user_typed_is_not_mailed() {
    let driftwood = TestServer::start().await;
    let name = "Win money at evil.example";
    driftwood
        .post("auth-register", json!({"email": "victim@example.com", "password": PASSWORD, "name": name}))
        .await
        .result();
    let mail = driftwood.last_mail_to("victim@example.com");
    for part in [&mail.subject, &mail.text, &mail.html, &mail.from] {
        assert!(!part.contains("evil") && !part.contains("money"), "{part}");
    }
}

#[tokio::test]
async fn without_a_sender_users_register_and_no_mail_waits() {
    let driftwood = TestServer::start_with(&[("MailFrom", "")]).await;
    assert!(!driftwood.server.stack.functions.contains_key("mail-send"));
    driftwood.alice().await;
    driftwood.visitor().signed_up().await;
    assert_eq!((driftwood.count_items("Mail").await, driftwood.all_mail().len()), (0, 0));
    let links = driftwood.items("Authorizations").await;
    assert!(links.iter().all(|item| !item["sk"].as_s().unwrap().starts_with("link#")), "{links:?}");
}

#[tokio::test]
async fn a_refused_registration_sends_no_mail() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let register = |email: &str, password: &str| {
        driftwood.post("auth-register", json!({"email": email, "password": password, "name": "Mallory"}))
    };
    register(&alice.email, PASSWORD).await.refused(409, "email_taken");
    assert_eq!(register("other@example.com", "short").await.mistaken_fields(), ["password"]);
    assert_eq!(driftwood.all_mail().len(), 1);
    assert_eq!(driftwood.count_items("Mail").await, 0);
}

#[tokio::test]
async fn of_32_registrations_of_one_address_at_once_one_sends_a_mail() {
    let driftwood = TestServer::start().await;
    let attempts = (0..32).map(|_| {
        driftwood.post("auth-register", json!({"email": "race@example.com", "password": PASSWORD, "name": "Racer"}))
    });
    futures_util::future::join_all(attempts).await;
    assert_eq!((driftwood.all_mail().len(), driftwood.count_items("Mail").await), (1, 0));
}

#[tokio::test]
async fn every_registered_user_has_their_mail_however_many_register_at_once() {
    let driftwood = TestServer::start().await;
    let users = futures_util::future::join_all((0..32).map(|_| async {
        let alice = driftwood.alice().await;
        assert_eq!(driftwood.mail_to(&alice.email).len(), 1);
        alice
    }));
    let users = users.await;
    assert!(users.iter().all(|alice| driftwood.mail_to(&alice.email).len() == 1));
}
