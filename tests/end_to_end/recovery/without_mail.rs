//! A deployment without mail reports that, and everything else works.

use serde_json::json;

use super::{NEW, RESET, VERIFY, ask_for, ask_to_verify, can_sign_in, change_password, forgot, reset, verify};
use crate::account::press;
use crate::harness::{PASSWORD, TestServer};

const SILENT: [(&str, &str); 2] = [("MailFrom", ""), ("MailIdentity", "")];

#[tokio::test]
async fn every_endpoint_that_needs_mail_reports_that_there_is_none() {
    let driftwood = TestServer::start_with(&SILENT).await;
    let alice = driftwood.alice().await;
    let before = driftwood.count_items("Limits").await;
    for email in [alice.email.as_str(), "nobody@example.com"] {
        forgot(&driftwood, email).await.refused(409, "mail_not_configured");
    }
    ask_to_verify(&driftwood, &alice).await.refused(409, "mail_not_configured");
    ask_for(&driftwood, &alice, "other@example.com").await.refused(409, "mail_not_configured");
    assert_eq!(driftwood.count_items("Limits").await, before, "nothing was counted");
    verify(&driftwood, "dw_ml_none").await.refused(400, "invalid_link");
    reset(&driftwood, "dw_ml_none", NEW).await.refused(400, "invalid_link");
    assert_eq!(driftwood.count_items("Mail").await, 0);
    assert_eq!(driftwood.count_items("Authorizations").await, 0, "not even a link of the registration");
}

#[tokio::test]
async fn every_page_that_needs_mail_says_that_there_is_none() {
    let (with, driftwood) = (TestServer::start().await, TestServer::start_with(&SILENT).await);
    let with_mail = with.visitor();
    with_mail.signed_up().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for path in ["/account/forgot-password", "/account/change-email"] {
        visitor.get(path).await.refused_page(409, "No mail can be sent");
    }
    let account = visitor.get("/account").await;
    assert!(!account.text.contains("send-verification"), "the page does not offer what cannot be done");
    assert!(with_mail.get("/account").await.text.contains("send-verification"));
    let profile = visitor.get("/account/profile").await;
    let hidden = profile.form().hidden;
    let form_token = hidden.iter().find(|(name, _)| name == "form_token").unwrap().1.as_str();
    // A form of another page is not one of this page, mail or not.
    let fields = [("form_token", form_token), ("email", "nobody@example.com")];
    visitor.post("/account/forgot-password", &fields).await.refused_page(403, "Please try that again");
    let signed_out = press(&visitor, &account, "sign-out", "sign-out").await;
    assert_eq!(signed_out.status, 303);
    for path in [VERIFY, RESET] {
        let page = visitor.get(&format!("{path}?token=dw_ml_none")).await;
        assert_eq!(page.status, 400, "{path}");
    }
}

#[tokio::test]
async fn the_metadata_report_whether_there_is_mail() {
    let (with, without) = (TestServer::start().await, TestServer::start_with(&SILENT).await);
    for (driftwood, expected) in [(&with, true), (&without, false)] {
        for document in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
            assert_eq!(driftwood.get(document).await.json()["mail_supported"], expected, "{document}");
        }
    }
}

#[tokio::test]
async fn everything_else_works() {
    let driftwood = TestServer::start_with(&SILENT).await;
    let alice = driftwood.alice().await;
    change_password(&driftwood, &alice, PASSWORD, NEW).await.result();
    assert!(can_sign_in(&driftwood, &alice.email, NEW).await);
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    assert_eq!(post("users-update", json!({"name": "New"})).await.result()["user"]["name"], "New");
    assert_eq!(post("users-export", json!({})).await.result()["export"]["user"]["email"], alice.email);
    post("users-delete", json!({"password": NEW})).await.result();
    assert!(!can_sign_in(&driftwood, &alice.email, NEW).await);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.get("/account/delete").await;
    assert_eq!(visitor.submit(&page, &[("password", PASSWORD)]).await.heading(), "Your account was deleted");
    assert_eq!((driftwood.count_items("Mail").await, driftwood.all_mail().len()), (0, 0));
}
