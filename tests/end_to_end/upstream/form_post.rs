//! A provider that returns users with a form and wants a signed client secret (Sign in with Apple).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};

use super::users;
use crate::harness::{Asked, CLIENT_ID, CLIENT_SECRET, Forged, Reply, Visitor};

const FORM_POST: (&str, &str) = ("UpstreamResponseMode", "form_post");

async fn start(secret: &str) -> Forged {
    Forged::start_at("", "", local::Options::default(), |_| secret.to_owned(), &[FORM_POST]).await
}

/// The provider's form, which another site sends: without cookies, because these are `SameSite=Lax`.
async fn form(forged: &Forged, fields: &[(&str, &str)]) -> Reply {
    let stranger = forged.driftwood.visitor();
    stranger.post_from("cross-site", "/oauth2/callback", fields).await
}

/// Comes back with a form and what the browser does then.
async fn come_back(forged: &Forged, visitor: &Visitor<'_>, asked: &Asked, more: &[(&str, &str)]) -> Reply {
    let state = [("state", asked.get("state").unwrap())];
    let reply = form(forged, &[&state[..], more].concat()).await;
    assert_eq!(reply.status, 303, "{}", reply.text);
    assert!(reply.headers.get("set-cookie").is_none());
    visitor.get(reply.header("location")).await
}

/// The claims of a user whose name is not in the ID token.
fn claims(forged: &Forged, asked: &Asked) -> Value {
    let mut claims = forged.claims(asked, "000123.abc");
    claims["name"] = Value::Null;
    (claims["email"], claims["email_verified"]) = (json!("x@privaterelay.example"), json!("true"));
    claims
}

#[tokio::test]
async fn a_user_comes_back_with_a_form_and_is_signed_in_in_their_own_browser() {
    let forged = start(CLIENT_SECRET).await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    assert_eq!(asked.get("response_mode"), Some("form_post"));
    forged.vouch(&claims(&forged, &asked));
    let user = json!({"name": {"firstName": "Ada", "lastName": "Lovelace"}, "email": "other@example.com"}).to_string();
    let fields = [("state", asked.get("state").unwrap()), ("code", "c0de"), ("user", &user), ("id_token", "x.y.z")];
    let to = form(&forged, &fields).await.header("location").to_owned();
    assert!(!to.contains("id_token") && !to.contains("other"), "only what is used is sent on: {to}");
    // A planted form signs no user in, in any other browser.
    forged.driftwood.visitor().get(&to).await.refused_page(400, "This link does not work");
    assert!(forged.server.requests("/token").is_empty());
    let page = visitor.get(&visitor.get(&to).await.taken_to()).await;
    assert!(page.shows("Ada Lovelace") && page.shows("x@privaterelay.example"), "{}", page.text);
    assert!(!page.shows("other@example.com") && !page.shows("not confirmed yet"));
    visitor.get(&to).await.refused_page(400, "Please try that again");
    // The name comes once only, and a later one changes nothing.
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&claims(&forged, &asked));
    let user = json!({"name": {"firstName": "Eve"}}).to_string();
    let page = come_back(&forged, &visitor, &asked, &[("code", "c0de"), ("user", &user)]).await;
    assert!(visitor.get(&page.taken_to()).await.shows("Ada Lovelace"));
    assert_eq!(users(&forged.driftwood).await, 1);
}

#[tokio::test]
async fn a_name_that_cannot_be_read_is_left_out() {
    let forged = start(CLIENT_SECRET).await;
    for (number, user) in [
        "",
        "Ada",
        "[]",
        r#"{"name": "Ada"}"#,
        r#"{"name": {"firstName": 7}}"#,
        r#"{"name": {"firstName": "\u202eadA"}}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let visitor = forged.driftwood.visitor();
        let asked = forged.leave_anew(&visitor).await;
        let mut claims = claims(&forged, &asked);
        (claims["sub"], claims["email"]) = (json!(format!("{number}")), json!(format!("user{number}@example.com")));
        forged.vouch(&claims);
        let page = come_back(&forged, &visitor, &asked, &[("code", "c0de"), ("user", user)]).await;
        assert!(visitor.get(&page.taken_to()).await.shows(&format!("user{number}")), "{user}");
    }
}

