//! The account page: its name, the join link, the people.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::error::Answer;
use super::extract::CurrentUser;
use super::{html, users};
use crate::app::App;
use crate::error::Error;
use crate::queries;
use crate::views::accounts::AccountPage;
use crate::views::rooms::Invite;

/// People on one page.
const PEOPLE: usize = 500;

/// `GET /account/edit`
pub async fn edit(State(app): State<App>, user: CurrentUser, headers: HeaderMap) -> Answer {
    let page = app.reader.read(|db| {
        let account = queries::accounts::account(db)?.ok_or(Error::NotFound)?;
        let join_url = format!("{}/join/{}", users::origin(&app, &headers), account.join_code);
        Ok(AccountPage {
            site: html::site_of(Some(&account)),
            viewer: html::viewer(db, user.id)?,
            account,
            invite: Invite { join_url },
            people: queries::users::people(db, PEOPLE)?,
            may_administer: user.is_administrator,
        })
    })?;
    html::secret_page(StatusCode::OK, &page)
}
