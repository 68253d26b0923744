//! How many round trips to DynamoDB a request costs.

use local::MailTrouble;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{DocumentServer, OPERATED, PASSWORD, TestServer};
use crate::management;
use crate::recovery::{CONFIRM, RESET, VERIFY, change_password, confirm, forgot, last_token, reset, verify_as};
use crate::webhooks::Installed;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The functions that streams call.
pub const STREAMED: [&str; 4] = ["events-record", "mail-send", "webhooks-queue", "webhooks-send"];

/// The sorted operations of a request, without those of the functions that streams call after it.
async fn operations(driftwood: &TestServer) -> Vec<String> {
    let calls = driftwood.calls().into_iter().filter(|call| !STREAMED.contains(&call.function.as_str()));
    let mut operations: Vec<String> = calls.map(|call| call.operation).collect();
    operations.sort();
    operations
}

#[tokio::test]
async fn every_flow_costs_what_the_architecture_says() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    // Each twice: the first request of a process may also read keys, or load an app for the first time.
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    driftwood.login(&alice.email, PASSWORD).await.result();
    driftwood.refresh(&alice.refresh_token).await.result();
    post("contacts-list", json!({})).await.result();
    driftwood.post_as(&token, "contacts-list", json!({})).await.result();

    operations(&driftwood).await;
    let second = driftwood.alice().await;
    assert_eq!(
        operations(&driftwood).await,
        ["TransactWriteItems", "UpdateItem", "UpdateItem"],
        "register: the limits of the network address and of the recipient, then one transaction"
    );

    driftwood.login(&alice.email, PASSWORD).await.result();
    assert_eq!(
        operations(&driftwood).await,
        [&["GetItem", "GetItem", "PutItem", "PutItem"][..], &["UpdateItem"; 5]].concat(),
        "login: the name at the address is charged; the address, then the name, beside the reads of both; then in parallel session, event, and what the success gives back: four round trips"
    );

    driftwood.refresh(&second.refresh_token).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "UpdateItem"], "refresh");

    driftwood.refresh(&second.refresh_token).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem"], "refresh again, within the grace");

    driftwood.program_token(&program).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem"], "client_credentials");

    post("contacts-list", json!({})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "Query"], "a user's call");

    let contact = post("contacts-create", json!({"email": "c@example.com"})).await.result()["contact"].clone();
    operations(&driftwood).await;
    post("contacts-delete", json!({"id": contact["id"]})).await.result();
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "GetItem", "TransactWriteItems"],
        "a contact is read, because its address is deleted with it"
    );

    driftwood.post_as(&token, "contacts-list", json!({})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "Query"], "an app's call");

    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    client.exchange(&driftwood, &code).await.json();
    operations(&driftwood).await;

    let reply = visitor.get(&client.authorize_path(&[])).await;
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "TransactWriteItems"],
        "a remembered consent becomes a code: one batch, one transaction"
    );

    let tokens = client.exchange(&driftwood, client.answer(&reply).code()).await.json();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "TransactWriteItems"], "the exchange of a code");

    let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "UpdateItem"], "an app's refresh");

    let delegated = refreshed["access_token"].as_str().unwrap();
    driftwood.post_as(delegated, "contacts-list", json!({})).await.result();
    operations(&driftwood).await;
    driftwood.post_as(delegated, "contacts-list", json!({})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "Query"], "a call for a user");

    visitor.get("/account").await.heading();
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "BatchGetItem", "Query", "Query", "Query"],
        "the account page: the user, three lists in parallel, the apps' names"
    );

    driftwood.get("/.well-known/jwks.json").await;
    driftwood.calls();
    driftwood.get("/.well-known/jwks.json").await;
    assert_eq!(operations(&driftwood).await, [""; 0], "the JWKS is cached");
}

