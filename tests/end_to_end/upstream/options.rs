//! The options of an authorization request, which are passed on to the provider.

use serde_json::json;

use crate::harness::{Bridge, Forged, PASSWORD};

#[tokio::test]
async fn an_app_that_requires_a_fresh_sign_in_gets_it_from_the_provider() {
    let bridge = Bridge::start().await;
    let client = bridge.driftwood.spa().await;
    let user = bridge.user();
    let email = user.there.signed_up().await;
    user.sign_in_there(&user.sign_in_page().await).await;
    let options: [&[(&str, &str)]; 2] = [&[("prompt", "login")], &[("max_age", "60")]];
    for more in options {
        bridge.driftwood.advance(100);
        bridge.upstream.advance(100);
        let page = user.page_for(&client, more).await;
        let there = user.leave(&page).await;
        let sign_in = user.there.follow(user.there.get(&there).await).await;
        assert_eq!(sign_in.heading(), "Sign in", "{more:?}");
        let consent = user.there.sign_in(&sign_in, &email, PASSWORD).await;
        let consent = if consent.leaves() { consent } else { user.there.allow(&consent).await };
        let page = user.come_back(&user.path_back(&consent)).await;
        let page = if page.leaves() { page } else { user.here.allow(&page).await };
        let code = client.answer(&page).code().to_owned();
        let tokens = client.exchange(&bridge.driftwood, &code).await.json();
        let claims = crate::harness::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(claims["auth_time"], bridge.driftwood.clock.now().as_seconds(), "{more:?}");
    }
}

#[tokio::test]
async fn a_provider_without_a_fresh_sign_in_is_not_enough() {
    let forged = Forged::start().await;
    let client = forged.driftwood.spa().await;
    let now = forged.clock().now().as_seconds();
    for (option, auth_time, is_enough) in [
        (("prompt", "login"), None, false),
        (("prompt", "login"), Some(now - 3_600), false),
        (("prompt", "login"), Some(now), true),
        (("max_age", "300"), None, false),
        (("max_age", "300"), Some(now - 361), false),
        (("max_age", "300"), Some(now - 200), true),
        (("scope", "openid"), None, true),
    ] {
        let visitor = forged.driftwood.visitor();
        let page = visitor.authorize(&client, &[option]).await;
        let asked = forged.leave(&visitor, &page).await;
        let max_age = match option {
            ("prompt", _) => Some("0"),
            ("max_age", _) => Some("300"),
            _ => None,
        };
        assert_eq!((asked.get("max_age"), asked.get("prompt")), (max_age, (option.0 == "prompt").then_some("login")));
        let mut claims = forged.claims(&asked, "ada");
        claims["auth_time"] = json!(auth_time);
        if auth_time.is_none() {
            claims.as_object_mut().unwrap().remove("auth_time");
        }
        forged.vouch(&claims);
        let reply = forged.come_back(&visitor, &asked).await;
        if is_enough {
            reply.taken_to();
        } else {
            reply.refused_page(403, "Please prove who you are once more");
            assert!(!visitor.cookies().contains_key("dw-sid"), "{option:?} {auth_time:?}");
        }
    }
}

#[tokio::test]
async fn hints_and_choices_are_passed_on() {
    let forged = Forged::start().await;
    let client = forged.driftwood.spa().await;
    let visitor = forged.driftwood.visitor();
    let page = visitor.authorize(&client, &[("login_hint", "ada@example.com"), ("prompt", "select_account")]).await;
    let asked = forged.leave(&visitor, &page).await;
    assert_eq!((asked.get("login_hint"), asked.get("prompt")), (Some("ada@example.com"), Some("select_account")));
    let plain = forged.leave_anew(&visitor).await;
    assert_eq!((plain.get("login_hint"), plain.get("prompt"), plain.get("max_age")), (None, None, None));
    // A signed-in user who switches accounts chooses one at the provider.
    forged.sign_in(&visitor, "ada").await;
    let consent = visitor.authorize(&client, &[]).await;
    let page = visitor.get(&consent.link_to("/oauth2/authorize/sign-in")).await;
    assert_eq!(forged.leave(&visitor, &page).await.get("prompt"), Some("select_account"));
}

#[tokio::test]
async fn prompt_none_gets_an_error_at_once() {
    for mode in ["offer", "only"] {
        let forged = Forged::start_with(&[("UpstreamMode", mode)]).await;
        let client = forged.driftwood.spa().await;
        let reply = forged.driftwood.visitor().get(&client.authorize_path(&[("prompt", "none")])).await;
        client.answer(&reply).refused("login_required");
        assert!(forged.server.asked().is_empty());
    }
}

#[tokio::test]
async fn another_user_who_signs_in_there_ends_the_session_here() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    let adas = visitor.cookies();
    let client = forged.driftwood.spa().await;
    let page = visitor.authorize(&client, &[("prompt", "select_account")]).await;
    let asked = forged.leave(&visitor, &page).await;
    forged.vouch(&forged.claims(&asked, "bob"));
    let consent = visitor.follow(visitor.get(&forged.come_back(&visitor, &asked).await.taken_to()).await).await;
    assert!(consent.shows("bob@example.com"));
    visitor.set_cookies(adas);
    assert_eq!(visitor.get("/account").await.header("location"), "/oauth2/authorize/sign-in");
}
