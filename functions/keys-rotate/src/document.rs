//! The content of the two secrets, as JSON.

use shared::domain::crypto::secret::Secret;
use shared::fault::Fault;

/// Reads a secret that may have no keys yet.
pub(crate) fn read<T: serde::de::DeserializeOwned>(secret: &Secret) -> Result<T, Fault> {
    serde_json::from_str(secret.expose()).map_err(|_| Fault::broken("the secret is not of our form"))
}

/// Writes a secret.
pub(crate) fn write(document: &impl serde::Serialize) -> Result<Secret, Fault> {
    serde_json::to_string(document).map(Secret::new).map_err(Fault::broken)
}
