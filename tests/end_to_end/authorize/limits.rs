//! Authorizations that are stored until a user answers them are counted, at a fraction of what they cost.

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{Alice, Client, DEVICE_GRANT, Reply, TestServer, machine};
use crate::recovery::{VERIFY, last_token, operations, verify_as};

/// The page for too many attempts.
const TOO_MANY: &str = "Too many attempts";

#[tokio::test]
async fn a_machine_begins_no_more_authorizations_than_the_limit_and_then_costs_a_read() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "5")]).await;
    let client = driftwood.spa().await;
    let path = client.authorize_path(&[]);
    let user = driftwood.visitor();
    user.signed_up().await;
    let robot = driftwood.visitor();
    for _ in 0..5 {
        assert_eq!(robot.get(&path).await.status, 303);
    }
    let refused = robot.get(&path).await;
    refused.refused_page(429, TOO_MANY);
    let stored = driftwood.count_authorizations().await;
    driftwood.calls();
    robot.get(&path).await.refused_page(429, TOO_MANY);
    assert_eq!(
        operations(&driftwood, "oauth-authorize"),
        ["BatchGetItem"],
        "what was refused a moment ago is refused without a write"
    );
    assert_eq!(driftwood.count_authorizations().await, stored);
    assert_eq!(driftwood.visitor_at(machine(2)).get(&path).await.status, 303, "another machine");
    assert_eq!(user.get(&path).await.status, 303, "a signed-in user has a count of their own");
    driftwood.advance(refused.header("retry-after").parse().unwrap());
    assert_eq!(robot.get(&path).await.status, 303);
}

#[tokio::test]
async fn the_count_costs_a_write_for_ten_authorizations() {
    let driftwood = TestServer::start().await;
    let path = driftwood.spa().await.authorize_path(&[]);
    let robot = driftwood.visitor();
    robot.get(&path).await;
    driftwood.calls();
    for _ in 0..30 {
        robot.get(&path).await;
    }
    let operations = operations(&driftwood, "oauth-authorize");
    let count = |name: &str| operations.iter().filter(|operation| *operation == name).count();
    assert_eq!([count("BatchGetItem"), count("PutItem"), count("UpdateItem")], [30, 30, 3]);
    assert_eq!(operations.len(), 63);
}

#[tokio::test]
async fn what_clients_push_is_counted_for_the_app_that_authenticates_or_for_the_machine() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "2")]).await;
    let (one, two, public) = (driftwood.web_app().await, driftwood.web_app().await, driftwood.spa().await);
    for client in [&one, &two, &public] {
        for attempt in 0..3 {
            let reply = client.push(&driftwood, &[]).await;
            if attempt < 2 {
                assert_eq!(reply.status, 201, "{}", reply.text);
            } else {
                reply.refused_oauth(429, "temporarily_unavailable");
            }
        }
    }
}

#[tokio::test]
async fn device_authorizations_are_counted_too() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "2")]).await;
    let television = driftwood.television().await;
    for _ in 0..2 {
        television.ask(&driftwood).await;
    }
    let form = format!("client_id={}", television.app.client_id);
    driftwood.form("/oauth2/device_authorization", &[], &form).await.refused_oauth(429, "temporarily_unavailable");
}

/// An app of this user whose server authenticates.
async fn server_app(driftwood: &TestServer, alice: &Alice) -> Client {
    let grants = ["authorization_code", DEVICE_GRANT];
    let redirect_uris = ["https://web.example/cb"];
    let scopes = ["openid", "profile", "email", "contact_read"];
    let settings = json!({"name": "Web App", "redirect_uris": redirect_uris, "grant_types": grants, "scopes": scopes});
    driftwood.client_of(alice, settings).await
}

async fn server_apps(driftwood: &TestServer, alice: &Alice, count: usize) -> Vec<Client> {
    join_all((0..count).map(|_| server_app(driftwood, alice))).await
}

#[track_caller]
fn too_many(reply: &Reply) {
    reply.refused_oauth(429, "temporarily_unavailable");
}

#[tokio::test]
async fn the_apps_of_an_account_store_no_more_together_than_ten_of_them_may() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "2")]).await;
    let (alice, other) = (driftwood.verified_alice().await, driftwood.verified_alice().await);
    let apps = server_apps(&driftwood, &alice, 12).await;
    for app in &apps[..10] {
        // What is refused for the app is not charged to the account.
        for attempt in 0..6 {
            let reply = app.push(&driftwood, &[]).await;
            if attempt < 2 { assert_eq!(reply.status, 201, "{}", reply.text) } else { too_many(&reply) }
        }
    }
    let stored = driftwood.count_authorizations().await;
    let refused = apps[10].push(&driftwood, &[]).await;
    too_many(&refused);
    too_many(&apps[11].ask_with(&driftwood, &[]).await);
    assert_eq!(driftwood.count_authorizations().await, stored);
    let other = server_app(&driftwood, &other).await;
    assert_eq!(other.push(&driftwood, &[]).await.status, 201, "another account");
    driftwood.advance(refused.header("retry-after").parse().unwrap());
    assert_eq!(apps[10].push(&driftwood, &[]).await.status, 201);
    assert_eq!(apps[11].ask_with(&driftwood, &[]).await.status, 200);
}

