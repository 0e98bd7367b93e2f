//! Keep-alive connections that each have one request under way, all driven by one thread so that
//! the clients cost the machine as little as they can.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::cpu::Meter;
use crate::http::{self, Answer};
use crate::measure::Slice;

pub struct Clients {
    runtime: Runtime,
    connections: Vec<Connection>,
}

/// A question and its answer.
pub struct Exchange {
    /// The number its request was given.
    pub number: u64,
    pub answer: Answer,
    took: Duration,
}

impl Clients {
    pub fn connect(address: SocketAddr, count: usize) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let connections = runtime.block_on(try_join_all((0..count).map(|_| async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            anyhow::Ok(Connection { stream, piece: vec![0; 64 * 1024] })
        })))?;
        Ok(Self { runtime, connections })
    }

    /// Every client asks, waits and asks again until the time is over, then waits for its last
    /// answer. Answers are only kept here: looking into them would be counted as time.
    pub fn run(
        &mut self,
        server: u32,
        length: Duration,
        request: impl Fn() -> (u64, Vec<u8>),
    ) -> Result<(Slice, Vec<Exchange>)> {
        let meter = Meter::start(Some(server))?;
        let begun = Instant::now();
        let asking = self.connections.iter_mut().map(|c| c.ask_until(begun + length, &request));
        let exchanges: Vec<_> =
            self.runtime.block_on(try_join_all(asking))?.into_iter().flatten().collect();
        let took = begun.elapsed();
        let latencies = exchanges.iter().map(|exchange| exchange.took).collect();
        Ok((Slice { took, latencies, usage: meter.stop()? }, exchanges))
    }
}

struct Connection {
    stream: TcpStream,
    piece: Vec<u8>,
}

impl Connection {
    async fn ask_until(
        &mut self,
        end: Instant,
        request: &impl Fn() -> (u64, Vec<u8>),
    ) -> Result<Vec<Exchange>> {
        let mut exchanges = Vec::new();
        while Instant::now() < end {
            let (number, bytes) = request();
            let begun = Instant::now();
            let answer = self.exchange(&bytes).await?;
            exchanges.push(Exchange { number, answer, took: begun.elapsed() });
        }
        Ok(exchanges)
    }

    async fn exchange(&mut self, mut request: &[u8]) -> Result<Answer> {
        while !request.is_empty() {
            let stream = &mut self.stream;
            let sent = poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, request)).await?;
            request = &request[sent..];
        }
        let mut bytes = Vec::new();
        loop {
            let mut buffer = ReadBuf::new(&mut self.piece);
            let stream = &mut self.stream;
            poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, &mut buffer)).await?;
            ensure!(!buffer.filled().is_empty(), "the server hung up");
            bytes.extend_from_slice(buffer.filled());
            if let Some(body_at) = http::whole(&bytes)? {
                return Ok(Answer::new(bytes, body_at));
            }
        }
    }
}
