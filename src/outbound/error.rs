//! How a call to another machine can fail. Whether to try again depends on which, so the list is
//! closed and says whether the other side may have heard us.

use std::error::Error;
use std::io;

use super::names::NameProblem;

/// Why there is no (whole) answer. Carries no address and no path: these may be secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Not http or https, no host, or a name and password where there may be none.
    #[error("the address is not one that can be called")]
    BadUrl,
    /// The guard: the address is not a public one, or the port not a usual one.
    #[error("the address is not on the public internet")]
    Forbidden,
    /// The name leads nowhere.
    #[error("the name has no address")]
    NoAddress,
    /// No connection, or it broke before anything was sent. Safe to try again.
    #[error("no connection could be made")]
    NotConnected,
    /// The other side could not show that it is who it should be, or speaks no TLS.
    #[error("no secure connection could be made")]
    BadTls,
    /// Took too long; `sent` when the other side may have heard us, and acted.
    #[error("it took too long")]
    TimedOut { sent: bool },
    /// The connection broke after the request was sent, or what came back is not HTTP.
    #[error("the connection broke")]
    BrokeOff,
    /// More than the call wanted to hear, in bytes of the body or of the headers.
    #[error("the answer is larger than {most} bytes")]
    TooLarge { most: u64 },
    /// A successful answer of a kind that the call did not ask for.
    #[error("the answer is of another kind than was asked for")]
    WrongKind,
    /// More redirects than the call wanted to follow, or one that leads nowhere.
    #[error("it redirects too often")]
    Redirects,
}

impl CallError {
    /// Reads what the library says; `sent` is what we know of the request.
    pub(super) fn of(error: &reqwest::Error, sent: bool) -> Self {
        if let Some(problem) = find::<NameProblem>(error) {
            return match problem {
                NameProblem::Forbidden => Self::Forbidden,
                NameProblem::NoAddress => Self::NoAddress,
            };
        }
        if error.is_builder() {
            return Self::BadUrl;
        }
        if error.is_timeout() {
            return Self::TimedOut { sent: sent && !error.is_connect() };
        }
        match (error.is_connect(), sent) {
            (true, _) if speaks_of_tls(error) => Self::BadTls,
            (true, _) | (false, false) => Self::NotConnected,
            (false, true) => Self::BrokeOff,
        }
    }
}

fn speaks_of_tls(error: &reqwest::Error) -> bool {
    find::<rustls::Error>(error).is_some()
}

/// The cause of this type, also where an I/O error is wrapped around it.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
