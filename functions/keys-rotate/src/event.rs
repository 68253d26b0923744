//! The events with which the function is invoked.

use serde::Deserialize;
use shared::app::App;
use shared::fault::Fault;

/// What the function is to do.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Event {
    /// A step of a rotation.
    Rotation(Rotation),
    /// A key that ends at once.
    Revocation(Revocation),
}

/// A key that an operator revokes.
#[derive(Deserialize)]
pub(crate) struct Revocation {
    /// The key's id.
    #[serde(rename = "RevokeKey")]
    pub(crate) kid: String,
}

/// A step of a rotation, as Secrets Manager sends it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Rotation {
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
