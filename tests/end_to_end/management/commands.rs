//! `POST /api/v1/apps/{appId}/commands`

use reqwest::Method;
use serde_json::{Value, json};

use super::{APPS, browser, call, callers, create, get, text};
use crate::harness::{Alice, Client, DEVICE_GRANT, DeviceCodes, Program, Reply, TestServer, Trouble, Visitor};

async fn command(driftwood: &TestServer, token: &str, id: &str, body: Value) -> Reply {
    call(driftwood, token, Method::POST, &format!("{APPS}/{id}/commands"), body).await
}

/// An app with every way to get tokens, tokens of every kind, and codes that are not exchanged yet.
struct Connected<'d> {
    driftwood: &'d TestServer,
    client: Client,
    user: Alice,
    browser: Visitor<'d>,
    tokens: Tokens,
}

struct Tokens {
    own: String,
    delegated: Value,
    by_device: Value,
    code: String,
    codes: DeviceCodes,
}

async fn connected(driftwood: &TestServer) -> Connected<'_> {
    let client = driftwood
        .client(json!({
            "name": "Photo Album", "redirect_uris": ["https://album.example/cb"],
            "grant_types": ["client_credentials", "authorization_code", "refresh_token", DEVICE_GRANT],
            "scopes": ["openid", "profile", "email", "contact_read"],
        }))
        .await;
    let user = driftwood.alice().await;
    let browser = browser(driftwood, &user).await;
    let tokens = tokens(driftwood, &client, &browser).await;
    Connected { driftwood, client, user, browser, tokens }
}

/// Tokens of every kind, each of which works.
async fn tokens(driftwood: &TestServer, client: &Client, browser: &Visitor<'_>) -> Tokens {
    let own = client.token(driftwood, &[("grant_type", "client_credentials")]).await.json();
    let code = browser.approve(client, &[]).await.code().to_owned();
    let delegated = client.exchange(driftwood, &code).await.json();
    let codes = client.ask(driftwood).await;
    browser.connect(&codes).await;
    let by_device = client.poll(driftwood, &codes).await.json();
    let codes = client.ask(driftwood).await;
    browser.connect(&codes).await;
    let code = browser.approve(client, &[]).await.code().to_owned();
    let tokens = Tokens { own: text(&own["access_token"]).to_owned(), delegated, by_device, code, codes };
    for token in tokens.access_tokens() {
        assert!(driftwood.is_alive(token).await);
        assert_eq!(client.introspect(driftwood, token).await["active"], true);
    }
    tokens
}

impl Tokens {
    fn access_tokens(&self) -> [&str; 3] {
        [&self.own, text(&self.delegated["access_token"]), text(&self.by_device["access_token"])]
    }

    fn refresh_tokens(&self) -> [&str; 2] {
        [text(&self.delegated["refresh_token"]), text(&self.by_device["refresh_token"])]
    }
}

impl Connected<'_> {
    async fn command(&self, body: Value) -> Value {
        let reply = command(self.driftwood, &self.client.developer.access_token, &self.client.app.id, body).await;
        assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
        reply.json()
    }

    async fn userinfo(&self, token: &str) -> u16 {
        let bearer = format!("Bearer {token}");
        self.driftwood.send(Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], "").await.status
    }
}

#[tokio::test]
async fn a_rotated_secret_is_shown_once_and_the_old_one_stays_valid_for_the_overlap() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let old = driftwood.program(&alice, json!({"name": "Job"})).await;
    let rotate = |body| command(&driftwood, &alice.access_token, &old.id, body);
    let mut rotated = rotate(json!({"command": "rotate_secret", "overlap_seconds": 60})).await.json();
    let secret = rotated.as_object_mut().unwrap().remove("client_secret").expect("a secret");
    let new = Program { client_secret: text(&secret).to_owned(), ..old.clone() };
    assert!(text(&secret).starts_with(text(&rotated["client_secret_prefix"])));
    let read = get(&driftwood, &alice.access_token, &format!("{APPS}/{}", old.id)).await.json();
    assert_eq!(read, rotated, "the app as it is now, without the secret");
    driftwood.program_token(&old).await.result();
    driftwood.program_token(&new).await.result();
    driftwood.advance(60);
    driftwood.program_token(&old).await.refused(401, "invalid_client");
    driftwood.program_token(&new).await.result();
    rotate(json!({"command": "rotate_secret"})).await;
    driftwood.program_token(&new).await.refused(401, "invalid_client");
    let public = json!({"name": "P", "redirect_uris": ["http://localhost/cb"], "token_endpoint_auth_method": "none"});
    let public = create(&driftwood, &alice.access_token, public).await;
    let reply =
        command(&driftwood, &alice.access_token, text(&public["id"]), json!({"command": "rotate_secret"})).await;
    reply.refused_resource(409, "conflict");
}

