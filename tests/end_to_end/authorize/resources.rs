//! Resource indicators (RFC 8707): a consent is to access at one API, and a token has the scopes of its API.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Alice, Client, PASSWORD, Reply, TestServer, Trouble, Visitor, claims};
use crate::oauth::introspect::restore;

const TOOLS: &str = "https://mcp.example.com/mcp";
const ORDERS: &str = "https://api.example.com";
const PARAMETERS: [(&str, &str); 2] = [
    ("Resources", "https://mcp.example.com/mcp Example Tools (tools_use contact_read); https://api.example.com"),
    ("Scopes", "tools_use=Use the tools;orders_read=Read your orders"),
];

async fn start() -> TestServer {
    TestServer::start_with(&PARAMETERS).await
}

/// An app that may have everything that these tests ask for.
async fn album(driftwood: &TestServer) -> Client {
    let settings = json!({
        "name": "Photo Album", "redirect_uris": ["https://album.example/cb"],
        "scopes": ["openid", "email", "contact_read", "contact_write", "gdpr_write", "tools_use", "orders_read"],
    });
    driftwood.client(settings).await
}

async fn silently(visitor: &Visitor<'_>, client: &Client, more: &[(&str, &str)]) -> Reply {
    let more: Vec<_> = more.iter().copied().chain([("prompt", "none")]).collect();
    visitor.in_frame(&client.authorize_path(&more)).await
}

async fn tokens(driftwood: &TestServer, visitor: &Visitor<'_>, client: &Client, more: &[(&str, &str)]) -> Value {
    let answer = visitor.approve(client, more).await;
    client.exchange(driftwood, answer.code()).await.json()
}

fn text<'v>(tokens: &'v Value, name: &str) -> &'v str {
    tokens[name].as_str().unwrap_or_else(|| panic!("{name}: {tokens}"))
}

async fn userinfo(driftwood: &TestServer, token: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    driftwood.send(Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], "").await
}

#[tokio::test]
async fn a_consent_without_a_resource_allows_none_later() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let scope = ("scope", "openid contact_read");
    visitor.approve(&client, &[scope]).await.code();
    for resource in [TOOLS, ORDERS] {
        client.answer(&silently(&visitor, &client, &[scope, ("resource", resource)]).await).refused("consent_required");
    }
    visitor.approve(&client, &[scope, ("resource", TOOLS)]).await.code();
    client.answer(&silently(&visitor, &client, &[scope, ("resource", TOOLS)]).await).code();
    client.answer(&silently(&visitor, &client, &[scope]).await).code();
    let another = silently(&visitor, &client, &[("scope", "openid"), ("resource", ORDERS)]).await;
    client.answer(&another).refused("consent_required");
}

#[tokio::test]
async fn a_consent_to_a_resource_allows_nothing_at_our_own_api() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let scope = ("scope", "openid contact_read");
    visitor.approve(&client, &[scope, ("resource", TOOLS)]).await.code();
    client.answer(&silently(&visitor, &client, &[scope]).await).refused("consent_required");
    client.answer(&silently(&visitor, &client, &[("scope", "openid")]).await).refused("consent_required");
    let ours = driftwood.server.url.clone();
    client.answer(&silently(&visitor, &client, &[scope, ("resource", &ours)]).await).refused("consent_required");
    let more = [("scope", "openid contact_read tools_use"), ("resource", TOOLS)];
    client.answer(&silently(&visitor, &client, &more).await).refused("consent_required");
}

#[tokio::test]
async fn our_own_api_by_name_is_the_same_as_no_resource() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let ours = driftwood.server.url.clone();
    let named = [("scope", "openid contact_read"), ("resource", ours.as_str())];
    let tokens = tokens(&driftwood, &visitor, &client, &named).await;
    assert!(driftwood.is_alive(text(&tokens, "access_token")).await);
    assert_eq!(userinfo(&driftwood, text(&tokens, "access_token")).await.status, 200);
    client.answer(&silently(&visitor, &client, &[named[0]]).await).code();
    let token = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token")), named[1]];
    let refreshed = client.token(&driftwood, &token).await.json();
    assert_eq!(claims(text(&refreshed, "access_token"))["aud"], ours);
}