#[tokio::test]
async fn what_clients_do_by_themselves_costs_a_batch_and_a_write() {
    let driftwood = TestServer::start().await;
    let client = driftwood
        .client(json!({
            "name": "Web App", "redirect_uris": ["https://web.example/cb"], "scopes": ["openid", "contact_read"],
            "grant_types": ["authorization_code", "refresh_token", DEVICE_CODE],
        }))
        .await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let new_tokens = || async {
        let code = visitor.approve(&client, &[("scope", "openid")]).await.code().to_owned();
        client.exchange(&driftwood, &code).await.json()
    };
    let (one, two) = (new_tokens().await, new_tokens().await);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let send = |path: &'static str, form: &'static str, token: String| {
        let (driftwood, basic) = (&driftwood, client.app.basic());
        let form = if token.is_empty() { form.to_owned() } else { format!("{form}{token}") };
        let headers = [("authorization", basic), ("content-type", "application/x-www-form-urlencoded".to_owned())];
        async move {
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            driftwood.send(reqwest::Method::POST, path, &headers, form).await
        }
    };
    // Each function loads the app for the first time once.
    for path in ["/oauth2/revoke", "/oauth2/introspect"] {
        assert_eq!(send(path, "token=", "unknown".to_owned()).await.status, 200);
    }
    let asked = "response_type=code&redirect_uri=https://web.example/cb&scope=openid";
    assert_eq!(send("/oauth2/par", asked, String::new()).await.status, 201);
    assert_eq!(send("/oauth2/device_authorization", "scope=openid", String::new()).await.status, 200);
    driftwood.calls();

    send("/oauth2/introspect", "token=", text(&one["access_token"])).await;
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "BatchGetItem"],
        "the client, and the items that the token depends on"
    );

    send("/oauth2/revoke", "token=", text(&one["access_token"])).await;
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "PutItem", "PutItem"],
        "the id of an access token, and the event"
    );

    send("/oauth2/revoke", "token=", text(&two["refresh_token"])).await;
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "TransactWriteItems"],
        "the family of a refresh token, and the event"
    );

    send("/oauth2/par", asked, String::new()).await;
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "PutItem"], "a pushed request");

    let device = send("/oauth2/device_authorization", "scope=openid", String::new()).await.json();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "PutItem"], "a device authorization");

    let poll = [("grant_type", DEVICE_CODE), ("device_code", device["device_code"].as_str().unwrap())];
    client.token(&driftwood, &poll).await.refused_oauth(400, "authorization_pending");
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "UpdateItem"], "a poll, and its time");

    let registration = json!({"redirect_uris": ["https://web.example/cb"]}).to_string();
    let headers = [("content-type", "application/json")];
    let reply = driftwood.send(reqwest::Method::POST, "/oauth2/register", &headers, registration).await;
    assert_eq!(
        (reply.status, operations(&driftwood).await),
        (201, ["PutItem", "PutItem", "UpdateItem"].map(String::from).into())
    );
}

#[tokio::test]
async fn a_client_that_registered_itself_costs_a_write_a_day_and_one_with_consent_none() {
    let driftwood = TestServer::start().await;
    let registered = crate::registration::web_app(&driftwood).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    // Keys are read again after a while.
    let writes = async || {
        let all = operations(&driftwood).await;
        all.into_iter()
            .filter(|name| !["BatchGetItem", "GetItem", "GetSecretValue"].contains(&&**name))
            .collect::<Vec<_>>()
    };
    let refused = async || {
        registered.client.token(&driftwood, &form).await.refused_oauth(400, "invalid_grant");
        writes().await
    };
    driftwood.calls();
    assert_eq!(refused().await, [""; 0]);
    driftwood.advance(86_400);
    assert_eq!(refused().await, ["UpdateItem"], "its use is noted");
    assert_eq!(refused().await, [""; 0]);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&registered.client, &[("scope", "openid")]).await.code().to_owned();
    driftwood.calls();
    let tokens = registered.client.exchange(&driftwood, &code).await.json();
    assert_eq!(writes().await, ["TransactWriteItems"]);
    driftwood.advance(2 * 86_400);
    registered.client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(writes().await, ["UpdateItem"], "a refresh costs what it did");
}

#[tokio::test]
async fn an_audit_event_costs_no_call_of_its_own_where_the_action_is_a_transaction() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    driftwood.calls();
    let id = post("oauth-apps-create", json!({"name": "Job"})).await.result()["app"]["id"].clone();
    let told = ["BatchGetItem", "TransactWriteItems", "UpdateItem"];
    assert_eq!(operations(&driftwood).await, told, "a new app, and the count of the notice");
    post("oauth-apps-rotate-secret", json!({"id": id})).await.result();
    let told = ["BatchGetItem", "GetItem", "TransactWriteItems", "UpdateItem"];
    assert_eq!(operations(&driftwood).await, told, "a new secret, and the count of the notice");
    post("oauth-apps-update", json!({"id": id, "name": "New"})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "PutItem", "UpdateItem"], "a change, and then its event");
    post("oauth-apps-revoke", json!({"id": id})).await.result();
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "PutItem", "UpdateItem"],
        "a revocation, and then its event"
    );
    post("auth-logout", json!({})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "TransactWriteItems"], "the revocation of a session");
}