#[tokio::test]
async fn a_disabled_app_gets_no_tokens_and_its_tokens_are_refused() {
    let driftwood = TestServer::start().await;
    let it = connected(&driftwood).await;
    let other = driftwood.web_app().await;
    let disabled = it.command(json!({"command": "disable"})).await;
    assert!(text(&disabled["disabled_at"]).ends_with('Z') && disabled["revoked_at"].is_null(), "{disabled}");

    for token in it.tokens.access_tokens() {
        assert!(!driftwood.is_alive(token).await);
        get(&driftwood, token, "/api/v1/me").await.refused_resource(401, "invalid_token");
        assert_eq!(it.userinfo(token).await, 401);
        assert_eq!(other.introspect(&driftwood, token).await, json!({"active": false}));
        let reply = it.client.call(&driftwood, "/oauth2/introspect", &[("token", token)]).await;
        reply.refused_oauth(401, "invalid_client");
    }
    let codes = [("grant_type", DEVICE_GRANT), ("device_code", it.tokens.codes.device_code.as_str())];
    for form in [&[("grant_type", "client_credentials")][..], &codes] {
        it.client.token(&driftwood, form).await.refused_oauth(401, "invalid_client");
    }
    it.client.exchange(&driftwood, &it.tokens.code).await.refused_oauth(401, "invalid_client");
    for token in it.tokens.refresh_tokens() {
        it.client.refresh(&driftwood, token).await.refused_oauth(401, "invalid_client");
    }
    it.client.push(&driftwood, &[]).await.refused_oauth(401, "invalid_client");
    it.client.ask_with(&driftwood, &[]).await.refused_oauth(401, "invalid_client");
    let page = it.browser.authorize(&it.client, &[]).await;
    assert_eq!((page.status, page.header("location")), (400, ""), "a page, and no redirect to the app: {}", page.text);

    assert_eq!(it.command(json!({"command": "enable"})).await["disabled_at"], Value::Null);
    for token in it.tokens.access_tokens() {
        assert!(driftwood.is_alive(token).await, "what has not expired works again");
    }
    assert_eq!(it.client.exchange(&driftwood, &it.tokens.code).await.status, 200, "no code was spent meanwhile");
    assert_eq!(it.client.poll(&driftwood, &it.tokens.codes).await.status, 200);
    for token in it.tokens.refresh_tokens() {
        assert_eq!(it.client.refresh(&driftwood, token).await.status, 200);
    }
    it.browser.approve(&it.client, &[]).await.code();
}

#[tokio::test]
async fn an_app_on_a_device_that_is_disabled_before_its_user_answers_is_not_connected() {
    let driftwood = TestServer::start().await;
    let it = connected(&driftwood).await;
    let codes = it.client.ask(&driftwood).await;
    it.command(json!({"command": "disable"})).await;
    let page = it.browser.type_code(&codes.user_code).await;
    assert_ne!(page.heading(), "Your device is connected");
    assert!(!page.text.contains("value=\"allow\""), "there is nothing to consent to: {}", page.text);
}

