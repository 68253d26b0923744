//! What an account may have, and what it may add in a day.

use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};

use crate::events::order;
use crate::harness::{Alice, Call, PASSWORD, Reply, TestServer};
use crate::keys::{self, SECRET};
use crate::management;
use crate::recovery::{VERIFY, last_token, verify_as};

async fn new_app(driftwood: &TestServer, alice: &Alice) -> Reply {
    driftwood.post_as(&alice.access_token, "oauth-apps-create", json!({"name": "Job"})).await
}

async fn new_contact(driftwood: &TestServer, alice: &Alice, number: usize) -> Reply {
    let body = json!({"email": format!("contact{number}@example.com")});
    driftwood.post_as(&alice.access_token, "contacts-create", body).await
}

async fn new_event(driftwood: &TestServer, alice: &Alice, headers: &[(&str, &str)], body: Value) -> Reply {
    driftwood.post_event_as(&alice.access_token, headers, body).await
}

async fn new_key(driftwood: &TestServer, alice: &Alice) -> Reply {
    driftwood.post_json("/register", &alice.access_token, json!({"user_secret": SECRET, "key_name": "Key"})).await
}

#[track_caller]
fn has_all_keys(reply: &Reply, most: u32) {
    reply.refused_resource(409, "too_many_keys");
    let sentence = format!("Your account may have at most {most} user keys; revoke one on the account page first");
    assert_eq!(reply.json()["error"]["message"], sentence);
}

#[track_caller]
fn over_quota(reply: &Reply, sentence: &str) {
    assert_eq!((reply.status, reply.json()["error"]["message"].as_str()), (403, Some(sentence)), "{}", reply.text);
    assert_eq!(reply.json()["error"]["code"], "quota_exceeded");
}

#[tokio::test]
async fn an_account_has_no_more_apps_than_its_quota_and_a_revoked_one_makes_room() {
    let driftwood = TestServer::start_with(&[("AppQuota", "3")]).await;
    let (alice, other) = (driftwood.alice().await, driftwood.alice().await);
    let mut last = String::new();
    for _ in 0..3 {
        last = new_app(&driftwood, &alice).await.result()["app"]["id"].as_str().unwrap().to_owned();
    }
    over_quota(&new_app(&driftwood, &alice).await, "Your account may have at most 3 apps");
    let body = json!({"name": "Job"});
    let reply = management::call(&driftwood, &alice.access_token, Method::POST, management::APPS, body).await;
    assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (403, Some("quota_exceeded")));
    new_app(&driftwood, &other).await.result();
    driftwood.post_as(&alice.access_token, "oauth-apps-revoke", json!({"id": last})).await.result();
    new_app(&driftwood, &alice).await.result();
    over_quota(&new_app(&driftwood, &alice).await, "Your account may have at most 3 apps");
}

#[tokio::test]
async fn apps_that_race_for_the_last_place_are_never_more_than_the_quota() {
    let driftwood = TestServer::start_with(&[("AppQuota", "3")]).await;
    let alice = driftwood.alice().await;
    for _ in 0..2 {
        let replies = join_all((0..8).map(|_| new_app(&driftwood, &alice))).await;
        let created: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(created.len(), 3);
        for reply in created {
            let id = reply.json()["result"]["app"]["id"].clone();
            driftwood.post_as(&alice.access_token, "oauth-apps-revoke", json!({"id": id})).await.result();
        }
    }
}

#[tokio::test]
async fn a_count_that_is_older_than_a_new_app_makes_no_room_for_another() {
    let driftwood = TestServer::start_with(&[("AppQuota", "1")]).await;
    let alice = driftwood.alice().await;
    let first = new_app(&driftwood, &alice).await.result()["app"]["id"].clone();
    driftwood.post_as(&alice.access_token, "oauth-apps-revoke", json!({"id": first})).await.result();
    let late_count = driftwood.pause("UpdateItem AppsTable");
    let meanwhile = async {
        late_count.has_come().await;
        new_app(&driftwood, &alice).await.result();
        late_count.resume();
    };
    let (late, ()) = join(new_app(&driftwood, &alice), meanwhile).await;
    over_quota(&late, "Your account may have at most 1 apps");
}

