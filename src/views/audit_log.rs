//! The page that tells administrators what administrators did.

use askama::Template;

use super::{Site, Viewer, assets};
use crate::model::audit_log::Entry;
use crate::words;

/// A part of the log, the newest entry first.
#[derive(Clone, Debug, Template)]
#[template(path = "audit_log/index.html")]
pub struct AuditLogPage {
    pub site: Site,
    pub viewer: Viewer,
    pub entries: Vec<Entry>,
    /// There are entries before the last of these.
    pub has_older: bool,
    /// There are none after the first of these.
    pub is_newest: bool,
}