#[tokio::test]
async fn repeating_a_command_changes_nothing() {
    let driftwood = TestServer::start().await;
    let it = connected(&driftwood).await;
    let disabled = it.command(json!({"command": "disable"})).await;
    driftwood.advance(60);
    assert_eq!(it.command(json!({"command": "disable"})).await, disabled, "it has the time of the first");
    let enabled = it.command(json!({"command": "enable"})).await;
    assert_eq!(it.command(json!({"command": "enable"})).await, enabled);
    let switches = (0..32).map(|_| it.command(json!({"command": "disable"})));
    let times: std::collections::BTreeSet<String> =
        futures_util::future::join_all(switches).await.iter().map(|app| app["disabled_at"].to_string()).collect();
    assert_eq!(times.len(), 1);
    let shown = get(&driftwood, &it.client.developer.access_token, APPS).await.json();
    assert_eq!(shown["apps"][0]["disabled_at"].to_string(), *times.first().unwrap());
    let listed = driftwood.post_as(&it.client.developer.access_token, "oauth-apps-list", json!({})).await.result();
    assert_eq!(listed["apps"], shown["apps"], "both APIs report it");
}

#[tokio::test]
async fn revoked_tokens_of_every_kind_are_refused_at_once_and_new_ones_of_the_same_second_work() {
    let driftwood = TestServer::start().await;
    let it = connected(&driftwood).await;
    let other = driftwood.web_app().await;
    for round in 0..2 {
        let old = if round == 0 { &it.tokens } else { &tokens(&driftwood, &it.client, &it.browser).await };
        driftwood.calls();
        it.command(json!({"command": "revoke_tokens"})).await;
        let writes = driftwood.calls().into_iter().filter(|call| call.operation == "UpdateItem").count();
        assert_eq!(writes, 1, "whatever their number");

        for token in old.access_tokens() {
            assert!(!driftwood.is_alive(token).await);
            assert_eq!(it.userinfo(token).await, 401);
            for client in [&it.client, &other] {
                assert_eq!(client.introspect(&driftwood, token).await, json!({"active": false}));
            }
        }
        for token in old.refresh_tokens() {
            assert_eq!(it.client.introspect(&driftwood, token).await, json!({"active": false}));
            it.client.refresh(&driftwood, token).await.refused_oauth(400, "invalid_grant");
        }
        it.client.exchange(&driftwood, &old.code).await.refused_oauth(400, "invalid_grant");
        it.client.poll(&driftwood, &old.codes).await.refused_oauth(400, "invalid_grant");

        // The clock does not move: the new tokens are of the same second.
        let answer = it.browser.get(&it.client.authorize_path(&[])).await;
        let code = it.client.answer(&answer).code().to_owned();
        let new = it.client.exchange(&driftwood, &code).await.json();
        assert!(driftwood.is_alive(text(&new["access_token"])).await, "and the user did not have to consent again");
        let again = it.client.refresh(&driftwood, text(&new["refresh_token"])).await.json();
        assert!(driftwood.is_alive(text(&again["access_token"])).await);
        let own = it.client.token(&driftwood, &[("grant_type", "client_credentials")]).await.json();
        assert!(driftwood.is_alive(text(&own["access_token"])).await);
    }
    let account = it.browser.get("/account").await;
    assert!(account.shows("Photo Album"), "the consent stays");
    assert!(driftwood.is_alive(&it.user.access_token).await);
}

#[tokio::test]
async fn revoking_tokens_affects_this_app_only() {
    let driftwood = TestServer::start().await;
    let (it, bystander) = (connected(&driftwood).await, connected(&driftwood).await);
    it.command(json!({"command": "revoke_tokens"})).await;
    for token in bystander.tokens.access_tokens() {
        assert!(driftwood.is_alive(token).await);
    }
    assert_eq!(bystander.client.exchange(&driftwood, &bystander.tokens.code).await.status, 200);
    assert!(driftwood.is_alive(&it.client.developer.access_token).await);
}

