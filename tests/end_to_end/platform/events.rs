//! Golden API Gateway events, through the entry point of a deployed function.

use std::sync::Arc;

use base64::Engine;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

use crate::harness::{PASSWORD, TestServer};

/// Invokes a function with an event as the Lambda runtime does, and returns its response.
async fn invoke(driftwood: &TestServer, function: &str, event: Value) -> Value {
    let endpoint =
        local::registry::endpoints().into_iter().find(|endpoint| endpoint.name() == function).expect("a function");
    let app = Arc::clone(driftwood.server.apps.get(function).expect("an app"));
    let request = serde_json::from_value(event).expect("an event of payload 2.0");
    let response = endpoint.invoke(app, LambdaEvent::new(request, Context::default())).await.expect("an answer");
    serde_json::to_value(response).expect("JSON")
}

/// A sample of `infra/events`, changed.
fn sample(name: &str, change: impl FnOnce(&mut Value)) -> Value {
    let path = format!("{}/../infra/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a sample")).expect("JSON");
    change(&mut event);
    event
}

fn body(response: &Value) -> Value {
    serde_json::from_str(response["body"].as_str().unwrap_or_default()).unwrap_or_default()
}

#[tokio::test]
async fn every_sample_event_is_understood() {
    let driftwood = TestServer::start().await;
    for endpoint in local::registry::endpoints() {
        let response = invoke(&driftwood, endpoint.name(), sample(endpoint.name(), |_| ())).await;
        let status = response["statusCode"].as_u64().unwrap();
        let expected: &[u64] = match endpoint.name() {
            "auth-register"
            | "auth-forgot-password"
            | "key-register"
            | "oauth-metadata"
            | "openapi"
            | "v1-templates" => &[200],
            "account" => &[303],
            // No upstream provider is configured.
            "not-found" | "oauth-callback" => &[404],
            "oauth-register" => &[201],
            _ => &[400, 401],
        };
        assert!(expected.contains(&status), "{}: {response}", endpoint.name());
        assert!(response["headers"]["x-request-id"].as_str().is_some_and(|id| !id.is_empty()));
    }
}

#[tokio::test]
async fn a_body_may_come_in_base64() {
    let driftwood = TestServer::start().await;
    let text = json!({"email": "b64@example.com", "password": PASSWORD, "name": "Base"}).to_string();
    let event = sample("auth-register", |event| {
        event["body"] = json!(base64::engine::general_purpose::STANDARD.encode(&text));
        event["isBase64Encoded"] = json!(true);
    });
    let response = invoke(&driftwood, "auth-register", event).await;
    assert_eq!(body(&response)["result"]["user"]["email"], "b64@example.com", "{response}");
}

#[tokio::test]
async fn parameters_are_read_from_the_raw_query_and_cookies_are_ignored() {
    let driftwood = TestServer::start().await;
    let event = sample("oauth-token", |event| {
        event["rawPath"] = json!("/oauth2/token");
        event["requestContext"]["http"]["path"] = json!("/oauth2/token");
        event["rawQueryString"] = json!("grant_type=client_credentials&grant_type=password");
        event["queryStringParameters"] = json!({"grant_type": "client_credentials,password"});
        event["cookies"] = json!(["a=1", "b=2"]);
        event["headers"]["content-type"] = json!("application/x-www-form-urlencoded");
        event["body"] = json!("grant_type=client_credentials");
    });
    let response = invoke(&driftwood, "oauth-token", event).await;
    assert_eq!(
        (response["statusCode"].as_u64(), body(&response)["error"].as_str()),
        (Some(400), Some("invalid_request"))
    );
}

#[tokio::test]
async fn limits_count_the_address_that_the_gateway_saw() {
    let driftwood = TestServer::start_with(&[("LoginAddressLimit", "2")]).await;
    let login = |address: &str| {
        sample("auth-login", |event| {
            event["requestContext"]["http"]["sourceIp"] = json!(address);
            event["headers"]["x-forwarded-for"] = json!("192.0.2.250");
            event["body"] = json!(json!({"email": "nobody@example.com", "password": PASSWORD}).to_string());
            event["isBase64Encoded"] = json!(false);
        })
    };
    let mut statuses = Vec::new();
    for address in [
        "198.51.100.1",
        "198.51.100.1",
        "198.51.100.1",
        "198.51.100.2",
        "2001:db8::1",
        "2001:db8::2",
        "2001:db8::3",
        "2001:db8:0:1::1",
    ] {
        statuses.push(invoke(&driftwood, "auth-login", login(address)).await["statusCode"].as_u64().unwrap());
    }
    assert_eq!(statuses, [401, 401, 429, 401, 401, 401, 429, 401], "an IPv6 /64 counts as one address");
}

#[tokio::test]
async fn cookies_are_separate_lists_in_events_and_responses() {
    let driftwood = TestServer::start().await;
    let at = |path: &'static str, cookies: Value| {
        sample("account", |event| {
            event["rawPath"] = json!(path);
            event["requestContext"]["http"]["path"] = json!(path);
            event["cookies"] = cookies.clone();
            event["headers"].as_object_mut().unwrap().remove("cookie");
        })
    };
    let page = invoke(&driftwood, "oauth-authorize", at("/oauth2/authorize/sign-in", json!([]))).await;
    assert_eq!(page["statusCode"], 200);
    let cookies = page["cookies"].as_array().unwrap();
    assert!(cookies.len() == 1 && cookies[0].as_str().unwrap().starts_with("dw-browser="), "{page}");
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let cookies: Vec<String> = visitor.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let account = invoke(&driftwood, "account", at("/account", json!(cookies))).await;
    assert_eq!(account["statusCode"], 200);
    assert!(account["body"].as_str().unwrap().contains("Your account"));
    let unknown = invoke(&driftwood, "account", at("/account", json!(["dw-sid=x"]))).await;
    assert_eq!(unknown["statusCode"], 303);
}
