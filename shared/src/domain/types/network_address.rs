//! The network address that a request came from, as rate limits count it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A source address as rate limits count it: an IPv4 address, or the /64 of an IPv6 address.
///
/// A client that has one IPv6 address usually has the whole /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourceAddress(Option<IpAddr>);

impl SourceAddress {
    /// Parses the address that API Gateway reports; all requests without a valid one count as one source.
    pub fn parse(text: &str) -> Self {
        Self(text.parse::<IpAddr>().ok().map(|address| match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
            v4 => v4,
        }))
    }
}

impl fmt::Display for SourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(IpAddr::V6(v6)) => write!(f, "{v6}/64"),
            Some(v4) => v4.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_source_and_mapped_ipv4_is_ipv4() {
        let source = |text| SourceAddress::parse(text).to_string();
        assert_eq!(source("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(source("2001:db8:1:2::ffff"), "2001:db8:1:2::/64");
        assert_eq!(source("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(source("192.0.2.1"), "192.0.2.1");
        assert_eq!(source("192.0.2.1, 10.0.0.1"), "unknown");
    }
}
