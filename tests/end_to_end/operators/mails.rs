//! `POST /api/mails-list` and `POST /api/mails-resend`

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use local::MailTrouble;
use serde_json::{Value, json};

use crate::harness::{Alice, OPERATED, PASSWORD, Reply, TestServer, Trouble, audit_line};
use crate::recovery::forgot;

const DAY: u64 = 86_400;
/// More often than any request is retried.
const EVERY_TIME: usize = 50;
/// Faults that last, and whether the write was done.
const LASTING: [(Trouble, bool); 4] = [
    (Trouble::Throttled, false),
    (Trouble::TimeoutBefore, false),
    (Trouble::TimeoutAfter, true),
    (Trouble::ResponseLost, true),
];

async fn run(driftwood: &TestServer) {
    driftwood.server.run("mail-send").await.expect("a run");
}

/// A user, and the notice to them of a new app, which the mailbox rejected.
async fn rejected_notice(driftwood: &TestServer) -> Alice {
    let alice = driftwood.alice().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Rejected, 1);
    driftwood.program(&alice, json!({"name": "Job"})).await;
    alice
}

/// A user whose notice was given up, three days after it was written.
async fn given_up_notice(driftwood: &TestServer) -> Alice {
    let alice = rejected_notice(driftwood).await;
    driftwood.advance(3 * DAY);
    run(driftwood).await;
    alice
}

/// The operator, who signs in again.
async fn signed_in(driftwood: &TestServer, operator: &Alice) -> Alice {
    Alice::from(&operator.email, &driftwood.login(&operator.email, PASSWORD).await.result())
}

async fn list(driftwood: &TestServer, operator: &Alice, body: Value) -> Reply {
    driftwood.post_as(&operator.access_token, "mails-list", body).await
}

/// All mails in a state, page by page.
async fn all(driftwood: &TestServer, operator: &Alice, state: &str, limit: usize) -> Vec<Value> {
    let (mut mails, mut body) = (Vec::new(), json!({"state": state, "limit": limit}));
    loop {
        let page = list(driftwood, operator, body.clone()).await.result();
        let shown = page["mails"].as_array().unwrap();
        assert!(shown.len() <= limit && (page["next_cursor"].is_null() || shown.len() == limit), "{page}");
        mails.extend(shown.iter().cloned());
        if page["next_cursor"].is_null() {
            return mails;
        }
        body["cursor"] = page["next_cursor"].clone();
    }
}

/// The one mail that was given up.
async fn given_up(driftwood: &TestServer, operator: &Alice) -> Value {
    let mails = all(driftwood, operator, "given_up", 100).await;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    mail.clone()
}

async fn resend(driftwood: &TestServer, operator: &Alice, id: &Value) -> Reply {
    driftwood.post_as(&operator.access_token, "mails-resend", json!({"id": id})).await
}

/// The subjects of the recorded events that say that a mail was sent again.
async fn resent(driftwood: &TestServer, operator: &Alice) -> Vec<Value> {
    let events = driftwood.trail(&operator.access_token, json!({})).await;
    events
        .iter()
        .filter(|event| audit_line(event) == "mail.resent succeeded")
        .map(|event| event["subject"].clone())
        .collect()
}

fn recipients(mails: &[Value]) -> Vec<&str> {
    mails.iter().map(|mail| mail["to"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn mails_that_were_given_up_are_listed_newest_first_page_by_page() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        driftwood.advance(1);
        expected.insert(0, rejected_notice(&driftwood).await.email);
    }
    let written = driftwood.clock.now();
    driftwood.advance(3 * DAY);
    run(&driftwood).await;
    let operator = driftwood.operator().await;
    for limit in [1, 2, 5, 6, 100] {
        assert_eq!(recipients(&all(&driftwood, &operator, "given_up", limit).await), expected, "{limit}");
    }
    let page = list(&driftwood, &operator, json!({"limit": 1})).await.result();
    assert_eq!(
        page["mails"][0],
        json!({
            "id": page["mails"][0]["id"], "to": expected[0], "message": "bound", "state": "given_up", "tries": 2,
            "created_at": written.to_rfc3339(), "due_at": null, "gives_up_at": driftwood.clock.now().to_rfc3339(),
            "failure": "the mailbox rejects the mail",
        })
    );
    assert!(all(&driftwood, &operator, "waiting", 100).await.is_empty());
}

#[tokio::test]
async fn mails_that_wait_are_listed_in_the_order_in_which_they_are_due_page_by_page() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let mut expected = BTreeSet::new();
    for number in 0..7 {
        driftwood.advance(number % 2);
        driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
        expected.insert(driftwood.alice().await.email);
    }
    let whole = all(&driftwood, &operator, "waiting", 100).await;
    let due = |mail: &Value| mail["due_at"].as_str().unwrap().to_owned();
    assert!(whole.is_sorted_by_key(due), "{whole:?}");
    assert_eq!(recipients(&whole).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), expected);
    for limit in [1, 2, 6, 7] {
        assert_eq!(all(&driftwood, &operator, "waiting", limit).await, whole, "{limit}");
    }
    let mail = &whole[0];
    assert_eq!(
        (&mail["message"], &mail["state"], &mail["tries"]),
        (&json!("verify_email"), &json!("waiting"), &json!(1))
    );
    // Nothing of which a link is made.
    let text = json!(whole).to_string();
    assert!(["dw_", "nonce", "key_id", "link", "user_id"].iter().all(|secret| !text.contains(secret)), "{text}");
    assert!(all(&driftwood, &operator, "given_up", 100).await.is_empty());
    driftwood.advance(120);
    run(&driftwood).await;
    assert!(all(&driftwood, &operator, "waiting", 100).await.is_empty(), "what is sent is not listed");
}