#[tokio::test]
async fn of_32_revocations_among_new_tokens_none_leaves_an_older_token_valid() {
    let driftwood = TestServer::start().await;
    let it = connected(&driftwood).await;
    let issue = || async {
        text(&it.client.token(&driftwood, &[("grant_type", "client_credentials")]).await.json()["access_token"])
            .to_owned()
    };
    let revoke = || it.command(json!({"command": "revoke_tokens"}));
    let (issued, _) = futures_util::future::join(
        futures_util::future::join_all((0..32).map(|_| issue())),
        futures_util::future::join_all((0..32).map(|_| revoke())),
    )
    .await;
    revoke().await;
    for token in issued {
        assert!(!driftwood.is_alive(&token).await);
    }
    assert!(driftwood.is_alive(&issue().await).await);
}

#[tokio::test]
async fn a_token_has_no_epoch_until_tokens_were_revoked() {
    let driftwood = TestServer::start().await;
    let it = connected(&driftwood).await;
    for token in it.tokens.access_tokens() {
        assert_eq!(crate::harness::claims(token).get("client_epoch"), None);
    }
    let items = driftwood.items("RefreshTokens").await;
    assert!(!items.is_empty() && !format!("{items:?}").contains("token_epoch"));
}

#[tokio::test]
async fn an_unknown_command_is_refused_with_the_list_of_commands() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let send = |body| command(&driftwood, &alice.access_token, &program.id, body);
    for body in
        [json!({}), json!({"command": null}), json!({"command": "delete"}), json!({"command": ["enable"]}), Value::Null]
    {
        assert_eq!(send(body).await.mistaken_parts(), ["command"]);
    }
    let unknown = send(json!({"command": "Disable"})).await;
    for name in ["rotate_secret", "enable", "disable", "revoke_tokens"] {
        assert!(unknown.text.contains(name), "{}", unknown.text);
    }
    for overlap in [json!(-1), json!(2_592_001), json!("60"), json!(1.5)] {
        let reply = send(json!({"command": "rotate_secret", "overlap_seconds": overlap})).await;
        assert_eq!(reply.mistaken_parts(), ["overlap_seconds"]);
    }
    let bearer = format!("Bearer {}", alice.access_token);
    let path = format!("{APPS}/{}/commands", program.id);
    let json = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for body in ["{", "[]", "{\"command\":\"enable\",\"command\":\"disable\"}"] {
        driftwood.send(Method::POST, &path, &json, body).await.refused_resource(400, "invalid_json");
    }
    let large = format!("{{\"command\":\"{}\"}}", "a".repeat(64 * 1024));
    driftwood.send(Method::POST, &path, &json, large).await.refused_resource(413, "payload_too_large");
    let form = [("authorization", bearer.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let reply = driftwood.send(Method::POST, &path, &form, "command=disable").await;
    reply.refused_resource(415, "unsupported_media_type");
    driftwood.program_token(&program).await.result();
}

const COMMANDS: [&str; 4] = ["rotate_secret", "disable", "enable", "revoke_tokens"];

#[tokio::test]
async fn the_scopes_of_a_token_decide_what_it_may_command() {
    let driftwood = TestServer::start().await;
    let callers = callers(&driftwood).await;
    let alice = &callers.alice;
    let small = create(&driftwood, &alice.access_token, json!({"name": "S", "scopes": ["app_read"]})).await;
    let all = create(&driftwood, &alice.access_token, json!({"name": "A"})).await;
    for name in COMMANDS {
        let body = json!({"command": name});
        for (caller, token) in &callers.writers {
            let reply = command(&driftwood, token, text(&small["id"]), body.clone()).await;
            // A secret would outlive the user's consent to the app that asked for it.
            let is_refused = name == "rotate_secret" && *caller == "a user's app";
            assert_eq!(reply.status, if is_refused { 403 } else { 200 }, "{caller} {name}: {}", reply.text);
        }
        for (_, token) in callers.readers.iter().chain(&callers.others) {
            let reply = command(&driftwood, token, text(&small["id"]), body.clone()).await;
            reply.refused_resource(403, "insufficient_scope");
            assert!(reply.header("www-authenticate").contains(" app_write\""));
        }
    }
    for (_, token) in &callers.writers[2..] {
        for name in COMMANDS {
            let reply = command(&driftwood, token, text(&all["id"]), json!({"command": name})).await;
            reply.refused_resource(403, "forbidden");
            assert!(!reply.text.contains("dw_cs_"), "the secret of an app with more scopes is not returned");
        }
    }
}

#[tokio::test]
async fn another_accounts_app_takes_no_commands() {
    let driftwood = TestServer::start().await;
    let (alice, mallory) = (driftwood.alice().await, driftwood.alice().await);
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result();
    for name in COMMANDS {
        for id in [program.id.as_str(), "x", "0199a1b2-0000-7000-8000-000000000001"] {
            let reply = command(&driftwood, &mallory.access_token, id, json!({"command": name})).await;
            reply.refused_resource(404, "not_found");
        }
    }
    assert!(driftwood.is_alive(text(&token["access_token"])).await);
    assert_eq!(driftwood.items("Apps").await.len(), 3, "and none was created");
}

#[tokio::test]
async fn a_revoked_app_takes_no_commands() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    driftwood.post_as(&alice.access_token, "oauth-apps-revoke", json!({"id": program.id})).await.result();
    for name in COMMANDS {
        let reply = command(&driftwood, &alice.access_token, &program.id, json!({"command": name})).await;
        reply.refused_resource(409, "app_revoked");
    }
    driftwood.program_token(&program).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn an_app_may_disable_itself_and_then_not_enable_itself() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job", "scopes": ["app_write"]})).await;
    let token = driftwood.program_token(&program).await.result();
    let token = text(&token["access_token"]);
    assert_eq!(command(&driftwood, token, &program.id, json!({"command": "disable"})).await.status, 200);
    let reply = command(&driftwood, token, &program.id, json!({"command": "enable"})).await;
    reply.refused_resource(401, "invalid_token");
}

