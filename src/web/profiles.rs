//! One's own profile: who one is here, how one signs in, what this device looks like.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum_extra::extract::cookie::CookieJar;

use super::avatars::{self, NotTaken};
use super::error::Answer;
use super::extract::{ClientAddress, CurrentUser, Fields, FieldsAndFile};
use super::{flash, html, memberships, preferences, transfers};
use crate::app::App;
use crate::clock;
use crate::commands::profiles::{SignInChange, UpdateProfile, WRONG_PASSWORD};
use crate::error::{Error, Result};
use crate::model::{Bio, EmailAddress, Password, User, UserName};
use crate::queries;
use crate::views::users::{ProfileForm, ProfilePage};

const PROFILE: &str = "/users/me/profile";

/// `GET /users/me/profile`
pub async fn show(
    State(app): State<App>,
    user: CurrentUser,
    jar: CookieJar,
    headers: HeaderMap,
) -> Answer {
    let me = app.reader.read(|db| queries::users::by_id(db, user.id))?;
    page(&app, StatusCode::OK, &user, &jar, &headers, form_of(&me))
}

/// `POST /users/me/profile`: each of the page's forms brings some of the fields; what does not
/// come stays as it is.
pub async fn update(
    State(app): State<App>,
    user: CurrentUser,
    ClientAddress(address): ClientAddress,
    jar: CookieJar,
    headers: HeaderMap,
    FieldsAndFile { fields, file }: FieldsAndFile,
) -> Answer {
    let me = app.reader.read(|db| queries::users::by_id(db, user.id))?;
    let mut form = typed(&fields, &me);
    let name = parsed(&fields, "name", UserName::parse, &mut form);
    let bio = parsed(&fields, "bio", Bio::parse, &mut form);
    let sign_in = sign_in_change(&app, address, &user, &me, &fields, &mut form).await?;
    if !form.errors.is_empty() {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, &user, &jar, &headers, form);
    }
    let avatar_key = match avatars::take_in(&app, file).await {
        Ok(key) => key,
        Err(NotTaken::Refused(status, sentence)) => {
            form.errors.add(avatars::FIELD, sentence);
            return page(&app, status, &user, &jar, &headers, form);
        }
        Err(NotTaken::Failed(error)) => return Err(error.into()),
    };
    let notice = if sign_in.is_some() { flash::SIGN_IN_CHANGED } else { flash::PROFILE_SAVED };
    let (user_id, session_id) = (user.id, user.session_id);
    let stored = avatar_key.clone();
    let command = UpdateProfile { user_id, session_id, name, bio, avatar_key, sign_in };
    match app.writer.run(command).await {
        Ok(replaced) => {
            avatars::forget(&app, replaced);
            flash::redirect(&app, PROFILE, notice)
        }
        Err(error) => {
            avatars::forget(&app, stored);
            let Error::Invalid(fields) = error else { return Err(error.into()) };
            for field in fields {
                form.errors.add(field.field, field.sentence.to_string());
            }
            page(&app, StatusCode::UNPROCESSABLE_ENTITY, &user, &jar, &headers, form)
        }
    }
}

/// A field that came, if it is acceptable; else its sentence is in the form.
fn parsed<T>(
    fields: &Fields,
    name: &'static str,
    parse: impl Fn(&str) -> std::result::Result<T, crate::model::text::Refused>,
    form: &mut ProfileForm,
) -> Option<T> {
    parse(fields.find(name)?).map_err(|refused| form.errors.add(name, refused.to_string())).ok()
}

/// What is to change about how somebody signs in. It takes the current password, which is tried
/// no more often than at the sign-in page.
async fn sign_in_change(
    app: &App,
    address: std::net::IpAddr,
    user: &CurrentUser,
    me: &User,
    fields: &Fields,
    form: &mut ProfileForm,
) -> Result<Option<SignInChange>> {
    let email_address = parsed(fields, "email_address", EmailAddress::parse, form)
        .filter(|typed| Some(typed.as_str()) != me.email_address.as_deref());
    let new = Some(fields.text("password")).filter(|typed| !typed.is_empty());
    let password = match new.map(Password::parse).transpose() {
        Ok(password) => password,
        Err(refused) => {
            form.errors.add("password", refused.to_string());
            return Ok(None);
        }
    };
    if email_address.is_none() && password.is_none() {
        return Ok(None);
    }
    let proven_digest = if recovers(app, user)? {
        None
    } else {
        app.limits.sign_in(address, me.email_address.as_deref().unwrap_or_default())?;
        let digest = app.reader.read(|db| queries::users::password_digest(db, user.id))?;
        let typed = Password::attempt(fields.text("current_password"));
        let fits = match typed {
            Some(typed) => app.passwords.verify(typed, digest.clone()).await?,
            None => false,
        };
        if !fits {
            form.errors.add("current_password", WRONG_PASSWORD());
            return Ok(None);
        }
        digest
    };
    let password_digest = match password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    Ok(Some(SignInChange { email_address, password_digest, proven_digest }))
}

/// Whether this session may set a password without knowing the old one.
fn recovers(app: &App, user: &CurrentUser) -> Result<bool> {
    let until =
        app.reader.read(|db| queries::sessions::recovers_until(db, user.id, user.session_id))?;
    Ok(until.is_some_and(|until| until > clock::now()))
}

fn form_of(me: &User) -> ProfileForm {
    ProfileForm {
        name: me.name.clone(),
        email_address: me.email_address.clone().unwrap_or_default(),
        bio: me.bio.clone().unwrap_or_default(),
        ..ProfileForm::default()
    }
}

/// What was typed, over what is stored.
fn typed(fields: &Fields, me: &User) -> ProfileForm {
    let stored = form_of(me);
    let either = |name, stored| fields.find(name).map_or(stored, str::to_owned);
    ProfileForm {
        name: either("name", stored.name),
        email_address: either("email_address", stored.email_address),
        bio: either("bio", stored.bio),
        ..ProfileForm::default()
    }
}

fn page(
    app: &App,
    status: StatusCode,
    user: &CurrentUser,
    jar: &CookieJar,
    headers: &HeaderMap,
    form: ProfileForm,
) -> Answer {
    let mut forgotten = HeaderMap::new();
    let flash = flash::take(app, jar, &mut forgotten);
    let recovers = recovers(app, user)?;
    let view = app.reader.read(|db| {
        Ok(ProfilePage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            form,
            has_picture: queries::users::avatar_key(db, user.id)?.is_some(),
            pictures_off: !app.config.avatars_enabled,
            recovers,
            language: user.language,
            theme: preferences::chosen().theme,
            session_count: queries::sessions::of_user(db, user.id, clock::now())?.len(),
            transfer: transfers::fresh_link(app, db, jar, headers, user.id)?,
            flash,
            rooms: memberships::rooms_of(db, user.id)?,
        })
    })?;
    Ok((forgotten, html::secret_page(status, &view)?).into_response())
}
