//! `POST /api/auth-register`

use serde_json::json;

use crate::harness::{PASSWORD, TestServer};

#[tokio::test]
async fn a_new_user_gets_tokens_and_owns_a_new_account() {
    let driftwood = TestServer::start().await;
    let reply = driftwood
        .post(
            "auth-register",
            json!({"email": "You@Example.com", "password": "your-secure-password", "name": "Your Name"}),
        )
        .await;
    let result = reply.result();
    assert_eq!(result["expires_in"], 900);
    assert_eq!(result["user"]["email"], "you@example.com");
    assert_eq!(result["user"]["name"], "Your Name");
    assert_eq!(result["user"]["role"], "owner");
    assert!(result["refresh_token"].as_str().unwrap().starts_with("dw_rt_"));
    assert_eq!(reply.header("content-type"), "application/json;charset=UTF-8");
    let claims = crate::harness::claims(result["access_token"].as_str().unwrap());
    assert_eq!(claims["user_id"], result["user"]["id"]);
    assert_eq!(claims["sub"], result["user"]["id"]);
    assert_eq!(claims["account_id"], claims["org_id"]);
    assert_eq!(claims["token_type"], "user");
    assert_eq!(claims["client_id"], "driftwood");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    assert_eq!(claims["iss"], driftwood.server.url);
    assert_eq!(claims["aud"], driftwood.server.url);
    assert!(driftwood.is_alive(result["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn one_address_registers_once_in_any_spelling() {
    let driftwood = TestServer::start().await;
    let register = |email: &'static str| {
        driftwood.post("auth-register", json!({"email": email, "password": PASSWORD, "name": "Bob"}))
    };
    register("Bob@Bücher.example").await.result();
    for same in ["bob@bücher.example", "BOB@xn--bcher-kva.example"] {
        register(same).await.refused(409, "email_taken");
    }
    register("bob+1@bücher.example").await.result();
    register("b\u{f6}b@b\u{fc}cher.example").await.result();
}

#[tokio::test]
async fn of_32_concurrent_registrations_of_one_address_exactly_one_succeeds() {
    let driftwood = TestServer::start().await;
    let attempts = (0..32).map(|_| {
        driftwood.post("auth-register", json!({"email": "race@example.com", "password": PASSWORD, "name": "Racer"}))
    });
    let replies = futures_util::future::join_all(attempts).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.refused(409, "email_taken");
    }
    assert_eq!(driftwood.count_items("Users").await, 3, "one address, one user, one account");
    assert_eq!(driftwood.count_items("RefreshTokens").await, 1);
}

#[tokio::test]
async fn all_mistakes_are_reported_at_once() {
    let driftwood = TestServer::start().await;
    let register = |body| driftwood.post("auth-register", body);
    assert_eq!(register(json!({})).await.mistaken_fields(), ["email", "name", "password"]);
    assert_eq!(
        register(json!({"email": 5, "password": [], "name": {"$gt": ""}})).await.mistaken_fields(),
        ["email", "name", "password"]
    );
    assert_eq!(
        register(json!({"email": "ada", "password": "short", "name": "a\u{0}b"})).await.mistaken_fields(),
        ["email", "name", "password"]
    );
    for password in ["1q2w3e4r5t6y7u8i9o0p", "wonderland-is-big", "queen.of.hearts9", &"x".repeat(257)] {
        let body = json!({"email": "queen.of.hearts9@example.com", "password": password, "name": "Alice Wonderland"});
        assert_eq!(register(body).await.mistaken_fields(), ["password"], "{password}");
    }
    assert_eq!(driftwood.count_items("Users").await, 0);
    assert_eq!(driftwood.hashes("auth-register"), 0, "a refused password is not hashed");
}

#[tokio::test]
async fn a_name_that_looks_like_an_expression_is_only_a_string() {
    let driftwood = TestServer::start().await;
    for name in ["USER#1", ":v", "attribute_exists(pk)", "{\"S\":\"x\"}", "a#b", "<script>alert(1)</script>"] {
        let email = format!("data{}@example.com", name.len());
        let result =
            driftwood.post("auth-register", json!({"email": email, "password": PASSWORD, "name": name})).await.result();
        assert_eq!(result["user"]["name"], name);
    }
}

#[tokio::test]
async fn registrations_from_one_network_address_are_limited_before_hashing() {
    let driftwood = TestServer::start_with(&[("RegisterAddressLimit", "2")]).await;
    let register = |n: u8| {
        driftwood
            .post("auth-register", json!({"email": format!("p{n}@example.com"), "password": PASSWORD, "name": "Paul"}))
    };
    register(1).await.result();
    register(2).await.result();
    let refused = register(3).await;
    refused.refused(429, "rate_limited");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert_eq!(driftwood.hashes("auth-register"), 2);
    driftwood.advance(wait);
    register(3).await.result();
}

#[tokio::test]
async fn a_new_password_has_fifteen_characters_unless_the_operator_requires_fewer_or_more() {
    for (parameters, short, long) in [
        (&[][..], "fourteen-chars", "fifteen-chars-x"),
        (&[("PasswordMinimum", "8")], "seven-c", "eight-ch"),
        (&[("PasswordMinimum", "20")], "nineteen-characters", "of twenty characters"),
    ] {
        let driftwood = TestServer::start_with(parameters).await;
        let register = |password| {
            driftwood.post("auth-register", json!({"email": "x@example.com", "password": password, "name": "X"}))
        };
        assert_eq!(register(short).await.mistaken_fields(), ["password"]);
        register(long).await.result();
    }
}
