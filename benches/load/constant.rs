//! The limit of a page: the same bytes, always, through the same router, layers and runtime as ours,
//! in a process of its own.

use std::ffi::OsString;
use std::fs;
use std::io::Write;

use anyhow::{Context, Result};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use bytes::Bytes;
use campfire::config::{Config, LogFormat};
use campfire::{app, cli, web};
use clap::Parser;
use tokio::net::TcpListener;

use crate::server::READY;

/// The first argument of such a process; the data directory, the file with the body and its
/// encoding follow.
pub const FLAG: &str = "--constant";
/// Where it answers.
pub const PATH: &str = "/constant";

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// Answers until it is killed.
pub fn serve(arguments: &[OsString]) -> Result<()> {
    let [data_dir, body, encoding] = arguments else { anyhow::bail!("three arguments") };
    let body = Bytes::from(fs::read(body)?);
    let encoding = encoding.to_str().context("an encoding")?.to_owned();
    let mut words = vec![OsString::from("load"), "--data-dir".into(), data_dir.clone()];
    words.extend(["--bind", "127.0.0.1:0", "--rate-limits", "off"].map(OsString::from));
    let config = Settings::try_parse_from(words)?.config;
    cli::start_log(LogFormat::Text);
    // As many threads as the server has.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cli::REQUEST_THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let running = app::start(config).await?;
        let answer = move || async move {
            let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned());
            ([kind, (header::CONTENT_ENCODING, encoding)], body)
        };
        let more = Router::new().route(PATH, get(answer));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let _server =
            web::server::start(listener, web::router_with(running.app.clone(), more), None);
        let mut out = std::io::stdout();
        writeln!(out, "{READY}{address}")?;
        out.flush()?;
        std::future::pending::<Result<()>>().await
    })
}
