//! Joining by link.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower_sessions::Session;

use super::error::Answer;
use super::extract::{ClientAddress, Fields, SignedOut};
use super::{html, session_store};
use crate::app::App;
use crate::commands::users::JoinAccount;
use crate::error::{Error, Result};
use crate::model::{Account, EmailAddress, JoinCode, Password, UserName};
use crate::queries;
use crate::views::joins::JoinPage;
use crate::views::{FieldErrors, PersonForm};

/// What a new person typed, once it is all acceptable.
pub struct NewPerson {
    pub name: UserName,
    pub email_address: EmailAddress,
    pub password: Password,
}

impl NewPerson {
    /// What goes back into the form; never the password.
    pub fn values(fields: &Fields) -> PersonForm {
        PersonForm {
            name: fields.text("name").to_owned(),
            email_address: fields.text("email_address").to_owned(),
            ..PersonForm::default()
        }
    }

    /// All three fields, or a sentence for each that will not do.
    pub fn parse(fields: &Fields, errors: &mut FieldErrors) -> Option<Self> {
        let name = UserName::parse(fields.text("name")).map_err(|r| errors.add("name", r.0));
        let address = EmailAddress::parse(fields.text("email_address"))
            .map_err(|r| errors.add("email_address", r.0));
        let password =
            Password::parse(fields.text("password")).map_err(|r| errors.add("password", r.0));
        match (name, address, password) {
            (Ok(name), Ok(email_address), Ok(password)) => {
                Some(Self { name, email_address, password })
            }
            _ => None,
        }
    }
}

/// A fresh code from the system's random numbers.
pub fn unique_join_code() -> JoinCode {
    JoinCode::from_random(std::iter::repeat_with(rand::random::<u8>))
}

/// `GET /join/:join_code`
pub async fn new(State(app): State<App>, _: SignedOut, Path(code): Path<String>) -> Answer {
    let account = account_with(&app, &code)?;
    form(StatusCode::OK, &account, PersonForm::default())
}

/// `POST /join/:join_code`
pub async fn create(
    State(app): State<App>,
    _: SignedOut,
    session: Session,
    ClientAddress(address): ClientAddress,
    Path(code): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    app.limits.join(address)?;
    let account = account_with(&app, &code)?;
    let mut form_back = NewPerson::values(&fields);
    let Some(person) = NewPerson::parse(&fields, &mut form_back.errors) else {
        return form(StatusCode::UNPROCESSABLE_ENTITY, &account, form_back);
    };
    let typed = utf8_percent_encode(person.email_address.as_str(), NON_ALPHANUMERIC).to_string();
    let command = JoinAccount {
        join_code: account.join_code,
        name: person.name,
        email_address: person.email_address,
        password_digest: app.passwords.hash(person.password).await?,
    };
    match app.writer.run(command).await {
        Ok(user_id) => {
            let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
            session_store::sign_in(&session, user_id, &address.to_string(), agent.unwrap_or(""))
                .await?;
            Ok(Redirect::to("/").into_response())
        }
        Err(Error::Conflict) => {
            Ok(Redirect::to(&format!("/session/new?email_address={typed}")).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn account_with(app: &App, code: &str) -> Result<Account> {
    let account = app.reader.read(queries::accounts::account)?.ok_or(Error::NotFound)?;
    (account.join_code.as_str() == code).then_some(account).ok_or(Error::NotFound)
}

fn form(status: StatusCode, account: &Account, form: PersonForm) -> Answer {
    let site = html::site_of(Some(account));
    html::secret_page(status, &JoinPage { site, join_code: account.join_code.clone(), form })
}
