//! The one client for everything we say to other machines. Other floors state a call; where it
//! may go, how long it may take and how much may come back is kept here.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Body, Method, Response, StatusCode, Url};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::call::{Call, Purpose, Reach, check};
use super::error::CallError;
use super::names::GuardedNames;
use super::private_network_guard::PrivateNetworkGuard;
use crate::config::Network;

/// How long looking the name up, connecting and agreeing on secrets may take.
const CONNECT: Duration = Duration::from_secs(7);
/// How long an unused connection is kept, for the next message to the same service.
const KEEP_IDLE: Duration = Duration::from_secs(30);
/// Header lines and bytes of headers that an answer may have.
const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: u64 = 16 * 1024;
const WHO_WE_ARE: &str = concat!("Campfire/", env!("CARGO_PKG_VERSION"));

/// Makes calls. Clones share connections and places.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    /// Public addresses and those the operator has opened.
    public: Lane,
    /// Those the operator has opened only: for ports that are not the usual ones.
    opened: Lane,
    /// Any address.
    operator: Lane,
    link_previews: Arc<Semaphore>,
    push_messages: Arc<Semaphore>,
    webhooks: Arc<Semaphore>,
    certificates: Arc<Semaphore>,
}

/// A client of the library with the guard that its name look-ups keep to. Made when first needed:
/// most servers never call anybody.
struct Lane {
    guard: PrivateNetworkGuard,
    made: OnceLock<reqwest::Client>,
}

impl Client {
    /// `reachable`: private networks that calls for people may reach anyway.
    pub fn new(reachable: &[Network]) -> Self {
        Self::with(reachable, PrivateNetworkGuard::none())
    }

    /// Where any visitor may administrate: calls of theirs reach no private network either.
    pub fn among_strangers(reachable: &[Network]) -> Self {
        Self::with(reachable, PrivateNetworkGuard::public(reachable))
    }

    fn with(reachable: &[Network], operator: PrivateNetworkGuard) -> Self {
        // Somebody may have chosen before us, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let lane = |guard| Lane { guard, made: OnceLock::new() };
        let places = |purpose: Purpose| Arc::new(Semaphore::new(purpose.at_once()));
        Self(Arc::new(Shared {
            public: lane(PrivateNetworkGuard::public(reachable)),
            opened: lane(PrivateNetworkGuard::only(reachable)),
            operator: lane(operator),
            link_previews: places(Purpose::LinkPreview),
            push_messages: places(Purpose::PushMessage),
            webhooks: places(Purpose::Webhook),
            certificates: places(Purpose::Certificate),
        }))
    }

    /// Makes a call and gives the answer as soon as its headers are there; the body is read from
    /// it. A status that speaks of a failure is an answer, too.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn send(&self, call: Call) -> Result<Answer, CallError> {
        let deadline = Instant::now() + call.caps.whole;
        let places = self.places(call.purpose).clone().acquire_owned();
        let place = timeout_at(deadline, places).await;
        let place = place.map_err(|_| CallError::TimedOut { sent: false })?;
        let place = place.map_err(|_| CallError::NotConnected)?;
        let mut url = call.url.clone();
        let mut redirects_left = call.caps.redirects;
        loop {
            let response = self.ask(&call, &url, deadline).await?;
            let Some(next) = redirect(&call, &response)? else {
                return Answer::new(response, &call, url, deadline, place);
            };
            redirects_left = redirects_left.checked_sub(1).ok_or(CallError::Redirects)?;
            url = next;
        }
    }

    /// One request to one address, judged before anything is sent.
    async fn ask(&self, call: &Call, url: &Url, deadline: Instant) -> Result<Response, CallError> {
        check(call.purpose, url)?;
        let lane = self.lane(call.purpose, url);
        if !lane.allows(url) {
            return Err(refused(call.purpose, url));
        }
        let sent = Arc::new(Sent::new(call.body.is_empty()));
        let mut request = lane.client()?.request(call.method.clone(), url.clone());
        request = request.headers(call.headers.clone());
        if !call.body.is_empty() {
            request = request.body(Body::wrap(Watched::new(call.body.clone(), sent.clone())));
        }
        let most = deadline.min(Instant::now() + CONNECT + call.caps.silence);
        let silence = async {
            sent.news.notified().await;
            sleep(call.caps.silence).await;
        };
        let answer = tokio::select! {
            answer = timeout_at(most, request.send()) => answer.ok(),
            () = silence => None,
        };
        let sent = sent.taken.load(Ordering::Relaxed);
        match answer {
            None => Err(CallError::TimedOut { sent }),
            Some(Ok(response)) => Ok(response),
            Some(Err(error)) => match CallError::of(&error, sent) {
                CallError::Forbidden => Err(refused(call.purpose, url)),
                other => Err(other),
            },
        }
    }

    fn lane(&self, purpose: Purpose, url: &Url) -> &Lane {
        match (purpose.reach(), url.port_or_known_default()) {
            (Reach::Operator, _) => &self.0.operator,
            (Reach::Public, Some(80 | 443)) => &self.0.public,
            (Reach::Public, _) => &self.0.opened,
        }
    }

    fn places(&self, purpose: Purpose) -> &Arc<Semaphore> {
        match purpose {
            Purpose::LinkPreview => &self.0.link_previews,
            Purpose::PushMessage => &self.0.push_messages,
            Purpose::Webhook => &self.0.webhooks,
            Purpose::Certificate => &self.0.certificates,
        }
    }
}

