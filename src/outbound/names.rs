//! From a name to addresses, once for each connection, leaving out those the guard refuses.
//!
//! The client connects to nothing but what this gives, so a name that answers differently the
//! next time gains nothing. It is not asked for addresses that are written as numbers; the client
//! judges those itself.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::private_network_guard::PrivateNetworkGuard;

/// Addresses tried for one name, at most.
const MOST_ADDRESSES: usize = 8;

/// Why a name cannot be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NameProblem {
    #[error("every address of this name is refused")]
    Forbidden,
    #[error("this name has no address")]
    NoAddress,
}

/// Looks names up as the machine does, and lets the guard judge every address.
pub(super) struct GuardedNames(pub(super) PrivateNetworkGuard);

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
            let allowed = choose(&guard, found)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// What may be called of all that was found; the older kind of address first, as more machines
/// can reach it.
fn choose(
    guard: &PrivateNetworkGuard,
    mut found: Vec<SocketAddr>,
) -> Result<Vec<SocketAddr>, NameProblem> {
    if found.is_empty() {
        return Err(NameProblem::NoAddress);
    }
    found.retain(|address| guard.allows(address.ip()));
    if found.is_empty() {
        return Err(NameProblem::Forbidden);
    }
    found.sort_by_key(SocketAddr::is_ipv6);
    found.truncate(MOST_ADDRESSES);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn refused_addresses_are_dropped_and_the_older_kind_comes_first() {
        let guard = PrivateNetworkGuard::public(&[]);
        let found = addresses(&["::1", "2606:4700:4700::1111", "10.0.0.5", "1.1.1.1"]);
        let chosen = choose(&guard, found).unwrap();
        assert_eq!(chosen, addresses(&["1.1.1.1", "2606:4700:4700::1111"]));
    }

    #[test]
    fn no_address_is_another_problem_than_a_refused_one() {
        let guard = PrivateNetworkGuard::public(&[]);
        assert_eq!(choose(&guard, Vec::new()), Err(NameProblem::NoAddress));
        let private = addresses(&["192.168.1.1", "fd00::1"]);
        assert_eq!(choose(&guard, private), Err(NameProblem::Forbidden));
    }
}
