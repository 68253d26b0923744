//! Resource indicators (RFC 8707): the APIs that a token may be requested for.

use std::collections::BTreeSet;

use url::Url;

/// The APIs, in addition to Driftwood's own, for which the operator allows tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceCatalogue(BTreeSet<String>);

impl ResourceCatalogue {
    /// Parses a list of URLs, separated by spaces.
    ///
    /// # Errors
    ///
    /// The end of a sentence about the list.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let check = |url: &str| {
            let parsed = Url::parse(url).ok().filter(|parsed| parsed.has_host() && parsed.fragment().is_none());
            parsed.map(|_| url.to_owned()).ok_or("must be absolute URLs without a fragment, with spaces between them")
        };
        text.split_whitespace().map(check).collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether tokens may be for this API, compared as an exact string.
    pub fn contains(&self, resource: &str) -> bool {
        self.0.contains(resource)
    }

    /// All resources.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
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
        self.0.contains(&(client_id.to_owned(), audience.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_compared_as_exact_strings() {
        let catalogue = ResourceCatalogue::parse("https://mcp.example.com/mcp  https://api.example.com").unwrap();
        assert!(
            catalogue.contains("https://mcp.example.com/mcp") && !catalogue.contains("https://mcp.example.com/mcp/")
        );
        let servers = ResourceServers::parse("dw_ci_1=https://a.example dw_ci_2=https://b.example?x=1").unwrap();
        assert!(
            servers.speaks_for("dw_ci_1", "https://a.example")
                && servers.speaks_for("dw_ci_2", "https://b.example?x=1")
        );
        assert!(!servers.speaks_for("dw_ci_1", "https://b.example?x=1"));
        assert!(ResourceServers::parse("dw_ci_1").is_err() && ResourceServers::parse("x=https://a.example").is_err());
        for bad in ["/relative", "https://a.example#x", "not a url"] {
            assert!(ResourceCatalogue::parse(bad).is_err(), "{bad}");
        }
    }
}