/// Written down for the operator: somebody may be trying doors.
fn refused(purpose: Purpose, url: &Url) -> CallError {
    let host = url.host_str().unwrap_or_default();
    tracing::warn!(?host, ?purpose, "a call to a private address was refused");
    CallError::Forbidden
}

impl Lane {
    /// The library connects to addresses written as numbers without asking for a name, so these
    /// are judged here; the parser has already brought every spelling into one form.
    fn allows(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host.parse::<IpAddr>().map_or(true, |address| self.guard.allows(address))
    }

    fn client(&self) -> Result<&reqwest::Client, CallError> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let builder = reqwest::Client::builder()
            .user_agent(WHO_WE_ARE)
            // Followed here, each judged as the first address was.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(KEEP_IDLE)
            .pool_max_idle_per_host(4)
            .http1_max_headers(MOST_HEADERS)
            .dns_resolver(Arc::new(GuardedNames(self.guard.clone())));
        let client = builder.build().map_err(|error| {
            tracing::error!(%error, "calls to other machines are not possible");
            CallError::BadTls
        })?;
        Ok(self.made.get_or_init(|| client))
    }
}

/// Where the answer sends us, if it does and we follow.
fn redirect(call: &Call, response: &Response) -> Result<Option<Url>, CallError> {
    let is_question = matches!(call.method, Method::GET | Method::HEAD);
    let follows = is_question && call.caps.redirects > 0;
    if !follows || !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let to = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let next = to.and_then(|to| response.url().join(to).ok()).ok_or(CallError::Redirects)?;
    check(call.purpose, &next).map_err(|_| CallError::Redirects)?;
    Ok(Some(next))
}

/// What came back: status and headers at once, the body piece by piece.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The address that answered, after redirects.
    pub url: Url,
    response: Response,
    silence: Duration,
    deadline: Instant,
    most: u64,
    read: u64,
    /// Free for the next call when this is dropped.
    _place: OwnedSemaphorePermit,
}

impl Answer {
    fn new(
        response: Response,
        call: &Call,
        url: Url,
        deadline: Instant,
        place: OwnedSemaphorePermit,
    ) -> Result<Self, CallError> {
        let headers = response.headers().clone();
        let size: usize =
            headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if size as u64 > MOST_HEADER_BYTES {
            return Err(CallError::TooLarge { most: MOST_HEADER_BYTES });
        }
        let status = response.status();
        let answer = Self {
            status,
            url,
            response,
            silence: call.caps.silence,
            deadline,
            most: call.caps.answer_bytes,
            read: 0,
            headers,
            _place: place,
        };
        if status.is_success() && !call.kinds.is_empty() && !call.kinds.contains(&&*answer.kind()) {
            return Err(CallError::WrongKind);
        }
        if call.method != Method::HEAD && answer.declared() > answer.most {
            return Err(CallError::TooLarge { most: answer.most });
        }
        Ok(answer)
    }

    /// A header as text, empty when it is not there or not text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The media type in lower case, without parameters.
    pub fn kind(&self) -> String {
        let kind = self.header(CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    }

    fn declared(&self) -> u64 {
        self.header(CONTENT_LENGTH.as_str()).parse().unwrap_or(0)
    }

    /// The next piece of the body; none after the last.
    ///
    /// # Errors
    /// Too large, too slow, or broken off: what was read until then is not all.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, CallError> {
        let most = self.deadline.min(Instant::now() + self.silence);
        let piece = timeout_at(most, self.response.chunk()).await;
        let piece = piece.map_err(|_| CallError::TimedOut { sent: true })?;
        let piece = piece.map_err(|error| CallError::of(&error, true))?;
        self.read += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if self.read > self.most {
            return Err(CallError::TooLarge { most: self.most });
        }
        Ok(piece)
    }

    /// The whole body, in memory.
    ///
    /// # Errors
    /// As [`Answer::chunk`].
    pub async fn bytes(mut self) -> Result<Vec<u8>, CallError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.chunk().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Reads what is left, so that the connection can serve the next call; gives up at once when
    /// that is slow.
    pub async fn finish(mut self) {
        let rest = async { while let Ok(Some(_)) = self.chunk().await {} };
        let _ = timeout(Duration::from_secs(1), rest).await;
    }
}

/// A request body that tells when it was taken: from then on the other side may have heard us.
struct Watched {
    bytes: Bytes,
    sent: Arc<Sent>,
}

/// Whether the other side may have heard us; from then on it may be silent no longer than a call
/// allows.
struct Sent {
    taken: AtomicBool,
    news: Notify,
}

impl Sent {
    fn new(taken: bool) -> Self {
        Self { taken: AtomicBool::new(taken), news: Notify::new() }
    }
}

impl Watched {
    fn new(bytes: Bytes, sent: Arc<Sent>) -> Self {
        Self { bytes, sent }
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.sent.taken.store(true, Ordering::Relaxed);
        self.sent.news.notify_one();
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
