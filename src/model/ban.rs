//! Addresses that a ban takes in, and those it leaves alone.

// `core`, not `std`: addresses as plain values, without the network.
use core::net::IpAddr;

/// The address of a session, if a ban may shut it out. Private, loopback and link-local ones are
/// left alone: behind them stands a proxy or a whole office, not one person.
pub fn bannable(address: &str) -> Option<IpAddr> {
    let address = address.trim().parse::<IpAddr>().ok()?.to_canonical();
    let is_own = match address {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.is_unspecified()
        }
    };
    (!is_own).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::bannable;

    #[test]
    fn only_addresses_of_the_world_outside_are_banned() {
        for own in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.20",
            "172.16.0.1",
            "169.254.3.4",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "fe80::1",
            "::",
            "::ffff:10.0.0.1",
            "",
            "somewhere",
            "999.1.1.1",
        ] {
            assert_eq!(bannable(own), None, "{own:?}");
        }
        assert_eq!(bannable("203.0.113.9").unwrap().to_string(), "203.0.113.9");
        assert_eq!(bannable("::ffff:203.0.113.9").unwrap().to_string(), "203.0.113.9");
        assert_eq!(bannable("2001:db8::1").unwrap().to_string(), "2001:db8::1");
    }
}
