//! Malicious input, at every endpoint and page of this module and of `deletion`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    CONFIRM, FORGOT, NEW, RESET, VERIFY, change_token, confirm, forgot, last_token, reset, reset_token, signed_in,
    verify,
};
use crate::harness::{Alice, PASSWORD, Reply, TestServer, Visitor};

/// Follows a link by the endpoint of its purpose, with an access token of this user where it needs one.
async fn follow(driftwood: &TestServer, alice: &Alice, page: &str, token: &str) -> Reply {
    match page {
        VERIFY => verify(driftwood, token).await,
        RESET => reset(driftwood, token, NEW).await,
        _ => confirm(driftwood, alice, token).await,
    }
}

/// Asserts that every way to follow a link refuses this one.
async fn assert_no_link(driftwood: &TestServer, visitor: &Visitor<'_>, alice: &Alice, page: &str, token: &str) {
    follow(driftwood, alice, page, token).await.refused(400, "invalid_link");
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("token", token).finish();
    let shown = visitor.get(&format!("{page}?{query}")).await;
    shown.refused_page(400, "This link does not work any more");
}

#[tokio::test]
async fn wrong_types_and_missing_fields_are_reported_field_by_field() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let many = "x".repeat(300);
    let (before, mails) = (driftwood.items("Users").await, driftwood.all_mail().len());
    for wrong in [json!(5), json!([]), json!({"$gt": ""}), json!(true)] {
        for (name, body, fields) in [
            ("auth-verify-email", json!({"token": wrong}), &["token"][..]),
            ("auth-forgot-password", json!({"email": wrong}), &["email"]),
            ("auth-reset-password", json!({"token": wrong, "password": wrong}), &["password", "token"]),
            (
                "auth-change-password",
                json!({"current_password": wrong, "new_password": wrong}),
                &["current_password", "new_password"],
            ),
            ("auth-change-email", json!({"new_email": wrong, "password": wrong}), &["new_email", "password"]),
            ("auth-change-email", json!({"token": wrong}), &["token"]),
            ("users-update", json!({"name": wrong, "locale": wrong}), &["locale", "name"]),
            ("users-export", json!({"cursor": wrong}), &["cursor"]),
            ("users-delete", json!({"password": wrong}), &["password"]),
        ] {
            let reply = driftwood.post_as(&alice.access_token, name, body).await;
            assert_eq!(reply.mistaken_fields(), fields, "{name} {wrong}");
        }
    }
    for (name, body, fields) in [
        ("auth-forgot-password", json!({}), &["email"][..]),
        ("auth-forgot-password", json!({"email": null}), &["email"]),
        ("auth-reset-password", json!({}), &["password", "token"]),
        ("auth-reset-password", json!({"token": "", "password": ""}), &["password"]),
        ("auth-change-password", json!({"current_password": ""}), &["current_password", "new_password"]),
        ("auth-change-email", json!({}), &["new_email", "password"]),
        ("users-update", json!({"name": ""}), &["name"]),
        ("users-update", json!({"name": "a\u{0}b", "locale": "not a language"}), &["locale", "name"]),
        ("users-update", json!({"name": "evil\u{202e}gpj", "locale": "de\r\nBcc: x"}), &["locale", "name"]),
        ("users-update", json!({"name": many, "locale": many}), &["locale", "name"]),
        ("users-export", json!({"cursor": many}), &["cursor"]),
        ("users-delete", json!({}), &["password"]),
        ("users-delete", json!({"password": many}), &["password"]),
    ] {
        let reply = driftwood.post_as(&alice.access_token, name, body.clone()).await;
        assert_eq!(reply.mistaken_fields(), fields, "{name} {body}");
    }
    for email in
        ["", "ada", "a b@example.com", "a\r\nBcc: b@example.com", "\u{0}@example.com", "a@b", "<a@example.com>", &many]
    {
        assert_eq!(forgot(&driftwood, email).await.mistaken_fields(), ["email"], "{email:?}");
        let body = json!({"new_email": email, "password": PASSWORD});
        let reply = driftwood.post_as(&alice.access_token, "auth-change-email", body).await;
        assert_eq!(reply.mistaken_fields(), ["new_email"], "{email:?}");
    }
    assert_eq!((driftwood.items("Users").await, driftwood.all_mail().len()), (before, mails), "nothing was done");
}

