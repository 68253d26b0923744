//! `GET,POST /oauth2/userinfo`

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Reply, TestServer};

const PATH: &str = "/oauth2/userinfo";

async fn tokens(driftwood: &TestServer, scope: &str) -> (String, Value) {
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let answer = visitor.approve(&client, &[("scope", scope)]).await;
    (email, client.exchange(driftwood, answer.code()).await.json())
}

async fn ask(driftwood: &TestServer, method: Method, token: &str, form: Option<&str>) -> Reply {
    let bearer = format!("Bearer {token}");
    let mut headers = Vec::new();
    if !token.is_empty() {
        headers.push(("authorization", bearer.as_str()));
    }
    if form.is_some() {
        headers.push(("content-type", "application/x-www-form-urlencoded"));
    }
    driftwood.send(method, PATH, &headers, form.unwrap_or_default().to_owned()).await
}

#[tokio::test]
async fn it_returns_what_the_scopes_allow_by_get_and_post() {
    let driftwood = TestServer::start().await;
    let (email, tokens) = tokens(&driftwood, "openid profile email").await;
    let token = tokens["access_token"].as_str().unwrap();
    let id = crate::harness::claims(tokens["id_token"].as_str().unwrap());
    let expected = json!({"sub": id["sub"], "name": "Alice Arden", "email": email, "email_verified": false});
    let in_body = format!("access_token={token}");
    for reply in [
        ask(&driftwood, Method::GET, token, None).await,
        ask(&driftwood, Method::POST, token, None).await,
        ask(&driftwood, Method::POST, "", Some(&in_body)).await,
    ] {
        assert_eq!((reply.status, reply.json()), (200, expected.clone()));
        assert_eq!((reply.header("cache-control"), reply.header("access-control-allow-origin")), ("no-store", "*"));
    }
    let (_, less) = self::tokens(&driftwood, "openid").await;
    let reply = ask(&driftwood, Method::GET, less["access_token"].as_str().unwrap(), None).await.json();
    assert_eq!(reply.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub"]);
}

#[tokio::test]
async fn every_refusal_challenges_as_rfc_6750_says() {
    let driftwood = TestServer::start().await;
    let (_, without) = tokens(&driftwood, "contact_read").await;
    let (_, with) = tokens(&driftwood, "openid").await;
    let alice = driftwood.alice().await;
    let metadata = format!("resource_metadata=\"{}/.well-known/oauth-protected-resource\"", driftwood.server.url);
    let anonymous = ask(&driftwood, Method::GET, "", None).await;
    anonymous.refused_oauth(401, "invalid_token");
    assert_eq!(anonymous.header("www-authenticate"), format!("Bearer realm=\"driftwood\", {metadata}"));
    for bad in [with["id_token"].as_str().unwrap(), with["refresh_token"].as_str().unwrap(), "x", "\"x\""] {
        let refused = ask(&driftwood, Method::GET, bad, None).await;
        refused.refused_oauth(401, "invalid_token");
        assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    for (token, together) in
        [(without["access_token"].as_str().unwrap(), "contact_read openid"), (&alice.access_token, "openid")]
    {
        let refused = ask(&driftwood, Method::GET, token, None).await;
        refused.refused_oauth(403, "insufficient_scope");
        let challenge = format!("error=\"insufficient_scope\", scope=\"{together}\"");
        assert!(refused.header("www-authenticate").contains(&challenge), "{}", refused.header("www-authenticate"));
    }
    let token = with["access_token"].as_str().unwrap();
    ask(&driftwood, Method::POST, token, Some(&format!("access_token={token}")))
        .await
        .refused_oauth(400, "invalid_request");
    let in_query = driftwood.get(&format!("{PATH}?access_token={token}")).await;
    in_query.refused_oauth(401, "invalid_token");
    driftwood.advance(7_200);
    ask(&driftwood, Method::GET, token, None).await.refused_oauth(401, "invalid_token");
    let put = driftwood.send(Method::PUT, PATH, &[], "").await;
    assert_eq!((put.status, put.header("allow")), (405, "GET, HEAD, POST, OPTIONS"));
}
