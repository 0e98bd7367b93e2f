//! Keeps sessions in our own table: tokens hashed, every change through the writer.

use std::net::IpAddr;

use async_trait::async_trait;
use axum::http::{HeaderMap, header};
use time::{Duration, OffsetDateTime};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

use crate::app::App;
use crate::clock;
use crate::commands::sessions::{EndSession, StartSession, TouchSession};
use crate::error;
use crate::events::TokenHash;
use crate::model::session::IDLE_MS;
use crate::model::{SessionId, Timestamp, UserId};

const USER_ID: &str = "user_id";
const IP_ADDRESS: &str = "ip_address";
const USER_AGENT: &str = "user_agent";
const RECOVERY: &str = "recovery";
const LAST_ACTIVE: &str = "last_active_at";
/// What is noted of a client that does not say who it is.
const NAMELESS: &str = "";

/// From where and with what a browser comes, for its owner's list of sessions.
#[derive(Clone, Debug)]
pub struct Device {
    pub ip_address: String,
    pub user_agent: String,
}

impl Device {
    pub fn of(address: IpAddr, headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Self { ip_address: address.to_string(), user_agent: agent.unwrap_or(NAMELESS).to_owned() }
    }
}

/// The layer that reads and sets the session cookie.
pub fn layer(app: &App) -> SessionManagerLayer<Store> {
    let secure = app.config.is_secure();
    SessionManagerLayer::new(Store { app: app.clone() })
        .with_name(cookie_name(secure, app.config.demo))
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::milliseconds(IDLE_MS)))
}

/// Two names, so that a cookie set over plain HTTP is never taken for a secure one; and two more for
/// a demo, which may stand beside a real server on the same host.
pub fn cookie_name(secure: bool, demo: bool) -> &'static str {
    match (secure, demo) {
        (true, false) => "__Host-session",
        (false, false) => "session_http",
        (true, true) => "__Host-demo_session",
        (false, true) => "demo_session",
    }
}

/// Signs a browser in: a new token whatever it held before, stored before this returns.
///
/// # Errors
/// `Busy` when it cannot be stored now.
pub async fn sign_in(session: &Session, user_id: UserId, device: Device) -> error::Result<()> {
    begin(session, user_id, device, false).await
}

/// The same for somebody who was locked out: for a while they may set a new password without
/// knowing the old one.
///
/// # Errors
/// As [`sign_in`].
pub async fn sign_in_to_recover(
    session: &Session,
    user_id: UserId,
    device: Device,
) -> error::Result<()> {
    begin(session, user_id, device, true).await
}

async fn begin(
    session: &Session,
    user_id: UserId,
    device: Device,
    recovery: bool,
) -> error::Result<()> {
    let begun = async {
        // Ends the session this browser had, if any: a planted token is never adopted.
        session.cycle_id().await?;
        session.insert(USER_ID, user_id).await?;
        session.insert(IP_ADDRESS, device.ip_address).await?;
        session.insert(USER_AGENT, device.user_agent).await?;
        session.insert(RECOVERY, recovery).await?;
        session.save().await
    };
    begun.await.map_err(|error| {
        tracing::warn!(%error, "a session could not be started");
        error::Error::Busy
    })
}

/// Marks the session as used now and from here; it is written down, and the cookie renewed, when
/// the answer leaves.
///
/// # Errors
/// `Busy` when the session cannot be read.
pub async fn touch(session: &Session, device: Device, now: Timestamp) -> error::Result<()> {
    let marked = async {
        session.insert(IP_ADDRESS, device.ip_address).await?;
        session.insert(USER_AGENT, device.user_agent).await?;
        session.insert(LAST_ACTIVE, now.0).await
    };
    marked.await.map_err(|_| error::Error::Busy)
}

/// Signs a browser out: the row and its sockets are gone when this returns.
///
/// # Errors
/// `Busy` when it cannot be stored now.
pub async fn sign_out(session: &Session) -> error::Result<()> {
    session.flush().await.map_err(|_| error::Error::Busy)
}

#[derive(Clone)]
pub struct Store {
    app: App,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    fn hash(&self, id: Id) -> TokenHash {
        self.app.token_hash(&id.0.to_le_bytes())
    }

    async fn start(&self, record: &Record) -> error::Result<SessionId> {
        let user_id = record.data.get(USER_ID).and_then(|value| value.as_i64());
        let command = StartSession {
            token_hash: self.hash(record.id),
            user_id: UserId(user_id.ok_or(error::Error::NotFound)?),
            ip_address: text(record, IP_ADDRESS).unwrap_or_default(),
            user_agent: text(record, USER_AGENT).unwrap_or_default(),
            recovery: record.data.get(RECOVERY).and_then(|value| value.as_bool()).unwrap_or(false),
        };
        self.app.writer.run(command).await
    }
}

fn text(record: &Record, key: &str) -> Option<String> {
    record.data.get(key).and_then(|value| value.as_str()).map(str::to_owned)
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            match self.start(record).await {
                Ok(_) => return Ok(()),
                // A token that exists already: as good as impossible, and settled by another.
                Err(error::Error::Conflict) => record.id = Id::default(),
                Err(error) => return Err(Error::Backend(error.to_string())),
            }
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let touched = TouchSession {
            token_hash: self.hash(record.id),
            ip_address: text(record, IP_ADDRESS),
            user_agent: text(record, USER_AGENT),
        };
        self.app.writer.run(touched).await.map_err(|error| Error::Backend(error.to_string()))
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.app.access.signed_in(&self.hash(*id), clock::now());
        Ok(found.map(|signed_in| Record {
            id: *id,
            data: [(USER_ID.to_owned(), signed_in.user_id.0.into())].into(),
            expiry_date: OffsetDateTime::now_utc() + Duration::milliseconds(IDLE_MS),
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let ended = EndSession { token_hash: self.hash(*id) };
        self.app.writer.run(ended).await.map_err(|error| Error::Backend(error.to_string()))
    }
}