#[tokio::test]
async fn the_page_names_the_api_and_its_scopes_only() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let everything = ("scope", "openid contact_read contact_write gdpr_write tools_use orders_read");
    let page = visitor.authorize(&client, &[everything, ("resource", TOOLS)]).await;
    assert!(page.text.contains("<strong>Example Tools (mcp.example.com/mcp)</strong>"), "{}", page.text);
    assert!(page.text.contains("Use the tools") && page.text.contains("Read your account’s contacts"));
    for foreign in ["Delete your account", "Create and change", "Read your orders"] {
        assert!(!page.text.contains(foreign), "{foreign}");
    }
    let unnamed = visitor.authorize(&client, &[everything, ("resource", ORDERS)]).await;
    assert!(unnamed.text.contains("<strong>api.example.com</strong>") && unnamed.text.contains("Read your orders"));
    let ours = visitor.authorize(&client, &[everything]).await;
    assert!(ours.text.contains("If you allow this, it will be able to:") && !ours.text.contains("It wants to use"));
    assert!(ours.text.contains("Delete your account") && !ours.text.contains("Use the tools"));
}

#[tokio::test]
async fn the_page_of_one_api_is_no_answer_for_another() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let scope = ("scope", "openid");
    let tools = visitor.authorize(&client, &[scope, ("resource", TOOLS)]).await;
    let ours = visitor.authorize(&client, &[scope]).await;
    let hidden = |page: &Reply, name: &str| page.form().hidden.into_iter().find(|(known, _)| known == name).unwrap().1;
    let form = [
        ("authorization", hidden(&tools, "authorization")),
        ("seen", hidden(&ours, "seen")),
        ("form_token", hidden(&ours, "form_token")),
        ("decision", "allow".to_owned()),
    ];
    let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    visitor.post(&ours.form().action, &fields).await.refused_page(403, "Please try that again");
    assert!(visitor.get("/account").await.text.contains("No app has access"));
}

#[tokio::test]
async fn a_token_has_the_scopes_of_its_api_whatever_the_client_asks_for() {
    let driftwood = start().await;
    let registered = crate::registration::public_client(&driftwood).await;
    let client = registered.client;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let document = driftwood.get("/.well-known/oauth-authorization-server").await.json();
    let names = document["scopes_supported"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let everything = names.collect::<Vec<_>>().join(" ");
    for (resource, has) in [
        (TOOLS, "openid profile email groups offline_access contact_read tools_use"),
        (
            ORDERS,
            "openid profile email groups offline_access contact_write conversation_read conversation_write event_read event_write orders_read",
        ),
    ] {
        let more = [("scope", everything.as_str()), ("resource", resource)];
        let tokens = tokens(&driftwood, &visitor, &client, &more).await;
        assert_eq!(text(&tokens, "scope"), has, "{resource}");
        assert_eq!(claims(text(&tokens, "access_token"))["scope"], has);
        let refreshed = client.refresh(&driftwood, text(&tokens, "refresh_token")).await.json();
        assert_eq!(text(&refreshed, "scope"), has);
        let wider = [
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&refreshed, "refresh_token")),
            ("scope", "gdpr_write"),
        ];
        client.token(&driftwood, &wider).await.refused_oauth(400, "invalid_scope");
    }
    let ours = tokens(&driftwood, &visitor, &client, &[("scope", &everything)]).await;
    let scope = text(&ours, "scope");
    assert!(scope.contains("gdpr_write") && scope.contains("orders_read") && !scope.contains("tools_use"));
}

