//! The first keys, generated like on AWS by the four steps of a rotation.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::app::App;
use shared::domain::crypto::secret::Secret;
use shared::fault::Fault;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use crate::error::StartError;

const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// Generates keys for each secret that has none; `signing` replaces the generated signing keys.
///
/// # Errors
///
/// When the secrets cannot be read or the rotation fails.
pub async fn generate_first(app: &Arc<App>, signing: Option<&Secret>) -> Result<(), StartError> {
    for (secret, given) in [(&app.config.signing_keys_secret, signing), (&app.config.mac_keys_secret, None)] {
        generate(app, secret, given)
            .await
            .map_err(|fault| StartError::new(format!("the first keys cannot be generated: {fault}.")))?;
    }
    Ok(())
}

async fn generate(app: &Arc<App>, secret: &str, given: Option<&Secret>) -> Result<(), Fault> {
    let current: Value =
        serde_json::from_str(app.secrets.current(secret).await?.value.expose()).map_err(Fault::broken)?;
    if current.get("keys").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty()) {
        return Ok(());
    }
    let token = crate::random_id();
    if let Some(keys) = given {
        // The first step then finds its version.
        app.secrets.put_pending(secret, &token, keys).await?;
    }
    for step in STEPS {
        let event = json!({"Step": step, "SecretId": secret, "ClientRequestToken": token});
        // This is no rotation, and the names of the secrets are not the operator's: nothing of it is worth a line.
        keys_rotate::handle(Arc::clone(app), event).with_subscriber(NoSubscriber::default()).await?;
    }
    Ok(())
}