#[tokio::test]
async fn managing_apps_costs_what_its_decisions_say() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let app = management::create(&driftwood, &alice.access_token, json!({"name": "Job"})).await;
    let own = format!("{}/{}", management::APPS, app["id"].as_str().unwrap());
    let (config, commands) = (format!("{own}/config"), format!("{own}/commands"));
    let command = |name: &str| json!({"command": name});
    let written = ["BatchGetItem", "PutItem", "UpdateItem"];
    let changed = ["BatchGetItem", "GetItem", "TransactWriteItems"];
    let told = ["BatchGetItem", "GetItem", "TransactWriteItems", "UpdateItem"];
    for (method, path, body, expected) in [
        (Method::GET, "/api/v1/templates", Value::Null, &[][..]),
        (Method::GET, "/api/v1/me", Value::Null, &["BatchGetItem"]),
        (Method::GET, management::APPS, Value::Null, &["BatchGetItem", "BatchGetItem", "Query"]),
        (Method::GET, &own, Value::Null, &["BatchGetItem", "GetItem"]),
        (Method::GET, &config, Value::Null, &["BatchGetItem", "GetItem"]),
        (Method::POST, management::APPS, json!({"name": "New"}), &["BatchGetItem", "TransactWriteItems", "UpdateItem"]),
        (Method::PATCH, &config, json!({"name": "Newer"}), &changed),
        (Method::POST, &commands, command("rotate_secret"), &told),
        (Method::POST, &commands, command("disable"), &written),
        (Method::POST, &commands, command("enable"), &written),
        (Method::POST, &commands, command("revoke_tokens"), &written),
        (Method::DELETE, &own, Value::Null, &written),
    ] {
        operations(&driftwood).await;
        let reply = management::call(&driftwood, &alice.access_token, method.clone(), path, body).await;
        assert!(matches!(reply.status, 200 | 201 | 204), "{method} {path}: {}", reply.text);
        assert_eq!(operations(&driftwood).await, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn the_settings_of_a_webhook_cost_a_read_and_a_transaction() {
    let receiver = DocumentServer::start().await;
    let driftwood = TestServer::start_with_documents(&[("https://receiver.example", &receiver)], &[]).await;
    let alice = driftwood.alice().await;
    let app = management::create(&driftwood, &alice.access_token, json!({"name": "Receiver"})).await;
    let all = format!("{}/{}/webhooks", management::APPS, app["id"].as_str().unwrap());
    let new = json!({"url": "https://receiver.example/driftwood", "types": ["*"]});
    let send = async |method: Method, path: &str, body: Value| {
        let reply = management::call(&driftwood, &alice.access_token, method, path, body).await;
        assert!(matches!(reply.status, 200 | 201 | 202 | 204), "{path}: {}", reply.text);
        reply
    };
    let webhook = send(Method::POST, &all, new.clone()).await.json();
    let one = format!("{all}/{}", webhook["id"].as_str().unwrap());
    let read = ["BatchGetItem", "GetItem", "GetItem"];
    let changed = ["BatchGetItem", "GetItem", "GetItem", "TransactWriteItems"];
    let since = |year: u32| json!({"since": format!("{year}-01-01T00:00:00Z"), "which": "all"});
    let resent = ["BatchGetItem", "GetItem", "GetItem", "PutItem", "PutItem", "Query"];
    for (method, path, body, expected) in [
        (Method::GET, all.clone(), Value::Null, &read[..]),
        (Method::GET, one.clone(), Value::Null, &["BatchGetItem", "GetItem", "GetItem", "Query"]),
        (Method::POST, all.clone(), new, &changed),
        (Method::PATCH, one.clone(), json!({"types": ["order.*"]}), &changed),
        (Method::PATCH, one.clone(), json!({"types": ["order.*"]}), &read),
        (Method::POST, format!("{one}/secret"), Value::Null, &changed),
        (Method::POST, format!("{one}/test"), Value::Null, &["BatchGetItem", "GetItem", "GetItem", "PutItem"]),
        (Method::POST, format!("{one}/resend"), since(2100), &["BatchGetItem", "GetItem", "GetItem", "Query"]),
        (Method::POST, format!("{one}/resend"), since(2000), &resent),
        (Method::DELETE, one.clone(), Value::Null, &changed),
        (Method::DELETE, one.clone(), Value::Null, &read),
    ] {
        operations(&driftwood).await;
        send(method.clone(), &path, body).await;
        assert_eq!(operations(&driftwood).await, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn a_delivery_to_a_webhook_costs_five_calls() {
    let installed = Installed::start().await;
    // The first one of a process also learns who created the app.
    installed.order(1).await;
    installed.driftwood.calls();
    installed.order(2).await;
    let calls = installed.driftwood.calls();
    let of = |function: &str| {
        let mut operations: Vec<_> =
            calls.iter().filter(|call| call.function == function).map(|call| call.operation.as_str()).collect();
        operations.sort_unstable();
        operations
    };
    assert_eq!(
        of("webhooks-queue"),
        ["BatchGetItem", "PutItem", "Query"],
        "two reads of an event, and a write of each delivery"
    );
    assert_eq!(of("webhooks-send"), ["BatchGetItem", "DeleteItem", "PutItem", "UpdateItem"]);
    assert_eq!(installed.numbers(), [1, 2]);
}

#[tokio::test]
async fn an_event_costs_two_writes() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.calls();
    let post = |headers: &'static [(&str, &str)]| {
        driftwood.post_event_as(&alice.access_token, headers, crate::events::order(1))
    };
    let key = &[("idempotency-key", "1")];
    post(&[]).await.json();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "PutItem", "UpdateItem"], "an event");
    post(key).await.json();
    let once = ["BatchGetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"];
    assert_eq!(operations(&driftwood).await, once, "with a key");
    post(key).await.json();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "BatchGetItem", "GetItem"], "the same one again");
    let page = |cursor: Value| driftwood.post_as(&alice.access_token, "events-list", json!({"cursor": cursor}));
    let events = page(json!(0)).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "GetItem", "Query"], "a page");
    let last = events["events"].as_array().and_then(|events| events.last()).expect("an event");
    page(last["sequence"].clone()).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "GetItem"], "nothing new");
}

