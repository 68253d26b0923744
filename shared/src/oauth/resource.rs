//! Resource indicators (RFC 8707): the APIs that a token may be asked for.

use std::collections::BTreeSet;

use url::Url;

/// The APIs beside our own that the operator lets tokens be for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceCatalogue(BTreeSet<String>);

impl ResourceCatalogue {
    /// Reads a list with spaces between the URLs.
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

    /// Says whether tokens may be for this API, compared letter by letter.
    pub fn contains(&self, resource: &str) -> bool {
        self.0.contains(resource)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_knows_its_resources_letter_by_letter() {
        let catalogue = ResourceCatalogue::parse("https://mcp.example.com/mcp  https://api.example.com").unwrap();
        assert!(
            catalogue.contains("https://mcp.example.com/mcp") && !catalogue.contains("https://mcp.example.com/mcp/")
        );
        for bad in ["/relative", "https://a.example#x", "not a url"] {
            assert!(ResourceCatalogue::parse(bad).is_err(), "{bad}");
        }
    }
}