#[tokio::test]
async fn a_full_account_cannot_have_its_apps_counted_without_end() {
    let driftwood = TestServer::start_with(&[("AppQuota", "1")]).await;
    let alice = driftwood.alice().await;
    new_app(&driftwood, &alice).await.result();
    driftwood.calls();
    for _ in 0..30 {
        over_quota(&new_app(&driftwood, &alice).await, "Your account may have at most 1 apps");
    }
    let is_count = |call: &&Call| call.function == "oauth-apps-create" && call.operation == "Query";
    assert_eq!(driftwood.calls().iter().filter(is_count).count(), 20);
}

#[tokio::test]
async fn apps_that_are_older_than_their_count_go_on_working() {
    let driftwood = TestServer::start_with(&[("AppQuota", "2")]).await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let account = alice.claims()["account_id"].as_str().unwrap().to_owned();
    driftwood.delete_item("Apps", &format!("account#{account}"), "count").await;
    driftwood.program_token(&program).await.result();
    for _ in 0..2 {
        new_app(&driftwood, &alice).await.result();
    }
    over_quota(&new_app(&driftwood, &alice).await, "Your account may have at most 2 apps");
    driftwood.program_token(&program).await.result();
}

#[tokio::test]
async fn an_account_has_no_more_contacts_than_its_quota_and_a_deleted_one_makes_room() {
    let driftwood = TestServer::start_with(&[("ContactQuota", "5")]).await;
    let alice = driftwood.alice().await;
    let replies = join_all((0..8).map(|number| new_contact(&driftwood, &alice, number))).await;
    let created: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(created.len(), 5);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        over_quota(reply, "Your account may have at most 5 contacts");
    }
    let id = created[0].json()["result"]["contact"]["id"].clone();
    driftwood.post_as(&alice.access_token, "contacts-delete", json!({"id": id})).await.result();
    driftwood.post_as(&alice.access_token, "contacts-delete", json!({"id": id})).await.refused(404, "not_found");
    new_contact(&driftwood, &alice, 20).await.result();
    over_quota(&new_contact(&driftwood, &alice, 21).await, "Your account may have at most 5 contacts");
    // A contact that is there already is named as such, however many there are.
    new_contact(&driftwood, &alice, 20).await.refused(409, "email_taken");
}

#[tokio::test]
async fn an_account_has_no_more_user_keys_than_its_quota_and_a_revoked_one_makes_room_for_one() {
    let driftwood = TestServer::start_with(&[("KeyQuota", "3")]).await;
    let (alice, other) = (driftwood.alice().await, driftwood.alice().await);
    let replies = join_all((0..8).map(|_| new_key(&driftwood, &alice))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 3);
    replies.iter().filter(|reply| reply.status != 200).for_each(|reply| has_all_keys(reply, 3));
    assert_eq!(new_key(&driftwood, &other).await.status, 200);
    let browser = keys::browser(&driftwood, &alice.email, PASSWORD).await;
    keys::revoke(&browser, "Key").await;
    let replies = join_all((0..4).map(|_| new_key(&driftwood, &alice))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    has_all_keys(&new_key(&driftwood, &alice).await, 3);
}

#[tokio::test]
async fn keys_from_before_a_lower_quota_stay_and_none_is_added() {
    let driftwood = TestServer::start_with(&[("KeyQuota", "4"), ("UnverifiedQuotaPercent", "50")]).await;
    let alice = driftwood.verified_alice().await;
    let mut user_keys = Vec::new();
    for _ in 0..4 {
        user_keys.push(driftwood.key_of(&alice, "Key").await);
    }
    has_all_keys(&new_key(&driftwood, &alice).await, 4);
    driftwood.remove_user_attribute(&alice, "email_verified_at").await;
    has_all_keys(&new_key(&driftwood, &alice).await, 2);
    for user_key in user_keys {
        driftwood.script(&user_key, SECRET).await;
    }
}

#[tokio::test]
async fn an_account_has_a_part_of_its_user_keys_until_its_user_is_verified() {
    let driftwood = TestServer::start_with(&[("KeyQuota", "20"), ("UnverifiedQuotaPercent", "10")]).await;
    let alice = driftwood.alice().await;
    for _ in 0..2 {
        driftwood.key_of(&alice, "Key").await;
    }
    has_all_keys(&new_key(&driftwood, &alice).await, 2);
    verify_as(&driftwood, &alice, &last_token(&driftwood, &alice.email, VERIFY)).await.result();
    for _ in 2..20 {
        driftwood.key_of(&alice, "Key").await;
    }
    has_all_keys(&new_key(&driftwood, &alice).await, 20);
}

#[tokio::test]
async fn an_account_adds_no_more_events_in_a_day_than_its_quota() {
    let driftwood = TestServer::start_with(&[("EventQuota", "3")]).await;
    let alice = driftwood.alice().await;
    let key = [("idempotency-key", "1")];
    assert_eq!(new_event(&driftwood, &alice, &key, order(1)).await.status, 201);
    let replies = join_all((2..9).map(|number| new_event(&driftwood, &alice, &[], order(number)))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 2);
    let refused = new_event(&driftwood, &alice, &[("idempotency-key", "2")], order(9)).await;
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (429, Some("rate_limited")));
    assert_eq!(refused.json()["error"]["message"], "Your account may add at most 3 events in a day");
    let repeated = new_event(&driftwood, &alice, &key, order(1)).await;
    assert_eq!((repeated.status, repeated.header("idempotent-replayed")), (201, "true"), "it was added before");
    driftwood.advance(refused.header("retry-after").parse().unwrap());
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    for number in 10..13 {
        assert_eq!(new_event(&driftwood, &alice, &[], order(number)).await.status, 201, "another day");
    }
    assert_eq!(new_event(&driftwood, &alice, &[], order(13)).await.status, 429);
}

