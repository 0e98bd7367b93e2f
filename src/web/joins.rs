//! Joining by link.

use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower_sessions::Session;

use super::avatars::{self, NotTaken};
use super::error::Answer;
use super::extract::{ClientAddress, Fields, FieldsAndFile, SignedOut};
use super::html;
use super::session_store::{self, Device};
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

/// An empty form.
pub fn blank(app: &App) -> PersonForm {
    PersonForm { pictures_off: !app.config.avatars_enabled, ..PersonForm::default() }
}

/// What goes back into the form; never the password.
pub fn values(app: &App, fields: &Fields) -> PersonForm {
    PersonForm {
        name: fields.text("name").to_owned(),
        email_address: fields.text("email_address").to_owned(),
        ..blank(app)
    }
}

/// A fresh code from the system's random numbers.
pub fn unique_join_code() -> JoinCode {
    JoinCode::from_random(std::iter::repeat_with(rand::random::<u8>))
}

/// `GET /join/:join_code`
pub async fn new(State(app): State<App>, _: SignedOut, Path(code): Path<String>) -> Answer {
    let account = account_with(&app, &code)?;
    form(StatusCode::OK, &account, blank(&app))
}

/// `POST /join/:join_code`: the body is read only for who knows the code.
pub async fn create(
    State(app): State<App>,
    _: SignedOut,
    session: Session,
    ClientAddress(address): ClientAddress,
    Path(code): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    app.limits.join(address)?;
    let account = account_with(&app, &code)?;
    let FieldsAndFile { fields, file } = FieldsAndFile::from_request(request, &app).await?;
    let mut form_back = values(&app, &fields);
    let Some(person) = NewPerson::parse(&fields, &mut form_back.errors) else {
        return form(StatusCode::UNPROCESSABLE_ENTITY, &account, form_back);
    };
    let avatar_key = match avatars::take_in(&app, file).await {
        Ok(key) => key,
        Err(NotTaken::Refused(status, sentence)) => {
            form_back.errors.add(avatars::FIELD, sentence);
            return form(status, &account, form_back);
        }
        Err(NotTaken::Failed(error)) => return Err(error.into()),
    };
    let typed = utf8_percent_encode(person.email_address.as_str(), NON_ALPHANUMERIC).to_string();
    let command = JoinAccount {
        join_code: account.join_code.clone(),
        name: person.name,
        email_address: person.email_address,
        password_digest: app.passwords.hash(person.password).await?,
        avatar_key: avatar_key.clone(),
    };
    let joined = app.writer.run(command).await;
    if joined.is_err() {
        avatars::forget(&app, avatar_key);
    }
    match joined {
        Ok(user_id) => {
            session_store::sign_in(&session, user_id, Device::of(address, &headers)).await?;
            Ok(Redirect::to("/").into_response())
        }
        Err(Error::Invalid(refused)) => {
            for one in refused {
                form_back.errors.add(one.field, one.sentence);
            }
            form(StatusCode::UNPROCESSABLE_ENTITY, &account, form_back)
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
