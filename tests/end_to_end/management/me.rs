//! `GET /api/v1/me`

use serde_json::{Value, json};

use super::{consented, get, manager, own_token, text};
use crate::harness::{OPERATED, TestServer};

const ME: &str = "/api/v1/me";

async fn me(driftwood: &TestServer, token: &str) -> Value {
    let reply = get(driftwood, token, ME).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
    reply.json()
}

#[tokio::test]
async fn a_user_sees_themselves_and_their_session() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let me = me(&driftwood, &alice.access_token).await;
    let claims = alice.claims();
    assert_eq!((&me["token_type"], &me["client"], &me["scopes"]), (&json!("user"), &Value::Null, &Value::Null));
    assert_eq!((&me["account"]["id"], &me["session"]["id"]), (&claims["account_id"], &claims["sid"]));
    assert_eq!(
        me["user"],
        json!({
            "id": alice.user_id, "email": alice.email, "email_verified": false, "name": "Alice Arden", "locale": null,
            "role": "owner",
        })
    );
    let (begun, ends) = (text(&me["session"]["created_at"]), text(&me["session"]["expires_at"]));
    assert!(begun.ends_with('Z') && begun < ends, "{me}");
}

#[tokio::test]
async fn an_operators_token_is_of_type_admin() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    assert_eq!(me(&driftwood, &operator.access_token).await["token_type"], "admin");
}

#[tokio::test]
async fn an_app_with_its_own_token_has_an_account_and_no_user() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for scopes in [json!([]), json!(["contact_read"])] {
        let token = own_token(&driftwood, &alice, scopes.clone()).await;
        let me = me(&driftwood, &token).await;
        assert_eq!(
            (&me["token_type"], &me["user"], &me["session"]),
            (&json!("oauth_client"), &Value::Null, &Value::Null)
        );
        assert_eq!(me["account"]["id"], alice.claims()["account_id"]);
        assert_eq!(me["client"]["name"], "Job");
        assert!(text(&me["client"]["client_id"]).starts_with("dw_ci_"));
        assert_eq!(me["scopes"], if scopes == json!([]) { Value::Null } else { scopes });
    }
}

#[tokio::test]
async fn an_app_sees_only_what_its_user_consented_to() {
    let driftwood = TestServer::start().await;
    let (alice, client) = (driftwood.alice().await, manager(&driftwood).await);
    let id = &alice.user_id;
    for (scope, user) in [
        ("contact_read", json!({"id": id})),
        ("openid profile", json!({"id": id, "name": "Alice Arden"})),
        ("openid email", json!({"id": id, "email": alice.email, "email_verified": false})),
        (
            "user_read",
            json!({
                "id": id, "email": alice.email, "email_verified": false, "name": "Alice Arden", "locale": null,
                "role": "owner",
            }),
        ),
    ] {
        let tokens = consented(&driftwood, &alice, &client, scope).await;
        let access_token = text(&tokens["access_token"]);
        let me = me(&driftwood, access_token).await;
        assert_eq!(me["user"], user, "{scope}");
        assert_eq!(me["client"], json!({"client_id": client.app.client_id, "name": "Manager"}));
        assert_eq!(me["scopes"], json!(scope.split(' ').collect::<Vec<_>>()));
        assert_eq!(me["session"]["id"], crate::harness::claims(access_token)["sid"]);
        assert_eq!((&me["account"]["id"], &me["token_type"]), (&tokens["orgId"], &json!("oauth_client")));
    }
}

#[tokio::test]
async fn an_unowned_client_acts_for_its_user_too() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let body = json!({"client_name": "My App", "redirect_uris": ["https://example.com/callback"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]});
    let headers = [("content-type", "application/json")];
    let reply = driftwood.send(reqwest::Method::POST, "/api/v1/auth/register", &headers, body.to_string()).await.json();
    let client = driftwood.unowned_client(text(&reply["client_id"]), "", "https://example.com/callback");
    let tokens = consented(&driftwood, &alice, &client, "").await;
    let token = text(&tokens["access_token"]);
    assert_eq!(me(&driftwood, token).await["client"]["name"], "My App");
    assert_eq!(get(&driftwood, token, super::APPS).await.json()["apps"], json!([]), "its default scopes let it read");
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.post_as(&alice.access_token, "auth-logout", json!({})).await.result();
    get(&driftwood, &alice.access_token, ME).await.refused_resource(401, "invalid_token");
}
