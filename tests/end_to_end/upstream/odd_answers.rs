//! What real providers send that the standards do not say: it is accepted where nothing depends on it, and refused by name where
//! something does.

use serde_json::{Value, json};

use super::users;
use crate::harness::{Asked, Forged, Reply, Served, Signer, Visitor};

/// The token response with these members beside an ID token with these claims.
fn answer(forged: &Forged, asked: &Asked, claims: &[(&str, Value)], more: &[(&str, Value)]) {
    let mut all = forged.claims(asked, "ada");
    for (name, value) in claims {
        all[*name] = value.clone();
    }
    let id_token = forged.signer.sign(&forged.signer.header(), &all);
    let mut tokens = json!({"access_token": "upstream-access-token", "token_type": "Bearer", "id_token": id_token});
    for (name, value) in more {
        tokens[*name] = value.clone();
    }
    for secret in [&id_token, "upstream-access-token"] {
        forged.driftwood.keep_secret(secret);
    }
    forged.server.put("/token", Served::json(&tokens));
}

async fn back_with(forged: &Forged, visitor: &Visitor<'_>, claims: &[(&str, Value)], more: &[(&str, Value)]) -> Reply {
    let asked = forged.leave_anew(visitor).await;
    answer(forged, &asked, claims, more);
    forged.come_back(visitor, &asked).await
}

#[tokio::test]
async fn claims_and_members_that_are_not_used_may_be_of_any_type() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    for (name, value) in [
        ("amr", json!("pwd")),
        ("locale", json!({"language": "en", "country": "US"})),
        ("updated_at", json!("")),
        ("updated_at", json!("2024-01-01T00:00:00.000Z")),
        ("birthdate", json!(null)),
        ("phone_number_verified", json!("false")),
        ("address", json!("1 Main Street")),
        ("picture", json!({"data": {}})),
        ("acr", json!(0)),
        ("azp", json!("")),
        ("auth_time", json!("1700000000")),
        ("name", json!({"first": "Ada"})),
    ] {
        let reply = back_with(&forged, &visitor, &[(name, value.clone())], &[]).await;
        assert_eq!(reply.status, 200, "{name} {value} {}", reply.text);
        reply.taken_to();
    }
    for (name, value) in [
        ("expires_in", json!("3600")),
        ("expires_in", json!("")),
        ("scope", json!(["openid", "email"])),
        ("refresh_token", json!(null)),
        ("token_type", json!("bearer")),
        ("not-before-policy", json!(0)),
    ] {
        let reply = back_with(&forged, &visitor, &[], &[(name, value.clone())]).await;
        assert_eq!(reply.status, 200, "{name} {value} {}", reply.text);
    }
    assert_eq!(users(&forged.driftwood).await, 1);
}

#[tokio::test]
async fn metadata_and_keys_may_be_of_an_odd_form() {
    let forged = Forged::start().await;
    let (driftwood, signer) = (&forged.driftwood, &forged.signer);
    let document = |more: &[(&str, Value)]| {
        let mut document = forged.metadata();
        for (name, value) in more {
            document[*name] = value.clone();
        }
        document
    };
    let plain = document(&[]);
    let marked = Served::text(&format!("\u{feff}{plain}"));
    let odd = document(&[
        ("response_types_supported", json!("code")),
        ("id_token_signing_alg_values_supported", json!(null)),
        ("userinfo_endpoint", json!("")),
        ("claims_supported", json!({})),
    ]);
    let mut padded = signer.jwk();
    for coordinate in ["x", "y"] {
        padded[coordinate] = json!(format!("{}=", padded[coordinate].as_str().unwrap()));
    }
    let mut bare = signer.jwk();
    for member in ["kid", "use", "alg"] {
        bare.as_object_mut().unwrap().remove(member);
    }
    let with_kid = signer.header();
    let without_kid = json!({"alg": "ES256", "typ": "JWT", "x5t": "abc"});
    for (metadata, jwks, header) in [
        (marked, Served::json(&signer.jwks()), &with_kid),
        (Served::json(&odd), Served::json(&signer.jwks()).header("content-type", "text/plain"), &with_kid),
        (
            Served::json(&plain).header("content-type", "application/octet-stream"),
            Served::json(&signer.jwks()),
            &with_kid,
        ),
        (Served::json(&plain), Served::json(&json!({"keys": [padded, 7, {"kty": "oct"}]})), &with_kid),
        (Served::json(&plain), Served::json(&json!({"keys": [Signer::es256("2").jwk(), bare]})), &without_kid),
    ] {
        driftwood.advance(600);
        forged.server.put("/.well-known/openid-configuration", metadata);
        forged.server.put("/jwks", jwks.clone());
        let visitor = driftwood.visitor();
        let asked = forged.leave_anew(&visitor).await;
        forged.give(&signer.sign(header, &forged.claims(&asked, "ada")));
        let reply = forged.come_back(&visitor, &asked).await;
        assert_eq!(reply.status, 200, "{jwks:?} {}", reply.text);
    }
}

