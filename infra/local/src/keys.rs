//! The first keys, made as AWS has them made: by the four steps of a rotation.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::app::App;
use shared::fault::Fault;

use crate::error::StartError;

const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// Makes keys for each secret that has none.
///
/// # Errors
///
/// When the secrets cannot be read or the rotation fails.
pub async fn make_first(app: &Arc<App>) -> Result<(), StartError> {
    for secret in [&app.config.signing_keys_secret, &app.config.mac_keys_secret] {
        make(app, secret).await.map_err(|fault| StartError::new(format!("the first keys cannot be made: {fault}.")))?;
    }
    Ok(())
}

async fn make(app: &Arc<App>, secret: &str) -> Result<(), Fault> {
    let current: Value =
        serde_json::from_str(app.secrets.current(secret).await?.value.expose()).map_err(Fault::broken)?;
    if current.get("keys").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty()) {
        return Ok(());
    }
    let token = crate::random_id();
    for step in STEPS {
        let event = json!({"Step": step, "SecretId": secret, "ClientRequestToken": token});
        keys_rotate::handle(Arc::clone(app), event).await?;
    }
    Ok(())
}
