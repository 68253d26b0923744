//! `POST /register`

use futures_util::future::join_all;
use serde_json::json;

use super::{SECRET, text};
use crate::harness::{PASSWORD, TestServer, claims};

#[tokio::test]
async fn the_requests_of_the_seed_work_as_written() {
    let driftwood = TestServer::start().await;
    let registered =
        driftwood.post_json("/register", "", json!({"user_id": "nightly-job", "user_secret": PASSWORD})).await;
    assert_eq!(registered.status, 200, "{}", registered.text);
    let registered = registered.json();
    assert_eq!(registered.as_object().unwrap().keys().collect::<Vec<_>>(), ["user_key"]);
    let body = json!({"user_key": registered["user_key"], "user_secret": PASSWORD});
    let tokens = driftwood.post_json("/authenticate", "", body).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    let tokens = tokens.json();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let body = json!({"refresh_token": tokens["refresh_token"]});
    let refreshed = driftwood.post_json("/refresh", "", body).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text);
    let refreshed = refreshed.json();
    assert!(refreshed.get("refresh_token").is_none(), "the refresh token stays the same");
    for token in [&tokens["access_token"], &refreshed["access_token"]] {
        assert!(driftwood.is_alive(&text(token)).await);
    }
}

#[tokio::test]
async fn a_new_user_owns_an_account_and_has_no_address() {
    let driftwood = TestServer::start().await;
    let key = driftwood.key_of_new_user("Nightly.Job").await;
    let script = driftwood.script(&key, PASSWORD).await;
    let export = driftwood.post_as(&script.access_token, "users-export", json!({})).await.result()["export"].clone();
    let user = &export["user"];
    assert_eq!(
        (&user["username"], &user["name"], &user["role"], &user["email"]),
        (&json!("nightly.job"), &json!("Nightly.Job"), &json!("owner"), &json!(null))
    );
    assert_eq!(export["user_keys"][0]["user_key"], key);
    assert_eq!(claims(&script.access_token)["account_id"], user["account_id"]);
    driftwood.post_as(&script.access_token, "contacts-create", json!({"email": "c@example.com"})).await.result();
    let trail: Vec<String> = driftwood.audit_lines(&script.access_token).await;
    assert_eq!(trail.len(), 4, "{trail:?}");
    for line in ["user.registered succeeded", "user_key.created succeeded", "user_key.used succeeded"] {
        assert!(trail.iter().any(|found| found == line), "{line}: {trail:?}");
    }
}

#[tokio::test]
async fn a_name_is_unique_in_any_spelling() {
    let driftwood = TestServer::start().await;
    driftwood.key_of_new_user("Nightly-Job").await;
    for name in ["Nightly-Job", "nightly-job", "NIGHTLY-JOB"] {
        let body = json!({"user_id": name, "user_secret": PASSWORD});
        driftwood.post_json("/register", "", body).await.refused_resource(409, "username_taken");
    }
    driftwood.key_of_new_user("nightly_job").await;
}

