//! Other machines that our server talks to: real HTTP servers of the test, which note what they
//! are asked and answer however a machine out there might.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::within;

/// What our server asked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// With its query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The header's value, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// What it is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    manner: Manner,
}

/// How an answer is given.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Manner {
    Whole,
    /// A byte, a pause, a byte, ...
    Dripping(Duration),
    /// The body again and again until nobody listens.
    Endless,
    /// Says it is longer than it is, or shorter; negative: says nothing of its length.
    Claiming(i64),
    /// Header lines without end, each after a pause.
    EndlessHead(Duration),
    /// Closes without a word.
    Closing,
    /// Listens, and says nothing.
    Silent,
    /// Says nothing for a while, then everything.
    Late(Duration),
}

impl Reply {
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Reply {
        let headers = vec![("content-type".into(), kind.into())];
        Reply { status, headers, body: body.into(), manner: Manner::Whole }
    }

    pub fn html(body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(200, "text/html; charset=utf-8", body)
    }

    pub fn json(body: &serde_json::Value) -> Reply {
        Reply::new(200, "application/json", body.to_string())
    }

    pub fn status(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Vec::new(), manner: Manner::Whole }
    }

    pub fn redirect(to: &str) -> Reply {
        Reply::status(302).header("location", to)
    }

    pub fn closing() -> Reply {
        Reply::status(200).given(Manner::Closing)
    }

    /// Only after a while.
    pub fn late(self, pause: Duration) -> Reply {
        self.given(Manner::Late(pause))
    }

    pub fn silent() -> Reply {
        Reply::status(200).given(Manner::Silent)
    }

    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A byte at a time.
    pub fn dripping(self, pause: Duration) -> Reply {
        self.given(Manner::Dripping(pause))
    }

    pub fn endless(self) -> Reply {
        self.given(Manner::Endless)
    }

    /// Never gets beyond its headers.
    pub fn endless_head(self, pause: Duration) -> Reply {
        self.given(Manner::EndlessHead(pause))
    }

    /// With a `Content-Length` that is not true.
    pub fn claiming(self, length: u32) -> Reply {
        self.given(Manner::Claiming(length.into()))
    }

    /// Without a `Content-Length`.
    pub fn of_unsaid_length(self) -> Reply {
        self.given(Manner::Claiming(-1))
    }

    fn given(mut self, manner: Manner) -> Reply {
        self.manner = manner;
        self
    }
}

type Answering = dyn Fn(&Request) -> Reply + Send + Sync;

/// Agrees on secrets before anything is said.
pub type Tls = tokio_rustls::TlsAcceptor;

/// A machine out there. It is gone when the test lets go of it.
pub struct Outside {
    pub address: SocketAddr,
    scheme: &'static str,
    heard: Arc<Heard>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Heard {
    requests: Mutex<Vec<Request>>,
    connections: Mutex<usize>,
    news: Notify,
}

impl Outside {
    /// On a free port of this machine.
    pub async fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Outside {
        Outside::at("127.0.0.1:0", None, answer).await
    }

    /// At this address, which has to be this machine's.
    pub async fn at(
        address: &str,
        tls: Option<Tls>,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Outside {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Heard::default());
        let answer: Arc<Answering> = Arc::new(answer);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let task = tokio::spawn(listen(listener, tls, heard.clone(), answer));
        Outside { address, scheme, heard, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.heard.requests.lock().unwrap().clone()
    }

    /// Connections that were ever made, whether or not anything was said.
    pub fn connections(&self) -> usize {
        *self.heard.connections.lock().unwrap()
    }

    /// Waits until so many requests have come, and gives them all.
    pub async fn wait_for(&self, count: usize) -> Vec<Request> {
        within(&format!("{count} requests to a machine outside"), async {
            loop {
                let news = self.heard.news.notified();
                let requests = self.requests();
                if requests.len() >= count {
                    return requests;
                }
                let _ = tokio::time::timeout(Duration::from_millis(200), news).await;
            }
        })
        .await
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    listener: TcpListener,
    tls: Option<Tls>,
    heard: Arc<Heard>,
    answer: Arc<Answering>,
) {
    let mut talks = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        *heard.connections.lock().unwrap() += 1;
        let (heard, answer, tls) = (heard.clone(), answer.clone(), tls.clone());
        talks.spawn(async move {
            match tls {
                None => talk(stream, &heard, &*answer).await,
                Some(tls) => {
                    let Ok(stream) = tls.accept(stream).await else { return };
                    talk(stream, &heard, &*answer).await;
                }
            }
        });
    }
}

/// One request and its answer; the connection is not used again.
async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, heard: &Heard, answer: &Answering) {
    let Some(request) = read(&mut stream).await else { return };
    let reply = answer(&request);
    let is_head = request.method == "HEAD";
    heard.requests.lock().unwrap().push(request);
    heard.news.notify_waiters();
    // Who hung up does not hear the rest.
    let _ = say(&mut stream, &reply, is_head).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    let mut request = Request { method, path, headers: headers.collect(), body: Vec::new() };
    assert_eq!(request.header("transfer-encoding"), "", "we always say how much we send");
    let length = request.header("content-length").parse().unwrap_or(0);
    request.body = bytes.split_off(head + 4);
    while request.body.len() < length {
        if stream.read_buf(&mut request.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(request)
}

async fn say(
    stream: &mut (impl AsyncWrite + Unpin),
    reply: &Reply,
    is_head: bool,
) -> std::io::Result<()> {
    match reply.manner {
        Manner::Closing => return Ok(()),
        Manner::Silent => std::future::pending().await,
        Manner::Late(pause) => tokio::time::sleep(pause).await,
        _ => {}
    }
    let length = match reply.manner {
        Manner::Claiming(length) => length,
        Manner::Endless => -1,
        _ => reply.body.len() as i64,
    };
    let mut head = format!("HTTP/1.1 {} Said\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if length >= 0 {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    if let Manner::EndlessHead(pause) = reply.manner {
        loop {
            stream.write_all(head.as_bytes()).await?;
            head = "x-and-another: header\r\n".into();
            tokio::time::sleep(pause).await;
        }
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    match reply.manner {
        _ if is_head => {}
        Manner::Dripping(pause) => {
            for byte in &reply.body {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(pause).await;
            }
        }
        Manner::Endless => loop {
            stream.write_all(&reply.body).await?;
        },
        _ => stream.write_all(&reply.body).await?,
    }
    stream.flush().await
}