#[tokio::test]
async fn each_command_is_recorded() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let app = create(&driftwood, &alice.access_token, json!({"name": "Job"})).await;
    for name in COMMANDS {
        driftwood.advance(1);
        command(&driftwood, &alice.access_token, text(&app["id"]), json!({"command": name})).await;
    }
    let trail = driftwood.trail(&alice.access_token, json!({})).await;
    let events: Vec<&Value> = trail.iter().filter(|event| event["subject"] == app["id"]).collect();
    let actions: Vec<&str> = events.iter().map(|event| text(&event["action"])).collect();
    let expected = ["app.tokens_revoked", "app.enabled", "app.disabled", "app.secret_rotated", "app.created"];
    assert_eq!(actions, expected);
    assert!(events.iter().all(|event| event["user_id"] == alice.user_id.as_str() && event["client_id"].is_null()));
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn faults_are_retried_or_reported() {
    let driftwood = TestServer::start().await;
    let it = connected(&driftwood).await;
    let passing =
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost];
    for trouble in passing {
        for (name, operation) in
            COMMANDS.into_iter().zip(["TransactWriteItems", "UpdateItem", "UpdateItem", "UpdateItem"])
        {
            driftwood.inject_fault(operation, trouble, 1);
            it.command(json!({"command": name})).await;
            assert_eq!(driftwood.clear_faults(), 1, "{trouble:?} {name}");
        }
    }
    for token in it.tokens.access_tokens() {
        assert!(!driftwood.is_alive(token).await);
    }
    let developer = &it.client.developer.access_token;
    for (name, operation) in [
        ("disable", "BatchGetItem"),
        ("rotate_secret", "GetItem"),
        ("rotate_secret", "TransactWriteItems"),
        ("disable", "UpdateItem"),
        ("disable", "PutItem"),
        ("revoke_tokens", "UpdateItem"),
        ("revoke_tokens", "PutItem"),
    ] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let reply = command(&driftwood, developer, &it.client.app.id, json!({"command": name})).await;
        reply.refused_resource(503, "unavailable");
        assert!(driftwood.clear_faults() > 0, "{name} {operation}");
        let reply = command(&driftwood, developer, &it.client.app.id, json!({"command": name})).await;
        assert_eq!(reply.status, 200, "{name} after {operation}: {}", reply.text);
    }
}
