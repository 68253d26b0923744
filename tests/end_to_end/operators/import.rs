//! `POST /api/users-import`

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Alice, Forged, OPERATED, OPERATOR_ID, PASSWORD, TestServer, audit_line};
use crate::recovery;

/// A user as a line describes them, with an address of this name.
pub fn user(name: &str) -> Value {
    json!({"import_id": format!("old|{name}"), "email": format!("{name}@example.com"), "email_verified": true})
}

/// The outcomes of all lines of a report.
pub fn outcomes(report: &Value) -> Vec<&str> {
    report["lines"].as_array().unwrap().iter().map(|line| line["outcome"].as_str().unwrap()).collect()
}

async fn found(driftwood: &TestServer, operator: &Alice, email: &str) -> Value {
    driftwood.post_as(&operator.access_token, "users-list", json!({"email": email})).await.result()["users"][0].clone()
}

#[tokio::test]
async fn an_imported_user_is_as_the_line_says() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let mails = driftwood.all_mail().len();
    let ada = json!({
        "import_id": "auth0|1", "email": "Ada@Example.com", "email_verified": true, "username": "Ada.L", "name": "Ada Lovelace",
        "locale": "en-GB", "created_at": "2019-12-06T18:36:12.412Z", "disabled": true,
    });
    let report = driftwood.import(&operator, &[ada, json!({"import_id": "2", "username": "bob"})]).await.result();
    assert_eq!(report["counts"], json!({"imported": 2, "importable": 0, "exists": 0, "refused": 0}));
    assert_eq!(report["dry_run"], false);
    let line = &report["lines"][0];
    assert_eq!(
        (&line["line"], &line["import_id"], &line["outcome"]),
        (&json!(1), &json!("auth0|1"), &json!("imported"))
    );
    let user = found(&driftwood, &operator, "ada@example.com").await;
    let expected = json!({
        "id": line["user_id"], "account_id": user["account_id"], "email": "ada@example.com", "email_verified": true,
        "username": "ada.l", "name": "Ada Lovelace", "locale": "en-GB", "role": "owner",
        "created_at": "2019-12-06T18:36:12Z", "disabled_at": driftwood.clock.now().to_rfc3339(), "import_id": "auth0|1",
    });
    assert_eq!(user, expected);
    assert_eq!(driftwood.all_mail().len(), mails, "an import sends no mail");
    // One event in the account of each, by the operator, and one of the look-up above; within a second they have no order.
    let events = driftwood.trail(&operator.access_token, json!({"account_id": user["account_id"]})).await;
    let mut lines: Vec<_> = events.iter().map(audit_line).collect();
    lines.sort();
    assert_eq!(lines, ["user.imported succeeded", "user.read succeeded"]);
    for event in &events {
        assert_eq!((&event["user_id"], &event["subject"]), (&json!(OPERATOR_ID), &user["id"]));
    }
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn a_verified_address_is_taken_from_a_user_who_never_verified_it() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let (stranger, proven) = (driftwood.alice().await, driftwood.verified_alice().await);
    let line = |id: &str, alice: &Alice, is_verified: bool| json!({"import_id": id, "email": alice.email, "email_verified": is_verified});
    let lines =
        [line("1", &stranger, false), line("2", &stranger, true), line("3", &proven, true), line("4", &stranger, true)];
    let users = driftwood.items("Users").await;
    let report = driftwood
        .import_lines(&operator, "?dry_run=true", lines.iter().map(|line| format!("{line}\n")).collect::<String>())
        .await
        .result();
    assert_eq!(outcomes(&report), ["refused", "importable", "refused", "refused"]);
    assert_eq!(report["lines"][1]["takes_email_from"], stranger.user_id);
    assert_eq!(driftwood.items("Users").await, users, "a dry run changes nothing");
    let report = driftwood.import(&operator, &lines).await.result();
    assert_eq!(outcomes(&report), ["refused", "imported", "refused", "refused"]);
    assert_eq!(report["lines"][1]["takes_email_from"], stranger.user_id);
    assert_eq!(report["lines"][0]["fields"]["email"], "belongs to another user");
    let owner = found(&driftwood, &operator, &stranger.email).await;
    assert_eq!((&owner["id"], &owner["email_verified"]), (&report["lines"][1]["user_id"], &json!(true)));
    driftwood.login(&stranger.email, PASSWORD).await.refused(401, "invalid_credentials");
    // The stranger's link verifies nothing any more, and their account has no address.
    let token = recovery::last_token(&driftwood, &stranger.email, recovery::VERIFY);
    recovery::verify(&driftwood, &token).await.refused(400, "invalid_link");
    assert!(driftwood.is_alive(&stranger.access_token).await && driftwood.is_alive(&proven.access_token).await);
    let again = driftwood.import(&operator, &lines[1..2]).await.result();
    assert_eq!(outcomes(&again), ["exists"]);
    // An imported user keeps theirs, verified or not.
    let unverified = json!({"import_id": "5", "email": "old@example.com"});
    driftwood.import(&operator, &[unverified]).await.result();
    let other = json!({"import_id": "6", "email": "old@example.com", "email_verified": true});
    assert_eq!(outcomes(&driftwood.import(&operator, &[other]).await.result()), ["refused"]);
}