#[tokio::test]
async fn a_client_that_names_no_scopes_still_gets_a_token_for_a_resource() {
    let driftwood = start().await;
    let client = crate::registration::public_client(&driftwood).await.client;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for resource in [TOOLS, ORDERS] {
        let more = [("scope", ""), ("resource", resource)];
        let tokens = tokens(&driftwood, &visitor, &client, &more).await;
        assert_eq!(text(&tokens, "scope"), "openid profile email", "{resource}");
        assert_eq!(claims(text(&tokens, "access_token"))["aud"], resource);
    }
}

#[tokio::test]
async fn scopes_of_another_api_alone_are_refused() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for (scope, resource) in [("gdpr_write", TOOLS), ("orders_read", TOOLS), ("tools_use", ORDERS), ("tools_use", "")] {
        let more = [("scope", scope), ("resource", resource)];
        client.answer(&visitor.in_frame(&client.authorize_path(&more)).await).refused("invalid_scope");
        client.push(&driftwood, &more).await.refused_oauth(400, "invalid_scope");
    }
    let television = driftwood.television().await;
    let more = [("scope", "gdpr_write"), ("resource", TOOLS)];
    television.ask_with(&driftwood, &more).await.refused_oauth(400, "invalid_scope");
}

#[tokio::test]
async fn an_app_of_its_own_gets_the_scopes_of_the_api_too() {
    let resources = format!(
        "{TOOLS} Example Tools (tools_use contact_read) [client_credentials=any]; {ORDERS} [client_credentials=any]"
    );
    let driftwood = TestServer::start_with(&[("Resources", &resources), PARAMETERS[1]]).await;
    let settings = json!({"name": "Job", "scopes": ["contact_write", "tools_use", "contact_read"]});
    let client = driftwood.client(settings).await;
    let ask = |scope: &'static str, resource: &'static str| {
        let fields = [("grant_type", "client_credentials"), ("scope", scope), ("resource", resource)];
        let (client, driftwood) = (&client, &driftwood);
        async move { client.token(driftwood, &fields).await }
    };
    for (scope, resource, has) in [
        ("", TOOLS, "tools_use contact_read"),
        ("contact_write contact_read", TOOLS, "contact_read"),
        ("", "", "contact_write contact_read"),
        ("", ORDERS, "contact_write"),
    ] {
        assert_eq!(text(&ask(scope, resource).await.json(), "scope"), has, "{scope} {resource}");
    }
    for (scope, resource) in [("contact_write", TOOLS), ("tools_use", ""), ("tools_use", ORDERS)] {
        ask(scope, resource).await.refused_oauth(400, "invalid_scope");
    }
    let only = driftwood.client(json!({"name": "Other Job", "scopes": ["gdpr_write"]})).await;
    let fields = [("grant_type", "client_credentials"), ("resource", TOOLS)];
    // A token without scopes would be one without limits.
    only.token(&driftwood, &fields).await.refused_oauth(400, "invalid_scope");
}

#[tokio::test]
async fn an_app_gets_tokens_of_its_own_only_for_apis_that_the_operator_opens_to_it() {
    let before = start().await;
    let (ours, theirs) =
        (before.client(json!({"name": "Job"})).await, before.client(json!({"name": "Stranger"})).await);
    let own = async |driftwood: &TestServer, client: &Client, resource: &str| {
        client.token(driftwood, &[("grant_type", "client_credentials"), ("resource", resource)]).await
    };
    for client in [&ours, &theirs] {
        let refused = own(&before, client, ORDERS).await.refused_oauth(400, "invalid_target");
        let description = refused["error_description"].as_str().unwrap();
        assert!(description.contains("may not get tokens of its own for this resource"), "{description}");
        assert_eq!(own(&before, client, "").await.status, 200, "our own API is that of its account");
    }
    let resources =
        format!("{ORDERS} Orders [client_credentials={}]; {TOOLS} [client_credentials=any]", ours.app.client_id);
    let driftwood = TestServer::start_with(&[("Resources", &resources), PARAMETERS[1]]).await;
    restore(&before, &driftwood).await;
    let token = own(&driftwood, &ours, ORDERS).await.json();
    assert_eq!(claims(text(&token, "access_token"))["aud"], ORDERS);
    own(&driftwood, &theirs, ORDERS).await.refused_oauth(400, "invalid_target");
    assert_eq!(own(&driftwood, &theirs, TOOLS).await.status, 200);
}

