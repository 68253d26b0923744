//! Resource indicators (RFC 8707): the APIs that a token may be requested for.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::domain::client::id::ClientId;
use crate::domain::oauth::scope::{Scope, ScopeCatalogue, ScopeSet};
use crate::domain::types::display_name::DisplayName;

/// The description for a request that names an API in `audience`, as some servers have it, and none in `resource`: ignored,
/// it would be answered with a token for another API.
pub const NO_AUDIENCE: &str = "audience is not supported: name the API in resource (RFC 8707)";

/// The description for a request that names an API which the operator does not list. It is logged, so it has no query, in
/// which a secret could be.
pub fn unknown(resource: &str) -> String {
    let resource: String = resource.split(['?', '#']).next().unwrap_or_default().chars().take(200).collect();
    format!("There is no resource {resource}: the operator lists the APIs in the parameter Resources")
}

const FORM: &str =
    "must be URL Name (scopes) [policy] entries with semicolons between them: absolute URLs without a fragment";
const POLICY: &str =
    "must have policies such as [users=any client_credentials=dw_ci_1,dw_ci_2]: any, none or client ids";
const UNKNOWN_SCOPE: &str = "must give the APIs scopes that exist: built-in ones, or those of SCOPES";

/// The APIs, in addition to Driftwood's own, for which the operator allows tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceCatalogue(BTreeMap<String, Resource>);

/// Returns whether two resource identifiers mean the same API: scheme and host in any case, with the default port or without
/// it, and an empty path or `/` (RFC 3986 §6.2.2.1, §6.2.3). Everything else is compared as it is written.
pub fn is_same_resource(one: &str, other: &str) -> bool {
    one == other || normal(one).is_some_and(|one| normal(other) == Some(one))
}

/// Scheme, host and port in their normal form, and the rest as it is written; none for anything that is no address of an API.
fn normal(resource: &str) -> Option<(String, String, Option<u16>, &str)> {
    let (scheme, after) = resource.split_once("://")?;
    let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
    // Only the authority is parsed: a parser of URLs would change the rest, too.
    let url = Url::parse(&format!("{scheme}://{authority}")).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && !authority.contains(['@', '\\']);
    let host = url.host_str().filter(|_| is_plain)?.to_ascii_lowercase();
    Some((url.scheme().to_owned(), host, url.port(), if rest.is_empty() { "/" } else { rest }))
}

/// What the operator says about an API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Resource {
    name: Option<DisplayName>,
    /// The scopes that belong to it; `None` where the operator lists none.
    scopes: Option<ScopeSet>,
    policy: Policy,
}

/// How an app gets tokens for an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// By the consent of a user.
    Users,
    /// For itself (`client_credentials`).
    ClientCredentials,
}

/// Which apps get tokens for an API.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Policy {
    users: Admitted,
    client_credentials: Admitted,
}

impl Default for Policy {
    /// A user decides for themself. Anyone with an account can create an app, so an app gets no tokens of its own for an
    /// API that the operator did not open to it.
    fn default() -> Self {
        Self { users: Admitted::Any, client_credentials: Admitted::Only(BTreeSet::new()) }
    }
}

/// The apps that are admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Admitted {
    /// All.
    Any,
    /// Those with these client ids.
    Only(BTreeSet<String>),
}

impl Admitted {
    /// Parses `any`, `none` or client ids with commas between them.
    fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "any" => Ok(Self::Any),
            "none" => Ok(Self::Only(BTreeSet::new())),
            ids => {
                let known = |id: &str| ClientId::parse(id).map(|id| id.to_string()).ok_or(POLICY);
                ids.split(',').map(known).collect::<Result<_, _>>().map(Self::Only)
            }
        }
    }

    fn admits(&self, client: &ClientId) -> bool {
        match self {
            Self::Any => true,
            Self::Only(ids) => ids.contains(&client.to_string()),
        }
    }
}

impl Policy {
    /// Parses `access=apps` words; what is not named stays as it is without a policy.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut policy = Self::default();
        let mut named = BTreeSet::new();
        for word in text.split_whitespace() {
            let (access, apps) = word.split_once('=').filter(|(access, _)| named.insert(*access)).ok_or(POLICY)?;
            match access {
                "users" => policy.users = Admitted::parse(apps)?,
                "client_credentials" => policy.client_credentials = Admitted::parse(apps)?,
                _ => return Err(POLICY),
            }
        }
        if named.is_empty() { Err(POLICY) } else { Ok(policy) }
    }
}

