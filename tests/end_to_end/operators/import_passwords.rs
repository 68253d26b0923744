//! Users who sign in with the password that they had in another system.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::harness::{Alice, OPERATED, TestServer};

/// The password of all invented users in the exports of `infra/migrate/tests`.
const OLD: &str = "Grüße an Ada, 1843";
/// What the scripts make of the exports.
const LINES: [(&str, &str, usize); 5] = [
    ("cognito", include_str!("../../../infra/migrate/tests/cognito.jsonl"), 0),
    ("auth0", include_str!("../../../infra/migrate/tests/auth0.jsonl"), 2),
    ("firebase", include_str!("../../../infra/migrate/tests/firebase.jsonl"), 1),
    ("keycloak", include_str!("../../../infra/migrate/tests/keycloak.jsonl"), 4),
    ("table", include_str!("../../../infra/migrate/tests/table.jsonl"), 9),
];
const BCRYPT: &str = "$2b$10$eBeCbtQwmhrjOzbYkMIKiOtk.k3HjllTter5k75.V824rxogqeNo2";

/// The stored hash of the user with this id.
async fn stored_hash(driftwood: &TestServer, id: &str) -> String {
    let items = driftwood.items("Users").await;
    let item =
        items.into_iter().find(|item| item.get("id").is_some_and(|found| *found == AttributeValue::S(id.to_owned())));
    item.expect("a user")["password_hash"].as_s().expect("a string").clone()
}

#[tokio::test]
async fn users_of_every_system_sign_in_with_the_passwords_that_they_had() {
    let driftwood = TestServer::start_with(&[OPERATED, ("LoginAddressLimit", "1000")]).await;
    let operator = driftwood.operator().await;
    driftwood.keep_secret(OLD);
    for (system, lines, expected) in LINES {
        let users: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let report = driftwood.import(&operator, &users).await.result();
        assert_eq!(report["counts"]["imported"], users.len(), "{system}: {report}");
        let with_hash = users.iter().zip(report["lines"].as_array().unwrap());
        let with_hash: Vec<_> = with_hash.filter(|(user, _)| user["password_hash"].is_string()).collect();
        assert_eq!(with_hash.len(), expected, "{system}");
        for (user, line) in with_hash {
            let (email, id) = (user["email"].as_str().unwrap(), line["user_id"].as_str().unwrap());
            let old = stored_hash(&driftwood, id).await;
            assert_eq!(user["password_hash"], old, "{system} {email}");
            driftwood.login(email, "Grüße an Ada, 1844").await.refused(401, "invalid_credentials");
            if user["disabled"] == true {
                driftwood.login(email, OLD).await.refused(401, "invalid_credentials");
                driftwood.post_as(&operator.access_token, "users-enable", json!({"id": id})).await.result();
            }
            assert_eq!(driftwood.login(email, OLD).await.result()["user"]["id"], id, "{system} {email}");
            let new = stored_hash(&driftwood, id).await;
            assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{system} {email} has our hash now");
            let hashes = driftwood.hashes("auth-login");
            driftwood.login(email, OLD).await.result();
            assert_eq!(
                driftwood.hashes("auth-login"),
                hashes + 1,
                "{system} {email}: it costs what every sign-in does"
            );
        }
    }
}

#[tokio::test]
async fn an_imported_hash_costs_one_of_ours_as_well_whether_the_password_is_right_or_wrong() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let ada = json!({"import_id": "1", "email": "ada@example.com", "password_hash": BCRYPT});
    driftwood.import(&operator, &[ada]).await.result();
    driftwood.keep_secret(OLD);
    let cost = |email: &'static str, password: &'static str| {
        let driftwood = &driftwood;
        async move {
            let before = driftwood.hashes("auth-login");
            let status = driftwood.login(email, password).await.status;
            (status, driftwood.hashes("auth-login") - before)
        }
    };
    assert_eq!(cost("nobody@example.com", "a guess").await, (401, 1));
    assert_eq!(cost("ada@example.com", "a guess").await, (401, 2));
    assert_eq!(cost("ada@example.com", OLD).await, (200, 2));
    assert_eq!(cost("ada@example.com", "a guess").await, (401, 1));
}

#[tokio::test]
async fn users_sign_in_at_the_page_with_an_address_or_a_username_and_confirm_changes_with_the_old_password() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let user = |id: &str| json!({"import_id": id, "username": format!("ada-{id}"), "email": format!("ada.{id}@example.com"), "password_hash": BCRYPT});
    driftwood.import(&operator, &[user("1"), user("2")]).await.result();
    driftwood.keep_secret(OLD);
    for name in ["ada-1", "ada.2@example.com"] {
        let visitor = driftwood.visitor();
        let page = visitor.get("/oauth2/authorize/sign-in").await;
        let page = visitor.sign_in(&page, name, OLD).await;
        assert_eq!(visitor.follow(page).await.heading(), "Your account");
    }
    let ada = Alice::from("", &driftwood.login("ada.1@example.com", OLD).await.result());
    let change = json!({"current_password": OLD, "new_password": "an entirely new passphrase"});
    driftwood.keep_secret("an entirely new passphrase");
    driftwood.post_as(&ada.access_token, "auth-change-password", change).await.result();
    driftwood.login("ada.1@example.com", OLD).await.refused(401, "invalid_credentials");
    driftwood.login("ada.1@example.com", "an entirely new passphrase").await.result();
}

#[tokio::test]
async fn no_answer_has_a_hash() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let ada = [json!({"import_id": "1", "email": "ada@example.com", "password_hash": BCRYPT})];
    driftwood.keep_secret(BCRYPT);
    driftwood.keep_secret(OLD);
    let mut answers = vec![driftwood.import(&operator, &ada).await, driftwood.import(&operator, &ada).await];
    // Out of bounds, and of no known form.
    let other = json!({"import_id": "2", "email": "bob@example.com", "password_hash": BCRYPT.replace("$10$", "$15$")});
    let broken = json!({"import_id": "3", "email": "bob@example.com", "password_hash": BCRYPT.replace("$2b$", "$9$")});
    answers.push(driftwood.import(&operator, &[other, broken]).await);
    let hash = BCRYPT.rsplit('$').next().unwrap();
    answers.push(driftwood.post_as(&operator.access_token, "users-list", json!({})).await);
    let ada = Alice::from("", &driftwood.login("ada@example.com", OLD).await.result());
    answers.push(driftwood.post_as(&ada.access_token, "users-export", json!({})).await);
    for answer in answers {
        answer.result();
        assert!(!answer.text.contains(hash), "{}", answer.text);
    }
}
