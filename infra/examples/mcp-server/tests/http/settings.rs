//! What the server may be told of itself and of its issuer.

use mcp_server::settings::Settings;

const RESOURCE: &str = "http://127.0.0.1:8791/mcp";

#[test]
fn the_metadata_of_an_issuer_is_before_its_path() {
    for (issuer, metadata) in [
        ("https://id.example", "https://id.example/.well-known/oauth-authorization-server"),
        ("https://id.example/", "https://id.example/.well-known/oauth-authorization-server"),
        ("https://id.example/a/b", "https://id.example/.well-known/oauth-authorization-server/a/b"),
    ] {
        let settings = Settings::new(issuer, RESOURCE).unwrap();
        assert_eq!(settings.issuer_metadata().as_str(), metadata);
        assert_eq!(settings.issuer(), issuer, "it is compared as it was given");
    }
}

#[test]
fn what_is_no_issuer_is_refused() {
    for issuer in
        ["", "id.example", "ftp://id.example", "https://id.example?x", "https://id.example#x", "https://a@id.example"]
    {
        assert!(Settings::new(issuer, RESOURCE).is_err(), "{issuer}");
    }
}

#[test]
fn a_resource_is_canonical_and_has_the_path_of_the_endpoint() {
    for resource in
        ["http://127.0.0.1:8791", "http://127.0.0.1:8791/mcp/", "HTTP://127.0.0.1:8791/mcp", "https://a:443/mcp"]
    {
        assert!(Settings::new("https://id.example", resource).is_err(), "{resource}");
    }
    let settings = Settings::new("https://id.example", "https://mcp.example/mcp").unwrap();
    assert_eq!(settings.resource_metadata(), "https://mcp.example/.well-known/oauth-protected-resource/mcp");
}
