//! OpenID Connect at the authorization endpoint.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, TestServer, claims};

#[tokio::test]
async fn unknown_scopes_and_an_unregistered_offline_access_are_left_out_of_an_openid_request() {
    let driftwood = TestServer::start().await;
    let client = driftwood
        .client(json!({"name": "Login", "redirect_uris": ["https://l.example/cb"], "scopes": ["openid", "email"]}))
        .await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(&client, &[("scope", "openid email phone address offline_access")]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_eq!(tokens["scope"], "openid email");
}

#[tokio::test]
async fn without_a_scope_the_apps_scopes_are_requested() {
    let driftwood = TestServer::start().await;
    let client = driftwood
        .client(
            json!({"name": "Old", "redirect_uris": ["https://o.example/cb"], "scopes": ["contact_read", "user_read"]}),
        )
        .await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(&client, &[("scope", "")]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_eq!((tokens["scope"].as_str(), tokens.get("id_token")), (Some("contact_read user_read"), None));
}

#[tokio::test]
async fn a_response_can_be_a_form_that_submits_itself() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("response_mode", "form_post"), ("state", "a\"><script>")]).await;
    let sent = visitor.allow(&page).await;
    assert_eq!(sent.status, 200);
    let policy = sent.header("content-security-policy");
    assert!(!policy.contains("form-action") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("script-src 'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE=';"), "{policy}");
    assert_eq!(sent.text.matches("<script").count(), 1);
    assert!(sent.text.contains("<script>document.forms[0].submit()</script>"));
    let form = sent.form();
    assert_eq!(form.action, "https://album.example/cb");
    let value = |name: &str| form.hidden.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    assert_eq!(value("state").unwrap(), "a\"><script>");
    assert_eq!(value("iss").unwrap(), driftwood.server.url);
    client.exchange(&driftwood, &value("code").unwrap()).await.json()["access_token"].as_str().unwrap();
    let denied = visitor.authorize(&client, &[("response_mode", "form_post"), ("prompt", "consent")]).await;
    let denied = visitor.submit(&denied, &[("decision", "deny")]).await;
    assert!(denied.form().hidden.contains(&("error".to_owned(), "access_denied".to_owned())));
}

#[tokio::test]
async fn an_id_token_hint_is_respected() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(&client, &[]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let silent = [("prompt", "none"), ("id_token_hint", hint)];
    client.answer(&visitor.get(&client.authorize_path(&silent)).await).code();
    let other = driftwood.visitor();
    let other_email = other.signed_up().await;
    other.approve(&client, &[]).await.code();
    client.answer(&other.get(&client.authorize_path(&silent)).await).refused("login_required");
    let page = other.authorize(&client, &[("id_token_hint", hint)]).await;
    assert_eq!(page.heading(), "Sign in");
    let refused = other.sign_in(&page, &other_email, PASSWORD).await;
    client.answer(&refused).refused("login_required");
    let foreign = driftwood.spa().await;
    let reply = visitor.get(&foreign.authorize_path(&[("id_token_hint", hint)])).await;
    foreign.answer(&reply).refused("invalid_request");
}

#[tokio::test]
async fn an_id_token_hint_that_cannot_be_verified_counts_as_absent() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(&client, &[]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    let forged = format!("{}x", tokens["id_token"].as_str().unwrap());
    for hint in ["rubbish", "a.b.c", &forged, tokens["access_token"].as_str().unwrap()] {
        let silent = [("prompt", "none"), ("id_token_hint", hint)];
        client.answer(&visitor.get(&client.authorize_path(&silent)).await).code();
        assert_eq!(client.push(&driftwood, &[("id_token_hint", hint)]).await.status, 201, "{hint}");
        let page = driftwood.visitor().authorize(&client, &[("id_token_hint", hint)]).await;
        assert_eq!(page.heading(), "Sign in", "{hint}");
    }
}