#[tokio::test]
async fn what_operators_see_and_send_of_mail_costs_a_page_and_a_transaction() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let alice = driftwood.alice().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Rejected, 1);
    driftwood.program(&alice, json!({"name": "Job"})).await;
    driftwood.advance(3 * 86_400);
    driftwood.server.run("mail-send").await.expect("a run");
    let operator = driftwood.operator().await;
    let post = |name: &'static str, body| driftwood.post_as(&operator.access_token, name, body);
    // The first request of a process also reads keys.
    let mail = post("mails-list", json!({})).await.result()["mails"][0]["id"].clone();
    post("mails-resend", json!({"id": operator.user_id})).await.refused(404, "not_found");
    driftwood.calls();
    post("mails-list", json!({})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "PutItem", "Query"], "a page, and the event");
    post("mails-list", json!({"state": "waiting"})).await.result();
    let shards = [&["BatchGetItem", "PutItem"][..], &["Query"; 4]].concat();
    assert_eq!(operations(&driftwood).await, shards, "a page of each shard, and the event");
    post("mails-resend", json!({"id": mail})).await.result();
    let again = ["BatchGetItem", "GetItem", "TransactWriteItems"];
    assert_eq!(operations(&driftwood).await, again, "the mail, which is moved with the event");
}

#[tokio::test]
async fn a_failed_sign_in_costs_the_same_calls_for_every_address() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "2")]).await;
    let (known, disabled, unknown) = (driftwood.alice().await, driftwood.alice().await, driftwood.new_email());
    driftwood.operator_disables(&disabled).await;
    driftwood.calls();
    let read_and_recorded = ["GetItem", "GetItem", "PutItem"];
    let failed = [&read_and_recorded[..], &["UpdateItem"; 3]].concat();
    let (first, refused) = ([&read_and_recorded[..], &["UpdateItem"]].concat(), ["UpdateItem"]);
    for (attempt, expected) in [&failed[..], &failed, &first, &refused].into_iter().enumerate() {
        for email in [&known.email, &disabled.email, &unknown] {
            let reply = driftwood.login(email, "wrong password of mine").await;
            assert_eq!(reply.status, if attempt < 2 { 401 } else { 429 });
            assert_eq!(operations(&driftwood).await, expected, "attempt {attempt} at {email}");
        }
    }
}

#[tokio::test]
async fn a_process_reads_its_keys_once_in_a_while() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.refresh(&alice.refresh_token).await.result();
    driftwood.calls();
    driftwood.refresh(&alice.refresh_token).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem"]);
    driftwood.advance(300);
    // The grace period is over, so the token would count as stolen: another one is used.
    let bob = driftwood.alice().await;
    driftwood.calls();
    driftwood.refresh(&bob.refresh_token).await.result();
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "GetSecretValue", "GetSecretValue", "UpdateItem"],
        "both secrets are read again"
    );
}