#[tokio::test]
async fn clocks_may_be_a_minute_apart() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let now = forged.clock().now().as_seconds();
    for (name, value) in [
        ("exp", json!(now - 59)),
        ("exp", json!(f64::from(u32::try_from(now).unwrap()) + 0.5)),
        ("iat", json!(now + 60)),
        ("nbf", json!(now + 60)),
    ] {
        back_with(&forged, &visitor, &[(name, value)], &[]).await.taken_to();
    }
}

#[tokio::test]
async fn an_access_token_is_the_one_that_the_id_token_names() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"upstream-access-token");
    let right = {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
    };
    back_with(&forged, &visitor, &[("at_hash", json!(right))], &[]).await.taken_to();
    let other = [("access_token", json!("another-access-token"))];
    forged.driftwood.keep_secret("another-access-token");
    let reply = back_with(&forged, &visitor, &[("at_hash", json!(right))], &other).await;
    reply.refused_page(502, "You are not signed in");
    assert!(forged.driftwood.has_logged("upstream_unusable", "the ID token: at_hash is of another access token"));
}

#[tokio::test]
async fn the_log_names_what_is_wrong_and_never_its_value() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let now = forged.clock().now().as_seconds();
    for (claims, more, sentence) in [
        (("exp", json!("soon")), None, "the ID token: exp is not a number of seconds"),
        (("exp", json!(now - 60)), None, "the ID token: exp is over"),
        (("aud", json!({"x": 1})), None, "the ID token: aud is neither text nor a list"),
        (("sub", json!(7)), None, "the ID token: sub is not text"),
        (("a", json!(0)), Some(("id_token", json!(["x"]))), "the token response: id_token is not text"),
        (("a", json!(0)), Some(("id_token", json!("x.y"))), "the ID token: it is not a signed JWT"),
    ] {
        let reply = back_with(&forged, &visitor, &[claims], more.as_slice()).await;
        reply.refused_page(502, "You are not signed in");
        assert!(forged.driftwood.has_logged("upstream_unusable", sentence), "{sentence}");
        assert!(!reply.text.contains("exp") && !reply.text.contains("JWT"), "users read our own words");
    }
    forged
        .server
        .put("/token", Served::json(&json!({"error": "invalid_client", "error_description": "AADSTS7000215"})));
    let asked = forged.leave_anew(&visitor).await;
    forged.come_back(&visitor, &asked).await.refused_page(400, "You are not signed in");
    assert!(
        forged.driftwood.has_logged("upstream_refused", "invalid_client: AADSTS7000215"),
        "an error with status 200"
    );
    forged.describe(&[("token_endpoint", json!("http://evil.example/token"))]);
    forged.driftwood.advance(3_600);
    visitor.get("/oauth2/authorize/sign-in").await;
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    let form = page.forms().remove(0);
    let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(&form.action, &fields).await.refused_page(502, "You are not signed in");
    assert!(forged.driftwood.has_logged("upstream_unusable", "the metadata: token_endpoint is not an https URL"));
}

#[tokio::test]
async fn userinfo_is_about_the_same_user_and_may_be_signed() {
    let forged = Forged::start().await;
    forged.describe(&[("userinfo_endpoint", json!(format!("{}/userinfo", forged.server.url())))]);
    let (signer, other) = (&forged.signer, Signer::es256("1"));
    let claims = json!({
        "sub": "ada", "email": "ada@acme.example", "email_verified": "true", "name": "Ada", "locale": {}, "updated_at": "",
    });
    let mut of_other = claims.clone();
    of_other["sub"] = json!("eve");
    let mut nameless = claims.clone();
    nameless.as_object_mut().unwrap().remove("sub");
    let signed = |by: &Signer| {
        let jwt = by.sign(&by.header(), &claims);
        forged.driftwood.keep_secret(&jwt);
        Served::text(&jwt).header("content-type", "application/jwt")
    };
    let short = [("name", Value::Null), ("email", Value::Null)];
    let visitor = forged.driftwood.visitor();
    for (served, sentence) in [
        (Served::json(&of_other), "userinfo: sub is not that of the ID token"),
        (Served::json(&nameless), "userinfo: sub is missing"),
        (Served::json(&claims).status(401), "userinfo: the status is 401"),
        (Served::json(&claims).header("content-type", "text/html; charset=utf-8"), "userinfo: it is a page, not JSON"),
        (signed(&other), "userinfo: its signature is not the provider's"),
    ] {
        forged.server.put("/userinfo", served);
        let reply = back_with(&forged, &visitor, &short, &[]).await;
        reply.refused_page(502, "You are not signed in");
        assert!(forged.driftwood.has_logged("upstream_unusable", sentence), "{sentence}");
    }
    forged.server.put("/userinfo", signed(signer));
    let of_other_type = [("token_type", json!("DPoP"))];
    back_with(&forged, &visitor, &short, &of_other_type).await.refused_page(502, "You are not signed in");
    assert!(forged.driftwood.has_logged("upstream_unusable", "there is no access_token of the type Bearer"));
    assert_eq!(users(&forged.driftwood).await, 0);
    let page = back_with(&forged, &visitor, &short, &[]).await;
    let page = visitor.get(&page.taken_to()).await;
    assert!(page.shows("ada@acme.example") && !page.shows("not confirmed yet"), "{}", page.text);
}