impl ResourceCatalogue {
    /// Parses `URL Name (scopes) [policy]` entries, separated by semicolons; all but the URL may be absent. A list of
    /// URLs, separated by spaces, is accepted too.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn parse(text: &str, scopes: &ScopeCatalogue) -> Result<Self, &'static str> {
        let mut words = text.split_whitespace();
        if words.all(|word| is_resource(word) && !word.ends_with(';')) {
            return Ok(Self(text.split_whitespace().map(|url| (url.to_owned(), Resource::default())).collect()));
        }
        let entries = text.split(';').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(|entry| Resource::parse(entry, scopes)).collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether this is an API as it is configured: the `aud` of its tokens, compared as an exact string.
    pub fn contains(&self, audience: &str) -> bool {
        self.0.contains_key(audience)
    }

    /// The API that a client means by this, as it is configured.
    pub fn find(&self, resource: &str) -> Option<&str> {
        self.entry(resource).map(|(configured, _)| configured.as_str())
    }

    fn entry(&self, resource: &str) -> Option<(&String, &Resource)> {
        let is_meant = |(configured, _): &(&String, &Resource)| is_same_resource(configured, resource);
        self.0.get_key_value(resource).or_else(|| self.0.iter().find(is_meant))
    }

    /// Returns whether the operator lets an app get tokens for this API in this way.
    pub fn admits(&self, resource: &str, access: Access, client: &ClientId) -> bool {
        self.0.get(resource).is_some_and(|Resource { policy, .. }| match access {
            Access::Users => policy.users.admits(client),
            Access::ClientCredentials => policy.client_credentials.admits(client),
        })
    }

    /// The name of this API, if the operator gave it one.
    pub fn name_of(&self, resource: &str) -> Option<&DisplayName> {
        self.entry(resource)?.1.name.as_ref()
    }

    /// What users read about this API: its name and its address.
    pub fn title_of(&self, resource: &str) -> String {
        let address = resource.strip_prefix("https://").unwrap_or(resource);
        self.name_of(resource).map_or_else(|| address.to_owned(), |name| format!("{name} ({address})"))
    }

    /// The scopes of the tokens for this API; `None` is Driftwood's own. A request for any API may have those of the
    /// sign-in. Every other scope belongs to APIs:
    ///
    /// - one that the operator added, to the APIs that list it; if none does, to Driftwood's own and those without a list;
    /// - a built-in one, to Driftwood's own and those that list it; and if none does, to those without a list, unless an
    ///   app manages the user with it.
    pub fn scopes_of(&self, resource: Option<&str>, catalogue: &ScopeCatalogue) -> ScopeSet {
        let is_listed = |scope: &Scope| {
            let mut lists = self.0.values().filter_map(|resource| resource.scopes.as_ref());
            lists.any(|list| list.contains(scope.name()))
        };
        let belongs =
            |scope: &Scope| match resource.and_then(|resource| self.entry(resource)).map(|(_, resource)| resource) {
                None => !catalogue.is_added(scope.name()) || !is_listed(scope),
                Some(Resource { scopes: Some(own), .. }) => own.contains(scope.name()),
                Some(_) => !scope.is_of_management() && !is_listed(scope),
            };
        catalogue.all().into_iter().filter(|scope| scope.is_of_sign_in() || belongs(scope)).collect()
    }

    /// The scopes that the metadata of this API lists (RFC 9728 §2), so that a client which requests all of them gets
    /// what it needs there and no more.
    pub fn advertised_scopes_of(&self, resource: Option<&str>, catalogue: &ScopeCatalogue) -> ScopeSet {
        let scopes = self.scopes_of(resource, catalogue);
        match resource {
            Some(_) => scopes.into_iter().filter(|scope| !scope.is_of_sign_in()).collect(),
            // The MCP authorization specification excludes it: it concerns client and authorization server only.
            None => scopes.without(Scope::OFFLINE_ACCESS),
        }
    }
}

