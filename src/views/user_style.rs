//! The small stylesheet that tells one reader's messages apart. Messages are the same bytes for
//! everybody, so what depends on the reader is said here.

use askama::Template;

use crate::model::UserId;

/// Marks what the viewer wrote and where they are mentioned. Served as `text/css`.
#[derive(Clone, Debug, Template)]
#[template(path = "users/style.css", escape = "none")]
pub struct UserStyle {
    pub user_id: UserId,
    /// May change and delete everybody's messages.
    pub is_administrator: bool,
}
