//! As much HTTP/1.1 as a client needs that knows what it asks for.

use std::borrow::Cow;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail, ensure};

/// Bytes that hold exactly one whole answer.
pub struct Answer {
    bytes: Vec<u8>,
    body_at: usize,
}

/// A GET with the headers given, each with its line end.
pub fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").into_bytes()
}

/// A POST of an urlencoded form.
pub fn post(path: &str, headers: &str, form: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// Asks once on a connection of its own.
pub fn ask(address: SocketAddr, request: &[u8]) -> Result<Answer> {
    Line::connect(address)?.ask(request)
}

/// A connection that is kept.
pub struct Line(TcpStream);

impl Line {
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    pub fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.0.write_all(request)?;
        let (mut bytes, mut piece) = (Vec::new(), [0; 16 * 1024]);
        loop {
            let read = self.0.read(&mut piece)?;
            ensure!(read > 0, "the server hung up");
            bytes.extend_from_slice(&piece[..read]);
            if let Some(body_at) = whole(&bytes)? {
                return Ok(Answer::new(bytes, body_at));
            }
        }
    }
}

impl Answer {
    pub fn new(bytes: Vec<u8>, body_at: usize) -> Self {
        Self { bytes, body_at }
    }

    pub fn status(&self) -> u16 {
        let digits = self.bytes.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.bytes[..self.body_at], name)
    }

    /// Bytes of the whole answer, its head too.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The body as it came, framed and compressed.
    pub fn raw_body(&self) -> &[u8] {
        &self.bytes[self.body_at..]
    }

    /// The body without frames, as it was compressed.
    pub fn body(&self) -> Result<Cow<'_, [u8]>> {
        if is_chunked(&self.bytes[..self.body_at]) {
            return Ok(Cow::Owned(joined(self.raw_body())?));
        }
        Ok(Cow::Borrowed(self.raw_body()))
    }

    /// The body without frames and compression, as text.
    pub fn text(&self) -> Result<String> {
        let mut body = self.body()?;
        if self.header("content-encoding") == Some("gzip") {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&*body).read_to_end(&mut plain)?;
            body = Cow::Owned(plain);
        }
        Ok(String::from_utf8(body.into_owned())?)
    }

    /// Fails with the start of the body when the status or the kind is another one.
    pub fn expect(&self, status: u16, kind: &str) -> Result<()> {
        let found = self.header("content-type").unwrap_or("");
        if self.status() != status || !found.starts_with(kind) {
            let start: String = self.text().unwrap_or_default().chars().take(300).collect();
            bail!("expected {status} {kind}, got {} {found}: {start}", self.status());
        }
        Ok(())
    }
}

/// Where the body begins, once the whole answer is there. More than one answer is an error: a
/// client here has one request under way.
pub fn whole(bytes: &[u8]) -> Result<Option<usize>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let (head, body) = (&bytes[..end + 4], &bytes[end + 4..]);
    let length = if is_chunked(head) {
        chunks(body, |_| {})?
    } else {
        match header(head, "content-length") {
            Some(length) => Some(length.parse()?),
            None if head.starts_with(b"HTTP/1.1 304") => Some(0),
            None => bail!("an answer without a length"),
        }
    };
    let Some(length) = length.filter(|length| body.len() >= *length) else { return Ok(None) };
    ensure!(body.len() == length, "an answer nobody asked for");
    Ok(Some(end + 4))
}

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    let mut lines = head.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| {
        let (found, rest) = line.split_at_checked(name.len())?;
        found.eq_ignore_ascii_case(name.as_bytes()).then(|| rest.strip_prefix(b":"))?
    })?;
    std::str::from_utf8(value).ok().map(str::trim)
}

fn is_chunked(head: &[u8]) -> bool {
    header(head, "transfer-encoding").is_some()
}

fn joined(body: &[u8]) -> Result<Vec<u8>> {
    let mut plain = Vec::with_capacity(body.len());
    chunks(body, |chunk| plain.extend_from_slice(chunk))?;
    Ok(plain)
}

/// Walks over the chunks; the length of all of it when the last one is there.
fn chunks(body: &[u8], mut each: impl FnMut(&[u8])) -> Result<Option<usize>> {
    let mut at = 0;
    loop {
        let Some(line) = body[at..].windows(2).position(|two| two == b"\r\n") else {
            return Ok(None);
        };
        let size = std::str::from_utf8(&body[at..at + line])?;
        let size = usize::from_str_radix(size, 16).context("a chunk without a size")?;
        at += line + 2;
        let Some(chunk) = body.get(at..at + size + 2) else { return Ok(None) };
        at += size + 2;
        if size == 0 {
            return Ok(Some(at));
        }
        each(&chunk[..size]);
    }
}
