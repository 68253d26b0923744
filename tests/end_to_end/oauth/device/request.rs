//! `POST /oauth2/device_authorization`

use serde_json::json;

use super::{DEVICE, signed_up};
use crate::harness::{DEVICE_GRANT, DeviceCodes, TestServer, claims};

#[tokio::test]
async fn a_device_gets_two_codes() {
    let driftwood = TestServer::start().await;
    let client = driftwood.television().await;
    let reply = client.ask_with(&driftwood, &[("scope", "openid contact_read")]).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"));
    assert!(reply.header("content-type").starts_with("application/json"));
    let answer = reply.json();
    let (user_code, page) = (answer["user_code"].as_str().unwrap(), format!("{}{DEVICE}", driftwood.server.url));
    assert_eq!(
        answer,
        json!({
            "device_code": answer["device_code"], "user_code": user_code, "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={user_code}"), "expires_in": 900, "interval": 5,
        })
    );
    let letters: Vec<char> = user_code.chars().collect();
    assert_eq!((letters.len(), letters[4]), (9, '-'));
    assert!(letters.iter().all(|letter| "BCDFGHJKLMNPQRSTVWXZ-".contains(*letter)), "{user_code}");
    let device_code = answer["device_code"].as_str().unwrap();
    assert!(device_code.starts_with("dw_dc_") && device_code.len() >= 6 + 43);
    let second = client.ask(&driftwood).await;
    assert!(second.user_code != user_code && second.device_code != device_code);
}

#[tokio::test]
async fn an_invalid_request_is_refused() {
    let driftwood = TestServer::start().await;
    let without = driftwood.spa().await;
    without.ask_with(&driftwood, &[("scope", "openid")]).await.refused_oauth(400, "unauthorized_client");
    let codes = DeviceCodes { device_code: "dw_dc_x".to_owned(), user_code: String::new() };
    without.poll(&driftwood, &codes).await.refused_oauth(400, "unauthorized_client");
    let client = driftwood.television().await;
    for scope in ["nothing_such", "contact_write", "openid gdpr_write", "\"", "a\\b"] {
        client.ask_with(&driftwood, &[("scope", scope)]).await.refused_oauth(400, "invalid_scope");
    }
    for resource in ["https://unknown.example", "relative"] {
        client.ask_with(&driftwood, &[("resource", resource)]).await.refused_oauth(400, "invalid_target");
    }
    let (path, id) = ("/oauth2/device_authorization", &client.app.client_id);
    driftwood.form(path, &[], &format!("client_id={id}&client_secret=x")).await.refused_oauth(401, "invalid_client");
    driftwood.form(path, &[], "client_id=nobody").await.refused_oauth(401, "invalid_client");
    driftwood.form(path, &[], "scope=openid").await.refused_oauth(400, "invalid_request");
    for twice in [format!("client_id={id}&client_id={id}"), format!("client_id={id}&scope=openid&scope=openid")] {
        driftwood.form(path, &[], &twice).await.refused_oauth(400, "invalid_request");
    }
    driftwood.form(&format!("{path}?client_id={id}"), &[], "").await.refused_oauth(400, "invalid_request");
    let settings = json!({"name": "Box", "grant_types": [DEVICE_GRANT], "scopes": ["contact_read"]});
    let confidential = driftwood.client(settings).await;
    let form = format!("client_id={}", confidential.app.client_id);
    driftwood.form(path, &[], &form).await.refused_oauth(401, "invalid_client");
    assert_eq!(driftwood.count_authorizations().await, 0, "none of these is stored");
    let codes = confidential.ask(&driftwood).await;
    let form = format!("grant_type={DEVICE_GRANT}&{form}&device_code={}", codes.device_code);
    driftwood.token_form(&[], &form).await.refused_oauth(401, "invalid_client");
    confidential.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
}

#[tokio::test]
async fn the_device_gets_what_it_requested_and_no_more() {
    let driftwood = TestServer::start_with(&[("Resources", "https://api.example.com")]).await;
    let client = driftwood.television().await;
    let visitor = signed_up(&driftwood).await;
    let more = [("scope", "contact_read"), ("resource", "https://api.example.com")];
    let answer = client.ask_with(&driftwood, &more).await.json();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    let codes = DeviceCodes { device_code: text("device_code"), user_code: text("user_code") };
    visitor.connect(&codes).await;
    let tokens = client.poll(&driftwood, &codes).await.json();
    assert_eq!((tokens["scope"].as_str(), tokens.get("id_token")), (Some("contact_read"), None));
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["aud"], "https://api.example.com");
    let settings = json!({"name": "Once", "token_endpoint_auth_method": "none", "grant_types": [DEVICE_GRANT], "scopes": ["openid"]});
    let once = driftwood.client(settings).await;
    let codes = once.ask(&driftwood).await;
    visitor.connect(&codes).await;
    assert_eq!(once.poll(&driftwood, &codes).await.json().get("refresh_token"), None);
}
