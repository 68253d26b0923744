//! Which tokens open the door, and which never do.

use aws_lc_rs::signature::{RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256};
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::server::{Answer, Server};
use crate::signing::{RSA, ec, message, rsa, secret};

#[tokio::test]
async fn a_token_of_the_issuer_for_this_server_opens_it() {
    let server = Server::start().await;
    let answer = server.whoami(&server.token(&RSA, json!({}))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.result(), &json!({"sub": "ada", "client_id": "app", "scope": "contact_read"}));
}

#[tokio::test]
async fn a_token_signed_with_es256_opens_it_too() {
    let key = ec("ec");
    let server = Server::trusting(Issuer::start(vec![RSA.jwk.clone(), key.jwk.clone()]).await).await;
    assert_eq!(server.whoami(&server.token(&key, json!({}))).await.status, 200);
    assert_eq!(server.whoami(&server.token(&RSA, json!({}))).await.status, 200);
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    let server = Server::start().await;
    let other = format!("{}/mcp/", server.origin);
    for audience in [json!(server.issuer.url), json!(other), json!([]), json!(""), Value::Null] {
        let answer = server.whoami(&server.token(&RSA, json!({"aud": audience}))).await;
        assert!(answer.is_refusal(), "{audience}");
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    let server = Server::start().await;
    let with_slash = format!("{}/", server.issuer.url);
    for issuer in [json!("http://127.0.0.1:1"), json!(with_slash), Value::Null] {
        let answer = server.whoami(&server.token(&RSA, json!({"iss": issuer}))).await;
        assert!(answer.is_refusal(), "{issuer}");
    }
}

#[tokio::test]
async fn a_token_out_of_its_time_is_refused() {
    let server = Server::start().await;
    for claims in [json!({"exp": 1_700_000_000}), json!({"exp": null}), json!({"nbf": 4_000_000_000_u64})] {
        assert!(server.whoami(&server.token(&RSA, claims.clone())).await.is_refusal(), "{claims}");
    }
}

#[tokio::test]
async fn a_jwt_of_another_type_is_refused() {
    let server = Server::start().await;
    for header in [json!({"typ": "JWT"}), json!({"typ": null}), json!({"typ": "logout+jwt"})] {
        let token = RSA.sign_with(header.clone(), &server.claims());
        assert!(server.whoami(&token).await.is_refusal(), "{header}");
    }
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let server = Server::start().await;
    for alg in ["none", "None", "NONE", ""] {
        let message = message(&json!({"alg": alg, "typ": "at+jwt", "kid": "rsa"}), &server.claims());
        assert!(server.whoami(&format!("{message}.")).await.is_refusal(), "{alg}");
    }
    let stripped = server.token(&RSA, json!({}));
    let (message, _) = stripped.rsplit_once('.').unwrap();
    assert!(server.whoami(&format!("{message}.")).await.is_refusal());
    assert!(server.whoami(message).await.is_refusal());
}

#[tokio::test]
async fn an_hmac_by_what_everybody_knows_of_the_key_is_refused() {
    let server = Server::start().await;
    let modulus = RSA.jwk["n"].as_str().unwrap();
    for known in [RSA.jwk.to_string(), modulus.to_owned(), String::new()] {
        assert!(server.whoami(&server.token(&secret(known.as_bytes()), json!({}))).await.is_refusal(), "{known}");
    }
}

#[tokio::test]
async fn a_key_signs_with_its_own_algorithm_only() {
    let server = Server::start().await;
    for other in [rsa("RS384", &RSA_PKCS1_SHA384), rsa("RS512", &RSA_PKCS1_SHA512), rsa("PS256", &RSA_PSS_SHA256)] {
        assert!(server.whoami(&server.token(&other, json!({}))).await.is_refusal(), "{}", other.jwk);
    }
    for alg in ["ES256", "EdDSA", "HS256", "rs256"] {
        let token = RSA.sign_with(json!({"alg": alg}), &server.claims());
        assert!(server.whoami(&token).await.is_refusal(), "{alg}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_the_issuers_is_refused_whatever_its_name() {
    let server = Server::start().await;
    let strangers = ec("rsa");
    assert!(server.whoami(&server.token(&strangers, json!({}))).await.is_refusal());
    assert!(server.whoami(&server.token(&ec("unknown"), json!({}))).await.is_refusal());
    // Nor does the token get to bring its key along.
    let own = json!({"kid": "own", "jwk": strangers.jwk, "jku": "http://127.0.0.1:1/keys"});
    assert!(server.whoami(&strangers.sign_with(own, &server.claims())).await.is_refusal());
    assert!(server.whoami(&RSA.sign_with(json!({"kid": null}), &server.claims())).await.is_refusal());
}

#[tokio::test]
async fn a_token_that_demands_what_nobody_here_understands_is_refused() {
    let server = Server::start().await;
    let token = RSA.sign_with(json!({"crit": ["x"], "x": true}), &server.claims());
    assert!(server.whoami(&token).await.is_refusal());
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let server = Server::start().await;
    let (good, more) =
        (server.token(&RSA, json!({})), server.token(&RSA, json!({"scope": "contact_read contact_write"})));
    let (_, signature) = good.rsplit_once('.').unwrap();
    let (message, _) = more.rsplit_once('.').unwrap();
    assert!(server.whoami(&format!("{message}.{signature}")).await.is_refusal());
}

#[tokio::test]
async fn what_is_no_token_at_all_is_refused() {
    let server = Server::start().await;
    for text in ["", "x", "..", "a.b.c", "dw_rt_abc", "eyJhbGciOiJSUzI1NiJ9.e30.", &"a".repeat(5_000)] {
        assert!(server.whoami(text).await.is_refusal(), "{text}");
    }
}

#[tokio::test]
async fn a_token_counts_in_the_header_only() {
    let server = Server::start().await;
    let token = server.token(&RSA, json!({}));
    let in_the_query = server.request(&format!("/mcp?access_token={token}"), "whoami", json!({}));
    assert_eq!(Answer::to(in_the_query).await.status, 401);
    let in_a_cookie = server.request("/mcp", "whoami", json!({})).header("cookie", format!("access_token={token}"));
    assert_eq!(Answer::to(in_a_cookie).await.status, 401);
    let in_the_arguments = server.request("/mcp", "whoami", json!({"access_token": token}));
    assert_eq!(Answer::to(in_the_arguments).await.status, 401);
}

#[tokio::test]
async fn two_tokens_are_none() {
    let server = Server::start().await;
    let token = format!("Bearer {}", server.token(&RSA, json!({})));
    let twice = server.request("/mcp", "whoami", json!({})).header(AUTHORIZATION, &token).header(AUTHORIZATION, &token);
    assert!(Answer::to(twice).await.is_refusal());
}
