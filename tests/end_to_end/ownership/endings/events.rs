//! The rows: how each event happens, and what lets things that wait work again.

use reqwest::Method;
use serde_json::{Value, json};

use super::account::{Account, NAME, Session, text};
use crate::account::{disconnect, press};
use crate::harness::{Alice, PASSWORD};
use crate::keys::revoke;
use crate::recovery::{
    NEW, RESET, VERIFY, ask_to_verify, change_password, change_token, confirm, last_token, reset, reset_token, verify,
    verify_as,
};

const FIRST_PASSWORD: &str = "first password, by mail to a signed-in user";

/// What the user has before the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Verified,
    Unverified,
    /// Unverified, and the only way to sign in is the provider.
    WithoutPassword,
}

impl Start {
    /// Unverified, unless the event needs a verified address: so there is a verification link.
    pub fn of(event: &str) -> Self {
        let is_verified = event.contains("“this was not me”") || event.contains("(verified address)");
        match event {
            FIRST_PASSWORD => Self::WithoutPassword,
            _ if is_verified => Self::Verified,
            _ => Self::Unverified,
        }
    }
}

impl Account<'_> {
    /// Lets the event happen, and returns the session that did it.
    pub async fn happen(&mut self, event: &str) -> Option<Session> {
        let (driftwood, user) = (self.driftwood, self.user.clone());
        match event {
            "sign-out of a browser session" => {
                press(&self.browser, &self.browser.get("/account").await, "sign-out", "sign-out").await;
                Some(Session::Browser)
            }
            "sign-out by an app (`/oauth2/logout`)" => {
                let path = format!("/oauth2/logout?id_token_hint={}", self.app.id_token);
                assert_eq!(self.browser.get(&path).await.heading(), "You are signed out");
                Some(Session::Browser)
            }
            "sign-out of an API session (`auth-logout`)" => self.as_user("auth-logout", json!({})).await,
            "sign-out everywhere" => self.as_user("auth-logout", json!({"everywhere": true})).await,
            "changed password" => {
                change_password(driftwood, &user, PASSWORD, NEW).await.result();
                self.password = NEW;
                Some(Session::Api)
            }
            "reset by mail (verified address)" | "reset by mail (unverified address)" => {
                self.reset().await;
                None
            }
            FIRST_PASSWORD => {
                let link = format!("{RESET}?token={}", reset_token(driftwood, &user.email).await);
                let page = self.browser.get(&link).await;
                self.password = NEW;
                assert_eq!(self.browser.submit(&page, &[("password", NEW)]).await.status, 200);
                Some(Session::Browser)
            }
            "verification by its user" => {
                verify_as(driftwood, &user, &self.verification().await).await.result();
                Some(Session::Api)
            }
            "verification by the mail alone" => {
                verify(driftwood, &self.verification().await).await.result();
                None
            }
            "verification by an operator" => self.operate("users-verify").await,
            "verification by a provider" => {
                let visitor = driftwood.visitor();
                crate::upstream::come_with(self.forged, &visitor, &user.email).await;
                assert!(visitor.get("/account").await.shows(NAME), "the account is that user's");
                self.owner = Some(visitor);
                None
            }
            "“I did not register”" => {
                let link = format!("{VERIFY}?token={}", self.verification().await);
                let visitor = driftwood.visitor();
                let done = visitor.submit(&visitor.get(&link).await, &[("action", "disown")]).await;
                assert_eq!(done.heading(), "Your address is free");
                None
            }
            "changed address" => {
                confirm(driftwood, &user, &change_token(driftwood, &user, "moved@example.com").await).await.result();
                Some(Session::Api)
            }
            "“this was not me”, of a key" => self.not_me("A key was added").await,
            "“this was not me”, of an app" => self.not_me("An app was created").await,
            "user disabled" => self.operate("users-disable").await,
            "user deleted" => self.as_user("users-delete", json!({"password": PASSWORD})).await,
            "app disconnected" => {
                disconnect(&self.browser, "Photo Album").await;
                Some(Session::Browser)
            }
            "app disabled" => self.command_apps("disable").await,
            "app revoked" => self.revoke_apps().await,
            "app’s name, redirect URI or keys changed" => self.rename_apps("Photo Album 2").await,
            "changed app allowed by the user" => {
                self.rename_apps("Photo Album 2").await;
                self.browser.approve(&self.client, &[("scope", "openid")]).await.code();
                Some(Session::Browser)
            }
            "app’s secret rotated" => {
                let rotate = json!({"command": "rotate_secret"});
                self.command(&user, &self.own_app.id, &rotate).await;
                let rotated = self.command(&self.client.developer, &self.client.app.id, &rotate).await;
                self.client.app.client_secret = text(&rotated["client_secret"]);
                None
            }
            "app’s tokens revoked (`revoke_tokens`)" => self.command_apps("revoke_tokens").await,
            "user key revoked" => {
                assert_eq!(revoke(&self.browser, "Backup").await.heading(), "The key was revoked");
                Some(Session::Browser)
            }
            "provider unlinked" => {
                press(&self.browser, &self.browser.get("/account").await, "unlink", "Acme").await;
                Some(Session::Browser)
            }
            "refresh token of an API session replayed" => {
                let next = driftwood.refresh(&user.refresh_token).await.result();
                driftwood.refresh(&user.refresh_token).await.refused(401, "invalid_refresh_token");
                self.user.refresh_token = text(&next["refresh_token"]);
                Some(Session::Api)
            }
            "refresh token of an app replayed" => {
                let next = self.client.refresh(driftwood, &self.app.refresh_token).await.json();
                let replay = self.client.refresh(driftwood, &self.app.refresh_token).await;
                replay.refused_oauth(400, "invalid_grant");
                self.app.refresh_token = text(&next["refresh_token"]);
                None
            }
            "code replayed" => {
                self.client.exchange(driftwood, &self.app.code).await.refused_oauth(400, "invalid_grant");
                None
            }
            "refresh token revoked by the client" => self.client_revokes(&self.app.refresh_token).await,
            "access token revoked by the client" => self.client_revokes(&self.app.access_token).await,
            _ => panic!("no test does the event “{event}”"),
        }
    }

    /// Does what lets the things that wait work again, if anything can.
    pub async fn lift(&mut self, event: &str) -> bool {
        // Devices may poll every five seconds.
        self.driftwood.advance(6);
        match event {
            "user disabled" => _ = self.operate("users-enable").await,
            "app disabled" => _ = self.command_apps("enable").await,
            "user deleted" => {
                let body = json!({"email": self.user.email, "password": self.password, "restore": true});
                self.driftwood.post("auth-login", body).await.result();
            }
            "app’s name, redirect URI or keys changed" => _ = self.rename_apps("Photo Album").await,
            "reset by mail (unverified address)" => self.keep_app().await,
            "verification by the mail alone" | "“this was not me”, of a key" | "“this was not me”, of an app" =>
            {
                self.reset().await;
                self.keep_app().await;
            }
            "verification by a provider" => {
                let owner = self.owner.as_ref().expect("the owner");
                press(owner, &owner.get("/account").await, "keep-app", "Keep: Nightly Job").await;
            }
            _ => return false,
        }
        true
    }

    async fn as_user(&self, name: &str, body: Value) -> Option<Session> {
        self.driftwood.post_as(&self.user.access_token, name, body).await.result();
        Some(Session::Api)
    }

    async fn operate(&self, name: &str) -> Option<Session> {
        let body = json!({"id": self.user.user_id});
        self.driftwood.post_as(&self.operator.access_token, name, body).await.result();
        None
    }

    /// Another link than the one whose fate is looked at.
    async fn verification(&self) -> String {
        ask_to_verify(self.driftwood, &self.user).await.result();
        last_token(self.driftwood, &self.user.email, VERIFY)
    }

    async fn reset(&mut self) {
        let token = reset_token(self.driftwood, &self.user.email).await;
        reset(self.driftwood, &token, NEW).await.result();
        self.password = NEW;
    }

    async fn not_me(&self, subject: &str) -> Option<Session> {
        let mails = self.driftwood.mail_to(&self.user.email);
        let link = mails.iter().rfind(|mail| mail.subject.starts_with(subject)).expect("a notice").link();
        let visitor = self.driftwood.visitor();
        assert_eq!(visitor.submit(&visitor.get(&link).await, &[]).await.heading(), "Your account is safe");
        None
    }

    async fn keep_app(&self) {
        let owner = Alice::from("", &self.driftwood.login(&self.user.email, self.password).await.result());
        self.command(&owner, &self.own_app.id, &json!({"command": "enable"})).await;
    }

    /// The same to the connected app and to the user's own, each by its developer.
    async fn command_apps(&self, command: &str) -> Option<Session> {
        let command = json!({"command": command});
        self.command(&self.user, &self.own_app.id, &command).await;
        self.command(&self.client.developer, &self.client.app.id, &command).await;
        None
    }

    async fn rename_apps(&self, name: &str) -> Option<Session> {
        for (owner, app) in [(&self.user, &self.own_app), (&self.client.developer, &self.client.app)] {
            let body = json!({"id": app.id, "name": name});
            self.driftwood.post_as(&owner.access_token, "oauth-apps-update", body).await.result();
        }
        None
    }

    async fn command(&self, owner: &Alice, app: &str, command: &Value) -> Value {
        let path = format!("{}/{app}/commands", crate::management::APPS);
        let token = &owner.access_token;
        let reply = crate::management::call(self.driftwood, token, Method::POST, &path, command.clone()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    async fn revoke_apps(&self) -> Option<Session> {
        for (owner, app) in [(&self.user, &self.own_app), (&self.client.developer, &self.client.app)] {
            let body = json!({"id": app.id});
            self.driftwood.post_as(&owner.access_token, "oauth-apps-revoke", body).await.result();
        }
        None
    }

    async fn client_revokes(&self, token: &str) -> Option<Session> {
        assert_eq!(self.client.revoke(self.driftwood, token).await.status, 200);
        None
    }
}
