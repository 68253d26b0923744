//! What revokes a device's access, or prevents it

use serde_json::json;

use super::{access_token, with_television};
use crate::harness::{PASSWORD, TestServer, claims};

#[tokio::test]
async fn disconnecting_the_app_revokes_its_devices() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    visitor.connect(&codes).await;
    let reply = client.poll(&driftwood, &codes).await;
    let waiting = client.ask(&driftwood).await;
    visitor.connect(&waiting).await;
    crate::account::disconnect(&visitor, "Big Screen").await;
    assert!(!driftwood.is_alive(&access_token(&reply)).await);
    let refresh_token = reply.json()["refresh_token"].as_str().unwrap().to_owned();
    client.refresh(&driftwood, &refresh_token).await.refused_oauth(400, "invalid_grant");
    client.poll(&driftwood, &waiting).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn a_device_stays_connected_when_the_browser_signs_out_and_not_after_a_sign_out_everywhere() {
    let driftwood = TestServer::start().await;
    let client = driftwood.television().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let (first, second, third) =
        (client.ask(&driftwood).await, client.ask(&driftwood).await, client.ask(&driftwood).await);
    for codes in [&first, &second, &third] {
        visitor.connect(codes).await;
    }
    let before = access_token(&client.poll(&driftwood, &first).await);
    let page = visitor.get("/oauth2/logout").await;
    visitor.submit(&page, &[]).await;
    let after = access_token(&client.poll(&driftwood, &second).await);
    assert!(driftwood.is_alive(&before).await && driftwood.is_alive(&after).await);
    let login = driftwood.login(&email, PASSWORD).await.result();
    let bearer = login["access_token"].as_str().unwrap();
    driftwood.post_as(bearer, "auth-logout", json!({"everywhere": true})).await.result();
    assert!(!driftwood.is_alive(&before).await && !driftwood.is_alive(&after).await);
    client.poll(&driftwood, &third).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn a_user_who_is_disabled_meanwhile_connects_nothing() {
    let driftwood = TestServer::start().await;
    let client = driftwood.television().await;
    let (first, second) = (client.ask(&driftwood).await, client.ask(&driftwood).await);
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    let page = visitor.type_code(&first.user_code).await;
    let consent = visitor.sign_in(&page, &alice.email, PASSWORD).await;
    assert_eq!(visitor.allow(&consent).await.heading(), "Your device is connected");
    let waiting = visitor.type_code(&second.user_code).await;
    driftwood.operator_disables(&alice).await;
    client.poll(&driftwood, &first).await.refused_oauth(400, "invalid_grant");
    assert_ne!(visitor.allow(&waiting).await.status, 200);
    client.poll(&driftwood, &second).await.refused_oauth(400, "authorization_pending");
}

#[tokio::test]
async fn an_app_that_was_revoked_meanwhile_gets_nothing() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let waiting = client.ask(&driftwood).await;
    visitor.connect(&codes).await;
    let consent = visitor.type_code(&waiting.user_code).await;
    let developer = &client.developer.access_token;
    driftwood.post_as(developer, "oauth-apps-revoke", json!({"id": client.app.id})).await.result();
    client.poll(&driftwood, &codes).await.refused_oauth(401, "invalid_client");
    visitor.allow(&consent).await.refused_page(400, "This connection no longer exists");
    client.ask_with(&driftwood, &[]).await.refused_oauth(401, "invalid_client");
}

#[tokio::test]
async fn a_scope_that_the_app_lost_meanwhile_is_not_granted() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let approved = client.ask(&driftwood).await;
    visitor.connect(&approved).await;
    let consent = visitor.type_code(&codes.user_code).await;
    let change = json!({"id": client.app.id, "scopes": ["openid", "profile"]});
    driftwood.post_as(&client.developer.access_token, "oauth-apps-update", change).await.result();
    visitor.allow(&consent).await.refused_page(400, "This link does not work");
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    let reply = client.poll(&driftwood, &approved).await;
    let token = access_token(&reply);
    driftwood.post_as(&token, "contacts-list", json!({})).await.refused(403, "insufficient_scope");
    assert_eq!(claims(&token)["scope"], "openid profile", "and the token does not claim it");
    assert_eq!(reply.json()["scope"], "openid profile");
}
