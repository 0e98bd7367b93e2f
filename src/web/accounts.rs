//! The account page: what everybody may know of it, and what administrators may change.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::error::Answer;
use super::extract::{Administrator, CurrentUser, Fields, FieldsAndFile, Wants};
use super::{flash, html, joins, logos, users};
use crate::app::App;
use crate::commands::accounts::{ReplaceJoinCode, ReplaceLogo, UpdateAccount};
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::AccountName;
use crate::queries;
use crate::queries::people::Filter;
use crate::views::accounts::{AccountForm, AccountPage, PeopleList};
use crate::views::rooms::Invite;
use crate::views::{FieldErrors, Flash};
use crate::words;

/// Which people are listed.
#[derive(Default, Deserialize)]
pub struct Listed {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
}

/// `GET /account/edit?q=&page=`: the page, or for htmx its list of people.
pub async fn edit(
    State(app): State<App>,
    user: CurrentUser,
    Query(listed): Query<Listed>,
    wants: Wants,
    jar: CookieJar,
    headers: HeaderMap,
) -> Answer {
    if wants == Wants::Fragment {
        return html::fragment(&app.reader.read(|db| people(db, &user, &listed))?);
    }
    let mut forget = HeaderMap::new();
    let said = flash::take(&app, &jar, &mut forget);
    let mut response = show(&app, &user, &headers, &listed, None, said)?;
    response.headers_mut().extend(forget);
    Ok(response)
}

/// `POST /account`: `name`, `restrict_room_creation_to_administrators`, `logo`. What does not
/// come stays as it is.
pub async fn update(
    State(app): State<App>,
    Administrator(user): Administrator,
    headers: HeaderMap,
    FieldsAndFile { fields, file }: FieldsAndFile,
) -> Answer {
    let mut errors = FieldErrors::default();
    let name = fields.find("name").map(AccountName::parse).transpose();
    let name = name.map_err(|refused| errors.add("name", refused.to_string()));
    let restrict = restriction(&fields).map_err(|sentence| errors.add(RESTRICTION, sentence));
    let mut logo = None;
    if let Some(file) = file.filter(|file| file.field == logos::FIELD && errors.is_empty()) {
        match logos::take_in(&app, file.content).await? {
            Ok(keys) => logo = Some(keys),
            Err(sentence) => errors.add(logos::FIELD, sentence),
        }
    }
    let (Ok(name), Ok(restrict_room_creation), true) = (name, restrict, errors.is_empty()) else {
        return refused(&app, &user, &headers, &fields, errors);
    };
    app.writer.run(UpdateAccount { actor_id: user.id, name, restrict_room_creation }).await?;
    if logo.is_some() {
        app.writer.run(ReplaceLogo { actor_id: user.id, logo }).await?;
    }
    tracing::info!(actor_id = %user.id, "the account's settings were changed");
    flash::redirect(&app, "/account/edit", flash::ACCOUNT_SAVED)
}

/// `POST /account/join_code`: the link people hold leads nowhere from now on.
pub async fn replace_join_code(
    State(app): State<App>,
    Administrator(user): Administrator,
) -> Answer {
    let join_code = joins::unique_join_code();
    app.writer.run(ReplaceJoinCode { actor_id: user.id, join_code }).await?;
    tracing::info!(actor_id = %user.id, "the join code was replaced");
    flash::redirect(&app, "/account/edit", flash::JOIN_CODE_REPLACED)
}

const RESTRICTION: &str = "restrict_room_creation_to_administrators";

fn restriction(fields: &Fields) -> std::result::Result<Option<bool>, &'static str> {
    match fields.find(RESTRICTION) {
        None => Ok(None),
        Some("1" | "true" | "on") => Ok(Some(true)),
        Some("0" | "false" | "off" | "") => Ok(Some(false)),
        Some(_) => Err(words::choose_one_of_two()),
    }
}

/// The page again, with what was typed and a sentence beside each field that will not do.
pub fn refused(
    app: &App,
    user: &CurrentUser,
    headers: &HeaderMap,
    fields: &Fields,
    errors: FieldErrors,
) -> Answer {
    let form = AccountForm { name: fields.find("name").map(str::to_owned), errors };
    show(app, user, headers, &Listed::default(), Some(form), None)
}

fn show(
    app: &App,
    user: &CurrentUser,
    headers: &HeaderMap,
    listed: &Listed,
    refused: Option<AccountForm>,
    flash: Option<Flash>,
) -> Answer {
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = app.reader.read(|db| {
        let account = queries::accounts::account(db)?.ok_or(Error::NotFound)?;
        let join_url = format!("{}/join/{}", users::origin(app, headers), account.join_code);
        Ok(AccountPage {
            site: html::site_of(Some(&account)),
            viewer: html::viewer(db, user.id)?,
            account,
            form: refused.unwrap_or_default(),
            invite: Invite { join_url },
            people: people(db, user, listed)?,
            may_administer: user.is_administrator,
            flash,
        })
    })?;
    html::secret_page(status, &page)
}

/// One page of the people; administrators see banned ones, too.
fn people(db: &Connection, user: &CurrentUser, listed: &Listed) -> Result<PeopleList> {
    let filter = Filter::new(&listed.q, listed.page.parse().unwrap_or(1), user.is_administrator);
    let found = queries::people::page(db, &filter)?;
    Ok(PeopleList {
        people: found.people,
        total: found.total,
        q: listed.q.trim().to_owned(),
        page: filter.page(),
        has_more: found.has_more,
        viewer_id: user.id,
        may_administer: user.is_administrator,
    })
}