#[tokio::test]
async fn a_mail_with_nothing_to_deliver_is_never_listed_and_never_sent_again() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    driftwood.inject_fault_in("mail-send", "UpdateItem", Trouble::TimeoutBefore, 1_000);
    let mut expected = BTreeSet::new();
    for number in 0..3 {
        expected.insert(driftwood.alice().await.email);
        forgot(&driftwood, &format!("unknown.{number}@example.com")).await.result();
    }
    driftwood.clear_faults();
    assert_eq!(driftwood.count_items("Mail").await, 6);
    for limit in [1, 2, 3, 100] {
        let mails = all(&driftwood, &operator, "waiting", limit).await;
        assert_eq!(recipients(&mails).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), expected, "{limit}");
    }
    driftwood.advance(3 * DAY);
    run(&driftwood).await;
    let operator = signed_in(&driftwood, &operator).await;
    let dead = driftwood.items_of("Mail", "dead#").await;
    assert_eq!(dead.len(), 6);
    let mut listed = BTreeSet::new();
    for limit in [1, 2, 3, 100] {
        let mails = all(&driftwood, &operator, "given_up", limit).await;
        assert_eq!(mails.len(), 3, "{limit}");
        listed.extend(mails.iter().map(|mail| mail["id"].as_str().unwrap().to_owned()));
    }
    let ids = dead.iter().map(|item| item["id"].as_s().unwrap()).filter(|id| !listed.contains(*id));
    for id in ids.collect::<Vec<_>>() {
        resend(&driftwood, &operator, &json!(id)).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_list_goes_on_without_mails_of_a_newer_version() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let alice = given_up_notice(&driftwood).await;
    let operator = driftwood.operator().await;
    let newer = driftwood.items_of("Mail", "dead#").await.pop().expect("an item");
    for number in 0..5 {
        // Newer than any id of this test.
        let id = format!("ffffffff-7b50-7000-8000-{number:012x}");
        let mut item = newer.clone();
        let task = AttributeValue::M([("later".to_owned(), AttributeValue::Bool(true))].into());
        let key = AttributeValue::S(format!("dead#{id}"));
        item.extend([("sk".to_owned(), key), ("id".to_owned(), AttributeValue::S(id)), ("task".to_owned(), task)]);
        driftwood.put_item("Mail", item).await;
    }
    for limit in [1, 2, 100] {
        assert_eq!(recipients(&all(&driftwood, &operator, "given_up", limit).await), [&alice.email], "{limit}");
    }
}

