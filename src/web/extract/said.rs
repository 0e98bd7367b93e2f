//! What a bot sends: a form, JSON, or simply its text, as `curl -d 'text'` does.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Map, Value};

use super::Fields;
use super::fields::{malformed, not_utf8, urlencoded};
use super::message_form::{MessageForm, PLAIN_FORM};
use crate::app::App;
use crate::error::{Error, Result as OwnResult};
use crate::web::MAX_FORM;
use crate::web::error::Failure;
use crate::web::uploads::ReceivedFile;
use crate::words::Sentence;

/// A request's body, not yet read as one thing or another.
pub enum Said {
    /// It was multipart, and may have brought files.
    Parts(MessageForm),
    /// Urlencoded by its type, which `curl -d` also says of plain text.
    PerhapsForm(Bytes),
    Json(Bytes),
    Raw(Bytes),
}

impl FromRequest<App> for Said {
    type Rejection = Failure;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Failure> {
        let kind = kind_of(request.headers());
        if kind == "multipart/form-data" {
            return Ok(Self::Parts(MessageForm::from_request(request, app).await?));
        }
        DefaultBodyLimit::max(MAX_FORM).apply(&mut request);
        let bytes = tokio::time::timeout(PLAIN_FORM, Bytes::from_request(request, app));
        let bytes = bytes.await.map_err(|_| malformed())?.map_err(|refused| {
            let too_large = refused.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE;
            if too_large { Failure::TooLarge } else { malformed() }
        })?;
        Ok(match kind.as_str() {
            "application/x-www-form-urlencoded" => Self::PerhapsForm(bytes),
            "application/json" => Self::Json(bytes),
            _ => Self::Raw(bytes),
        })
    }
}

impl Said {
    /// The message that was sent: its fields, and its files, or why they are not taken.
    ///
    /// # Errors
    /// As [`Said::fields`].
    pub fn message(self) -> Result<(Fields, OwnResult<Vec<ReceivedFile>>), Failure> {
        match self {
            Self::Parts(form) => Ok((form.fields, form.files)),
            other => Ok((other.fields("body")?, Ok(Vec::new()))),
        }
    }

    /// The fields that were sent. What is no form with a field `main` is the text of that field.
    ///
    /// # Errors
    /// A sentence for whoever wrote the bot, where JSON or text cannot be read.
    pub fn fields(self, main: &str) -> Result<Fields, Failure> {
        match self {
            Self::Parts(form) => Ok(form.fields),
            Self::PerhapsForm(bytes) if has_field(&bytes, main) => urlencoded(&bytes),
            Self::PerhapsForm(bytes) | Self::Raw(bytes) => {
                let text = String::from_utf8(bytes.into()).map_err(|_| not_utf8())?;
                let mut fields = Fields::default();
                fields.put(main, &text);
                Ok(fields)
            }
            Self::Json(bytes) => {
                let fields = of_object(&object(&bytes)?);
                if fields.find(main).is_none() {
                    let sentence = format!("Nothing to post: the JSON has no text \"{main}\".");
                    return Err(Error::invalid("body", Sentence::for_programs(sentence)).into());
                }
                Ok(fields)
            }
        }
    }

    /// The fields that were sent, whichever they are.
    ///
    /// # Errors
    /// As [`Said::fields`].
    pub fn any_fields(self) -> Result<Fields, Failure> {
        match self {
            Self::Parts(form) => Ok(form.fields),
            Self::PerhapsForm(bytes) | Self::Raw(bytes) => urlencoded(&bytes),
            Self::Json(bytes) => Ok(of_object(&object(&bytes)?)),
        }
    }

    /// A JSON value, sent as such, as the form field `name`, or as text that is JSON.
    ///
    /// # Errors
    /// A sentence for whoever wrote the sender, where there is none or it cannot be read.
    pub fn json_in(self, name: &str) -> Result<Value, Failure> {
        let no_json =
            || Error::invalid("payload", Sentence::for_programs("The payload is not valid JSON."));
        let text = match self {
            Self::PerhapsForm(bytes) if has_field(&bytes, name) => {
                urlencoded(&bytes)?.text(name).to_owned()
            }
            Self::Parts(form) => form.fields.text(name).to_owned(),
            Self::PerhapsForm(bytes) | Self::Raw(bytes) | Self::Json(bytes) => {
                String::from_utf8(bytes.into()).map_err(|_| not_utf8())?
            }
        };
        Ok(serde_json::from_str(&text).map_err(|_| no_json())?)
    }
}

/// The type without its parameters, in lower case.
fn kind_of(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}

fn has_field(form: &[u8], name: &str) -> bool {
    form.split(|byte| *byte == b'&').any(|pair| {
        pair.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'='))
    })
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Failure> {
    let sentence = "The JSON cannot be read: send one object, such as {\"body\": \"Hello\"}.";
    Ok(serde_json::from_slice(bytes)
        .map_err(|_| Error::invalid("body", Sentence::for_programs(sentence)))?)
}

/// Texts and numbers; nothing else makes a field.
fn of_object(object: &Map<String, Value>) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in object {
        match value {
            Value::String(text) => fields.put(name, text),
            Value::Number(number) => fields.put(name, &number.to_string()),
            _ => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(said: Said) -> String {
        said.fields("body").unwrap().text("body").to_owned()
    }

    #[test]
    fn a_form_is_one_only_if_it_has_the_field() {
        let form = |text: &'static str| Said::PerhapsForm(Bytes::from_static(text.as_bytes()));
        assert_eq!(text(form("body=1+2%21&x=y")), "1 2!");
        assert_eq!(text(form("x=y&body=z")), "z");
        for raw in ["100% sure", "a=b&c=d", "nobody=here", "body", "x+y", "é & body"] {
            assert_eq!(text(form(raw)), raw);
        }
    }

    #[test]
    fn json_is_an_object_with_the_field() {
        let json = |text: &'static str| Said::Json(Bytes::from_static(text.as_bytes()));
        assert_eq!(text(json("{\"body\":\"a=b\"}")), "a=b");
        for bad in ["{}", "[]", "\"text\"", "{\"body\":null}", "{\"text\":\"a\"}", "{", ""] {
            assert!(json(bad).fields("body").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_payload_comes_in_three_ways() {
        let payload = "payload=%7B%22text%22%3A%22a+b%22%7D";
        let said = Said::PerhapsForm(Bytes::from_static(payload.as_bytes()));
        assert_eq!(said.json_in("payload").unwrap()["text"], "a b");
        let bare = Bytes::from_static(b"{\"text\":\"a\"}");
        assert_eq!(Said::PerhapsForm(bare.clone()).json_in("payload").unwrap()["text"], "a");
        assert_eq!(Said::Json(bare).json_in("payload").unwrap()["text"], "a");
        assert!(Said::Raw(Bytes::from_static(b"hello")).json_in("payload").is_err());
    }
}
