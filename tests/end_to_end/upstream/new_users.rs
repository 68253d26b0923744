//! Users who sign in with the provider for the first time, and again.

use serde_json::{Value, json};

use super::{links, users};
use crate::harness::{Bridge, Client, Forged, PASSWORD, Served, TestServer, Visitor};
use crate::{deletion, recovery};

/// The claims that an app gets about the signed-in user.
async fn user_claims(driftwood: &TestServer, client: &Client, visitor: &Visitor<'_>) -> Value {
    let code = visitor.approve(client, &[]).await.code().to_owned();
    let tokens = client.exchange(driftwood, &code).await.json();
    crate::harness::claims(tokens["id_token"].as_str().expect("an ID token"))
}

#[tokio::test]
async fn a_new_user_signs_in_with_the_provider_and_returns_with_a_code() {
    let bridge = Bridge::start().await;
    let client = bridge.driftwood.spa().await;
    let user = bridge.user();
    let email = user.there.signed_up().await;
    let page = user.page_for(&client, &[]).await;
    assert!(page.text.contains("Continue with Acme"));
    let consent = user.sign_in_there(&page).await;
    assert_eq!(consent.heading(), "Photo Album wants to access your account");
    assert!(consent.shows(&email));
    let answer = client.answer(&user.here.allow(&consent).await);
    let tokens = client.exchange(&bridge.driftwood, answer.code()).await.json();
    let claims = crate::harness::claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((claims["email"].as_str(), &claims["email_verified"]), (Some(email.as_str()), &json!(false)));
    assert_eq!(claims["name"], "Alice Arden");
    assert_eq!(claims.get("amr"), None, "the authentication methods of the provider are not passed on");
    let mail = bridge.driftwood.last_mail_to(&email);
    assert!(mail.link().starts_with(recovery::VERIFY), "the provider did not verify the address");
}

#[tokio::test]
async fn a_returning_user_is_the_same_user() {
    let bridge = Bridge::start().await;
    let client = bridge.driftwood.spa().await;
    let user = bridge.user();
    user.there.signed_up().await;
    assert_eq!(user.sign_in_there(&user.sign_in_page().await).await.heading(), "Your account");
    let first = user_claims(&bridge.driftwood, &client, &user.here).await;
    let count = users(&bridge.driftwood).await;
    user.here.forget("dw-sid");
    let page = user.page_for(&client, &[]).await;
    assert_eq!(page.heading(), "Sign in");
    let back = user.sign_in_there(&page).await;
    client.answer(&back).code();
    assert_eq!(user_claims(&bridge.driftwood, &client, &user.here).await["sub"], first["sub"]);
    assert_eq!((users(&bridge.driftwood).await, links(&bridge.driftwood).await.len()), (count, 1));
    // A change of the e-mail address there changes nothing here.
    let (upstream, there) = (&bridge.upstream, &user.there);
    let new = upstream.new_email();
    there.submit(&there.get("/account/change-email").await, &[("new_email", &new), ("password", PASSWORD)]).await;
    let link = upstream.last_mail_to(&new).link();
    there.submit(&there.get(&link).await, &[]).await;
    user.here.forget("dw-sid");
    assert_eq!(user.sign_in_there(&user.sign_in_page().await).await.heading(), "Your account");
    let after = user_claims(&bridge.driftwood, &client, &user.here).await;
    assert_eq!((&after["sub"], &after["email"]), (&first["sub"], &first["email"]));
}

#[tokio::test]
async fn an_address_is_verified_here_only_when_the_provider_says_true() {
    let forged = Forged::start().await;
    let (driftwood, client) = (&forged.driftwood, forged.driftwood.spa().await);
    for (subject, said, expected) in
        [("a", json!(true), true), ("b", json!(false), false), ("c", Value::Null, false), ("d", json!("false"), false)]
    {
        let visitor = driftwood.visitor();
        let asked = forged.leave_anew(&visitor).await;
        let mut claims = forged.claims(&asked, subject);
        claims["email_verified"] = said;
        forged.vouch(&claims);
        let back = forged.come_back(&visitor, &asked).await;
        assert_eq!(visitor.get(&back.taken_to()).await.heading(), "Your account");
        assert_eq!(user_claims(driftwood, &client, &visitor).await["email_verified"], expected, "{subject}");
        assert_eq!(driftwood.mail_to(&format!("{subject}@example.com")).is_empty(), expected, "{subject}");
    }
}

#[tokio::test]
async fn a_user_without_an_address_has_a_name_and_an_account() {
    let bridge = Bridge::start_with(&[("UpstreamScopes", "profile")]).await;
    let client = bridge.driftwood.spa().await;
    let user = bridge.user();
    user.there.signed_up().await;
    let account = user.sign_in_there(&user.sign_in_page().await).await;
    assert!(account.heading() == "Your account" && account.shows("Alice Arden"));
    let claims = user_claims(&bridge.driftwood, &client, &user.here).await;
    assert_eq!((&claims["name"], claims.get("email")), (&json!("Alice Arden"), None));
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    let mut claims = forged.claims(&asked, "x");
    claims["email"] = json!("no address");
    claims["name"] = json!("\u{202e}evil");
    forged.vouch(&claims);
    let back = forged.come_back(&visitor, &asked).await;
    assert!(visitor.get(&back.taken_to()).await.shows("Unnamed"));
}

