//! What Secrets Manager says when it calls.

use serde::Deserialize;
use shared::app::App;
use shared::fault::Fault;

/// A step of a rotation, as Secrets Manager calls it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Event {
    pub(crate) step: Step,
    pub(crate) secret_id: String,
    /// Names the version that is made.
    pub(crate) client_request_token: String,
}

/// What is to be done.
#[derive(Deserialize)]
pub(crate) enum Step {
    #[serde(rename = "createSecret")]
    Create,
    #[serde(rename = "setSecret")]
    Set,
    #[serde(rename = "testSecret")]
    Test,
    #[serde(rename = "finishSecret")]
    Finish,
}

/// Which of the two secrets it is about.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Signing,
    Mac,
}

impl Kind {
    /// Recognises a secret of ours.
    pub(crate) fn of(app: &App, secret_id: &str) -> Result<Self, Fault> {
        if secret_id == app.config.signing_keys_secret {
            Ok(Self::Signing)
        } else if secret_id == app.config.mac_keys_secret {
            Ok(Self::Mac)
        } else {
            Err(Fault::broken("the event names a secret that is not ours"))
        }
    }
}
