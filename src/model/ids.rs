//! Row numbers as types, so that a room cannot be passed where a person is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Accepts what our own pages print: decimal digits without sign or leading zero.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse_id(text).map(Self)
            }
        }
    };
}

id!(
    /// A person or a bot.
    UserId
);
id!(
    /// A room of any kind.
    RoomId
);
id!(
    /// A message; numbers are never used twice, so they also give the order within a room.
    MessageId
);
id!(
    /// One person's reaction on one message.
    BoostId
);
id!(
    /// One telling of one message to a bot's program.
    DeliveryId
);
id!(
    /// One browser that wants to be told of messages.
    PushSubscriptionId
);
id!(
    /// A stored file.
    AttachmentId
);
id!(
    /// A piece of work to be done later.
    JobId
);
id!(
    /// A signed-in browser. This is the row, not the secret token.
    SessionId
);

/// The text is not a row number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

fn parse_id(text: &str) -> Result<i64, NotAnId> {
    let canonical = !text.is_empty()
        && text.len() <= 18
        && text.bytes().all(|b| b.is_ascii_digit())
        && !text.starts_with('0');
    if !canonical {
        return Err(NotAnId);
    }
    text.parse().map_err(|_| NotAnId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_positive_numbers_are_ids() {
        assert_eq!("42".parse(), Ok(RoomId(42)));
        for bad in ["", "0", "042", "-1", "+1", " 1", "1 ", "9999999999999999999", "１", "1.0", "x"]
        {
            assert_eq!(bad.parse::<RoomId>(), Err(NotAnId), "{bad:?}");
        }
    }
}