#[tokio::test]
async fn an_operator_keeps_an_api_to_some_apps_of_users() {
    let before = start().await;
    let operator = json!({"email": "operator@example.com", "password": PASSWORD, "name": "Olga"});
    let operator = Alice::from("", &before.post("auth-register", operator).await.result());
    let settings = json!({"name": "App", "redirect_uris": ["https://app.example/cb"], "scopes": ["openid"]});
    let ours = before.client_of(&operator, settings.clone()).await;
    let theirs = before.client_of(&operator, settings).await;
    let resources = format!("{ORDERS} Orders [users={}]; {TOOLS} [users=none]", ours.app.client_id);
    let driftwood = TestServer::start_with(&[("Resources", &resources), PARAMETERS[1]]).await;
    restore(&before, &driftwood).await;
    let [ours, theirs] = [ours, theirs].map(|client| Client { issuer: driftwood.server.url.clone(), ..client });
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let at = |resource| [("scope", "openid"), ("resource", resource)];
    let tokens = tokens(&driftwood, &visitor, &ours, &at(ORDERS)).await;
    assert_eq!(claims(text(&tokens, "access_token"))["aud"], ORDERS);
    for (client, resource) in [(&theirs, ORDERS), (&ours, TOOLS)] {
        let answer = visitor.in_frame(&client.authorize_path(&at(resource))).await;
        client.answer(&answer).refused("invalid_target");
        client.push(&driftwood, &at(resource)).await.refused_oauth(400, "invalid_target");
    }
}

#[tokio::test]
async fn the_metadata_of_an_api_list_its_scopes_only() {
    let issuer = "https://auth.example.com";
    let resources =
        format!("{issuer}/tools Example Tools (tools_use contact_read); {issuer}/mcp; {issuer}/none (openid)");
    let parameters = [("IssuerUrl", issuer), ("Resources", &resources), PARAMETERS[1]];
    let driftwood = TestServer::start_with(&parameters).await;
    let document = |path: &'static str| {
        let path = format!("/.well-known/oauth-protected-resource{path}");
        let driftwood = &driftwood;
        async move { driftwood.get(&path).await.json() }
    };
    let tools = document("/tools").await;
    assert_eq!(tools["scopes_supported"], json!(["contact_read", "tools_use"]));
    assert_eq!(
        (&tools["resource_name"], &tools["resource"]),
        (&json!("Example Tools"), &json!(format!("{issuer}/tools")))
    );
    assert_eq!(document("/none").await.get("scopes_supported"), None, "an empty list is left out");
    let ours = document("").await;
    let has = |document: &Value, name: &str| document["scopes_supported"].as_array().unwrap().contains(&json!(name));
    for name in ["openid", "gdpr_write", "contact_read", "orders_read"] {
        assert!(has(&ours, name), "{name}");
    }
    assert!(!has(&ours, "tools_use") && !has(&ours, "offline_access"));
    let unlisted = document("/mcp").await;
    assert!(has(&unlisted, "contact_write") && has(&unlisted, "orders_read"));
    for name in ["gdpr_write", "user_read", "app_write", "tools_use", "openid", "offline_access"] {
        assert!(!has(&unlisted, name), "{name}");
    }
}

#[tokio::test]
async fn userinfo_accepts_a_token_for_our_own_api_only() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let scope = ("scope", "openid email");
    for resource in [TOOLS, ORDERS] {
        let tokens = tokens(&driftwood, &visitor, &client, &[scope, ("resource", resource)]).await;
        assert!(tokens["id_token"].is_string(), "the client learns who the user is by the ID token");
        userinfo(&driftwood, text(&tokens, "access_token")).await.refused_oauth(401, "invalid_token");
    }
    let tokens = tokens(&driftwood, &visitor, &client, &[scope]).await;
    assert_eq!(userinfo(&driftwood, text(&tokens, "access_token")).await.status, 200);
}

