//! The event with which Secrets Manager invokes the function.

use serde::Deserialize;
use shared::app::App;
use shared::fault::Fault;

/// A step of a rotation, as Secrets Manager sends it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Event {
    pub(crate) step: Step,
    pub(crate) secret_id: String,
    /// The id of the version that is created.
    pub(crate) client_request_token: String,
}

/// The step to run.
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

/// The secret that is rotated.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Signing,
    Mac,
}

impl Kind {
    /// Returns the kind of one of our secrets.
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