#[tokio::test]
async fn an_account_adds_no_more_bytes_in_a_day_than_its_quota() {
    let driftwood = TestServer::start_with(&[("EventMegabyteQuota", "1")]).await;
    let alice = driftwood.alice().await;
    let large = json!({"type": "order.placed", "data": {"text": "x".repeat(32_000)}});
    let mut added = 0;
    while new_event(&driftwood, &alice, &[], large.clone()).await.status == 201 {
        added += 1;
    }
    assert_eq!(added, 31);
    let refused = new_event(&driftwood, &alice, &[], large).await;
    assert_eq!(refused.json()["error"]["message"], "Your account may add at most 1000000 bytes of event data in a day");
    assert_eq!(new_event(&driftwood, &alice, &[], order(1)).await.status, 201, "a small one still fits");
}

#[tokio::test]
async fn an_account_has_a_part_of_its_quotas_until_its_user_is_verified() {
    let parameters = [("AppQuota", "4"), ("ContactQuota", "4"), ("UnverifiedQuotaPercent", "50")];
    let driftwood = TestServer::start_with(&parameters).await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    new_app(&driftwood, &alice).await.result();
    over_quota(&new_app(&driftwood, &alice).await, "Your account may have at most 2 apps");
    // An app has no more than the user who made it.
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    let contact = |number: usize| {
        let body = json!({"email": format!("contact{number}@example.com")});
        driftwood.post_as(&token, "contacts-create", body)
    };
    for number in 0..2 {
        contact(number).await.result();
    }
    over_quota(&contact(2).await, "Your account may have at most 2 contacts");
    verify_as(&driftwood, &alice, &last_token(&driftwood, &alice.email, VERIFY)).await.result();
    for number in 2..4 {
        contact(number).await.result();
        new_app(&driftwood, &alice).await.result();
    }
    over_quota(&contact(4).await, "Your account may have at most 4 contacts");
    over_quota(&new_app(&driftwood, &alice).await, "Your account may have at most 4 apps");
}

#[tokio::test]
async fn without_mail_an_account_has_its_whole_quotas() {
    let parameters = [("AppQuota", "2"), ("UnverifiedQuotaPercent", "1"), ("MailFrom", ""), ("MailIdentity", "")];
    let driftwood = TestServer::start_with(&parameters).await;
    let alice = driftwood.alice().await;
    for _ in 0..2 {
        new_app(&driftwood, &alice).await.result();
    }
    over_quota(&new_app(&driftwood, &alice).await, "Your account may have at most 2 apps");
}
