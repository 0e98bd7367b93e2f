//! A shared cache that is as greedy as RFC 9111 lets it be, and one that does not care.

use std::collections::HashMap;
use std::io::Read;

use reqwest::Method;

use crate::support::{Answer, Person};

/// How somebody asks: the headers that our answers may differ by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Asked {
    Page,
    Packed,
    Fragment,
}

impl Asked {
    fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Asked::Page => &[("accept", "text/html")],
            Asked::Packed => &[("accept", "text/html"), ("accept-encoding", "gzip")],
            Asked::Fragment => &[("accept", "text/html"), ("hx-request", "true")],
        }
    }
}

/// An answer that was kept, with the values of the headers it varies by.
struct Kept {
    by: Vec<(String, String)>,
    answer: Answer,
    must_ask: bool,
}

#[derive(Default)]
pub struct Cache {
    kept: HashMap<String, Vec<Kept>>,
    is_careless: bool,
    pub hits: usize,
}

/// May be kept without a word about how long (RFC 9110, section 15.1).
const HEURISTIC: [u16; 11] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];

impl Cache {
    /// One that keeps what is private and what says no-store, too, and looks at the address alone.
    pub fn careless() -> Cache {
        Cache { is_careless: true, ..Cache::default() }
    }

    pub fn kept(&self) -> usize {
        self.kept.values().map(Vec::len).sum()
    }

    /// The answer, unpacked: a kept one if there is any that may be used.
    pub async fn ask(&mut self, person: &Person, path: &str, asks: Asked) -> String {
        let cookies = person.cookies();
        let mut headers = asks.headers().to_vec();
        headers.push(("cookie", &cookies));
        let value = |name: &str| {
            let found = headers.iter().find(|header| header.0 == name);
            found.map(|header| header.1).unwrap_or_default().to_owned()
        };
        let fits = |kept: &Kept| {
            self.is_careless || kept.by.iter().all(|(name, then)| value(name) == *then)
        };
        let known = self.kept.get(path).and_then(|kept| kept.iter().position(fits));
        let mut request = person.bare(Method::GET, path);
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        if let Some(at) = known {
            let kept = &self.kept[path][at];
            if !kept.must_ask || self.is_careless {
                self.hits += 1;
                return unpacked(&kept.answer);
            }
            // It asks whether its own is still good, and believes a 304.
            let tag = kept.answer.header("etag");
            if !tag.is_empty() {
                request = request.header("if-none-match", tag);
            }
        }
        let answer = person.send(request).await;
        if let Some(at) = known
            && answer.status() == 304
        {
            self.hits += 1;
            return unpacked(&self.kept[path][at].answer);
        }
        let text = unpacked(&answer);
        if let Some(mut kept) = self.keepable(answer) {
            for (name, then) in &mut kept.by {
                *then = value(name);
            }
            self.kept.entry(path.to_owned()).or_default().insert(0, kept);
        }
        text
    }

    /// RFC 9111, sections 3 and 4: everything but what is forbidden to a shared cache.
    fn keepable(&self, answer: Answer) -> Option<Kept> {
        let control = answer.headers("cache-control").join(",").to_ascii_lowercase();
        let says =
            |word: &str| control.split(',').any(|part| part.trim().split('=').next() == Some(word));
        let vary = answer.headers("vary").join(",").to_ascii_lowercase();
        let by: Vec<(String, String)> = vary
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| (name.to_owned(), String::new()))
            .collect();
        if self.is_careless {
            return (answer.status() == 200).then_some(Kept { by, answer, must_ask: false });
        }
        let explicit = says("public") || says("max-age") || says("s-maxage");
        let may = !says("no-store")
            && !says("private")
            && !by.iter().any(|(name, _)| name == "*")
            && answer.status() != 206
            && (explicit || HEURISTIC.contains(&answer.status()));
        let must_ask =
            says("no-cache") || control.contains("max-age=0") || control.contains("s-maxage=0");
        may.then_some(Kept { by, answer, must_ask })
    }
}

fn unpacked(answer: &Answer) -> String {
    let mut bytes = Vec::new();
    match answer.header("content-encoding") {
        "gzip" => {
            flate2::read::MultiGzDecoder::new(answer.bytes()).read_to_end(&mut bytes).unwrap();
        }
        "" => bytes = answer.bytes().to_vec(),
        other => panic!("{}: packed with {other}", answer.asked),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
