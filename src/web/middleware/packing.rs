//! Answers that are worth it go out packed, to those who read gzip. Only what lies in memory whole:
//! files go out as they are stored, in pieces too.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use futures_util::future::{FutureExt, Map, ready};
use futures_util::stream::{self, StreamExt};
use http_body::Body as _;
use tower::Service;

use crate::pages::{Packed, Piece, join};

/// Answers below this many bytes are sent as they are: three packets instead of one are nothing beside
/// what packing costs, a fifth of all that is done for a posted message.
const WORTH_IT: u64 = 4 * 1024;
/// What is worth it, by the beginnings of content types. Pictures, sounds and films are packed by
/// their own formats.
const KINDS: [&str; 4] =
    ["text/", "application/json", "application/manifest+json", "image/svg+xml"];

/// What passes through the service within comes out packed. No future of its own, and no copy of
/// what lies within, as a function for a layer would have.
#[derive(Clone)]
pub struct Packing<S>(S);

impl<S> Packing<S> {
    pub fn of(within: S) -> Self {
        Self(within)
    }
}

type Finish<E> = fn(Result<Response, E>) -> Result<Response, E>;

impl<S: Service<Request, Response = Response>> Service<Request> for Packing<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Map<S::Future, Finish<S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let finish: Finish<S::Error> = if takes_gzip(request.headers()) {
            |answer| answer.map(packed)
        } else {
            |answer| {
                answer.map(|mut answer| {
                    label(&mut answer);
                    answer
                })
            }
        };
        self.0.call(request).map(finish)
    }
}

/// Whether the client reads gzip.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().any(|value| {
        value.to_str().is_ok_and(|names| names.split(',').any(|name| is_gzip(name.trim())))
    })
}

/// `gzip`, unless its weight is zero.
fn is_gzip(name: &str) -> bool {
    let (coding, weight) = name.split_once(';').unwrap_or((name, "q=1"));
    let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
    coding.trim() == "gzip" && weight.is_some_and(|weight| weight > 0.0)
}

fn packed(mut answer: Response) -> Response {
    if !label(&mut answer) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let plain = match whole(body) {
        Ok(plain) => plain,
        Err(body) => return Response::from_parts(parts, body),
    };
    let body = join(&[Piece::Packed(&Packed::quickly(&plain))]);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Body::from(body))
}

/// Says to caches that an answer that is worth packing depends on what the client reads; whether it
/// is one.
fn label(answer: &mut Response) -> bool {
    let is_worth_it = is_worth_it(answer);
    if is_worth_it {
        let headers = answer.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    is_worth_it
}

fn is_worth_it(answer: &Response) -> bool {
    let headers = answer.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    answer.body().size_hint().exact().is_some_and(|size| size >= WORTH_IT)
        && kind.is_some_and(|kind| KINDS.iter().any(|known| kind.starts_with(known)))
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::CONTENT_RANGE)
}

/// All of a body that is there at once; any other body as it was.
fn whole(mut body: Body) -> Result<Bytes, Body> {
    let size = body.size_hint().exact();
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Some(first)) = Pin::new(&mut body).poll_frame(&mut context) else {
        return Err(body);
    };
    match first.map(|frame| frame.into_data().unwrap_or_default()) {
        Ok(bytes) if Some(bytes.len() as u64) == size => Ok(bytes),
        first => Err(Body::from_stream(stream::once(ready(first)).chain(body.into_data_stream()))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    async fn bytes(answer: Response) -> Bytes {
        axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap()
    }

    fn answer(kind: &'static str, body: Body) -> Response {
        let mut answer = Response::new(body);
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        answer
    }

    #[tokio::test]
    async fn a_long_text_is_packed_and_says_so() {
        let text = "Some words. ".repeat(1_000);
        let packed = packed(answer("text/html; charset=utf-8", Body::from(text.clone())));
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[header::VARY], "accept-encoding");
        let (stream, mut plain) = (bytes(packed).await, String::new());
        assert!(stream.len() < text.len() / 10);
        flate2::read::GzDecoder::new(&*stream).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, text);
    }

    #[tokio::test]
    async fn what_is_small_packed_already_or_comes_in_pieces_stays_as_it_is() {
        let long = "Some words. ".repeat(1_000);
        let pieces = [Ok::<_, std::io::Error>(long.clone()), Ok(long.clone())];
        for (kind, body, length) in [
            ("text/html", Body::from("Hello"), 5),
            ("image/png", Body::from(long.clone()), long.len()),
            ("text/plain", Body::from_stream(stream::iter(pieces)), 2 * long.len()),
        ] {
            let passed = packed(answer(kind, body));
            assert!(!passed.headers().contains_key(header::CONTENT_ENCODING), "{kind}");
            assert_eq!(bytes(passed).await.len(), length);
        }
        let mut before = answer("text/html", Body::from(long.clone()));
        before.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(packed(before).headers()[header::CONTENT_ENCODING], "br");
    }

    #[test]
    fn gzip_is_taken_by_who_says_so() {
        for (accepted, takes) in [
            ("gzip", true),
            ("br, gzip;q=0.5", true),
            ("gzip; q=1", true),
            ("gzip; q=0.0", false),
            ("gzip;q=0", false),
            ("x-gzip", false),
            ("gzipped, br", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(takes_gzip(&headers), takes, "{accepted}");
        }
    }
}