#[tokio::test]
async fn a_token_with_one_other_character_anywhere_is_no_token() {
    let driftwood = TestServer::start().await;
    let (alice, other) = (driftwood.alice().await, driftwood.alice().await);
    let pairs = [
        (VERIFY, last_token(&driftwood, &other.email, VERIFY)),
        (RESET, reset_token(&driftwood, &alice.email).await),
        (CONFIRM, change_token(&driftwood, &alice, "other@example.com").await),
    ];
    for (page, token) in &pairs {
        for position in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            follow(&driftwood, &alice, page, &changed).await.refused(400, "invalid_link");
        }
        for changed in [
            token[..token.len() - 1].to_owned(),
            format!("{token}A"),
            format!("{token}="),
            format!(" {token}"),
            format!("{token}\n"),
            token.to_uppercase(),
            token.replace("dw_ml_", "dw_rt_"),
            token.replace("dw_ml_", ""),
        ] {
            follow(&driftwood, &alice, page, &changed).await.refused(400, "invalid_link");
        }
    }
    assert_eq!(driftwood.hashes("auth-reset-password"), 0);
    for index in [0, 2, 1] {
        let (page, token) = &pairs[index];
        if *page == RESET {
            // The address that it was bound to changed in between.
            follow(&driftwood, &alice, page, token).await.refused(400, "invalid_link");
            let token = reset_token(&driftwood, "other@example.com").await;
            follow(&driftwood, &alice, page, &token).await.result();
        } else {
            follow(&driftwood, &alice, page, token).await.result();
        }
    }
}

#[tokio::test]
async fn a_token_of_another_purpose_or_kind_is_no_token_here() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let alice = signed_in(&driftwood, &email, PASSWORD).await;
    let offline = [("scope", "openid offline_access")];
    let app = client.exchange(&driftwood, visitor.approve(&client, &offline).await.code()).await.json();
    let links = [
        (VERIFY, last_token(&driftwood, &email, VERIFY)),
        (RESET, reset_token(&driftwood, &email).await),
        (CONFIRM, change_token(&driftwood, &alice, "other@example.com").await),
    ];
    let text = |name: &str| app[name].as_str().unwrap().to_owned();
    let foreign = [
        alice.access_token.clone(),
        alice.refresh_token.clone(),
        text("access_token"),
        text("refresh_token"),
        text("id_token"),
        visitor.approve(&client, &offline).await.code().to_owned(),
        visitor.cookies()["dw-sid"].clone(),
        "x".repeat(9_000),
        "<script>alert(1)</script>".to_owned(),
        "\" onload=\"x".to_owned(),
    ];
    let guest = driftwood.visitor();
    for page in [VERIFY, RESET, CONFIRM] {
        let other_links = links.iter().filter(|(purpose, _)| *purpose != page).map(|(_, token)| token);
        for token in foreign.iter().chain(other_links).filter(|token| token.len() < 4_000) {
            assert_no_link(&driftwood, &guest, &alice, page, token).await;
        }
        for token in foreign.iter().filter(|token| token.len() >= 4_000) {
            follow(&driftwood, &alice, page, token).await.refused(400, "invalid_link");
        }
        guest.get(&format!("{page}?token=a&token=b")).await.refused_page(400, "This link does not work");
    }
    // And a link is no token of any other kind.
    for (_, link) in &links {
        driftwood.post_as(link, "contacts-list", json!({})).await.refused(401, "invalid_token");
        driftwood.refresh(link).await.refused(401, "invalid_refresh_token");
        client.refresh(&driftwood, link).await.refused_oauth(400, "invalid_grant");
        client.exchange(&driftwood, link).await.refused_oauth(400, "invalid_grant");
    }
    let confirmed = driftwood.post("auth-verify-email", json!({"token": links[0].1})).await;
    assert_eq!(confirmed.result(), json!({"email_verified": true}));
}

#[tokio::test]
async fn a_token_with_another_users_id_in_front_is_no_token() {
    let driftwood = TestServer::start().await;
    let (alice, mallory) = (driftwood.alice().await, driftwood.alice().await);
    let (hers, his) = (reset_token(&driftwood, &alice.email).await, reset_token(&driftwood, &mallory.email).await);
    // The first 16 of 49 bytes are the user's id: 21 characters and a part of the next.
    let place = "dw_ml_".len() + 21;
    for cut in [place, place + 1, place + 2] {
        let spliced = format!("{}{}", &hers[..cut], &his[cut..]);
        reset(&driftwood, &spliced, NEW).await.refused(400, "invalid_link");
    }
    assert!(super::can_sign_in(&driftwood, &alice.email, PASSWORD).await);
    // His own link is about him, whichever user is signed in where it is followed.
    reset(&driftwood, &his, NEW).await.result();
    assert!(driftwood.is_alive(&alice.access_token).await && !driftwood.is_alive(&mallory.access_token).await);
}