#[tokio::test]
async fn apps_that_race_store_no_more_than_their_account_may() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "2")]).await;
    let alice = driftwood.verified_alice().await;
    let apps = server_apps(&driftwood, &alice, 14).await;
    let before = driftwood.count_authorizations().await;
    let pushes = apps.iter().chain(&apps).map(|app| app.push(&driftwood, &[]));
    let replies = join_all(pushes).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 20);
    assert_eq!(driftwood.count_authorizations().await - before, 20);
}

#[tokio::test]
async fn the_apps_of_an_unverified_user_store_a_part_until_the_user_is_verified() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "2"), ("UnverifiedQuotaPercent", "10")]).await;
    let alice = driftwood.alice().await;
    let apps = server_apps(&driftwood, &alice, 2).await;
    for _ in 0..2 {
        assert_eq!(apps[0].push(&driftwood, &[]).await.status, 201);
    }
    too_many(&apps[1].push(&driftwood, &[]).await);
    let refused = apps[1].push(&driftwood, &[]).await;
    too_many(&refused);
    verify_as(&driftwood, &alice, &last_token(&driftwood, &alice.email, VERIFY)).await.result();
    for app in &apps {
        let enable = json!({"command": "enable"});
        let path = format!("/api/v1/apps/{}/commands", app.app.id);
        driftwood.post_json(&path, &alice.access_token, enable).await;
    }
    driftwood.advance(refused.header("retry-after").parse().unwrap());
    for app in &apps {
        for _ in 0..2 {
            assert_eq!(app.push(&driftwood, &[]).await.status, 201);
        }
    }
}

#[tokio::test]
async fn strangers_who_know_the_id_of_a_public_app_use_up_nothing_of_its_account() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "2")]).await;
    let alice = driftwood.verified_alice().await;
    let server = server_app(&driftwood, &alice).await;
    let settings = json!({
        "name": "Photo Album", "redirect_uris": ["https://album.example/cb"], "token_endpoint_auth_method": "none",
        "scopes": ["openid", "profile", "email", "contact_read"],
    });
    let public = driftwood.client_of(&alice, settings).await;
    // Many machines, more than the account's apps may store together: at the pages, with the id of each app.
    for number in 2..17 {
        let stranger = driftwood.visitor_at(machine(number));
        assert_eq!(stranger.get(&public.authorize_path(&[])).await.status, 303);
        assert_eq!(stranger.get(&server.authorize_path(&[])).await.status, 303);
        stranger.get(&public.authorize_path(&[])).await.refused_page(429, TOO_MANY);
    }
    // And a machine that pushes for the public app, beyond its own limit.
    for attempt in 0..30 {
        let reply = public.push(&driftwood, &[]).await;
        if attempt < 2 { assert_eq!(reply.status, 201, "{}", reply.text) } else { too_many(&reply) }
    }
    // Nor do requests whose secret is wrong.
    let thief = driftwood.unowned_client(&server.app.client_id, "wrong", &server.redirect_uri);
    for _ in 0..9 {
        thief.push(&driftwood, &[]).await.refused_oauth(401, "invalid_client");
    }
    assert_eq!(server.push(&driftwood, &[]).await.status, 201, "the account's own server");
    let user = driftwood.visitor_at(machine(40));
    for app in [&public, &server] {
        assert_eq!(user.get(&app.authorize_path(&[])).await.status, 303, "a user of the app");
    }
}

#[tokio::test]
async fn the_count_of_an_account_costs_another_write_for_ten_authorizations() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.verified_alice().await;
    let app = server_app(&driftwood, &alice).await;
    app.push(&driftwood, &[]).await;
    driftwood.calls();
    for _ in 0..30 {
        assert_eq!(app.push(&driftwood, &[]).await.status, 201);
    }
    let operations = operations(&driftwood, "oauth-par");
    let count = |name: &str| operations.iter().filter(|operation| *operation == name).count();
    assert_eq!([count("BatchGetItem"), count("PutItem"), count("UpdateItem")], [30, 30, 6]);
    assert_eq!(operations.len(), 66);
}