#[tokio::test]
async fn recovery_and_deletion_cost_what_their_decisions_say() {
    let driftwood = TestServer::start().await;
    let (alice, other) = (driftwood.alice().await, driftwood.alice().await);
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    let new = "an entirely new passphrase";
    // The first request of a process may also read keys.
    post("auth-verify-email", json!({})).await.result();
    forgot(&driftwood, &other.email).await.result();
    driftwood.calls();

    post("auth-verify-email", json!({})).await.result();
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "TransactWriteItems", "UpdateItem", "UpdateItem"],
        "a link: the user, two limits, then link, mail and event in one transaction"
    );

    let verification = last_token(&driftwood, &alice.email, VERIFY);
    verify_as(&driftwood, &alice, &verification).await.result();
    let as_the_user = ["BatchGetItem", "BatchGetItem", "TransactWriteItems"];
    assert_eq!(
        operations(&driftwood).await,
        as_the_user,
        "a verification: the link, the user's session, one transaction"
    );

    forgot(&driftwood, &other.email).await.result();
    assert_eq!(
        operations(&driftwood).await,
        ["GetItem", "GetItem", "TransactWriteItems", "UpdateItem", "UpdateItem"],
        "a forgotten password, for every address"
    );

    reset(&driftwood, &last_token(&driftwood, &other.email, RESET), new).await.result();
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "TransactWriteItems", "UpdateItem"],
        "a new password by a link, and the address is known"
    );

    change_password(&driftwood, &alice, PASSWORD, new).await.result();
    // Three limits and what the success gives back, as in a sign-in; then the limit of notices.
    let confirmed = ["UpdateItem"; 6];
    assert_eq!(
        operations(&driftwood).await,
        [&["BatchGetItem", "TransactWriteItems"][..], &confirmed].concat(),
        "a changed password"
    );

    post("auth-change-email", json!({"new_email": "new@example.com", "password": new})).await.result();
    assert_eq!(
        operations(&driftwood).await,
        [&["BatchGetItem", "TransactWriteItems", "UpdateItem", "UpdateItem"][..], &confirmed].concat(),
        "a link to another address"
    );

    confirm(&driftwood, &alice, &last_token(&driftwood, "new@example.com", CONFIRM)).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "BatchGetItem", "TransactWriteItems"], "another address");

    post("users-update", json!({"name": "New"})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "TransactWriteItems"], "a profile");

    let page = post("users-export", json!({})).await.result();
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "PutItem", "Query", "Query", "Query", "Query", "Query", "Query"],
        "the first page of an export: the event, five lists in parallel, the contacts"
    );

    let page = post("users-export", json!({"cursor": page["next_cursor"]})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "GetItem", "Query"], "every other page");
    post("users-export", json!({"cursor": page["next_cursor"]})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "Query"], "the last one too");

    post("users-delete", json!({"password": new})).await.result();
    let deleted = [&["BatchWriteItem"; 4][..], &["GetItem"], &["Query"; 11]].concat();
    let expected = [
        &["BatchGetItem", "DeleteItem"][..],
        &deleted,
        &["TransactWriteItems", "TransactWriteItems", "UpdateItem"],
        &confirmed,
    ]
    .concat();
    let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
    expected.sort();
    assert_eq!(
        operations(&driftwood).await,
        expected,
        "a deletion: eleven lists, of which four have something, the former address, and the address that is held"
    );
}

#[tokio::test]
async fn a_password_that_was_guessed_too_often_costs_no_hash_and_no_read() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "1")]).await;
    let alice = driftwood.alice().await;
    let guess = || change_password(&driftwood, &alice, "a wrong guess", "an entirely new passphrase");
    guess().await.mistaken_fields();
    let hashes = driftwood.hashes("auth-change-password");
    driftwood.calls();
    guess().await.refused(429, "rate_limited");
    let charges = ["UpdateItem"];
    let first = [&["BatchGetItem", "PutItem"][..], &charges].concat();
    assert_eq!(operations(&driftwood).await, first, "the first of a window is recorded");
    guess().await.refused(429, "rate_limited");
    assert_eq!(operations(&driftwood).await, [&["BatchGetItem"][..], &charges].concat());
    assert_eq!(driftwood.hashes("auth-change-password"), hashes);
}
