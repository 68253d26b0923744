//! Deployments where users sign in with the provider only.

use serde_json::json;

use crate::harness::{Bridge, Forged, PASSWORD};

const ONLY: (&str, &str) = ("UpstreamMode", "only");

#[tokio::test]
async fn an_app_sends_users_directly_to_the_provider_and_gets_them_back() {
    let bridge = Bridge::start_with(&[ONLY]).await;
    let client = bridge.driftwood.spa().await;
    let user = bridge.user();
    user.there.signed_up().await;
    let page = user.page_for(&client, &[]).await;
    let there = user.path_there(&page);
    let back = user.pass(&there).await;
    let consent = user.come_back(&back).await;
    assert_eq!(consent.heading(), "Photo Album wants to access your account");
    client.answer(&user.here.allow(&consent).await).code();
}

#[tokio::test]
async fn a_user_who_signs_out_is_not_signed_in_again_automatically() {
    let forged = Forged::start_with(&[ONLY]).await;
    let visitor = forged.driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    let page = visitor.get("/account").await;
    let out = visitor.follow(crate::account::press(&visitor, &page, "sign-out", "sign-out").await).await;
    assert_eq!(out.heading(), "Sign in");
    assert_eq!(out.forms().len(), 1, "the button, and no password");
    assert!(!out.text.contains("name=\"password\"") && !out.text.contains("/register"));
    assert_eq!(forged.leave(&visitor, &out).await.get("prompt"), None);
}

#[tokio::test]
async fn no_password_registers_or_signs_in_anywhere() {
    let forged = Forged::start_with(&[ONLY]).await;
    let driftwood = &forged.driftwood;
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    let refused = driftwood.post("auth-register", body.clone()).await;
    assert!(refused.text.contains("Users sign in with Acme here"), "{}", refused.text);
    refused.refused(403, "provider_required");
    driftwood
        .post("auth-login", json!({"email": "ada@example.com", "password": PASSWORD}))
        .await
        .refused(403, "provider_required");
    let body = json!({"user_id": "nightly-job", "user_secret": PASSWORD});
    driftwood.post_json("/register", "", body).await.refused_resource(403, "provider_required");
    let visitor = driftwood.visitor();
    for path in ["/oauth2/authorize/register", "/oauth2/authorize/sign-in?with=password"] {
        let page = visitor.follow(visitor.get(path).await).await;
        assert!(page.heading() == "Sign in" && !page.text.contains("name=\"password\""), "{path}");
    }
    assert_eq!(driftwood.count_items("Users").await, 0);
    // A user of the provider has keys with secrets of their own.
    forged.sign_in(&visitor, "ada").await;
    assert_eq!(visitor.get("/account").await.heading(), "Your account");
}

#[tokio::test]
async fn an_error_of_the_provider_is_returned_to_the_app() {
    let forged = Forged::start_with(&[ONLY]).await;
    let client = forged.driftwood.spa().await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.asked(&visitor.authorize(&client, &[]).await);
    let reply = forged.come_back_with(&visitor, &asked, &[("error", "access_denied")]).await;
    let answer = client.answer(&reply);
    answer.refused("access_denied");
    assert_eq!(answer.0["state"], "st4te");
    forged
        .come_back_with(&visitor, &asked, &[("error", "access_denied")])
        .await
        .refused_page(400, "You have already answered");
    // Without an app, the user sees the error.
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    let asked = forged.leave(&visitor, &page).await;
    let reply = forged.come_back_with(&visitor, &asked, &[("error", "access_denied")]).await;
    reply.refused_page(400, "You are not signed in");
}

#[tokio::test]
async fn an_outage_is_shown_to_the_user_who_can_retry() {
    let forged = Forged::start_with(&[ONLY]).await;
    let client = forged.driftwood.spa().await;
    let visitor = forged.driftwood.visitor();
    forged.server.set_away(true);
    let reply = visitor.authorize(&client, &[]).await;
    reply.refused_page(503, "Please try again in a moment");
    forged.server.set_away(false);
    let asked = forged.asked(&visitor.get(&reply.link_to("/oauth2")).await);
    forged.vouch(&forged.claims(&asked, "ada"));
    let consent = visitor.get(&forged.come_back(&visitor, &asked).await.taken_to()).await;
    assert_eq!(visitor.follow(consent).await.heading(), "Photo Album wants to access your account");
}

#[tokio::test]
async fn a_known_address_is_proven_by_password_here_too() {
    let forged = Forged::start_with(&[ONLY]).await;
    let alice = forged.driftwood.alice().await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    let mut claims = forged.claims(&asked, "ada");
    claims["email"] = json!(alice.email);
    forged.vouch(&claims);
    let question = visitor.follow(forged.come_back(&visitor, &asked).await).await;
    assert_eq!(question.heading(), "Is this your account?");
    assert_eq!(visitor.sign_in(&question, &alice.email, PASSWORD).await.heading(), "Your account");
}
