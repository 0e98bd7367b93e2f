//! A short reaction on a message.

use serde::{Deserialize, Serialize};

use super::{BoostId, Timestamp, UserId};

/// Longest boost, in characters as people count them (grapheme clusters).
pub const MAX_BOOST: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boost {
    pub id: BoostId,
    pub content: String,
    pub booster_id: UserId,
    pub booster_name: String,
    pub created_at: Timestamp,
}
