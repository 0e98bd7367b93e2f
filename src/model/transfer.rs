//! Links that sign somebody in once, on another device or after they were locked out.

use super::timestamp::HOUR_MS;

/// A link that nobody used is worth nothing after 4 hours.
pub const TRANSFER_MS: i64 = 4 * HOUR_MS;
/// Unused links one person can have at a time; the oldest gives way.
pub const MAX_TRANSFERS: i64 = 10;
