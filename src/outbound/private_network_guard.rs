//! Which addresses may be called for people: public ones. A link in a message must not be a way
//! to make this server ask its neighbours, or itself, for something.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Network;

/// Refused: first address, leading bits that count, what it is for.
const REFUSED_V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared by a provider's customers"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "this machine"),
    (Ipv4Addr::new(168, 63, 129, 16), 32, "a cloud's inside"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "this link, and clouds' inside"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "protocol assignments"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "6to4 relays"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "measurements"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "many at once"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved, and everybody at once"),
];

/// Refused inside 2000::/3. What lies outside of that is refused altogether: unspecified,
/// loopback, mapped and compatible, discard, 64:ff9b:1::/48, unique local, link and site local,
/// multicast, and whatever is not given out yet.
const REFUSED_V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "protocols: Teredo, measurements, ORCHID"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "documentation"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "6to4: any IPv4 address in disguise"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "documentation"),
];

const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const MAPPED: (Ipv6Addr, u32) = (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96);
/// These carry an IPv4 address in their last 32 bits, which a translator calls; that one counts.
const TRANSLATED: [(Ipv6Addr, u32); 2] = [
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96),
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96),
];

/// Says of an address whether it may be called.
#[derive(Clone, Debug)]
pub struct PrivateNetworkGuard {
    /// May be called although they are private, as the operator wants it.
    reachable: Vec<Network>,
    others: Others,
}

/// What is allowed besides what the operator has opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Nothing,
    Public,
    Everything,
}

impl PrivateNetworkGuard {
    /// Public addresses, and those of these networks.
    pub fn public(reachable: &[Network]) -> Self {
        Self { reachable: reachable.to_vec(), others: Others::Public }
    }

    /// These networks only.
    pub fn only(reachable: &[Network]) -> Self {
        Self { reachable: reachable.to_vec(), others: Others::Nothing }
    }

    /// Every address there is: for what the operator chose.
    pub fn none() -> Self {
        Self { reachable: Vec::new(), others: Others::Everything }
    }

    /// Whether this address may be called.
    pub fn allows(&self, address: IpAddr) -> bool {
        if self.others == Others::Everything {
            return true;
        }
        if let IpAddr::V6(v6) = address
            && is_in_v6(v6, MAPPED)
        {
            // Nobody writes these in good faith, also where the inner address could be called.
            return false;
        }
        let vouched_for = self.reachable.iter().any(|network| network.contains(address));
        vouched_for || (self.others == Others::Public && is_public(address))
    }

    /// Whether this text is an address that may be called. What is none may not.
    pub fn allows_text(&self, text: &str) -> bool {
        text.parse().is_ok_and(|address| self.allows(address))
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let inside = |first: Ipv4Addr, bits: u32| {
        let ignored = 32 - bits;
        address.to_bits() >> ignored == first.to_bits() >> ignored
    };
    !REFUSED_V4.iter().any(|(first, bits, _)| inside(*first, *bits))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if TRANSLATED.iter().any(|range| is_in_v6(address, *range)) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    let refused = REFUSED_V6.iter().any(|(first, bits, _)| is_in_v6(address, (*first, *bits)));
    is_in_v6(address, GLOBAL_UNICAST) && !refused
}

fn is_in_v6(address: Ipv6Addr, (first, bits): (Ipv6Addr, u32)) -> bool {
    let ignored = 128 - bits;
    address.to_bits() >> ignored == first.to_bits() >> ignored
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> PrivateNetworkGuard {
        PrivateNetworkGuard::public(&[])
    }

    /// First and last address of every refused range, and some in between.
    const REFUSED: &str = "0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0
        100.127.255.255 127.0.0.0 127.0.0.1 127.1.2.3 127.255.255.255 168.63.129.16 169.254.0.0
        169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255 192.0.2.0
        192.0.2.255 192.88.99.0 192.88.99.255 192.168.0.0 192.168.255.255 198.18.0.0
        198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 224.0.0.0
        239.255.255.255 240.0.0.0 255.255.255.255
        :: ::1 ::2 ::8.8.8.8 ::ffff:8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 64:ff9b::10.0.0.1
        64:ff9b::7f00:1 64:ff9b::169.254.169.254 64:ff9b:1:: 64:ff9b:1::8.8.8.8
        64:ff9b:1:ffff:ffff:ffff:808:808 ::ffff:0:127.0.0.1 ::ffff:0:192.168.0.1 100::
        100::ffff:ffff:ffff:ffff 2001:: 2001:0:ffff:ffff:ffff:ffff:ffff:ffff 2001:2::
        2001:2:0:ffff::1 2001:10::1 2001:20::1 2001:db8:: 2001:db8:ffff:ffff::1 2002:: 2002:808:808::1
        2002:ffff:ffff::1 3fff::1 5f00::1 fc00:: fc00::1 fd12:3456::1
        fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80:: fe80::1 febf::1 fec0:: feff::1 ff00::1
        ff02::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

    /// The neighbours of the refused ranges, and well-known public addresses.
    const ALLOWED: &str = "1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34
        100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15 168.63.129.17
        169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0
        192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255
        198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255
        2606:4700:4700::1111 2001:4860:4860::8888 2001:200::1 2003::1 2a00:1450:4001::1
        3ffe::1 64:ff9b::8.8.8.8 64:ff9b::808:808 ::ffff:0:8.8.8.8";

    #[test]
    fn every_refused_range_is_refused_from_end_to_end() {
        let wrong: Vec<_> = REFUSED.split_whitespace().filter(|a| open().allows_text(a)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert!(REFUSED.split_whitespace().all(|a| a.parse::<IpAddr>().is_ok()));
    }

    #[test]
    fn public_addresses_are_allowed_up_to_the_edge() {
        let wrong: Vec<_> = ALLOWED.split_whitespace().filter(|a| !open().allows_text(a)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "x", "8.8.8", "8.8.8.8.8", "0x08080808", "8.8.8.8 ", "fe80::1%eth0", "08.8.8.8"]
        {
            assert!(!open().allows_text(text), "{text:?}");
        }
    }

    #[test]
    fn the_operator_may_open_networks_but_no_disguises() {
        let intranet: Vec<Network> =
            ["10.0.0.0/8", "::1"].iter().map(|n| n.parse().unwrap()).collect();
        let guard = PrivateNetworkGuard::public(&intranet);
        for open in ["10.1.2.3", "::1", "8.8.8.8"] {
            assert!(guard.allows_text(open), "{open}");
        }
        for closed in ["192.168.0.1", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "::2", "127.0.0.1"] {
            assert!(!guard.allows_text(closed), "{closed}");
        }
        let only = PrivateNetworkGuard::only(&intranet);
        assert!(only.allows_text("10.1.2.3") && !only.allows_text("8.8.8.8"));
    }
}