#[tokio::test]
async fn the_account_page_and_the_export_say_what_was_allowed_where() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    visitor.approve(&client, &[("scope", "tools_use"), ("resource", TOOLS)]).await.code();
    let page = visitor.get("/account").await;
    assert!(page.text.contains("At Example Tools (mcp.example.com/mcp): Use the tools"), "{}", page.text);
    visitor.approve(&client, &[("scope", "contact_write")]).await.code();
    assert!(visitor.get("/account").await.text.contains("Create and change your account’s contacts"));
    let login = driftwood.login(&email, crate::harness::PASSWORD).await.result();
    let export = driftwood.post_as(text(&login, "access_token"), "users-export", json!({})).await.result();
    let consent = &export["export"]["connected_apps"][0];
    assert_eq!(consent["scopes"], "contact_write");
    assert_eq!(consent["resources"], json!([{"resource": TOOLS, "scopes": "tools_use"}]));
}

#[tokio::test]
async fn a_consent_of_an_earlier_version_allows_no_resource() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[("scope", "openid")]).await.code();
    let stored = driftwood.items_of("Authorizations", "consent#").await;
    assert!(stored.len() == 1 && !stored[0].contains_key("resources"), "it is as that version wrote it");
    let silent = silently(&visitor, &client, &[("scope", "openid"), ("resource", TOOLS)]).await;
    client.answer(&silent).refused("consent_required");
    let session = tokens(&driftwood, &visitor, &client, &[("scope", "openid")]).await;
    visitor.approve(&client, &[("scope", "openid"), ("resource", TOOLS)]).await.code();
    assert_eq!(driftwood.items_of("Authorizations", "consent#").await.len(), 1, "one consent of user and app");
    client.refresh(&driftwood, text(&session, "refresh_token")).await.json();
}

#[tokio::test]
async fn a_session_of_an_earlier_version_gets_the_scopes_of_its_api_from_the_next_token_on() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let old = tokens(&driftwood, &visitor, &client, &[("scope", "openid tools_use"), ("resource", TOOLS)]).await;
    let sessions = driftwood.items_of("RefreshTokens", "session#").await;
    let mut session = sessions.into_iter().find(|session| session.contains_key("grant")).expect("the app's session");
    let AttributeValue::M(grant) = session.get_mut("grant").unwrap() else { panic!("a grant is a map") };
    let scopes = ["openid", "tools_use", "gdpr_write"].map(|name| AttributeValue::S(name.to_owned()));
    grant.insert("scopes".to_owned(), AttributeValue::L(scopes.to_vec()));
    driftwood.put_item("RefreshTokens", session).await;
    let refreshed = client.refresh(&driftwood, text(&old, "refresh_token")).await.json();
    assert_eq!(text(&refreshed, "scope"), "openid tools_use");
    assert_eq!(claims(text(&refreshed, "access_token"))["scope"], "openid tools_use");
}

#[tokio::test]
async fn disconnecting_ends_the_access_at_every_api() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let ours = tokens(&driftwood, &visitor, &client, &[("scope", "openid")]).await;
    let theirs = tokens(&driftwood, &visitor, &client, &[("scope", "openid"), ("resource", TOOLS)]).await;
    crate::account::disconnect(&visitor, "Photo Album").await;
    for tokens in [ours, theirs] {
        client.refresh(&driftwood, text(&tokens, "refresh_token")).await.refused_oauth(400, "invalid_grant");
    }
    let silent = silently(&visitor, &client, &[("scope", "openid"), ("resource", TOOLS)]).await;
    client.answer(&silent).refused("consent_required");
}