#[tokio::test]
async fn of_32_concurrent_registrations_of_one_name_exactly_one_succeeds() {
    let driftwood = TestServer::start().await;
    let body = json!({"user_id": "nightly-job", "user_secret": PASSWORD});
    let replies = join_all((0..32).map(|_| driftwood.post_json("/register", "", body.clone()))).await;
    let (done, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!(done.len(), 1);
    refused.iter().for_each(|reply| _ = reply.refused_resource(409, "username_taken"));
    assert_eq!(driftwood.count_items("Users").await, 4, "a user, their account, their name and their key");
    driftwood.script(&text(&done[0].json()["user_key"]), PASSWORD).await;
}

#[tokio::test]
async fn mistakes_are_reported_field_by_field_and_nothing_is_stored() {
    let driftwood = TestServer::start().await;
    let long = "x".repeat(65);
    for (body, expected) in [
        (json!({}), vec!["user_id", "user_secret"]),
        (json!({"user_id": 5, "user_secret": []}), vec!["user_id", "user_secret"]),
        (json!({"user_id": "ada@example.com", "user_secret": PASSWORD}), vec!["user_id"]),
        (json!({"user_id": "nightly job", "user_secret": PASSWORD}), vec!["user_id"]),
        (json!({"user_id": "nightlý", "user_secret": PASSWORD}), vec!["user_id"]),
        (json!({"user_id": "", "user_secret": PASSWORD}), vec!["user_id"]),
        (json!({"user_id": long, "user_secret": PASSWORD}), vec!["user_id"]),
        (json!({"user_id": "ada", "user_secret": "fourteen-chars"}), vec!["user_secret"]),
        (json!({"user_id": "ada", "user_secret": "1q2w3e4r5t6y7u8i9o0p"}), vec!["user_secret"]),
        (json!({"user_id": "lovelace", "user_secret": "the secret of lovelace"}), vec!["user_secret"]),
        (json!({"user_id": "ada", "user_secret": "x".repeat(257)}), vec!["user_secret"]),
        (json!({"user_id": "ada", "user_secret": PASSWORD, "key_name": "a\nb"}), vec!["key_name"]),
    ] {
        assert_eq!(driftwood.post_json("/register", "", body).await.mistaken_parts(), expected);
    }
    for (path, fields) in [("/authenticate", vec!["user_key", "user_secret"]), ("/refresh", vec!["refresh_token"])] {
        assert_eq!(driftwood.post_json(path, "", json!({})).await.mistaken_parts(), fields);
    }
    assert_eq!(driftwood.count_items("Users").await, 0);
}

#[tokio::test]
async fn invalid_bodies_and_methods_are_refused_with_resource_errors() {
    use reqwest::Method;
    let driftwood = TestServer::start().await;
    let json_type = [("content-type", "application/json")];
    for path in ["/register", "/authenticate", "/refresh"] {
        let send = |method, headers, body: Vec<u8>| driftwood.send(method, path, headers, body);
        for body in [&b"{"[..], b"[]", b"{\"user_id\":1,\"user_id\":2}", b"\xff"] {
            send(Method::POST, &json_type, body.to_vec()).await.refused_resource(400, "invalid_json");
        }
        let large = format!("{{\"x\":\"{}\"}}", "a".repeat(70_000)).into_bytes();
        send(Method::POST, &json_type, large).await.refused_resource(413, "payload_too_large");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        send(Method::POST, &form, b"a=1".to_vec()).await.refused_resource(415, "unsupported_media_type");
        let reply = send(Method::GET, &[], vec![]).await;
        reply.refused_resource(405, "method_not_allowed");
        assert_eq!(reply.header("allow"), "POST, OPTIONS");
        assert_eq!(send(Method::OPTIONS, &[], vec![]).await.status, 204);
    }
}

#[tokio::test]
async fn a_signed_in_user_creates_keys_of_their_account() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.keep_secret(SECRET);
    let add = |body| driftwood.post_json("/register", &alice.access_token, body);
    let mut keys = Vec::new();
    for own in [json!(null), json!(alice.email.to_uppercase()), json!(alice.user_id)] {
        let reply = add(json!({"user_id": own, "user_secret": SECRET})).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        keys.push(text(&reply.json()["user_key"]));
    }
    for key in &keys {
        let script = driftwood.script(key, SECRET).await;
        let (theirs, hers) = (claims(&script.access_token), alice.claims());
        for name in ["sub", "user_id", "account_id", "org_id", "client_id", "token_type"] {
            assert_eq!(theirs[name], hers[name], "{name}");
        }
        driftwood.authenticate(key, PASSWORD).await.refused_resource(401, "invalid_credentials");
    }
    let bob = driftwood.alice().await;
    for others in [bob.email.as_str(), bob.user_id.as_str(), "nightly-job", "", "@"] {
        let reply = add(json!({"user_id": others, "user_secret": SECRET})).await;
        assert_eq!(reply.mistaken_parts(), ["user_id"], "{others}");
    }
    assert_eq!(add(json!({"user_secret": "Arden of the forest"})).await.mistaken_parts(), ["user_secret"]);
    assert_eq!(add(json!({})).await.mistaken_parts(), ["user_secret"]);
}

#[tokio::test]
async fn a_script_creates_another_key_with_the_name_of_its_user() {
    let driftwood = TestServer::start().await;
    driftwood.keep_secret(SECRET);
    let script = driftwood.script(&driftwood.key_of_new_user("nightly-job").await, PASSWORD).await;
    let body = json!({"user_id": "Nightly-Job", "user_secret": SECRET});
    let reply = driftwood.post_json("/register", &script.access_token, body).await;
    driftwood.script(&text(&reply.json()["user_key"]), SECRET).await;
}

#[tokio::test]
async fn apps_cannot_create_keys_and_an_invalid_token_is_no_registration() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let own = text(&driftwood.program_token(&program).await.result()["access_token"]);
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let delegated = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    let before = driftwood.count_items("Users").await;
    let body = json!({"user_id": "nightly-job", "user_secret": SECRET});
    for token in [own, text(&delegated["access_token"])] {
        driftwood.post_json("/register", &token, body.clone()).await.refused_resource(403, "forbidden");
    }
    driftwood.post_json("/register", "rubbish", body).await.refused_resource(401, "invalid_token");
    assert_eq!(driftwood.count_items("Users").await, before);
}

#[tokio::test]
async fn a_user_never_has_more_than_twenty_keys() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for _ in 0..17 {
        driftwood.key_of(&alice, "Key").await;
    }
    let body = json!({"user_secret": SECRET});
    let replies = join_all((0..8).map(|_| driftwood.post_json("/register", &alice.access_token, body.clone()))).await;
    let (done, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!(done.len(), 3);
    refused.iter().for_each(|reply| _ = reply.refused_resource(409, "too_many_keys"));
    let visitor = super::browser(&driftwood, &alice.email, PASSWORD).await;
    assert_eq!(visitor.get("/account").await.text.matches("dw_uk_").count(), 20);
    super::revoke(&visitor, "Key").await;
    driftwood.key_of(&alice, "The last one").await;
    driftwood.post_json("/register", &alice.access_token, body).await.refused_resource(409, "too_many_keys");
}

#[tokio::test]
async fn the_first_key_of_a_new_user_counts_too() {
    let driftwood = TestServer::start().await;
    let script = driftwood.script(&driftwood.key_of_new_user("nightly-job").await, PASSWORD).await;
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let body = json!({"user_secret": SECRET});
        statuses.push(driftwood.post_json("/register", &script.access_token, body).await.status);
    }
    assert_eq!((statuses.iter().filter(|status| **status == 200).count(), statuses[19]), (19, 409));
}