/// Every page with a form, and what a user types there.
async fn forms(driftwood: &TestServer, email: &str) -> Vec<(String, Vec<(&'static str, &'static str)>)> {
    let verify = format!("{VERIFY}?token={}", last_token(driftwood, email, VERIFY));
    let reset = format!("{RESET}?token={}", reset_token(driftwood, email).await);
    let alice = signed_in(driftwood, email, PASSWORD).await;
    let confirm = format!("{CONFIRM}?token={}", change_token(driftwood, &alice, "other@example.com").await);
    vec![
        (FORGOT.to_owned(), vec![("email", "nobody@example.com")]),
        (verify, vec![]),
        (reset, vec![("password", NEW)]),
        (confirm, vec![]),
        ("/account/profile".to_owned(), vec![("name", "Mallory"), ("locale", "en")]),
        ("/account/change-password".to_owned(), vec![("current_password", PASSWORD), ("new_password", NEW)]),
        ("/account/change-email".to_owned(), vec![("new_email", "third@example.com"), ("password", PASSWORD)]),
        ("/account/delete".to_owned(), vec![("password", PASSWORD)]),
    ]
}

#[tokio::test]
async fn a_form_is_accepted_only_in_the_browser_the_session_and_at_the_page_that_showed_it() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.visitor();
    let email = alice.signed_up().await;
    let mallory = driftwood.visitor();
    mallory.signed_up().await;
    let forms = forms(&driftwood, &email).await;
    let (before, links) = (driftwood.items("Users").await, driftwood.items("Authorizations").await);
    for (path, typed) in &forms {
        let shown = alice.get(path).await;
        let form = shown.form();
        let hidden = || form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = hidden().chain(typed.iter().copied()).collect();
        let without: Vec<(&str, &str)> = fields.iter().copied().filter(|(name, _)| *name != "form_token").collect();
        let forged: Vec<(&str, &str)> = without.iter().copied().chain([("form_token", "AAAA")]).collect();
        // Another site, and another site of ours.
        for site in ["cross-site", "same-site", "none"] {
            alice.post_from(site, &form.action, &fields).await.refused_page(403, "This form came from another site");
        }
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://evil.example")];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let old_browser = alice.send(Method::POST, &form.action, &headers, body.clone()).await;
        old_browser.refused_page(403, "This form came from another site");
        // Without a token, with a forged one, and shown to another user.
        for fields in [&without, &forged] {
            alice.post(&form.action, fields).await.refused_page(403, "Please try that again");
        }
        mallory.post(&form.action, &fields).await.refused_page(403, "Please try that again");
        // Without any cookie, no user is signed in, and no form was shown.
        let anonymous = driftwood.form(&form.action, &[("sec-fetch-site", "same-origin")], &body).await;
        if anonymous.status == 303 {
            assert_eq!(anonymous.header("location"), "/oauth2/authorize/sign-in", "{path}");
        } else {
            anonymous.refused_page(403, "Please try that again");
        }
        // Shown for another page.
        let other = alice.get(if path == FORGOT { "/account/profile" } else { FORGOT }).await.form().hidden;
        let token = other.iter().find(|(name, _)| name == "form_token").unwrap().1.clone();
        let fields: Vec<(&str, &str)> = without.iter().copied().chain([("form_token", token.as_str())]).collect();
        alice.post(&form.action, &fields).await.refused_page(403, "Please try that again");
        // Fields in the query are ignored.
        alice.post(&format!("{}?{body}", form.action), &[]).await.refused_page(403, "Please try that again");
    }
    assert_eq!((driftwood.items("Users").await, driftwood.items("Authorizations").await), (before, links));
    assert_eq!(alice.get("/account").await.heading(), "Your account");
}