#[tokio::test]
async fn userinfo_completes_short_id_tokens_once() {
    let forged = Forged::start().await;
    let (driftwood, visitor) = (&forged.driftwood, forged.driftwood.visitor());
    forged.describe(&[("userinfo_endpoint", json!(format!("{}/userinfo", forged.server.url())))]);
    let userinfo = |sub: &str| json!({"sub": sub, "name": "Ada", "email": "ada@example.com", "email_verified": true});
    let attempt = async |visitor: &Visitor<'_>| {
        let asked = forged.leave_anew(visitor).await;
        let mut claims = forged.claims(&asked, "ada");
        for name in ["name", "email"] {
            claims.as_object_mut().unwrap().remove(name);
        }
        forged.vouch(&claims);
        forged.come_back(visitor, &asked).await
    };
    forged.server.put("/userinfo", Served::json(&userinfo("somebody else")));
    attempt(&visitor).await.refused_page(502, "You are not signed in");
    forged.server.put("/userinfo", Served::json(&json!({"sub": "ada"})).status(503));
    attempt(&visitor).await.refused_page(503, "Please try again in a moment");
    assert_eq!(users(driftwood).await, 0);
    forged.server.put("/userinfo", Served::json(&userinfo("ada")));
    let account = visitor.get(&attempt(&visitor).await.taken_to()).await;
    assert!(account.shows("ada@example.com"), "{}", account.text);
    assert!(
        forged.server.requests("/userinfo")[2]
            .to_ascii_lowercase()
            .contains("authorization: bearer upstream-access-token")
    );
    attempt(&driftwood.visitor()).await.taken_to();
    assert_eq!(forged.server.requests("/userinfo").len(), 3, "a known user needs no userinfo");
}

#[tokio::test]
async fn no_token_of_the_provider_is_stored() {
    let forged = Forged::start().await;
    forged.sign_in(&forged.driftwood.visitor(), "ada").await;
    for table in ["Users", "Authorizations", "RefreshTokens", "Audit", "Mail", "Limits"] {
        let items = format!("{:?}", forged.driftwood.items(table).await);
        assert!(!items.contains("upstream-access-token") && !items.contains("eyJ"), "{table}: {items}");
    }
    let trail = format!("{:?}", forged.driftwood.items("Audit").await);
    assert!(trail.contains("user.registered"), "{trail}");
    // Not "ada" alone: an id, which is hexadecimal, may have those letters.
    assert!(!["\"ada\"", "ada@", "Ada"].iter().any(|known| trail.contains(known)), "{trail}");
}

#[tokio::test]
async fn a_disabled_user_cannot_sign_in_with_the_provider() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    let user_id = links(&forged.driftwood).await[0]["user_id"].as_s().unwrap().clone();
    let ada = crate::harness::Alice { user_id, ..crate::harness::Alice::from("", &Value::Null) };
    forged.driftwood.operator_disables(&ada).await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&forged.claims(&asked, "ada"));
    forged.come_back(&visitor, &asked).await.refused_page(403, "You are not signed in");
    assert!(!visitor.cookies().contains_key("dw-sid"));
    assert_eq!(users(&forged.driftwood).await, 1);
}

#[tokio::test]
async fn registrations_with_the_provider_are_limited_like_others() {
    let forged = Forged::start_with(&[("RegisterAddressLimit", "1")]).await;
    let first = forged.driftwood.visitor();
    forged.sign_in(&first, "ada").await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&forged.claims(&asked, "bob"));
    forged.come_back(&visitor, &asked).await.refused_page(429, "Too many attempts");
    assert_eq!(
        forged.sign_in(&forged.driftwood.visitor(), "ada").await.heading(),
        "Your account",
        "a known user may sign in"
    );
}

#[tokio::test]
async fn a_deleted_account_loses_its_link_and_the_user_may_return_as_a_new_one() {
    let forged = Forged::start_with(&[("AddressHoldSeconds", "3600")]).await;
    let driftwood = &forged.driftwood;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    let first = user_claims(driftwood, &client, &visitor).await;
    let email = "ada@example.com";
    let link = driftwood.last_mail_to(email).link();
    visitor.submit(&visitor.get(&link).await, &[]).await;
    // A password, to delete the account with.
    let forgot = visitor.get("/account/forgot-password").await;
    visitor.submit(&forgot, &[("email", email)]).await;
    let link = driftwood.last_mail_to(email).link();
    driftwood.keep_secret(recovery::NEW);
    visitor.submit(&visitor.get(&link).await, &[("password", recovery::NEW)]).await;
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    visitor.sign_in(&page, email, recovery::NEW).await;
    let export =
        visitor.get("/account").await.forms().into_iter().find(|form| form.action == "/account/export").unwrap();
    let fields: Vec<_> = export.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let export = visitor.post(&export.action, &fields).await.json()["export"].clone();
    assert_eq!(export["user"]["upstream"][0]["issuer"], forged.server.url(), "{export}");
    assert_eq!(export["user"]["upstream"][0]["subject"], "ada");
    assert!(export["user"]["upstream"][0]["linked_at"].is_string());
    visitor.submit(&visitor.get("/account/delete").await, &[("password", recovery::NEW)]).await;
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    assert!(links(driftwood).await.is_empty());
    let traces = deletion::traces(driftwood, &["Lovelace", "\"ada\""]).await;
    assert!(traces.is_empty(), "{traces:#?}");
    let visitor = driftwood.visitor();
    assert_eq!(forged.sign_in(&visitor, "ada").await.heading(), "Your account");
    let again = user_claims(driftwood, &client, &visitor).await;
    assert_ne!(again["sub"], first["sub"]);
    assert!(again.get("email").is_none(), "the address is reserved for a while");
}