#[tokio::test]
async fn an_app_can_request_the_registration_of_a_new_account() {
    let driftwood = TestServer::start().await;
    let document = driftwood.get("/.well-known/openid-configuration").await.json();
    assert!(document["prompt_values_supported"].as_array().unwrap().contains(&json!("create")));
    let client = driftwood.spa().await;
    let create = [("prompt", "create"), ("login_hint", "new@example.com")];
    let visitor = driftwood.visitor();
    let page = visitor.authorize(&client, &create).await;
    assert_eq!(page.heading(), "Create your account");
    assert!(page.text.contains("new@example.com"), "the hint is typed in");

    // A user who is signed in is asked for a new account, too, and may still sign in instead.
    let alice = driftwood.visitor();
    let email = alice.signed_up().await;
    let before = driftwood.count_items("Users").await;
    let page = alice.authorize(&client, &[("prompt", "create")]).await;
    assert_eq!(page.heading(), "Create your account");
    let sign_in = alice.get(&page.link_to("/oauth2/authorize/sign-in")).await;
    let consent = alice.sign_in(&sign_in, &email, PASSWORD).await;
    let old = client.exchange(&driftwood, client.answer(&alice.allow(&consent).await).code()).await.json();
    assert_eq!(driftwood.count_items("Users").await, before);

    let page = alice.authorize(&client, &[("prompt", "create")]).await;
    let typed = [("name", "Another"), ("email", &driftwood.new_email()), ("password", PASSWORD)];
    let consent = alice.submit(&page, &typed).await;
    let new = client.exchange(&driftwood, client.answer(&alice.allow(&consent).await).code()).await.json();
    let subject = |tokens: &Value| claims(tokens["id_token"].as_str().unwrap())["sub"].clone();
    assert_ne!(subject(&old), subject(&new));
}

#[tokio::test]
async fn the_scope_groups_tells_an_app_the_roles_of_the_user() {
    let driftwood = TestServer::start().await;
    let settings = json!({
        "name": "Wiki", "redirect_uris": ["https://wiki.example/cb"], "token_endpoint_auth_method": "none",
        "scopes": ["openid", "groups"],
    });
    let client = driftwood.client(settings).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("scope", "openid groups")]).await;
    assert!(page.shows("See your role in your account"), "{}", page.text);
    let answer = client.answer(&visitor.allow(&page).await);
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["groups"], json!(["owner"]));
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let userinfo = driftwood.send(reqwest::Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], "").await;
    assert_eq!(userinfo.json()["groups"], json!(["owner"]));
    let answer = visitor.approve(&client, &[("scope", "openid")]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap()).get("groups"), None);
}

#[tokio::test]
async fn the_id_token_has_the_user_the_sign_in_time_and_the_client() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let signed_in_at = driftwood.clock.now().as_seconds();
    driftwood.advance(100);
    let answer = visitor.approve(&client, &[("nonce", "n-0S6_WzA2Mj")]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    let (id, access) = (claims(tokens["id_token"].as_str().unwrap()), claims(tokens["access_token"].as_str().unwrap()));
    assert_eq!(id["iss"], driftwood.server.url);
    assert_eq!((&id["aud"], &id["sub"]), (&json!(client.app.client_id), &access["sub"]));
    assert_eq!((&id["nonce"], &id["amr"]), (&json!("n-0S6_WzA2Mj"), &json!(["pwd"])));
    assert_eq!(id["auth_time"], signed_in_at);
    assert_eq!(id["exp"].as_i64().unwrap() - id["iat"].as_i64().unwrap(), 3_600);
    assert_eq!(
        (&id["name"], &id["email"], &id["email_verified"]),
        (&json!("Alice Arden"), &json!(email), &json!(false))
    );
    let hash =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, tokens["access_token"].as_str().unwrap().as_bytes());
    use base64::Engine;
    assert_eq!(id["at_hash"], base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
    assert!(id["sid"].is_string() && id["sid"] != access["sid"], "the browser session, not that of the tokens");
    let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.json();
    let again = claims(refreshed["id_token"].as_str().unwrap());
    assert_eq!((&again["auth_time"], &again["sid"], again.get("nonce")), (&id["auth_time"], &id["sid"], None));
    let es256 = json!({"name": "ES", "redirect_uris": ["https://es.example/cb"], "scopes": ["openid"], "id_token_signed_response_alg": "ES256"});
    let es256 = driftwood.client(es256).await;
    let answer = visitor.approve(&es256, &[("scope", "openid")]).await;
    let tokens = es256.exchange(&driftwood, answer.code()).await.json();
    let header = tokens["id_token"].as_str().unwrap().split('.').next().unwrap().to_owned();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    assert!(String::from_utf8(header).unwrap().contains("ES256"));
}
