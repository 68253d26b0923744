//! Users who come by the provider for the first time, and again.

use serde_json::{Value, json};

use super::{links, users};
use crate::harness::{Bridge, Client, Forged, PASSWORD, Served, TestServer, Visitor};
use crate::{leaving, recovery};

/// What an app gets to know of whoever is signed in.
async fn known(driftwood: &TestServer, client: &Client, visitor: &Visitor<'_>) -> Value {
    let code = visitor.let_in(client, &[]).await.code().to_owned();
    let tokens = client.exchange(driftwood, &code).await.json();
    crate::harness::claims(tokens["id_token"].as_str().expect("an ID token"))
}

#[tokio::test]
async fn somebody_new_signs_in_by_the_provider_and_is_back_with_a_code() {
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
    assert_eq!(claims.get("amr"), None, "how the provider asked for proof is not ours to say");
    let mail = bridge.driftwood.last_mail_to(&email);
    assert!(mail.link().starts_with(recovery::VERIFY), "the provider did not make sure that the address is theirs");
}

#[tokio::test]
async fn who_comes_back_is_the_same_user() {
    let bridge = Bridge::start().await;
    let client = bridge.driftwood.spa().await;
    let user = bridge.user();
    user.there.signed_up().await;
    assert_eq!(user.sign_in_there(&user.sign_in_page().await).await.heading(), "Your account");
    let first = known(&bridge.driftwood, &client, &user.here).await;
    let count = users(&bridge.driftwood).await;
    user.here.forget("dw-sid");
    let page = user.page_for(&client, &[]).await;
    assert_eq!(page.heading(), "Sign in");
    let back = user.sign_in_there(&page).await;
    client.answer(&back).code();
    assert_eq!(known(&bridge.driftwood, &client, &user.here).await["sub"], first["sub"]);
    assert_eq!((users(&bridge.driftwood).await, links(&bridge.driftwood).await.len()), (count, 1));
    // Another e-mail address there is nothing to us.
    let (upstream, there) = (&bridge.upstream, &user.there);
    let new = upstream.new_email();
    there.submit(&there.get("/account/change-email").await, &[("new_email", &new), ("password", PASSWORD)]).await;
    let link = upstream.last_mail_to(&new).link();
    there.submit(&there.get(&link).await, &[]).await;
    user.here.forget("dw-sid");
    assert_eq!(user.sign_in_there(&user.sign_in_page().await).await.heading(), "Your account");
    let after = known(&bridge.driftwood, &client, &user.here).await;
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
        assert_eq!(known(driftwood, &client, &visitor).await["email_verified"], expected, "{subject}");
        assert_eq!(driftwood.mail_to(&format!("{subject}@example.com")).is_empty(), expected, "{subject}");
    }
}

#[tokio::test]
async fn somebody_without_an_address_has_a_name_and_an_account_all_the_same() {
    let bridge = Bridge::start_with(&[("UpstreamScopes", "profile")]).await;
    let client = bridge.driftwood.spa().await;
    let user = bridge.user();
    user.there.signed_up().await;
    let account = user.sign_in_there(&user.sign_in_page().await).await;
    assert!(account.heading() == "Your account" && account.shows("Alice Arden"));
    let claims = known(&bridge.driftwood, &client, &user.here).await;
    assert_eq!((&claims["name"], claims.get("email")), (&json!("Alice Arden"), None));
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    let mut claims = forged.claims(&asked, "x");
    claims["email"] = json!("no address");
    claims["name"] = json!("\u{202e}evil");
    forged.vouch(&claims);
    let back = forged.come_back(&visitor, &asked).await;
    assert!(visitor.get(&back.taken_to()).await.shows("Somebody"));
}

#[tokio::test]
async fn a_provider_with_short_id_tokens_is_asked_for_the_rest_once() {
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
    assert_eq!(forged.server.requests("/userinfo").len(), 3, "who is known need not be described");
}

#[tokio::test]
async fn nothing_that_the_provider_gives_us_is_kept() {
    let forged = Forged::start().await;
    forged.sign_in(&forged.driftwood.visitor(), "ada").await;
    for table in ["Users", "Authorizations", "RefreshTokens", "Audit", "Mail", "Limits"] {
        let items = format!("{:?}", forged.driftwood.items(table).await);
        assert!(!items.contains("upstream-access-token") && !items.contains("eyJ"), "{table}: {items}");
    }
    let trail = format!("{:?}", forged.driftwood.items("Audit").await);
    assert!(trail.contains("user.registered") && !trail.contains("ada"), "{trail}");
}

#[tokio::test]
async fn whoever_an_operator_keeps_out_stays_out() {
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
async fn users_who_come_by_the_provider_are_limited_like_others_who_register() {
    let forged = Forged::start_with(&[("RegisterAddressLimit", "1")]).await;
    let first = forged.driftwood.visitor();
    forged.sign_in(&first, "ada").await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&forged.claims(&asked, "bob"));
    forged.come_back(&visitor, &asked).await.refused_page(429, "Too many attempts");
    assert_eq!(forged.sign_in(&forged.driftwood.visitor(), "ada").await.heading(), "Your account", "who is known may");
}

#[tokio::test]
async fn who_leaves_takes_the_link_along_and_may_come_again_as_somebody_new() {
    let forged = Forged::start_with(&[("AddressHoldSeconds", "3600")]).await;
    let driftwood = &forged.driftwood;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    let first = known(driftwood, &client, &visitor).await;
    let email = "ada@example.com";
    let link = driftwood.last_mail_to(email).link();
    visitor.submit(&visitor.get(&link).await, &[]).await;
    // A password of their own, to leave with.
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
    let traces = leaving::traces(driftwood, &["Lovelace", "\"ada\""]).await;
    assert!(traces.is_empty(), "{traces:#?}");
    let visitor = driftwood.visitor();
    assert_eq!(forged.sign_in(&visitor, "ada").await.heading(), "Your account");
    let again = known(driftwood, &client, &visitor).await;
    assert_ne!(again["sub"], first["sub"]);
    assert!(again.get("email").is_none(), "the address belongs to nobody for a while");
}
