//! `POST /api/auth-verify-email` and `/account/verify-email`

use serde_json::{Value, json};

use super::{
    VERIFY, ask_to_verify, change_password, change_token, confirm, events, last_token, mails, operations, signed_in,
    tokens, verify, verify_as,
};
use crate::account::press;
use crate::harness::{PASSWORD, TestServer, Visitor, claims};

/// The e-mail claims of this browser's user: in the ID token, and at userinfo.
async fn email_claims(driftwood: &TestServer, visitor: &Visitor<'_>) -> [Value; 2] {
    let client = driftwood.spa().await;
    let answer = visitor.approve(&client, &[("scope", "openid email")]).await;
    let tokens = client.exchange(driftwood, answer.code()).await.json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let userinfo = driftwood.send(reqwest::Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], "").await;
    let id = claims(tokens["id_token"].as_str().unwrap());
    [id, userinfo.json()].map(|claims| json!([claims["email"], claims["email_verified"]]))
}

#[tokio::test]
async fn a_registration_mails_a_link_that_verifies_the_address() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let mail = driftwood.last_mail_to(&alice.email);
    assert_eq!(driftwood.mail_to(&alice.email).len(), 1);
    assert!(
        mail.html.contains(&format!("href=\"{}{}\"", driftwood.server.url, mail.link())),
        "the host is the issuer's"
    );
    assert!(mail.link().starts_with(VERIFY));
    assert_eq!(verify_as(&driftwood, &alice, &mail.token()).await.result(), json!({"email_verified": true}));
    let asked = ask_to_verify(&driftwood, &alice).await.result();
    assert_eq!(asked, json!({"email_verified": true, "sent": false}));
    assert_eq!(driftwood.mail_to(&alice.email).len(), 1, "there is nothing to verify any more");
}

#[tokio::test]
async fn apps_see_from_then_on_that_the_address_is_verified() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    assert_eq!(email_claims(&driftwood, &visitor).await, [json!([email, false]), json!([email, false])]);
    visitor.submit(&visitor.get(&driftwood.last_mail_to(&email).link()).await, &[("action", "confirm")]).await;
    assert_eq!(email_claims(&driftwood, &visitor).await, [json!([email, true]), json!([email, true])]);
}

#[tokio::test]
async fn the_page_shows_whose_account_it_is_and_changes_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let link = driftwood.last_mail_to(&alice.email).link();
    let visitor = driftwood.visitor();
    let (users, links) = (driftwood.items("Users").await, driftwood.items("Authorizations").await);
    driftwood.calls();
    let page = visitor.get(&link).await;
    assert_eq!(page.heading(), "Confirm your e-mail address");
    assert_eq!(operations(&driftwood, "account"), ["BatchGetItem"], "the link and its user");
    assert!(page.shows("Alice Arden") && page.shows(&alice.email) && page.text.contains("127.0.0.1"), "{}", page.text);
    // Mail programs open links by themselves.
    for _ in 0..3 {
        driftwood.get(&link).await.heading();
    }
    assert_eq!((driftwood.items("Users").await, driftwood.items("Authorizations").await), (users, links));
}

#[tokio::test]
async fn where_the_user_is_not_signed_in_the_page_asks_for_the_password() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    let page = visitor.get(&driftwood.last_mail_to(&alice.email).link()).await;
    for (password, says) in [("", "is required"), ("not the password", "is not your password")] {
        let refused = visitor.submit(&page, &[("action", "confirm"), ("password", password)]).await;
        assert_eq!((refused.status, refused.heading()), (400, "Confirm your e-mail address".to_owned()));
        assert!(refused.text.contains(says), "{}", refused.text);
    }
    assert_eq!(ask_to_verify(&driftwood, &alice).await.result()["email_verified"], false);
    let done = visitor.submit(&page, &[("action", "confirm"), ("password", PASSWORD)]).await;
    assert_eq!(done.heading(), "Your address is confirmed");
    assert!(done.shows(&alice.email) && !visitor.cookies().contains_key("dw-sid"), "it signs no user in");
    assert_eq!(ask_to_verify(&driftwood, &alice).await.result()["email_verified"], true, "and no session ends");
    assert_eq!(events(&driftwood, "email.verified").await, ["refused", "succeeded"]);
}

#[tokio::test]
async fn a_second_click_gets_the_same_response_and_writes_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let token = last_token(&driftwood, &alice.email, VERIFY);
    let page = driftwood.visitor();
    let link = driftwood.last_mail_to(&alice.email).link();
    let form = page.get(&link).await;
    verify_as(&driftwood, &alice, &token).await.result();
    driftwood.advance(60);
    driftwood.calls();
    assert_eq!(verify(&driftwood, &token).await.result(), json!({"email_verified": true}));
    assert_eq!(operations(&driftwood, "auth-verify-email"), ["BatchGetItem"]);
    assert_eq!(page.submit(&form, &[("action", "confirm")]).await.heading(), "Your address is confirmed");
    assert_eq!(page.get(&link).await.heading(), "Your address is confirmed");
    assert_eq!(events(&driftwood, "email.verified").await, ["succeeded"]);
}

