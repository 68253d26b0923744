//! Addresses that are not on the public internet (RFC 6890 and the IANA special-purpose registries).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 blocks that are not public, as address and prefix length.
const V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, reserved and broadcast.
    ([224, 0, 0, 0], 3),
];

/// IPv6 blocks inside 2000::/3 that are not public; nothing outside it is public.
const V6: [([u16; 2], u32); 4] = [
    // IETF protocol assignments, Teredo and benchmarking among them.
    ([0x2001, 0], 23),
    // Documentation.
    ([0x2001, 0x0db8], 32),
    // 6to4, which can contain any IPv4 address.
    ([0x2002, 0], 16),
    // Documentation.
    ([0x3fff, 0], 20),
];

/// Returns whether an address is on the public internet, so that a request may be sent to it.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => !V4.iter().any(|(block, length)| has_prefix_v4(v4, *block, *length)),
        IpAddr::V6(v6) => {
            let first = v6.segments();
            first[0] & 0xe000 == 0x2000 && !V6.iter().any(|(block, length)| has_prefix_v6(v6, *block, *length))
        }
    }
}

fn has_prefix_v4(address: Ipv4Addr, block: [u8; 4], length: u32) -> bool {
    (address.to_bits() ^ u32::from_be_bytes(block)) >> (32 - length) == 0
}

fn has_prefix_v6(address: Ipv6Addr, [first, second]: [u16; 2], length: u32) -> bool {
    let block = Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0);
    (address.to_bits() ^ block.to_bits()) >> (128 - length) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_public_internet_are_allowed() {
        for public in [
            "1.1.1.1",
            "93.184.215.14",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860::8888",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn private_and_unassigned_addresses_are_refused() {
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            // The credential endpoints of AWS.
            "169.254.169.254",
            "169.254.170.2",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }
}
