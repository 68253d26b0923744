//! `/dev/mailbox`, which exists on this machine only.

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Reply, TestServer};

/// Asserts that the reply is a page with the security headers of every page, and returns its HTML.
#[track_caller]
fn page(reply: &Reply) -> &str {
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"), "{}", reply.text);
    let policy = reply.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    assert!(!reply.text.contains("<script") && !reply.text.contains(" style="));
    assert_eq!((reply.header("referrer-policy"), reply.header("cache-control")), ("no-referrer", "no-store"));
    &reply.text
}

#[tokio::test]
async fn a_user_finds_their_mail_and_follows_its_link() {
    let driftwood = TestServer::start().await;
    assert!(driftwood.get("/").await.text.contains("href=\"/dev/mailbox\""));
    assert!(page(&driftwood.get("/dev/mailbox").await).contains("No mail yet"));
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    let list = driftwood.get("/dev/mailbox").await;
    let (first, second) = (page(&list).find(&bob.email).unwrap(), list.text.find(&alice.email).unwrap());
    assert!(first < second, "newest first");
    assert!(list.text.contains("<meta http-equiv=\"refresh\""));
    let mail = driftwood.last_mail_to(&alice.email);
    let one = driftwood.get(&list.link_to("/dev/mailbox/1")).await;
    let link = format!("{}{}", driftwood.server.url, mail.link());
    assert!(page(&one).contains(&format!("<a href=\"{link}\">{link}</a>")));
    assert!(one.text.contains(&alice.email) && one.text.contains(&mail.subject));
    assert!(one.text.contains("<iframe src=\"/dev/mailbox/1.html\" sandbox=\"allow-popups"));
}

#[tokio::test]
async fn a_mail_as_html_has_links_and_no_other_ability() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let reply = driftwood.get("/dev/mailbox/1.html").await;
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"), "{policy}");
    assert!(policy.contains("sandbox allow-popups allow-popups-to-escape-sandbox"), "{policy}");
    assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin"), "{policy}");
    let sent = driftwood.last_mail_to(&alice.email).html;
    assert_eq!(reply.text.replace("<base target=\"_blank\">", ""), sent, "its links open in another tab");
    assert_ne!(reply.text, sent);
}

#[tokio::test]
async fn a_test_reads_the_mail_as_json() {
    let driftwood = TestServer::start().await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    let reply = driftwood.get("/dev/mailbox.json").await;
    assert_eq!(reply.header("content-type"), "application/json");
    let mails = reply.json()["mails"].as_array().unwrap().clone();
    let to: Vec<&str> = mails.iter().map(|mail| mail["to"].as_str().unwrap()).collect();
    assert_eq!(to, [bob.email.as_str(), alice.email.as_str()], "newest first");
    let of_alice = driftwood.get(&format!("/dev/mailbox.json?to={}", alice.email.to_uppercase())).await.json();
    let sent = driftwood.last_mail_to(&alice.email);
    let expected = serde_json::json!({"mails": [{
        "id": 1, "to": alice.email, "from": sent.from, "subject": sent.subject, "text": sent.text, "html": sent.html,
        "sent_at": driftwood.clock.now().to_rfc3339(),
    }]});
    assert_eq!(of_alice, expected);
    assert_eq!(driftwood.get("/dev/mailbox.json?to=nobody@example.com").await.json()["mails"], Value::Array(vec![]));
}

#[tokio::test]
async fn only_names_of_this_machine_lead_to_the_mail() {
    let driftwood = TestServer::start().await;
    driftwood.alice().await;
    for path in ["/dev/mailbox", "/dev/mailbox.json", "/dev/mailbox/1", "/dev/mailbox/1.html"] {
        assert_eq!(driftwood.get(path).await.status, 200, "{path}");
        let rebound = driftwood.send(Method::GET, path, &[("host", "rebound.example")], "").await;
        rebound.refused(404, "not_found");
        driftwood.send(Method::POST, path, &[], "").await.refused(404, "not_found");
    }
    for path in ["/dev/mailbox/2", "/dev/mailbox/2.html", "/dev/mailbox/x", "/dev/mailbox/"] {
        let gone = driftwood.get(path).await;
        assert_eq!(gone.status, 404, "{path}");
        assert!(gone.text.contains("There is no such mail"), "{path}");
    }
    driftwood.get("/dev/mailboxes").await.refused(404, "not_found");
}