#[tokio::test]
async fn the_account_page_offers_another_link_until_the_address_is_verified() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let page = visitor.get("/account").await;
    let sent = press(&visitor, &page, "send-verification", "send-verification").await;
    assert_eq!((sent.status, sent.heading()), (200, "Check your mail".to_owned()));
    let [first, second] = tokens(&driftwood, &email, VERIFY).try_into().unwrap();
    for token in [first, second] {
        let shown = visitor.get(&format!("{VERIFY}?token={token}")).await;
        let form = shown.forms().into_iter().next();
        if let Some(form) = form.filter(|form| form.action == VERIFY) {
            let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(visitor.post(VERIFY, &fields).await.heading(), "Your address is confirmed");
        }
    }
    assert!(!visitor.get("/account").await.text.contains("send-verification"));
    // The button of the old page does nothing any more.
    let reply = press(&visitor, &page, "send-verification", "send-verification").await;
    assert_eq!((reply.status, reply.header("location")), (303, "/account"));
    assert_eq!(driftwood.mail_to(&email).len(), 2);
}

#[tokio::test]
async fn each_link_works_until_the_address_is_verified() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    assert_eq!(ask_to_verify(&driftwood, &alice).await.result(), json!({"email_verified": false, "sent": true}));
    let [first, second] = tokens(&driftwood, &alice.email, VERIFY).try_into().unwrap();
    verify_as(&driftwood, &alice, &first).await.result();
    driftwood.calls();
    // The other one finds what is done, and changes nothing.
    assert_eq!(verify(&driftwood, &second).await.result(), json!({"email_verified": true}));
    assert_eq!(operations(&driftwood, "auth-verify-email"), ["BatchGetItem"]);
    assert!(driftwood.is_alive(&alice.access_token).await);
    let unknown = driftwood.visitor().get(&format!("{VERIFY}?token=dw_ml_none")).await;
    unknown.refused_page(400, "This link does not work any more");
    assert_eq!(unknown.link_to("/account"), "/account");
}

#[tokio::test]
async fn a_link_works_for_24_hours() {
    let driftwood = TestServer::start().await;
    let (early, late) = (driftwood.alice().await, driftwood.alice().await);
    driftwood.advance(86_399);
    verify(&driftwood, &last_token(&driftwood, &early.email, VERIFY)).await.result();
    driftwood.advance(1);
    verify(&driftwood, &last_token(&driftwood, &late.email, VERIFY)).await.refused(400, "invalid_link");
}

#[tokio::test]
async fn a_link_is_bound_to_the_address_and_not_to_the_password() {
    let driftwood = TestServer::start().await;
    let (changed, moved) = (driftwood.alice().await, driftwood.alice().await);
    change_password(&driftwood, &changed, PASSWORD, super::NEW).await.result();
    verify(&driftwood, &last_token(&driftwood, &changed.email, VERIFY)).await.result();
    let other = change_token(&driftwood, &moved, "moved@example.com").await;
    confirm(&driftwood, &moved, &other).await.result();
    verify(&driftwood, &last_token(&driftwood, &moved.email, VERIFY)).await.refused(400, "invalid_link");
}

#[tokio::test]
async fn a_disabled_user_verifies_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.operator_disables(&alice).await;
    verify(&driftwood, &last_token(&driftwood, &alice.email, VERIFY)).await.refused(400, "invalid_link");
    ask_to_verify(&driftwood, &alice).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn only_a_user_requests_another_link() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.post("auth-verify-email", json!({})).await.refused(401, "unauthorized");
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    driftwood.post_as(&token, "auth-verify-email", json!({})).await.refused(403, "forbidden");
    assert_eq!(tokens(&driftwood, &alice.email, VERIFY).len(), 1);
}

#[tokio::test]
async fn mail_is_in_the_language_of_the_user() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.post_as(&alice.access_token, "users-update", json!({"locale": "de-CH"})).await.result();
    ask_to_verify(&driftwood, &alice).await.result();
    assert_eq!(mails(&driftwood, &alice.email, "Bestätige deine E-Mail-Adresse"), 1);
    let again = signed_in(&driftwood, &alice.email, PASSWORD).await;
    driftwood.post_as(&again.access_token, "users-update", json!({"locale": "fr"})).await.result();
    ask_to_verify(&driftwood, &alice).await.result();
    assert_eq!(
        mails(&driftwood, &alice.email, "Confirm your e-mail address"),
        2,
        "a language without a translation gets English"
    );
}
