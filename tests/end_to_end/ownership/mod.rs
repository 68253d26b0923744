//! An account belongs to the user who proves its address: what another party set up before ends with the proof.

mod addresses;
mod delegates;
mod endings;
mod not_me;
mod operators;
mod provider;
mod recent_sign_in;
mod reset;
mod verification;

use serde_json::{Value, json};

use crate::harness::{Alice, PASSWORD, Program, TestServer};
use crate::recovery::{NEW, reset, reset_token};

/// What a stranger set up in the name of the user whose address it is.
pub struct Squatted {
    /// The account, as the stranger registered it.
    pub stranger: Alice,
    /// Their user key, with the secret [`crate::keys::SECRET`].
    pub key: String,
    /// Their app.
    pub app: Program,
    /// An access token of the app.
    pub app_token: String,
}

impl Squatted {
    pub async fn by_stranger(driftwood: &TestServer) -> Self {
        let stranger = driftwood.alice().await;
        let key = driftwood.key_of(&stranger, "Backup").await;
        let app = driftwood.program(&stranger, json!({"name": "Job"})).await;
        let app_token = token_of(driftwood, &app).await.expect("the app works");
        Self { stranger, key, app, app_token }
    }

    /// Asserts that nothing of it works any more.
    pub async fn assert_worthless(&self, driftwood: &TestServer) {
        let Self { stranger, key, app, app_token } = self;
        assert!(!driftwood.is_alive(&stranger.access_token).await, "the access token");
        driftwood.refresh(&stranger.refresh_token).await.refused(401, "invalid_refresh_token");
        driftwood.authenticate(key, crate::keys::SECRET).await.refused_resource(401, "invalid_credentials");
        driftwood.login(&stranger.email, PASSWORD).await.refused(401, "invalid_credentials");
        assert!(!driftwood.is_alive(app_token).await, "the app's token");
        assert_eq!(token_of(driftwood, app).await, None, "the app's secret");
    }
}

/// A token by `client_credentials`, if the app gets one.
pub async fn token_of(driftwood: &TestServer, app: &Program) -> Option<String> {
    let reply = driftwood.program_token(app).await;
    if reply.status == 200 {
        return reply.result()["access_token"].as_str().map(str::to_owned);
    }
    reply.refused(401, "invalid_client");
    None
}

/// The owner of the address chooses a password by mail, and signs in.
pub async fn owner_resets(driftwood: &TestServer, email: &str) -> Alice {
    reset(driftwood, &reset_token(driftwood, email).await, NEW).await.result();
    Alice::from(email, &driftwood.login(email, NEW).await.result())
}

/// The apps of the account, as its user sees them.
pub async fn apps(driftwood: &TestServer, user: &Alice) -> Vec<Value> {
    let page = driftwood.post_as(&user.access_token, "oauth-apps-list", json!({})).await.result();
    page["apps"].as_array().expect("apps").clone()
}
