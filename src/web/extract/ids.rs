//! Row numbers in a path. A segment that is not one is a page that does not exist.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::current_bot::KEY_IN_PATH;
use crate::error::Error;
use crate::web::error::Failure;

/// The ids of a path, in its order: `Ids(room_id)`, `TwoIds(room_id, message_id)`. A bot's key
/// between them is passed over.
pub struct Ids<T>(pub T);

impl<S: Send + Sync, A: FromStr> FromRequestParts<S> for Ids<A> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let params = params(parts, state).await?;
        Ok(Self(id(&params, 0)?))
    }
}

/// Two ids; a type of its own keeps the tuple and the single id apart.
pub struct TwoIds<A, B>(pub A, pub B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for TwoIds<A, B> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let params = params(parts, state).await?;
        Ok(Self(id(&params, 0)?, id(&params, 1)?))
    }
}

/// Three ids.
pub struct ThreeIds<A, B, C>(pub A, pub B, pub C);

impl<S: Send + Sync, A: FromStr, B: FromStr, C: FromStr> FromRequestParts<S> for ThreeIds<A, B, C> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let params = params(parts, state).await?;
        Ok(Self(id(&params, 0)?, id(&params, 1)?, id(&params, 2)?))
    }
}

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<String>, Failure> {
    let params =
        RawPathParams::from_request_parts(parts, state).await.map_err(|_| Error::NotFound)?;
    let ids = params.iter().filter(|(name, _)| *name != KEY_IN_PATH);
    Ok(ids.map(|(_, value)| value.to_owned()).collect())
}

fn id<T: FromStr>(params: &[String], position: usize) -> Result<T, Failure> {
    let id = params.get(position).and_then(|text| text.parse().ok());
    Ok(id.ok_or(Error::NotFound)?)
}
