//! The first run: makes the account, its first administrator and its first room.

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use tower_sessions::Session;

use super::avatars::{self, NotTaken};
use super::error::{Answer, Failure};
use super::extract::{ClientAddress, FieldsAndFile};
use super::html;
use super::joins::{self, NewPerson, unique_join_code};
use super::session_store::{self, Device};
use crate::app::App;
use crate::commands::accounts::CreateAccount;
use crate::error::{Error, Result};
use crate::model::account::{DEFAULT_ACCOUNT_NAME, MAX_ACCOUNT_NAME};
use crate::model::text::optional_line;
use crate::queries;
use crate::views::PersonForm;
use crate::views::first_runs::FirstRunPage;
use crate::words;

/// Whether the first run is over.
pub fn is_over(app: &App) -> Result<bool> {
    Ok(app.reader.read(queries::accounts::account)?.is_some())
}

/// `GET /first_run`
pub async fn show(State(app): State<App>) -> Answer {
    if is_over(&app)? {
        return Err(Failure::Elsewhere("/"));
    }
    form(StatusCode::OK, joins::blank(&app))
}

/// `POST /first_run`: of any number at once exactly one makes the account.
pub async fn create(
    State(app): State<App>,
    session: Session,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    if is_over(&app)? {
        return Err(Failure::Elsewhere("/"));
    }
    let FieldsAndFile { fields, file } = FieldsAndFile::from_request(request, &app).await?;
    let mut form_back = PersonForm {
        account_name: fields.text("account_name").to_owned(),
        ..joins::values(&app, &fields)
    };
    let account_name =
        optional_line(words::the_accounts_name, fields.text("account_name"), MAX_ACCOUNT_NAME)
            .map_err(|refused| form_back.errors.add("account_name", refused.to_string()));
    let person = NewPerson::parse(&fields, &mut form_back.errors);
    let (Some(person), Ok(account_name)) = (person, account_name) else {
        return form(StatusCode::UNPROCESSABLE_ENTITY, form_back);
    };
    let avatar_key = match avatars::take_in(&app, file).await {
        Ok(key) => key,
        Err(NotTaken::Refused(status, sentence)) => {
            form_back.errors.add(avatars::FIELD, sentence);
            return form(status, form_back);
        }
        Err(NotTaken::Failed(error)) => return Err(error.into()),
    };
    let command = CreateAccount {
        account_name: account_name.unwrap_or_else(|| DEFAULT_ACCOUNT_NAME.to_owned()),
        join_code: unique_join_code(),
        name: person.name,
        email_address: person.email_address,
        password_digest: app.passwords.hash(person.password).await?,
        avatar_key: avatar_key.clone(),
    };
    let created = app.writer.run(command).await;
    if created.is_err() {
        avatars::forget(&app, avatar_key);
    }
    match created {
        Ok((user_id, room_id)) => {
            session_store::sign_in(&session, user_id, Device::of(address, &headers)).await?;
            Ok(Redirect::to(&format!("/rooms/{room_id}")).into_response())
        }
        Err(Error::Conflict) => Err(Failure::Elsewhere("/")),
        Err(error) => Err(error.into()),
    }
}

fn form(status: StatusCode, form: PersonForm) -> Answer {
    html::secret_page(status, &FirstRunPage { site: html::nameless_site(), form })
}
