//! What the document has to know of the running service.

use shared::config::Config;
use shared::domain::oauth::scope::ScopeCatalogue;

/// What the operator chose, as far as the document tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What users know the service as.
    pub name: String,
    /// Where the endpoints are: our own origin, or relative to the document as long as nobody said which that is.
    pub server: String,
    /// The scopes that there are.
    pub scopes: ScopeCatalogue,
    /// The fewest characters of a new password.
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