#[tokio::test]
async fn where_no_mail_is_sent_an_import_takes_no_address() {
    let driftwood = TestServer::start_with(&[OPERATED, ("MailFrom", ""), ("MailIdentity", "")]).await;
    let operator = driftwood.operator().await;
    let alice = driftwood.alice().await;
    let line = json!({"import_id": "1", "email": alice.email, "email_verified": true});
    assert_eq!(outcomes(&driftwood.import(&operator, &[line]).await.result()), ["refused"]);
    driftwood.login(&alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn of_an_import_and_a_verification_at_the_same_moment_the_verified_user_does_not_lose() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    for n in 0..8 {
        let alice = driftwood.alice().await;
        let token = recovery::last_token(&driftwood, &alice.email, recovery::VERIFY);
        let line = json!({"import_id": format!("race|{n}"), "email": alice.email, "email_verified": true});
        let lines = [line];
        let (report, verified) = futures_util::future::join(
            driftwood.import(&operator, &lines),
            recovery::verify_as(&driftwood, &alice, &token),
        )
        .await;
        let report = report.result();
        let owner = found(&driftwood, &operator, &alice.email).await["id"].clone();
        if verified.status == 200 {
            assert_eq!((outcomes(&report), owner), (vec!["refused"], json!(alice.user_id)));
        } else {
            assert!([400, 409].contains(&verified.status), "{}", verified.text);
            assert_eq!((outcomes(&report), owner), (vec!["imported"], report["lines"][0]["user_id"].clone()));
        }
    }
}

#[tokio::test]
async fn lines_that_were_imported_before_change_nothing() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let users = [user("ada"), user("bob")];
    let first = driftwood.import(&operator, &users).await.result();
    let (before, events) = (driftwood.items("Users").await, driftwood.count_items("Audit").await);
    driftwood.advance(60);
    // The id decides: the address may have changed since, here or there.
    let moved = json!({"import_id": "old|bob", "email": "bob.new@example.com", "disabled": true});
    let again = driftwood.import(&operator, &[users[0].clone(), moved, user("carol")]).await.result();
    assert_eq!(outcomes(&again), ["exists", "exists", "imported"]);
    for line in 0..2 {
        assert_eq!(again["lines"][line]["user_id"], first["lines"][line]["user_id"], "it maps the old id to ours");
    }
    let after = driftwood.items("Users").await;
    assert!(before.iter().all(|item| after.contains(item)));
    assert_eq!(driftwood.count_items("Audit").await, events + 1);
}

