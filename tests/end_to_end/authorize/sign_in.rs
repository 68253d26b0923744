//! Signing in and registering on the pages.

use reqwest::Method;

use crate::harness::{PASSWORD, TestServer};

const SIGN_IN: &str = "/oauth2/authorize/sign-in";

#[tokio::test]
async fn a_new_user_registers_consents_and_returns_with_a_code() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let sign_in = visitor.authorize(&client, &[]).await;
    assert_eq!(sign_in.heading(), "Sign in");
    assert!(sign_in.text.contains("to continue to <strong>Photo Album</strong>"));
    let (_, consent) = visitor.register(&sign_in).await;
    assert_eq!(consent.heading(), "Photo Album wants to access your account");
    let answer = client.answer(&visitor.allow(&consent).await);
    assert!(answer.code().starts_with("dw_ac_"));
    assert_eq!(answer.0["state"], "st4te");
}

#[tokio::test]
async fn a_signed_in_user_is_not_asked_for_a_password() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let consent = visitor.authorize(&client, &[]).await;
    assert_eq!(consent.heading(), "Photo Album wants to access your account");
    let again = visitor.get(SIGN_IN).await;
    assert_eq!((again.status, again.header("location")), (303, "/account"));
}

#[tokio::test]
async fn a_wrong_password_an_unknown_address_and_a_disabled_user_get_the_same_page_after_the_same_work() {
    let driftwood = TestServer::start().await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    driftwood.operator_disables(&bob).await;
    let mut answers = Vec::new();
    for (email, password) in
        [(alice.email.as_str(), "wrong password"), ("nobody@example.com", PASSWORD), (bob.email.as_str(), PASSWORD)]
    {
        let visitor = driftwood.visitor();
        let page = visitor.get(SIGN_IN).await;
        driftwood.calls();
        let before = driftwood.hashes("oauth-authorize");
        let refused = visitor.sign_in(&page, email, password).await;
        // The counts and the reads are sent side by side, in no order.
        let mut operations: Vec<String> = driftwood.calls().into_iter().map(|call| call.operation).collect();
        operations.sort();
        assert_eq!(refused.status, 401);
        assert_eq!(driftwood.hashes("oauth-authorize") - before, 1);
        assert!(refused.text.contains(r#"role="alert">The e-mail address or the password is wrong."#));
        assert!(!refused.text.contains(password) && !visitor.cookies().contains_key("dw-sid"));
        let form = refused.form();
        let text = refused.text.replace(email, "EMAIL");
        let shown = form.hidden.iter().fold(text, |text, (_, value)| text.replace(value.as_str(), "HIDDEN"));
        answers.push((shown, operations));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
}

#[tokio::test]
async fn mistakes_are_shown_at_their_fields_and_the_input_is_preserved() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let page = visitor.get(SIGN_IN).await;
    let refused = visitor.submit(&page, &[("email", "<no address>\"")]).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains(r#"value="&lt;no address&gt;&quot;""#), "{}", refused.text);
    assert!(refused.text.contains("email-mistake") && refused.text.contains("password-mistake"));
    assert_eq!(refused.text.matches(r#"aria-invalid="true""#).count(), 2);
    assert!(refused.text.contains("<title>Error: Sign in"));
    let page = visitor.get("/oauth2/authorize/register").await;
    let fields = [("name", "Al"), ("email", "al@example.com"), ("password", "password")];
    let refused = visitor.submit(&page, &fields).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains(r#"id="password-mistake""#) && !refused.text.contains(r#"id="email-mistake""#));
    assert!(refused.text.contains(r#"value="al@example.com""#) && !refused.text.contains(r#"value="password""#));
    assert_eq!(driftwood.count_items("Users").await, 0);
}

#[tokio::test]
async fn an_address_that_is_taken_leads_to_the_sign_in_page() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    let page = visitor.get("/oauth2/authorize/register").await;
    let fields = [("name", "Eve"), ("email", alice.email.as_str()), ("password", PASSWORD)];
    let refused = visitor.submit(&page, &fields).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("The e-mail address is already registered; sign in instead."));
    assert!(!visitor.cookies().contains_key("dw-sid"));
}

#[tokio::test]
async fn attempts_by_page_and_by_api_are_limited_together() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "2"), ("RegisterAddressLimit", "2")]).await;
    let alice = driftwood.alice().await;
    driftwood.login(&alice.email, "wrong password").await.refused(401, "invalid_credentials");
    let visitor = driftwood.visitor();
    let page = visitor.get(SIGN_IN).await;
    assert_eq!(visitor.sign_in(&page, &alice.email, "wrong password").await.status, 401);
    let refused = visitor.sign_in(&page, &alice.email, PASSWORD).await;
    assert_eq!(refused.status, 429);
    assert!(!refused.header("retry-after").is_empty() && refused.text.contains("Too many attempts"));
    driftwood.advance(61);
    assert_eq!(visitor.sign_in(&page, &alice.email, PASSWORD).await.heading(), "Your account");
    driftwood.alice().await;
    let (_, account) = driftwood.visitor().register_anew().await;
    assert_eq!(account.heading(), "Your account");
    let (_, refused) = driftwood.visitor().register_anew().await;
    assert_eq!(refused.status, 429);
    assert!(!refused.header("retry-after").is_empty() && refused.text.contains("Too many registrations"));
}

#[tokio::test]
async fn signing_in_sets_a_new_cookie_and_never_accepts_a_planted_one() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let first = visitor.cookies()["dw-sid"].clone();
    let client = driftwood.spa().await;
    let page = visitor.authorize(&client, &[("prompt", "login")]).await;
    visitor.sign_in(&page, &email, PASSWORD).await;
    let second = visitor.cookies()["dw-sid"].clone();
    assert_ne!(first, second);
    let thief = driftwood.visitor();
    thief.set_cookies([("dw-sid".to_owned(), first)].into());
    assert_eq!(thief.get("/account").await.header("location"), SIGN_IN, "the old cookie is invalid");
    for planted in ["", "x", &"A".repeat(64), &second[..63]] {
        thief.set_cookies([("dw-sid".to_owned(), planted.to_owned())].into());
        assert_eq!(thief.get("/account").await.header("location"), SIGN_IN);
    }
}

#[tokio::test]
async fn a_sign_in_of_another_user_revokes_the_session_before_it() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let bob = driftwood.alice().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let alices_cookies = visitor.cookies();
    let page = visitor.authorize(&client, &[]).await;
    let page = visitor.get(&page.link_to(SIGN_IN)).await;
    let consent = visitor.sign_in(&page, &bob.email, PASSWORD).await;
    assert!(consent.shows(&bob.email));
    visitor.set_cookies(alices_cookies);
    assert_eq!(visitor.get("/account").await.header("location"), SIGN_IN);
}

#[tokio::test]
async fn behind_https_cookies_are_bound_to_the_host_and_to_tls() {
    let driftwood = TestServer::start_with(&[("IssuerUrl", "https://auth.example.com")]).await;
    let reply = driftwood.send(Method::GET, SIGN_IN, &[], "").await;
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("__Host-dw-browser=") && cookie.contains("; Secure"), "{cookie}");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn a_browser_session_expires() {
    let driftwood = TestServer::start_with(&[("BrowserSessionSeconds", "3600")]).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    driftwood.advance(3_599);
    assert_eq!(visitor.get("/account").await.heading(), "Your account");
    driftwood.advance(1);
    assert_eq!(visitor.get("/account").await.header("location"), SIGN_IN);
}

#[tokio::test]
async fn an_outdated_password_hash_is_replaced_here_too() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.outdate_password(&alice).await;
    let visitor = driftwood.visitor();
    let page = visitor.get(SIGN_IN).await;
    visitor.sign_in(&page, &alice.email, PASSWORD).await.heading();
    let before = driftwood.hashes("auth-login");
    driftwood.login(&alice.email, PASSWORD).await.result();
    assert_eq!(driftwood.hashes("auth-login") - before, 1, "nothing is left to replace");
}
