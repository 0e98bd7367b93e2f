//! The first run: makes the account, its first administrator and its first room.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use tower_sessions::Session;

use super::error::{Answer, Failure};
use super::extract::{ClientAddress, Fields};
use super::joins::{NewPerson, unique_join_code};
use super::{html, session_store};
use crate::app::App;
use crate::commands::accounts::CreateAccount;
use crate::error::{Error, Result};
use crate::model::account::{DEFAULT_ACCOUNT_NAME, MAX_ACCOUNT_NAME};
use crate::model::text::optional_line;
use crate::queries;
use crate::views::PersonForm;
use crate::views::first_runs::FirstRunPage;

/// Whether the first run is over.
pub fn is_over(app: &App) -> Result<bool> {
    Ok(app.reader.read(queries::accounts::account)?.is_some())
}

/// `GET /first_run`
pub async fn show(State(app): State<App>) -> Answer {
    if is_over(&app)? {
        return Err(Failure::Elsewhere("/"));
    }
    form(StatusCode::OK, PersonForm::default())
}

/// `POST /first_run`: of any number at once exactly one makes the account.
pub async fn create(
    State(app): State<App>,
    session: Session,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    if is_over(&app)? {
        return Err(Failure::Elsewhere("/"));
    }
    let mut form_back = PersonForm {
        account_name: fields.text("account_name").to_owned(),
        ..NewPerson::values(&fields)
    };
    let account_name =
        optional_line("The account's name", fields.text("account_name"), MAX_ACCOUNT_NAME)
            .map_err(|refused| form_back.errors.add("account_name", refused.0));
    let person = NewPerson::parse(&fields, &mut form_back.errors);
    let (Some(person), Ok(account_name)) = (person, account_name) else {
        return form(StatusCode::UNPROCESSABLE_ENTITY, form_back);
    };
    let command = CreateAccount {
        account_name: account_name.unwrap_or_else(|| DEFAULT_ACCOUNT_NAME.to_owned()),
        join_code: unique_join_code(),
        name: person.name,
        email_address: person.email_address,
        password_digest: app.passwords.hash(person.password).await?,
    };
    match app.writer.run(command).await {
        Ok((user_id, room_id)) => {
            let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
            session_store::sign_in(&session, user_id, &address.to_string(), agent.unwrap_or(""))
                .await?;
            Ok(Redirect::to(&format!("/rooms/{room_id}")).into_response())
        }
        Err(Error::Conflict) => Err(Failure::Elsewhere("/")),
        Err(error) => Err(error.into()),
    }
}

fn form(status: StatusCode, form: PersonForm) -> Answer {
    html::secret_page(status, &FirstRunPage { site: html::nameless_site(), form })
}