#[tokio::test]
async fn a_dry_run_says_what_an_import_would_do_and_writes_nothing() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    driftwood.import(&operator, &[user("ada")]).await.result();
    let count = || async { driftwood.count_items("Users").await + driftwood.count_items("Audit").await };
    let before = count().await;
    let lines = format!("{}\n{}\n{}\n{}\n", user("ada"), user("bob"), user("bob"), json!({"import_id": "3"}));
    let report = driftwood.import_lines(&operator, "?dry_run=true", lines.clone()).await.result();
    assert_eq!(outcomes(&report), ["exists", "importable", "refused", "refused"]);
    assert_eq!((&report["dry_run"], report["counts"]["importable"].as_u64()), (&json!(true), Some(1)));
    assert_eq!(count().await, before);
    let report = driftwood.import_lines(&operator, "?dry_run=false", lines).await.result();
    assert_eq!(outcomes(&report), ["exists", "imported", "refused", "refused"]);
    assert_eq!(driftwood.import_lines(&operator, "?dry_run=perhaps", "").await.mistaken_fields(), ["dry_run"]);
}

#[tokio::test]
async fn a_wrong_line_keeps_no_other_from_being_imported() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let alice = driftwood.alice().await;
    let unknown_hash = "5f4dcc3b5aa765d61d8327deb882cf99";
    let lines = [
        user("ada").to_string(),
        String::new(),
        "{\"import_id\": \"1\",".to_owned(),
        "[]".to_owned(),
        "{\"import_id\": \"1\", \"import_id\": \"1\"}".to_owned(),
        json!({"import_id": "2", "email": "bob@example.com", "password": unknown_hash}).to_string(),
        json!({"import_id": "3", "email": "bob@example.com", "password_hash": unknown_hash}).to_string(),
        json!({"import_id": "4", "email": alice.email}).to_string(),
        json!({"email": "bob", "created_at": "tomorrow"}).to_string(),
        user("carol").to_string() + "\r",
    ];
    let reply = driftwood.import_lines(&operator, "", lines.join("\n")).await;
    let report = reply.result();
    let shown: Vec<(u64, &str)> = report["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["outcome"].as_str().unwrap()))
        .collect();
    let expected = [1, 3, 4, 5, 6, 7, 8, 9, 10].map(|line| (line, if line % 9 == 1 { "imported" } else { "refused" }));
    assert_eq!(shown, expected);
    let line = |number: usize| &report["lines"][number];
    for number in 1..4 {
        assert_eq!(line(number)["message"], "The line is not a valid JSON object");
    }
    assert!(line(4)["message"].as_str().unwrap().contains("a field that is not one of an imported user"));
    assert!(line(5)["fields"]["password_hash"].as_str().unwrap().starts_with("must be a hash of bcrypt"));
    assert_eq!(line(6)["fields"], json!({"email": "belongs to another user"}));
    assert_eq!(line(7)["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), ["created_at", "email", "import_id"]);
    assert!(!reply.text.contains(unknown_hash));
    driftwood.login(&alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn what_a_user_has_is_taken_by_no_import() {
    let forged = Forged::start_with(&[OPERATED]).await;
    let driftwood = &forged.driftwood;
    let operator = driftwood.operator().await;
    let issuer = forged.server.url();
    let linked =
        |id: &str, subject: &str| json!({"import_id": id, "upstream": [{"issuer": issuer, "subject": subject}]});
    let first = [linked("1", "ada"), json!({"import_id": "2", "username": "ada"})];
    assert_eq!(outcomes(&driftwood.import(&operator, &first).await.result()), ["imported", "imported"]);
    let users = driftwood.count_items("Users").await;
    let second = [
        linked("3", "ada"),
        json!({"import_id": "4", "username": "ADA", "email": operator.email}),
        json!({"import_id": "5", "email": "ada@example.com", "upstream": [
            {"issuer": issuer, "subject": "new"}, {"issuer": issuer, "subject": "ada"},
        ]}),
    ];
    let report = driftwood.import(&operator, &second).await.result();
    let fields: Vec<_> = report["lines"].as_array().unwrap().iter().map(|line| line["fields"].clone()).collect();
    let taken = "belongs to another user";
    assert_eq!(
        fields,
        [json!({"upstream": taken}), json!({"email": taken, "username": taken}), json!({"upstream": taken})]
    );
    assert_eq!(driftwood.count_items("Users").await, users);
}

#[tokio::test]
async fn an_imported_user_signs_in_with_the_provider_that_they_had() {
    let forged = Forged::start_with(&[OPERATED]).await;
    let driftwood = &forged.driftwood;
    let operator = driftwood.operator().await;
    let mary = json!({
        "import_id": "google-oauth2|1", "email": "mary@example.com", "email_verified": true, "name": "Mary",
        "upstream": [{"issuer": forged.server.url(), "subject": "mary"}],
    });
    let report = driftwood.import(&operator, &[mary]).await.result();
    let visitor = driftwood.visitor();
    let page = forged.sign_in(&visitor, "mary").await;
    let page = if page.status == 303 { visitor.get("/account").await } else { page };
    assert!(page.heading() == "Your account" && page.shows("mary@example.com"));
    assert_eq!(found(driftwood, &operator, "mary@example.com").await["id"], report["lines"][0]["user_id"]);
}

#[tokio::test]
async fn a_user_without_a_hash_sets_a_password_by_mail() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    driftwood.import(&operator, &[user("ada")]).await.result();
    driftwood.login("ada@example.com", PASSWORD).await.refused(401, "invalid_credentials");
    let token = recovery::reset_token(&driftwood, "ada@example.com").await;
    recovery::reset(&driftwood, &token, PASSWORD).await.result();
    assert_eq!(driftwood.login("ada@example.com", PASSWORD).await.result()["user"]["email_verified"], true);
}

#[tokio::test]
async fn another_run_brings_no_deleted_user_back() {
    let driftwood = TestServer::start_with(&[OPERATED, ("AddressHoldSeconds", "86400")]).await;
    let operator = driftwood.operator().await;
    let import = || async { driftwood.import(&operator, &[user("ada")]).await.result() };
    import().await;
    let token = recovery::reset_token(&driftwood, "ada@example.com").await;
    recovery::reset(&driftwood, &token, PASSWORD).await.result();
    let ada = Alice::from("", &driftwood.login("ada@example.com", PASSWORD).await.result());
    driftwood.post_as(&ada.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    let report = import().await;
    let deleted = "is of a user who was deleted";
    assert_eq!(report["lines"][0]["fields"], json!({"email": deleted, "import_id": deleted}));
    let moved = json!({"import_id": "old|ada", "email": "ada.new@example.com"});
    let report = driftwood.import(&operator, &[moved]).await.result();
    assert_eq!(report["lines"][0]["fields"], json!({"import_id": deleted}));
    assert!(!format!("{:?}", driftwood.items("Users").await).contains("old|ada"), "nothing has the id in clear");
    driftwood.advance(86_400);
    let operator = Alice::from("", &driftwood.login(&operator.email, PASSWORD).await.result());
    assert_eq!(outcomes(&driftwood.import(&operator, &[user("ada")]).await.result()), ["imported"]);
}

#[tokio::test]
async fn only_operators_import_and_only_lines_of_json_within_limits() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&operator, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    let before = driftwood.count_items("Users").await;
    for (token, status, code) in
        [("", 401, "unauthorized"), (&alice.access_token, 403, "forbidden"), (&token, 403, "forbidden")]
    {
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", "application/x-ndjson"), ("authorization", bearer.as_str())];
        let headers = if token.is_empty() { &headers[..1] } else { &headers[..] };
        let reply = driftwood.send(Method::POST, "/api/users-import", headers, user("ada").to_string()).await;
        reply.refused(status, code);
    }
    let error = driftwood.post_as(&operator.access_token, "users-import", user("ada")).await;
    assert!(error.refused(415, "unsupported_media_type")["message"].as_str().unwrap().contains("application/x-ndjson"));
    let lines = |count: usize| (0..count).map(|number| format!("{{\"import_id\":\"{number}\"}}\n")).collect::<String>();
    driftwood.import_lines(&operator, "", lines(101)).await.refused(400, "invalid_json");
    let hundred = driftwood.import_lines(&operator, "", lines(100) + "\n \n").await.result();
    assert_eq!(hundred["counts"]["refused"], 100);
    let long = json!({"import_id": "1", "email": "ada@example.com", "name": "x".repeat(64 * 1024)}).to_string();
    driftwood.import_lines(&operator, "", long).await.refused(413, "payload_too_large");
    assert_eq!(driftwood.import_lines(&operator, "", "").await.result()["lines"], json!([]));
    assert_eq!(driftwood.count_items("Users").await, before);
}
