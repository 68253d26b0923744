//! What the document needs to know about the running service.

use shared::config::Config;
use shared::domain::oauth::scope::ScopeCatalogue;

/// The configuration that the document describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The name of the service.
    pub name: String,
    /// The address of the endpoints: our own origin, or relative to the document if no issuer is configured.
    pub server: String,
    /// All scopes.
    pub scopes: ScopeCatalogue,
    /// The minimum length of a new password.
    pub shortest_password: usize,
}

impl Service {
    /// The service with this configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            name: config.brand.name.clone(),
            server: config.issuer.clone().unwrap_or_else(|| "/".to_owned()),
            scopes: config.scopes.clone(),
            shortest_password: config.password_policy.shortest,
        }
    }
}
