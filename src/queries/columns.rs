//! How the nouns' small types are stored: ids and times as integers, kinds as their words.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::model::{
    AttachmentId, BodyFormat, BoostId, ChangeKind, Cursor, Deed, DeliveryId, DeliveryState,
    Involvement, JobId, MessageId, Preview, PushSubscriptionId, Role, RoomId, RoomKind, SessionId,
    Status, Timestamp, UserId,
};

/// A stored value: the newtypes of the model cannot implement SQLite's traits themselves, as the
/// model knows no database.
macro_rules! integer_column {
    ($($name:ident),+) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::column_result(value).map($name)
            }
        }
    )+};
}

macro_rules! word_column {
    ($($name:ident :: $parse:ident),+) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.as_str().to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                $name::$parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    )+};
}

integer_column!(
    UserId,
    RoomId,
    MessageId,
    BoostId,
    AttachmentId,
    DeliveryId,
    JobId,
    PushSubscriptionId,
    SessionId,
    Cursor,
    Timestamp
);
word_column!(
    Role::from_stored,
    Status::from_stored,
    RoomKind::from_stored,
    BodyFormat::from_stored,
    ChangeKind::from_stored,
    Deed::from_stored,
    DeliveryState::from_stored,
    Involvement::parse,
    Preview::from_stored
);
