//! Templates: settings for common kinds of apps.

use serde::Serialize;

use crate::domain::client::settings::Defaults;
use crate::domain::oauth::client_auth::ClientAuthMethod;
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::oauth::scope::{Scope, ScopeCatalogue};

/// Initial settings of a new app.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AppTemplate {
    /// The template's id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The kind of app that it is for.
    pub description: &'static str,
    /// The fields that are required in addition.
    pub required: &'static [&'static str],
    /// The default settings of such an app.
    pub settings: TemplateSettings,
}

/// The settings of a template, named as those of an app.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TemplateSettings {
    token_endpoint_auth_method: ClientAuthMethod,
    grant_types: &'static [GrantType],
    scopes: &'static [&'static str],
}

const USER: &[&str] = &[Scope::OPENID, Scope::PROFILE, Scope::EMAIL];

/// All templates.
pub const TEMPLATES: [AppTemplate; 5] = [
    AppTemplate {
        id: "web-server",
        name: "Web server",
        description: "A web app whose server stores a secret and the tokens; it uses authorization codes.",
        required: &["name", "redirect_uris"],
        settings: TemplateSettings {
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            grant_types: &[GrantType::AuthorizationCode, GrantType::RefreshToken],
            scopes: USER,
        },
    },
    AppTemplate {
        id: "single-page",
        name: "Single-page app",
        description: "An app that runs only in the browser; it has no secret and uses PKCE.",
        required: &["name", "redirect_uris"],
        settings: TemplateSettings {
            token_endpoint_auth_method: ClientAuthMethod::None,
            grant_types: &[GrantType::AuthorizationCode, GrantType::RefreshToken],
            scopes: USER,
        },
    },
    AppTemplate {
        id: "cli",
        name: "Command-line program",
        description: "A program or device without a browser of its own; its user enters a code in any browser.",
        required: &["name"],
        settings: TemplateSettings {
            token_endpoint_auth_method: ClientAuthMethod::None,
            grant_types: &[GrantType::DeviceCode, GrantType::RefreshToken],
            scopes: USER,
        },
    },
    AppTemplate {
        id: "machine",
        name: "Machine",
        description: "A program that acts for itself in your account, with a secret and without any user.",
        required: &["name"],
        settings: TemplateSettings {
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            grant_types: &[GrantType::ClientCredentials],
            scopes: &[Scope::CONTACT_READ],
        },
    },
    AppTemplate {
        id: "mcp-server",
        name: "MCP server",
        description: "An API or MCP server that introspects the tokens that it receives; it gets none of its own. \
                      The operator lists its client id in ResourceServers.",
        required: &["name"],
        settings: TemplateSettings {
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            grant_types: &[GrantType::ClientCredentials],
            // An app without scopes could do everything; this scope is not granted without a user.
            scopes: &[Scope::OPENID],
        },
    },
];

impl AppTemplate {
    /// Finds a template; the error lists the valid ids.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn require(id: &str) -> Result<Self, String> {
        let ids = || TEMPLATES.map(|template| template.id).join(", ");
        TEMPLATES.into_iter().find(|template| template.id == id).ok_or_else(|| format!("must be one of {}", ids()))
    }

    /// The default settings of an app of this kind.
    pub fn defaults(&self, catalogue: &ScopeCatalogue) -> Defaults {
        Defaults {
            token_endpoint_auth_method: self.settings.token_endpoint_auth_method,
            grant_types: Some(self.settings.grant_types.to_vec()),
            scopes: self.settings.scopes.iter().filter_map(|name| catalogue.find(name)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_found_by_its_id_and_has_scopes_of_the_catalogue() {
        let catalogue = ScopeCatalogue::default();
        for template in TEMPLATES {
            assert_eq!(AppTemplate::require(template.id).unwrap().name, template.name);
            let scopes = template.defaults(&catalogue).scopes;
            assert_eq!(scopes.names().collect::<Vec<_>>(), template.settings.scopes);
            assert!(!scopes.is_empty(), "an app without scopes could do everything");
        }
        assert!(AppTemplate::require("Machine").unwrap_err().contains("mcp-server"));
    }
}