impl Resource {
    /// Parses `URL Name (scopes) [policy]`.
    fn parse(entry: &str, catalogue: &ScopeCatalogue) -> Result<(String, Self), &'static str> {
        // The address may have brackets itself, and no spaces.
        let (entry, policy) = match entry.strip_suffix(']').and_then(|entry| entry.rsplit_once('[')) {
            Some((entry, policy)) if entry.contains(char::is_whitespace) || entry.ends_with(')') => {
                (entry.trim(), Policy::parse(policy)?)
            }
            _ => (entry, Policy::default()),
        };
        let (about, scopes) = match entry.strip_suffix(')') {
            Some(entry) => entry.rsplit_once('(').map(|(about, list)| (about.trim(), Some(list))).ok_or(FORM)?,
            None => (entry, None),
        };
        let (url, name) = about.split_once(char::is_whitespace).unwrap_or((about, ""));
        if !is_resource(url) || name.contains(['(', ')', '[', ']']) || name.contains("://") {
            return Err(FORM);
        }
        let name = Some(name.trim()).filter(|name| !name.is_empty()).map(DisplayName::parse);
        let name = name.transpose().map_err(|_| "must give the APIs names of 1 to 100 visible characters")?;
        let scopes = scopes.map(|list| catalogue.read(list)).transpose().map_err(|_| UNKNOWN_SCOPE)?;
        if scopes.as_ref().is_some_and(ScopeSet::is_empty) {
            return Err(FORM);
        }
        Ok((url.to_owned(), Self { name, scopes, policy }))
    }
}

/// RFC 8707 §2: an absolute URL without a fragment.
fn is_resource(url: &str) -> bool {
    Url::parse(url).is_ok_and(|parsed| parsed.has_host() && parsed.fragment().is_none())
}

/// The clients that represent an API: they may introspect the tokens for it (RFC 7662 §2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceServers(BTreeSet<(String, String)>);