#[tokio::test]
async fn a_mail_that_was_given_up_is_sent_again_once_by_eight_requests_at_a_time() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let alice = given_up_notice(&driftwood).await;
    let operator = driftwood.operator().await;
    let mail = given_up(&driftwood, &operator).await;
    assert_eq!(driftwood.mail_to(&alice.email).len(), 1);
    let replies = futures_util::future::join_all((0..8).map(|_| resend(&driftwood, &operator, &mail["id"]))).await;
    let (done, late): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    let [done] = done.as_slice() else { panic!("{}", done.len()) };
    for reply in late {
        reply.refused(404, "not_found");
    }
    let now = driftwood.clock.now();
    let mut expected = mail.clone();
    (expected["state"], expected["tries"]) = (json!("waiting"), json!(0));
    expected["due_at"] = json!(now.to_rfc3339());
    expected["gives_up_at"] = json!(now.after(std::time::Duration::from_secs(3 * DAY)).to_rfc3339());
    assert_eq!(done.result()["mail"], expected);
    let mails = driftwood.mail_to(&alice.email);
    assert!(mails.len() == 2 && mails[1].has_link(), "it is sent before the response");
    for state in ["waiting", "given_up"] {
        assert!(all(&driftwood, &operator, state, 100).await.is_empty(), "{state}");
    }
    assert_eq!(resent(&driftwood, &operator).await, [mail["id"].clone()]);
    assert!(
        !driftwood
            .audit_lines(&signed_in(&driftwood, &alice).await.access_token)
            .await
            .contains(&"mail.resent succeeded".to_owned())
    );
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn a_mail_that_fails_again_waits_and_is_given_up_again_when_its_link_expires() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let alice = given_up_notice(&driftwood).await;
    let operator = driftwood.operator().await;
    let mail = given_up(&driftwood, &operator).await;
    driftwood.advance(3 * DAY);
    let operator = signed_in(&driftwood, &operator).await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
    resend(&driftwood, &operator, &mail["id"]).await.result();
    let waiting = all(&driftwood, &operator, "waiting", 100).await;
    assert_eq!((waiting.len(), &waiting[0]["id"], &waiting[0]["tries"]), (1, &mail["id"], &json!(1)));
    assert_eq!(waiting[0]["failure"], "the mailbox accepts no mail");
    driftwood.advance(DAY);
    run(&driftwood).await;
    let operator = signed_in(&driftwood, &operator).await;
    assert_eq!(given_up(&driftwood, &operator).await["gives_up_at"], driftwood.clock.now().to_rfc3339());
    let refused = resend(&driftwood, &operator, &mail["id"]).await.refused(409, "conflict");
    assert_eq!(refused["message"], "The mail's link has expired");
    assert_eq!(
        (given_up(&driftwood, &operator).await["id"].clone(), driftwood.mail_to(&alice.email).len()),
        (mail["id"].clone(), 1)
    );
}

#[tokio::test]
async fn a_link_that_has_expired_is_not_sent_again_and_the_user_asks_for_another() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Rejected, 1);
    let alice = driftwood.alice().await;
    driftwood.advance(DAY);
    run(&driftwood).await;
    let operator = driftwood.operator().await;
    let mail = given_up(&driftwood, &operator).await;
    let refused = resend(&driftwood, &operator, &mail["id"]).await.refused(409, "conflict");
    assert_eq!(refused["message"], "The mail's link has expired; the user can ask for a new one");
    assert_eq!(given_up(&driftwood, &operator).await, mail);
    assert!(driftwood.mail_to(&alice.email).is_empty() && resent(&driftwood, &operator).await.is_empty());
}

#[tokio::test]
async fn only_an_operator_sees_mails_and_sends_them_again() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let alice = given_up_notice(&driftwood).await;
    let operator = driftwood.operator().await;
    let mail = given_up(&driftwood, &operator).await;
    let alice = signed_in(&driftwood, &alice).await;
    let mut tokens = vec![alice.access_token.clone()];
    for owner in [&alice, &operator] {
        let program = driftwood.program(owner, json!({"name": "Job"})).await;
        let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
        tokens.push(token);
    }
    for (name, body) in [("mails-list", json!({})), ("mails-resend", json!({"id": mail["id"]}))] {
        driftwood.post_as("", name, body.clone()).await.refused(401, "unauthorized");
        for token in &tokens {
            driftwood.post_as(token, name, body.clone()).await.refused(403, "forbidden");
        }
    }
    assert_eq!(given_up(&driftwood, &operator).await, mail);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    for body in [
        json!({"state": "sent", "limit": 0, "cursor": "x"}),
        json!({"state": 1, "limit": 101, "cursor": "01997042-7b50-7d3c-8a2f-0c1d2e3f4a5b"}),
    ] {
        assert_eq!(list(&driftwood, &operator, body).await.mistaken_fields(), ["cursor", "limit", "state"]);
    }
    for body in [json!({}), json!({"id": "mail"}), json!({"id": 5})] {
        let reply = driftwood.post_as(&operator.access_token, "mails-resend", body).await;
        assert_eq!(reply.mistaken_fields(), ["id"]);
    }
    let unknown = json!("01997042-7b50-7d3c-8a2f-000000000000");
    resend(&driftwood, &operator, &unknown).await.refused(404, "not_found");
    assert!(resent(&driftwood, &operator).await.is_empty());
}