#[tokio::test]
async fn consents_for_two_apis_at_once_both_lead_to_tokens_of_their_own() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[("scope", "openid")]).await.code();
    let resources = [TOOLS, ORDERS, TOOLS, ORDERS];
    let mut pages = Vec::new();
    for resource in resources {
        pages.push(
            visitor.authorize(&client, &[("scope", "openid contact_read contact_write"), ("resource", resource)]).await,
        );
    }
    let answers = join_all(pages.iter().map(|page| visitor.allow(page))).await;
    for (answer, resource) in answers.iter().zip(resources) {
        let tokens = client.exchange(&driftwood, client.answer(answer).code()).await.json();
        assert_eq!(claims(text(&tokens, "access_token"))["aud"], resource);
        let foreign = if resource == TOOLS { "contact_write" } else { "contact_read" };
        assert!(!text(&tokens, "scope").contains(foreign), "{resource}: {tokens}");
    }
}

#[tokio::test]
async fn a_fault_while_a_consent_is_extended_extends_it_once_or_not_at_all() {
    let driftwood = start().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        let client = album(&driftwood).await;
        let visitor = driftwood.visitor();
        visitor.signed_up().await;
        visitor.approve(&client, &[("scope", "openid")]).await.code();
        let more = [("scope", "openid"), ("resource", TOOLS)];
        let page = visitor.authorize(&client, &more).await;
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        client.answer(&visitor.allow(&page).await).code();
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        client.answer(&silently(&visitor, &client, &more).await).code();
        client.answer(&silently(&visitor, &client, &[("scope", "openid")]).await).code();

        let more = [("scope", "openid"), ("resource", ORDERS)];
        let page = visitor.authorize(&client, &more).await;
        driftwood.inject_fault("TransactWriteItems", Trouble::Throttled, 100);
        assert_eq!(visitor.allow(&page).await.status, 503);
        driftwood.clear_faults();
        client.answer(&silently(&visitor, &client, &more).await).refused("consent_required");
    }
}

#[tokio::test]
async fn a_device_is_connected_to_the_api_that_its_page_names() {
    let driftwood = start().await;
    let television = driftwood.television().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let asked = [("scope", "contact_read"), ("resource", TOOLS)];
    let answer = television.ask_with(&driftwood, &asked).await.json();
    let page = visitor.type_code(text(&answer, "user_code")).await;
    assert!(page.text.contains("Example Tools (mcp.example.com/mcp)"), "{}", page.text);
}

#[tokio::test]
async fn a_resource_is_found_by_another_spelling_and_the_audience_is_as_configured() {
    let driftwood = start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let ours = driftwood.server.url.clone();
    for (spelling, other, audience) in [
        ("https://api.example.com/", "https://API.example.com:443", ORDERS),
        ("HTTPS://MCP.EXAMPLE.COM:443/mcp", TOOLS, TOOLS),
        (&format!("{ours}/"), &ours, ours.as_str()),
    ] {
        let scope = ("scope", "openid contact_read");
        let answer = visitor.approve(&client, &[scope, ("resource", spelling)]).await;
        let redeemed = client.exchange_with(&driftwood, answer.code(), &[("resource", other)]).await.json();
        assert_eq!(claims(text(&redeemed, "access_token"))["aud"], audience, "{spelling}");
        // The consent is for the API, however it is spelt.
        client.answer(&silently(&visitor, &client, &[scope, ("resource", other)]).await).code();
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", text(&redeemed, "refresh_token"))];
        let refresh: Vec<_> = refresh.into_iter().chain([("resource", spelling)]).collect();
        let refreshed = client.token(&driftwood, &refresh).await.json();
        assert_eq!(claims(text(&refreshed, "access_token"))["aud"], audience, "{spelling}");
    }
    for unknown in [
        "https://mcp.example.com/mcp/",
        "https://mcp.example.com/MCP",
        "http://api.example.com",
        "https://api.example.com:8443",
    ] {
        let reply = visitor.get(&client.authorize_path(&[("resource", unknown)])).await;
        client.answer(&reply).refused("invalid_target");
    }
    let path = client.authorize_path(&[("scope", "openid contact_read"), ("resource", ORDERS)]);
    let both = visitor.get(&format!("{path}&resource=https%3A%2F%2Fapi.example.com%2F&prompt=none")).await;
    client.answer(&both).code();
}
