//! `POST /register`, `POST /authenticate`, `POST /refresh`, and the user keys on the account page.

mod account;
mod authenticate;
mod endings;
mod faults;
mod limits;
mod refresh;
mod register;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Alice, PASSWORD, Reply, TestServer, Visitor};

/// A secret that the policy accepts.
pub const SECRET: &str = "seven purple lighthouses";

/// A script with a user key, signed in.
#[derive(Clone, Debug)]
pub struct Script {
    pub user_key: String,
    pub access_token: String,
    pub refresh_token: String,
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a string: {value}")).to_owned()
}

impl TestServer {
    /// Posts JSON to a path, with an access token if there is one.
    pub async fn post_json(&self, path: &str, token: &str, body: Value) -> Reply {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("content-type", "application/json")];
        if !token.is_empty() {
            headers.push(("authorization", &bearer));
        }
        self.send(Method::POST, path, &headers, body.to_string()).await
    }

    /// Registers a new user with a name, and returns their key.
    pub async fn key_of_new_user(&self, name: &str) -> String {
        let body = json!({"user_id": name, "user_secret": PASSWORD});
        let reply = self.post_json("/register", "", body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        text(&reply.json()["user_key"])
    }

    /// Creates another key of a user.
    pub async fn key_of(&self, alice: &Alice, name: &str) -> String {
        self.keep_secret(SECRET);
        let body = json!({"user_secret": SECRET, "key_name": name});
        let reply = self.post_json("/register", &alice.access_token, body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        text(&reply.json()["user_key"])
    }

    pub async fn authenticate(&self, user_key: &str, user_secret: &str) -> Reply {
        self.post_json("/authenticate", "", json!({"user_key": user_key, "user_secret": user_secret})).await
    }

    pub async fn refresh_key(&self, refresh_token: &str) -> Reply {
        self.post_json("/refresh", "", json!({"refresh_token": refresh_token})).await
    }

    /// Signs a script in.
    pub async fn script(&self, user_key: &str, user_secret: &str) -> Script {
        let reply = self.authenticate(user_key, user_secret).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let tokens = reply.json();
        Script {
            user_key: user_key.to_owned(),
            access_token: text(&tokens["access_token"]),
            refresh_token: text(&tokens["refresh_token"]),
        }
    }

    /// Says whether the tokens of a script work, and asserts that either both or none do.
    pub async fn is_signed_in(&self, script: &Script) -> bool {
        let is_alive = self.is_alive(&script.access_token).await;
        assert_eq!(self.refresh_key(&script.refresh_token).await.status == 200, is_alive);
        is_alive
    }
}

/// The page of the key with this name on the account page.
pub async fn key_page(visitor: &Visitor<'_>, name: &str) -> Reply {
    let account = visitor.get("/account").await;
    let row = account.text.split("<li ").find(|row| row.contains(name) && row.contains("/account/key")).expect("a row");
    let part = Reply { status: 200, headers: account.headers.clone(), text: row.to_owned() };
    visitor.get(&part.link_to("/account/key")).await
}

/// Revokes a key on its page.
pub async fn revoke(visitor: &Visitor<'_>, name: &str) -> Reply {
    let page = key_page(visitor, name).await;
    visitor.submit(&page, &[("action", "revoke")]).await
}

/// A browser that is signed in with this name and password.
pub async fn browser<'d>(driftwood: &'d TestServer, name: &str, password: &str) -> Visitor<'d> {
    let visitor = driftwood.visitor();
    let page = visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, name, password).await;
    assert_eq!(page.heading(), "Your account");
    visitor
}
