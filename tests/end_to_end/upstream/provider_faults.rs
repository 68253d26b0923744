//! Providers that are unavailable, slow or broken, and users who return without signing in.

use serde_json::json;

use super::users;
use crate::harness::{Forged, Reply, Served, TestServer, client_of};

const UNAVAILABLE: &str = "Please try again in a moment";
const NOT_SIGNED_IN: &str = "You are not signed in";
const METADATA: &str = "/.well-known/openid-configuration";

#[track_caller]
fn assert_unavailable(reply: &Reply) {
    reply.refused_page(503, UNAVAILABLE);
    assert!(!reply.header("retry-after").is_empty());
    assert!(reply.shows("Acme does not answer at the moment"));
    assert_eq!(reply.link_to("/oauth2"), "/oauth2/authorize/sign-in");
}

async fn press(driftwood: &TestServer) -> Reply {
    let visitor = driftwood.visitor();
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    let form = page.forms().remove(0);
    let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(&form.action, &fields).await
}

#[tokio::test]
async fn a_provider_whose_metadata_cannot_be_read_gets_no_user() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let good = forged.metadata();
    forged.server.set_away(true);
    assert_unavailable(&press(driftwood).await);
    forged.server.set_away(false);
    for trouble in
        [Served::json(&good).status(503), Served::json(&good).status(429), Served::json(&good).silent_after(50)]
    {
        forged.server.put(METADATA, trouble);
        assert_unavailable(&press(driftwood).await);
    }
    let mut other = good.clone();
    other["issuer"] = json!("https://evil.example");
    let mut insecure = good.clone();
    insecure["jwks_uri"] = json!("http://keys.example/jwks");
    let long = json!({"filler": "x".repeat(300 * 1024)});
    for invalid in [
        Served::json(&other),
        Served::json(&insecure),
        Served::json(&long),
        Served::json(&good).status(404),
        Served::json(&good).status(302).header("location", "http://127.0.0.1:1/"),
        Served::json(&good).header("content-type", "text/html"),
        Served::text("{"),
        Served::text("[]"),
    ] {
        forged.server.put(METADATA, invalid);
        press(driftwood).await.refused_page(502, NOT_SIGNED_IN);
    }
    assert_eq!(driftwood.count_items("Authorizations").await, 0, "no attempt is stored");
    forged.server.put(METADATA, Served::json(&good));
    press(driftwood).await.taken_to();
    // The metadata is cached for a while, and for longer while the provider is unavailable.
    forged.server.set_away(true);
    press(driftwood).await.taken_to();
    driftwood.advance(600);
    press(driftwood).await.taken_to();
    assert!(driftwood.has_logged("the upstream provider's metadata", "could not be read again"));
    driftwood.advance(3_000);
    assert_unavailable(&press(driftwood).await);
}

#[tokio::test]
async fn a_provider_that_does_not_exchange_the_code_signs_no_user_in() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let tokens = json!({"access_token": "a", "token_type": "Bearer"});
    for (status, served) in [
        (503, Served::json(&tokens).status(500)),
        (503, Served::json(&tokens).status(503)),
        (503, Served::json(&tokens).silent_after(40)),
        (400, Served::json(&json!({"error": "invalid_grant", "error_description": "<b>tricky</b>"})).status(400)),
        (400, Served::json(&json!({"error": "invalid_client"})).status(401)),
        (502, Served::json(&tokens)),
        (502, Served::json(&tokens).status(302).header("location", "http://127.0.0.1:1/")),
        (502, Served::text("{")),
        (502, Served::text("")),
        (502, Served::json(&json!({"access_token": "x".repeat(300 * 1024), "token_type": "Bearer"}))),
        (502, Served::text("{}").status(404)),
    ] {
        forged.server.put("/token", served.clone());
        let asked = forged.leave_anew(&visitor).await;
        let reply = forged.come_back(&visitor, &asked).await;
        assert_eq!(reply.status, status, "{served:?} {}", reply.text);
        reply.heading();
        assert!(!reply.text.contains("tricky") && !reply.text.contains("invalid_"), "no text of the provider is shown");
        assert_eq!(reply.link_to("/oauth2"), "/oauth2/authorize/sign-in");
        forged.come_back(&visitor, &asked).await.refused_page(400, "Please try that again");
    }
    assert_eq!(users(&forged.driftwood).await, 0);
    assert_eq!(forged.sign_in(&visitor, "ada").await.heading(), "Your account");
}

#[tokio::test]
async fn our_secret_goes_to_the_token_endpoint_only_by_the_method_that_the_provider_supports() {
    use base64::Engine;
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    let sent = forged.server.requests("/token").pop().unwrap();
    let basic = sent.lines().find_map(|line| line.strip_prefix("authorization: Basic ")).expect("Basic");
    let basic = base64::engine::general_purpose::STANDARD.decode(basic).unwrap();
    assert_eq!(basic, b"driftwood-at-acme:a+secret+that+only+the+two+of+us+know");
    forged.describe(&[("token_endpoint_auth_methods_supported", json!(["client_secret_post", "private_key_jwt"]))]);
    forged.driftwood.advance(600);
    forged.sign_in(&visitor, "ada").await;
    let sent = forged.server.requests("/token").pop().unwrap();
    assert!(!sent.contains("Basic") && sent.contains("client_secret=a+secret+that"), "{sent}");
    for path in [METADATA, "/jwks"] {
        assert!(forged.server.requests(path).iter().all(|request| !request.contains("secret")), "{path}");
    }
}

#[tokio::test]
async fn until_the_operator_sets_the_secret_no_user_is_signed_in() {
    let forged = Forged::start().await;
    for secret in ["unset", " \n"] {
        let driftwood = client_of(forged.server.url(), "x", secret, &[]).await;
        let visitor = driftwood.visitor();
        let asked = forged.leave_anew(&visitor).await;
        let state = asked.get("state").unwrap();
        let reply = visitor.get(&format!("/oauth2/callback?code=c&state={state}")).await;
        reply.refused_page(503, UNAVAILABLE);
        assert!(forged.server.requests("/token").is_empty());
    }
}

#[tokio::test]
async fn an_error_of_the_provider_is_shown_in_our_own_words() {
    let forged = Forged::start().await;
    let client = forged.driftwood.spa().await;
    let visitor = forged.driftwood.visitor();
    for (error, status, heading) in [
        ("access_denied", 400, NOT_SIGNED_IN),
        ("temporarily_unavailable", 503, UNAVAILABLE),
        ("server_error", 503, UNAVAILABLE),
        ("invalid_request", 502, NOT_SIGNED_IN),
        ("<script>alert(1)</script>", 502, NOT_SIGNED_IN),
    ] {
        let page = visitor.authorize(&client, &[]).await;
        let asked = forged.leave(&visitor, &page).await;
        let more =
            [("error", error), ("error_description", "<b>click here</b>"), ("error_uri", "https://evil.example")];
        let reply = forged.come_back_with(&visitor, &asked, &more).await;
        reply.refused_page(status, heading);
        for text in ["script", "click here", "evil.example", "access_denied"] {
            assert!(!reply.text.contains(text), "{text}");
        }
        // The link back leads to the page with both ways to sign in, for the same app.
        let again = visitor.get(&reply.link_to("/oauth2")).await;
        assert!(again.heading() == "Sign in" && again.text.contains("Photo Album"), "{}", again.text);
        assert!(again.text.contains("Continue with Acme"));
    }
}