#[tokio::test]
async fn a_user_who_declines_is_told_so() {
    let forged = start(CLIENT_SECRET).await;
    let visitor = forged.driftwood.visitor();
    for error in ["user_cancelled_authorize", "access_denied"] {
        let asked = forged.leave_anew(&visitor).await;
        let page = come_back(&forged, &visitor, &asked, &[("error", error)]).await;
        page.refused_page(400, "You are not signed in");
        assert!(page.shows("You came back from Acme without signing in there."));
    }
}

#[tokio::test]
async fn a_form_that_is_no_response_leads_nowhere() {
    let forged = start(CLIENT_SECRET).await;
    let long = "x".repeat(9_000);
    for fields in [[("state", "a"), ("state", "b")], [("state", "a"), ("code", long.as_str())]] {
        form(&forged, &fields).await.refused_page(400, "This link does not work");
    }
    let reply = forged.driftwood.send(Method::POST, "/oauth2/callback", &[], "").await;
    assert_eq!(reply.status, 415, "{}", reply.text);
    assert!(!forged.driftwood.visitor().get("/oauth2/callback?state=a&code=b").await.text.contains("Ada"));
    assert_eq!(forged.driftwood.count_items("Authorizations").await, 0);
}

#[tokio::test]
async fn a_name_beside_the_code_is_used_only_of_a_provider_with_forms() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    assert_eq!(asked.get("response_mode"), None);
    forged.vouch(&claims(&forged, &asked));
    let back = forged.come_back_with(&visitor, &asked, &[("code", "c0de"), ("name", "Operator")]).await;
    assert!(!visitor.get(&back.taken_to()).await.shows("Operator"));
}

#[tokio::test]
async fn the_client_secret_is_signed_for_each_exchange() {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
    let pem =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(document.as_ref()));
    let secret = json!({"team_id": "TEAM123456", "key_id": "KEY1234567", "private_key": pem}).to_string();
    let forged = start(&secret).await;
    forged.driftwood.keep_secret(&STANDARD.encode(document.as_ref()));
    forged.describe(&[("token_endpoint_auth_methods_supported", json!(["client_secret_post"]))]);
    let visitor = forged.driftwood.visitor();
    for seconds in [0, 250, 3_600] {
        forged.driftwood.advance(seconds);
        let now = forged.clock().now().as_seconds();
        let asked = forged.leave_anew(&visitor).await;
        forged.vouch(&claims(&forged, &asked));
        come_back(&forged, &visitor, &asked, &[("code", "c0de")]).await.taken_to();
        let sent = forged.server.requests("/token").pop().unwrap();
        let body = sent.split("\r\n\r\n").nth(1).unwrap();
        let sent: std::collections::BTreeMap<_, _> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let parts: Vec<&str> = sent["client_secret"].split('.').collect();
        let part = |number: usize| URL_SAFE_NO_PAD.decode(parts[number]).unwrap();
        let json_part = |number| serde_json::from_slice::<Value>(&part(number)).unwrap();
        assert_eq!(json_part(0), json!({"alg": "ES256", "kid": "KEY1234567"}));
        let expected = json!({
            "iss": "TEAM123456", "sub": CLIENT_ID, "aud": forged.server.url(), "iat": now, "exp": now + 300,
        });
        assert_eq!(json_part(1), expected);
        let message = format!("{}.{}", parts[0], parts[1]);
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
        key.verify(message.as_bytes(), &part(2)).expect("our signature");
        forged.driftwood.keep_secret(&sent["client_secret"]);
    }
}

#[tokio::test]
async fn a_key_that_cannot_sign_is_named_in_the_log_and_signs_no_user_in() {
    let key = json!({"team_id": "TEAM123456", "key_id": "KEY1234567", "private_key": "AAAA"}).to_string();
    let forged = start(&key).await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    let page = come_back(&forged, &visitor, &asked, &[("code", "c0de")]).await;
    page.refused_page(503, "Please try again in a moment");
    assert!(forged.driftwood.has_logged("client secret", "private_key is not a PEM text of PKCS #8"));
    assert!(forged.server.requests("/token").is_empty());
}
