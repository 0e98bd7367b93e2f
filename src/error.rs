//! What can go wrong, in the domain's words. Only the HTTP floor turns these into status codes.

use std::time::Duration;

use crate::model::text::Refused;
use crate::words::Sentence;

/// One field of a form and the sentence shown beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub field: &'static str,
    pub sentence: Sentence,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, not yours, or not a member: nobody can tell which.
    #[error("not found")]
    NotFound,
    /// Visible, but not allowed.
    #[error("forbidden")]
    Forbidden,
    /// The input breaks a rule; each sentence is for the person who typed it.
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldError>),
    /// More than may be stored. The sentence says what the limit is.
    #[error("too large: {0}")]
    TooLarge(Sentence),
    /// The operator has switched it off; the sentence says so.
    #[error("switched off: {0}")]
    SwitchedOff(Sentence),
    /// There is no room on the disk for a file.
    #[error("no space")]
    NoSpace,
    /// Somebody else was first; the caller knows what that means.
    #[error("conflict")]
    Conflict,
    /// Too often. The sentence says what the limit is.
    #[error("too often, wait {wait:?}")]
    TooMany { wait: Duration, limit: Sentence },
    /// The server cannot take this now: the queue is full, or the disk does not take writes.
    #[error("busy")]
    Busy,
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl Error {
    /// A refusal of one field.
    pub fn invalid(field: &'static str, sentence: Sentence) -> Self {
        Error::Invalid(vec![FieldError { field, sentence }])
    }

    /// A refusal of one field by a rule of the model.
    pub fn refused(field: &'static str, refused: Refused) -> Self {
        Error::invalid(field, refused.0)
    }
}

impl From<rusqlite::Error> for Error {
    /// A missing row is `NotFound`; anything else is ours to answer for.
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Error::NotFound,
            other => Error::Internal(other.into()),
        }
    }
}

pub type Result<T> = std::result::Result<T, Error>;
