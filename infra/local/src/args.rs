//! The command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use clap::Parser;
use local::{MappedHost, Options, StartError};
use shared::domain::crypto::secret::Secret;

/// Driftwood on this machine: accounts, sign-in and OAuth, with the routes of template.yaml.
#[derive(Debug, Parser)]
#[command(name = "driftwood", version)]
pub struct Args {
    /// The port to listen on; 0 is any free one
    #[arg(long, value_name = "N", default_value_t = 8788)]
    port: u16,
    /// Store nothing on disk
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// Where to store data
    #[arg(long, value_name = "DIR", default_value = ".driftwood")]
    data: PathBuf,
    /// The issuer of the tokens, as an origin [default: where it listens]
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Set a parameter of template.yaml; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    set: Vec<(String, String)>,
    /// Allow tokens for this API, "URL Name (scopes)" (the parameter Resources); may be repeated
    #[arg(long, value_name = "URL")]
    resource: Vec<String>,
    /// Fetch a host's client documents from a port of this machine; may be repeated
    #[arg(long, value_name = "https://HOST=http://127.0.0.1:PORT", value_parser = MappedHost::parse)]
    fetch_map: Vec<MappedHost>,
    /// Allow sign-in with this OpenID provider too (the parameter UpstreamIssuer)
    #[arg(long, value_name = "URL", requires_all = ["upstream_client_id", "upstream_client_secret_file"])]
    upstream_issuer: Option<String>,
    /// Our client id at this provider (the parameter UpstreamClientId)
    #[arg(long, value_name = "ID", requires = "upstream_issuer")]
    upstream_client_id: Option<String>,
    /// The file with our client secret at this provider, for the secret UpstreamSecret
    #[arg(long, value_name = "FILE", requires = "upstream_issuer")]
    upstream_client_secret_file: Option<PathBuf>,
    /// Open DynamoDB, Secrets Manager and SES on this port, for the AWS CLI and `sam local invoke`
    #[arg(long, value_name = "N")]
    aws_port: Option<u16>,
    /// The address of --aws-port
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), requires = "aws_port")]
    bind: IpAddr,
}

impl TryFrom<Args> for Options {
    type Error = StartError;

    fn try_from(args: Args) -> Result<Self, StartError> {
        let mut set = args.set;
        if !args.resource.is_empty() {
            set.push(("Resources".to_owned(), args.resource.join("; ")));
        }
        let upstream = [("UpstreamIssuer", args.upstream_issuer), ("UpstreamClientId", args.upstream_client_id)];
        set.extend(upstream.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        let upstream_secret = args.upstream_client_secret_file.as_deref().map(secret).transpose()?;
        Ok(Self {
            port: args.port,
            data: (!args.memory).then_some(args.data),
            issuer: args.issuer,
            set,
            fetch_map: args.fetch_map.into_iter().collect(),
            aws: args.aws_port.map(|port| (args.bind, port)),
            upstream_secret,
            ..Self::default()
        })
    }
}

fn secret(file: &Path) -> Result<Secret, StartError> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| StartError::new(format!("{} cannot be read: {error}.", file.display())))?;
    Ok(Secret::new(text.trim()))
}

fn name_and_value(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("it must look like NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_become_options() {
        let args =
            ["driftwood", "--port", "0", "--memory", "--set", "A=b=c", "--aws-port", "8000", "--bind", "0.0.0.0"];
        let read = |args: &[&str]| Options::try_from(Args::try_parse_from(args).unwrap());
        let options = read(&args).unwrap();
        assert_eq!((options.port, options.data), (0, None));
        assert_eq!(options.set, [("A".to_owned(), "b=c".to_owned())]);
        let resources = ["driftwood", "--resource", "https://a.example", "--resource", "https://b.example"];
        let resources = read(&resources).unwrap();
        assert_eq!(resources.set, [("Resources".to_owned(), "https://a.example; https://b.example".to_owned())]);
        assert_eq!(options.aws, Some((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8000)));
        let options = read(&["driftwood"]).unwrap();
        assert_eq!((options.port, options.data), (8788, Some(PathBuf::from(".driftwood"))));
        let map = ["driftwood", "--fetch-map", "https://a.example=http://127.0.0.1:1"];
        let expected = MappedHost::parse("https://a.example=http://127.0.0.1:1").unwrap();
        let expected = std::iter::once(expected).collect();
        assert_eq!(read(&map).unwrap().fetch_map, expected);
        assert!(Args::try_parse_from(["driftwood", "--fetch-map", "https://a.example=http://10.0.0.1:1"]).is_err());
        let upstream = ["driftwood", "--upstream-issuer", "https://a.example", "--upstream-client-id", "driftwood"];
        assert!(Args::try_parse_from(upstream).is_err(), "there is no secret");
        let file = ["--upstream-client-secret-file", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")];
        let options = read(&[&upstream[..], &file].concat()).unwrap();
        assert_eq!(options.set[0], ("UpstreamIssuer".to_owned(), "https://a.example".to_owned()));
        assert_eq!(options.set[1], ("UpstreamClientId".to_owned(), "driftwood".to_owned()));
        assert!(options.upstream_secret.unwrap().expose().starts_with("[package]"));
        assert!(read(&[&upstream[..], &["--upstream-client-secret-file", "/nowhere"]].concat()).is_err());
        assert!(Args::try_parse_from(["driftwood", "--set", "A"]).is_err());
        assert!(Args::try_parse_from(["driftwood", "--memory", "--data", "x"]).is_err());
    }
}
