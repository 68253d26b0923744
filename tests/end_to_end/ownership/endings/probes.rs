//! The columns: how each thing is tried.

use super::Fate;
use super::account::{Account, AppSession, NAME, Session};
use super::events::Start;
use crate::harness::{Alice, PASSWORD, Reply, Visitor};
use crate::keys::{SECRET, Script};
use crate::recovery::{CONFIRM, RESET, VERIFY};

/// A thing works or is refused; any other trouble fails the test.
fn fate(works: bool) -> Option<Fate> {
    Some(if works { Fate::Stays } else { Fate::Ends })
}

fn answered(reply: &Reply) -> Option<Fate> {
    assert!([200, 400, 401, 403].contains(&reply.status), "{} {}", reply.status, reply.text);
    fate(reply.status == 200)
}

/// Things that live and end together.
fn both(one: Option<Fate>, two: Option<Fate>) -> Option<Fate> {
    assert_eq!(one, two, "an access token and a refresh token of one session");
    one
}

impl<'d> Account<'d> {
    /// Tries the thing of a column; nothing where it does not apply.
    pub async fn probe(&self, column: &str) -> Option<Fate> {
        let driftwood = self.driftwood;
        match column {
            "the session that did it" => match self.session? {
                Session::Browser => is_signed_in(&self.browser).await,
                Session::Api => self.api_session(&self.user).await,
            },
            "other browser sessions" => is_signed_in(&self.other_browser).await,
            "other API sessions" => self.api_session(&self.other_api).await,
            "access tokens of connected apps" => fate(driftwood.is_alive(&self.app.access_token).await),
            "their refresh tokens" => self.refresh(&self.app).await,
            "both with `offline_access`" => {
                let alive = fate(driftwood.is_alive(&self.offline.access_token).await);
                both(alive, self.refresh(&self.offline).await)
            }
            "tokens of the user’s own apps" => fate(driftwood.is_alive(&self.own_token).await),
            "apps that a connected app made" => {
                let alive = fate(driftwood.is_alive(&self.made_token).await);
                both(alive, fate(super::super::token_of(driftwood, &self.made_app).await.is_some()))
            }
            "sessions of user keys" => self.script(&self.script).await,
            "sessions of keys that the password proves" => self.script(&self.password_script).await,
            "password" if self.start == Start::WithoutPassword => None,
            "password" => fate(self.signed_in(PASSWORD).await.is_some()),
            "user keys" => answered(&driftwood.authenticate(&self.script.user_key, SECRET).await),
            "keys that the password proves" => {
                answered(&driftwood.authenticate(&self.password_script.user_key, self.password).await)
            }
            "links to providers" => self.provider().await,
            "verification link" => self.link(VERIFY, self.verify_link.as_deref()?).await,
            "reset link" => self.link(RESET, &self.reset_link).await,
            "link to a new address" => self.link(CONFIRM, &self.change_link).await,
            "codes" => answered(&self.client.exchange(driftwood, &self.code).await),
            "approved device codes" => answered(&self.client.poll(driftwood, &self.approved).await),
            "other device codes" => {
                let reply = self.client.poll(driftwood, &self.unapproved).await;
                fate(reply.json()["error"] == "authorization_pending")
            }
            "consents" => self.consent().await,
            "pending authorizations" => self.pending().await,
            "registration tokens of the user’s own apps" => answered(&self.registration.read(driftwood).await),
            "secrets of the user’s own apps" => answered(&driftwood.program_token(&self.own_app).await),
            _ => panic!("no test tries the column “{column}”"),
        }
    }

    async fn api_session(&self, session: &Alice) -> Option<Fate> {
        let alive = fate(self.driftwood.is_alive(&session.access_token).await);
        both(alive, answered(&self.driftwood.refresh(&session.refresh_token).await))
    }

    async fn refresh(&self, session: &AppSession) -> Option<Fate> {
        answered(&self.client.refresh(self.driftwood, &session.refresh_token).await)
    }

    async fn script(&self, script: &Script) -> Option<Fate> {
        fate(self.driftwood.is_signed_in(script).await)
    }

    /// A new browser that signs in with the name, which stays when the address changes.
    async fn signed_in(&self, password: &str) -> Option<Visitor<'d>> {
        let visitor = self.driftwood.visitor();
        let page = visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, NAME, password).await;
        assert!(["Your account", "Sign in", "Keep your account?"].contains(&page.heading().as_str()), "{}", page.text);
        (page.heading() == "Your account").then_some(visitor)
    }

    /// Opens the page of a link, which uses the same check as its form and changes nothing.
    async fn link(&self, page: &str, token: &str) -> Option<Fate> {
        let page = self.driftwood.visitor().get(&format!("{page}?token={token}")).await;
        fate(page.status == 200 && page.forms().iter().any(|form| form.hidden.iter().any(|(_, text)| text == token)))
    }

    /// Signs in with the provider: as this user, or as another who is new.
    async fn provider(&self) -> Option<Fate> {
        let visitor = self.driftwood.visitor();
        let asked = self.forged.leave_anew(&visitor).await;
        self.forged.vouch(&self.forged.claims(&asked, "grace"));
        visitor.follow(self.forged.come_back(&visitor, &asked).await).await;
        let account = visitor.get("/account").await;
        fate(account.status == 200 && account.shows(NAME))
    }

    /// Whether the user, signed in, is asked again.
    async fn consent(&self) -> Option<Fate> {
        let new;
        let visitor = match &self.owner {
            Some(owner) => owner,
            None => match self.signed_in(self.password).await {
                Some(visitor) => {
                    new = visitor;
                    &new
                }
                None => return fate(false),
            },
        };
        fate(visitor.authorize(&self.client, &[]).await.header("location").contains("code="))
    }

    /// Presses “Allow” on the page that was open before, and opens it again if that is refused.
    async fn pending(&self) -> Option<Fate> {
        if self.browser.allow(&self.pending).await.header("refresh").contains("code=") {
            return fate(true);
        }
        let form = self.pending.form();
        let (_, id) = form.hidden.iter().find(|(name, _)| name == "authorization").expect("its id");
        let page = self.browser.get(&format!("/oauth2/authorize/consent?authorization={id}")).await;
        match self.browser.follow(page).await.heading().as_str() {
            "Sign in" | "Photo Album 2 wants to access your account" => Some(Fate::Waits),
            "This link does not work" | "This connection no longer exists" => fate(false),
            heading => panic!("what became of the authorization? {heading}"),
        }
    }
}

async fn is_signed_in(browser: &Visitor<'_>) -> Option<Fate> {
    fate(browser.get("/account").await.status == 200)
}
