//! Somebody who looks after this place. Commands check it again: it may change in between.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::CurrentUser;
use crate::app::App;
use crate::error::Error;
use crate::web::error::Failure;

/// An active administrator; for other people the answer is 403.
#[derive(Clone, Copy, Debug)]
pub struct Administrator(pub CurrentUser);

impl FromRequestParts<App> for Administrator {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let user = <CurrentUser as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        if !user.is_administrator {
            return Err(Error::Forbidden.into());
        }
        Ok(Self(user))
    }
}