#[tokio::test]
async fn a_form_of_an_earlier_session_in_the_same_browser_is_stale() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let bob = driftwood.alice().await;
    let pages = ["/account/profile", "/account/change-password", "/account/change-email", "/account/delete"];
    let mut shown = Vec::new();
    for path in pages {
        shown.push(visitor.get(path).await);
    }
    let account = visitor.get("/account").await;
    crate::account::press(&visitor, &account, "sign-out", "sign-out").await;
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &bob.email, PASSWORD).await;
    for page in &shown {
        let fields = [
            ("name", "Mallory"),
            ("current_password", PASSWORD),
            ("new_password", NEW),
            ("new_email", "x@example.com"),
            ("password", PASSWORD),
        ];
        visitor.submit(page, &fields).await.refused_page(403, "Please try that again");
    }
    let export = account.forms().into_iter().find(|form| form.action == "/account/export").unwrap();
    let fields: Vec<_> = export.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(&export.action, &fields).await.refused_page(403, "Please try that again");
    assert!(
        super::can_sign_in(&driftwood, &email, PASSWORD).await
            && super::can_sign_in(&driftwood, &bob.email, PASSWORD).await
    );
}

#[tokio::test]
async fn html_in_a_name_is_escaped_everywhere() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let name = "<img src=x onerror=alert(1)>\"'&amp;";
    let page = visitor.get("/account/profile").await;
    assert_eq!(visitor.submit(&page, &[("name", name), ("locale", "en")]).await.heading(), "Your account");
    for path in ["/account", "/account/profile", "/account/delete", "/account/change-password"] {
        let page = visitor.get(path).await;
        page.heading();
        assert!(!page.text.contains("<img") && !page.text.contains("\"'&amp;\""), "{path}");
    }
    assert!(visitor.get("/account/profile").await.text.contains("&lt;img src=x"));
    let alice = signed_in(&driftwood, &email, PASSWORD).await;
    let exported = driftwood.post_as(&alice.access_token, "users-export", json!({})).await;
    assert_eq!(exported.result()["export"]["user"]["name"], name);
    assert!(exported.header("content-type").starts_with("application/json"));
    // An address may have special characters, and is shown in pages and mails.
    let odd = "a&b'c`{x}@example.com";
    let token = change_token(&driftwood, &alice, odd).await;
    let page = visitor.get(&format!("{CONFIRM}?token={token}")).await;
    assert!(page.heading() == "Confirm your new e-mail address" && !page.text.contains("a&b"));
    assert!(!driftwood.last_mail_to(&email).html.contains("a&b"));
    assert!(visitor.submit(&page, &[]).await.heading() == "Your address was changed");
}

#[tokio::test]
async fn input_that_a_page_shows_again_is_escaped() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let page = visitor.get(FORGOT).await;
    let again = visitor.submit(&page, &[("email", "\"><script>alert(1)</script>")]).await;
    assert_eq!((again.status, again.heading()), (400, "Forgot your password?".to_owned()));
    assert!(!again.text.contains("<script>"));
    let shown = visitor.get(&format!("{VERIFY}?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")).await;
    assert!(shown.heading() == "This link does not work any more" && !shown.text.contains("<script>"));
    let elsewhere = visitor.get(&format!("{FORGOT}?authorization=https://evil.example")).await;
    assert_eq!(elsewhere.link_to("/oauth2/authorize/sign-in"), "/oauth2/authorize/sign-in");
    let stale = visitor.post(VERIFY, &[("token", "\"><script>alert(1)</script>")]).await;
    stale.refused_page(403, "Please try that again");
    assert!(!stale.text.contains("<script>"));
    for page in [VERIFY, RESET, CONFIRM, "/account/nothing", "/account/delete/x"] {
        let reply = visitor.send(Method::PUT, page, &[], String::new()).await;
        assert!(reply.status == 405 || reply.status == 404, "{page} {}", reply.status);
    }
}

#[tokio::test]
async fn the_address_of_a_link_is_the_issuers_whatever_the_request_says() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let spoofed = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example"),
        ("content-type", "application/json"),
    ];
    let body = json!({"email": alice.email}).to_string();
    driftwood.send(Method::POST, "/api/auth-forgot-password", &spoofed, body).await.result();
    let mail = driftwood.last_mail_to(&alice.email);
    assert!(mail.link().starts_with(RESET), "link() asserts the issuer in front");
    assert!(!mail.text.contains("evil") && !mail.html.contains("evil"));
}

#[tokio::test]
async fn a_link_does_not_leak_to_other_sites() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let token = reset_token(&driftwood, &alice.email).await;
    let page = driftwood.get(&format!("{RESET}?token={token}")).await;
    // `heading` asserts no-referrer and no-store; besides, the page fetches nothing from another site.
    page.heading();
    assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{}", page.text);
    let values: Value = json!(page.form().action);
    assert_eq!(values, RESET);
}