#[tokio::test]
async fn a_mail_that_waits_is_not_sent_by_an_operator() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
    driftwood.alice().await;
    let mail = all(&driftwood, &operator, "waiting", 1).await.pop().expect("a mail");
    resend(&driftwood, &operator, &mail["id"]).await.refused(404, "not_found");
    assert_eq!(all(&driftwood, &operator, "waiting", 1).await, [mail]);
}

#[tokio::test]
async fn where_no_mail_is_sent_the_lists_are_empty_and_nothing_is_sent_again() {
    let driftwood = TestServer::start_with(&[OPERATED, ("MailFrom", ""), ("MailIdentity", "")]).await;
    let operator = driftwood.operator().await;
    for state in ["waiting", "given_up"] {
        assert!(all(&driftwood, &operator, state, 100).await.is_empty());
    }
    let id = json!("01997042-7b50-7d3c-8a2f-000000000000");
    resend(&driftwood, &operator, &id).await.refused(409, "mail_not_configured");
}

#[tokio::test]
async fn an_operator_sees_no_mail_before_that_is_recorded() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    for operation in ["BatchGetItem", "Query", "PutItem"] {
        driftwood.inject_fault_in("mails-list", operation, Trouble::TimeoutBefore, EVERY_TIME);
        list(&driftwood, &operator, json!({})).await.refused(503, "unavailable");
        assert!(driftwood.clear_faults() > 0, "{operation}");
    }
    let listed = async || {
        let lines = driftwood.audit_lines(&operator.access_token).await;
        lines.iter().filter(|line| *line == "mails.listed succeeded").count()
    };
    assert_eq!(listed().await, 0);
    for state in ["waiting", "given_up"] {
        all(&driftwood, &operator, state, 100).await;
    }
    assert_eq!(listed().await, 1, "once in ten minutes");
}

#[tokio::test]
async fn a_passing_fault_sends_a_mail_once_and_is_not_noticed() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    for operation in ["GetItem MailTable", "TransactWriteItems"] {
        // A read has no conflicts.
        for trouble in
            Trouble::PASSING.into_iter().filter(|trouble| operation.starts_with('T') || *trouble != Trouble::Conflict)
        {
            let alice = given_up_notice(&driftwood).await;
            let operator = signed_in(&driftwood, &operator).await;
            let mail = given_up(&driftwood, &operator).await;
            driftwood.inject_fault_in("mails-resend", operation, trouble, 1);
            resend(&driftwood, &operator, &mail["id"]).await.result();
            assert_eq!(driftwood.clear_faults(), 1, "{operation} {trouble:?}");
            run(&driftwood).await;
            assert_eq!(driftwood.mail_to(&alice.email).len(), 2, "{operation} {trouble:?}");
            assert_eq!(resent(&driftwood, &operator).await[0], mail["id"]);
            assert_eq!(driftwood.count_items("Mail").await, 0, "{operation} {trouble:?}");
        }
    }
    let operator = signed_in(&driftwood, &operator).await;
    assert_eq!(resent(&driftwood, &operator).await.len(), 2 * Trouble::PASSING.len() - 1, "each is recorded once");
}

#[tokio::test]
async fn a_lasting_fault_is_a_503_and_the_mail_is_sent_once_or_still_there() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let mut recorded = 0;
    for operation in ["BatchGetItem", "GetItem MailTable", "TransactWriteItems"] {
        for (trouble, is_done) in LASTING {
            let alice = given_up_notice(&driftwood).await;
            let operator = signed_in(&driftwood, &operator).await;
            let mail = given_up(&driftwood, &operator).await;
            driftwood.inject_fault_in("mails-resend", operation, trouble, EVERY_TIME);
            resend(&driftwood, &operator, &mail["id"]).await.refused(503, "unavailable");
            assert!(driftwood.clear_faults() > 0, "{operation} {trouble:?}");
            let is_written = is_done && operation.starts_with('T');
            assert_eq!(
                driftwood.mail_to(&alice.email).len(),
                if is_written { 2 } else { 1 },
                "{operation} {trouble:?}"
            );
            let again = resend(&driftwood, &operator, &mail["id"]).await;
            assert_eq!(again.status, if is_written { 404 } else { 200 }, "{operation} {trouble:?}");
            run(&driftwood).await;
            recorded += 1;
            let subjects = resent(&driftwood, &operator).await;
            assert_eq!((subjects.len(), &subjects[0]), (recorded, &mail["id"]), "{operation} {trouble:?}");
            assert_eq!((driftwood.mail_to(&alice.email).len(), driftwood.count_items("Mail").await), (2, 0));
        }
    }
}