impl ResourceServers {
    /// Parses a list of `client_id=URL`, separated by spaces.
    ///
    /// # Errors
    ///
    /// The end of a sentence about the list.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let pair = |pair: &str| {
            let (client, resource) = pair.split_once('=').filter(|(client, _)| client.starts_with("dw_ci_"))?;
            Some((client.to_owned(), resource.to_owned())).filter(|(_, resource)| Url::parse(resource).is_ok())
        };
        let pairs =
            text.split_whitespace().map(|text| pair(text).ok_or("must be client_id=URL with spaces between them"));
        pairs.collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether this client represents the API with this audience.
    pub fn speaks_for(&self, client_id: &str, audience: &str) -> bool {
        self.0.iter().any(|(client, resource)| client == client_id && is_same_resource(resource, audience))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOLS: &str = "https://mcp.example.com/mcp";

    fn scopes() -> ScopeCatalogue {
        ScopeCatalogue::parse("tools=Use tools;orders=Read orders;notes=Read notes").unwrap()
    }

    fn parsed(text: &str) -> ResourceCatalogue {
        ResourceCatalogue::parse(text, &scopes()).unwrap()
    }

    #[test]
    fn a_resource_is_found_by_any_spelling_of_its_origin_and_by_its_own_path_only() {
        let catalogue = parsed("https://mcp.example.com/mcp https://api.example.com https://b.example:8443/");
        for (named, configured) in [
            ("HTTPS://MCP.example.com:443/mcp", TOOLS),
            ("https://api.example.com/", "https://api.example.com"),
            ("https://API.EXAMPLE.COM:443", "https://api.example.com"),
            ("https://b.example:8443", "https://b.example:8443/"),
        ] {
            assert_eq!(catalogue.find(named), Some(configured), "{named}");
        }
        for other in [
            "https://mcp.example.com/mcp/",
            "https://mcp.example.com/MCP",
            "https://mcp.example.com/x/../mcp",
            "https://mcp.example.com/%6dcp",
            "https://mcp.example.com",
            "http://mcp.example.com/mcp",
            "https://user@mcp.example.com/mcp",
            "https://evil.example\\@mcp.example.com/mcp",
            "https://mcp.example.com:8443/mcp",
            "https://api.example.com/?",
            "https://api.example.com/#",
            "https://b.example",
            "mcp.example.com/mcp",
            "",
        ] {
            assert_eq!(catalogue.find(other), None, "{other}");
        }
        let both = parsed("https://api.example.com https://api.example.com/");
        for exact in ["https://api.example.com", "https://api.example.com/"] {
            assert_eq!(both.find(exact), Some(exact), "an exact match comes first");
        }
    }

    #[test]
    fn resource_servers_speak_for_the_resources_that_they_name() {
        let catalogue = parsed("https://mcp.example.com/mcp  https://api.example.com/a;b");
        assert!(catalogue.contains(TOOLS) && !catalogue.contains("https://mcp.example.com/mcp/"));
        assert!(catalogue.contains("https://api.example.com/a;b"), "the list of URLs is read as before");
        let servers = ResourceServers::parse("dw_ci_1=https://a.example dw_ci_2=https://b.example?x=1").unwrap();
        assert!(
            servers.speaks_for("dw_ci_1", "https://a.example")
                && servers.speaks_for("dw_ci_2", "https://b.example?x=1")
        );
        assert!(servers.speaks_for("dw_ci_1", "https://a.example/"));
        assert!(!servers.speaks_for("dw_ci_1", "https://b.example?x=1"));
        assert!(ResourceServers::parse("dw_ci_1").is_err() && ResourceServers::parse("x=https://a.example").is_err());
    }

    #[test]
    fn an_operator_names_resources_and_says_which_scopes_they_have() {
        let catalogue = parsed(
            "https://mcp.example.com/mcp Example Tools (tools); https://api.example.com Orders;https://b.example;",
        );
        assert_eq!(catalogue.title_of(TOOLS), "Example Tools (mcp.example.com/mcp)");
        assert_eq!(catalogue.name_of("https://api.example.com").unwrap().as_str(), "Orders");
        assert_eq!(catalogue.title_of("https://b.example"), "b.example");
        assert!(parsed("https://a.example (tools orders)").contains("https://a.example"));
        for bad in [
            "/relative",
            "https://a.example#x",
            "not a url",
            "https://a.example Orders https://b.example",
            "https://a.example Orders ()",
            "https://a.example Orders (unknown)",
            "https://a.example Orders (tools",
            "https://a.example Orders tools)",
            "Orders (tools)",
            "https://a.example Or\u{202e}ders",
        ] {
            assert!(ResourceCatalogue::parse(bad, &scopes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_operator_says_which_apps_get_tokens_for_a_resource() {
        let [one, two] = ["1", "2"].map(|digit| format!("dw_ci_{}", digit.repeat(32)));
        let [first, second] = [&one, &two].map(|id| ClientId::parse(id).unwrap());
        let described = ClientId::parse("https://app.example/client.json").unwrap();
        let document = "https://app.example/client.json";
        let catalogue = parsed(&format!(
            "{TOOLS} Tools (tools) [client_credentials={one},{document}]; https://api.example.com [users={two} client_credentials=any]; https://b.example (orders)[users=none]; https://c.example"
        ));
        let admits = |resource, access, client| catalogue.admits(resource, access, client);
        assert!(admits(TOOLS, Access::ClientCredentials, &first) && !admits(TOOLS, Access::ClientCredentials, &second));
        assert!(admits(TOOLS, Access::ClientCredentials, &described));
        assert!(admits(TOOLS, Access::Users, &second), "what is not named stays as it was");
        assert!(admits("https://api.example.com", Access::ClientCredentials, &first));
        assert!(!admits("https://api.example.com", Access::Users, &first));
        assert!(admits("https://api.example.com", Access::Users, &second));
        assert!(!admits("https://b.example", Access::Users, &first));
        assert!(admits("https://c.example", Access::Users, &first));
        assert!(!admits("https://c.example", Access::ClientCredentials, &first), "none by default");
        assert!(!admits("https://unknown.example", Access::Users, &first));
        assert_eq!(catalogue.title_of(TOOLS), "Tools (mcp.example.com/mcp)");
        for bad in [
            "https://a.example []",
            "https://a.example [any]",
            "https://a.example [users]",
            "https://a.example [users=]",
            "https://a.example [users=me]",
            "https://a.example [users=any,]",
            "https://a.example [users=any users=none]",
            "https://a.example [devices=any]",
            "https://a.example [users=any] (tools)",
            "https://a.example [users=any",
            "https://a.example users=any]",
        ] {
            assert!(ResourceCatalogue::parse(bad, &scopes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_scope_belongs_to_those_that_list_it_and_management_to_ours() {
        let catalogue = parsed("https://mcp.example.com/mcp Tools (tools contact_read); https://b.example");
        let of = |resource: Option<&str>| catalogue.scopes_of(resource, &scopes());
        assert_eq!(of(Some(TOOLS)).to_string(), "openid profile email groups offline_access contact_read tools");
        let ours = of(None);
        assert!(ours.contains("gdpr_write") && ours.contains("contact_read") && ours.contains("orders"));
        assert!(!ours.contains("tools"));
        let unlisted = of(Some("https://b.example"));
        assert!(unlisted.contains("contact_write") && unlisted.contains("orders") && unlisted.contains("openid"));
        for name in ["gdpr_write", "gdpr_read", "app_write", "user_read", "tools", "contact_read"] {
            assert!(!unlisted.contains(name), "{name}");
        }
        assert_eq!(catalogue.advertised_scopes_of(Some(TOOLS), &scopes()).to_string(), "contact_read tools");
        assert!(!catalogue.advertised_scopes_of(None, &scopes()).contains("offline_access"));
    }
}
