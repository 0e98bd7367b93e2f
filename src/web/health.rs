//! Whether the server is alive, whether it can write, and how it is inside: for monitors as JSON
//! and in the format of Prometheus, for administrators as a page.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::error::Answer;
use super::extract::Administrator;
use super::extract::watcher::Watcher;
use super::html::{self, VERSION};
use crate::app::App;
use crate::config::BackupTime;
use crate::measures::Exposition;
use crate::model::condition::{Condition, Waiting};
use crate::views::health::HealthPage;
use crate::{clock, machine, queries};

/// What Prometheus calls its format.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /up`: alive.
pub async fn up() -> &'static str {
    "ok\n"
}

/// `GET /health`: alive, reading, writing. 503 while writes fail.
pub async fn health(State(app): State<App>) -> Response {
    let reads = app.reader.read(queries::accounts::account).is_ok();
    let writes = app.writer.health().failure().is_none();
    answer(reads && writes, summary(reads, writes))
}

/// `GET /health/detailed`: the same with all that is known, for monitors that may.
pub async fn detailed(State(app): State<App>, _: Watcher) -> Response {
    let condition = condition(&app);
    let mut told = summary(condition.reads, condition.write_failure.is_none());
    if let Value::Object(told) = &mut told {
        told.insert("details".to_owned(), details(&condition));
    }
    answer(condition.is_well(), told)
}

fn summary(reads: bool, writes: bool) -> Value {
    let word = |fine: bool| if fine { "ok" } else { "failing" };
    json!({
        "status": word(reads && writes),
        "database": word(reads),
        "writer": word(writes),
        "version": VERSION,
    })
}

fn answer(well: bool, told: Value) -> Response {
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    html::as_drawn((status, axum::Json(told)).into_response())
}

fn details(condition: &Condition) -> Value {
    let waiting = |waiting: &Waiting| {
        json!({
            "kind": waiting.kind,
            "count": waiting.count,
            "overdue_seconds": waiting.overdue_ms(condition.now) / 1_000,
        })
    };
    json!({
        "concerns": condition.concerns(),
        "uptime_seconds": condition.up_ms() / 1_000,
        "write_failure": condition.write_failure,
        "queued_commands": condition.queued,
        "commands": condition.commands,
        "commits": condition.commits,
        "database_bytes": condition.database,
        "wal_bytes": condition.log,
        "files_bytes": condition.files,
        "disk_free_bytes": condition.disk_free,
        "disk_total_bytes": condition.disk_total,
        "memory_bytes": condition.memory,
        "open_files": condition.open_files,
        "open_files_limit": condition.open_files_limit,
        "sockets": condition.sockets,
        "last_backup_seconds_ago": backup_age(condition),
        "jobs": condition.jobs.iter().map(waiting).collect::<Vec<_>>(),
        "webhook_deliveries": condition.deliveries.as_ref().map(waiting),
    })
}

/// `GET /metrics`, for Prometheus.
pub async fn metrics(State(app): State<App>, _: Watcher) -> Response {
    let condition = condition(&app);
    let mut text = Exposition::default();
    app.requests.expose(&mut text);
    let health = app.writer.health();
    let name = "campfire_writer_batch_commands";
    text.family(name, "histogram", "Commands that shared one commit.");
    text.histogram(name, &[], &health.batches, 1.0);
    let name = "campfire_writer_commit_seconds";
    text.family(name, "histogram", "Time that commits took.");
    text.histogram(name, &[], &health.commit_us, 1e6);
    expose(&condition, &mut text);
    ([(header::CONTENT_TYPE, EXPOSITION)], text.into_text()).into_response()
}

/// Seconds since the last daily backup was begun.
fn backup_age(condition: &Condition) -> Option<u64> {
    let ms = condition.now.ms_since(condition.last_backup?);
    u64::try_from(ms / 1_000).ok()
}

fn expose(condition: &Condition, text: &mut Exposition) {
    let name = "campfire_info";
    text.family(name, "gauge", "The version that runs.");
    text.sample(name, &[("version", condition.version)], 1);
    let counters = [
        ("campfire_writer_commands_total", "Commands applied.", condition.commands),
        ("campfire_writer_commits_total", "Transactions committed.", condition.commits),
    ];
    for (name, help, value) in counters {
        text.single(name, "counter", help, value);
    }
    let bytes = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
    let failing = u64::from(condition.write_failure.is_some());
    let gauges = [
        (
            "campfire_uptime_seconds",
            "Time since the start.",
            Some(bytes(condition.up_ms() / 1_000)),
        ),
        ("campfire_database_reads", "1 if the database can be read.", Some(condition.reads.into())),
        ("campfire_writer_failing", "1 while writes fail.", Some(failing)),
        ("campfire_writer_queued_commands", "Commands that wait.", Some(condition.queued as u64)),
        ("campfire_sockets", "Pages that are open and listen.", Some(condition.sockets as u64)),
        ("campfire_database_bytes", "Size of the database.", Some(condition.database)),
        ("campfire_wal_bytes", "Size of its write-ahead log.", Some(condition.log)),
        ("campfire_files_bytes", "Files of all messages.", Some(bytes(condition.files))),
        ("campfire_disk_free_bytes", "Room left on the disk.", condition.disk_free),
        ("campfire_memory_bytes", "Memory that the process holds.", condition.memory),
        (
            "campfire_last_backup_age_seconds",
            "Time since the last daily backup.",
            backup_age(condition),
        ),
        ("campfire_open_files", "Open files and connections.", condition.open_files),
        ("campfire_open_files_limit", "Their limit.", condition.open_files_limit),
    ];
    for (name, help, value) in gauges {
        if let Some(value) = value {
            text.single(name, "gauge", help, value);
        }
    }
    let name = "campfire_jobs_waiting";
    text.family(name, "gauge", "Work that waits or is under way, by kind.");
    for waiting in condition.jobs.iter().chain(&condition.deliveries) {
        text.sample(name, &[("kind", &waiting.kind)], waiting.count);
    }
    let name = "campfire_jobs_overdue_seconds";
    text.family(name, "gauge", "How long the earliest of it has been due, by kind.");
    for waiting in condition.jobs.iter().chain(&condition.deliveries) {
        let seconds = waiting.overdue_ms(condition.now) / 1_000;
        text.sample(name, &[("kind", &waiting.kind)], seconds);
    }
}

/// `GET /account/health`: the same in plain words.
pub async fn show(State(app): State<App>, Administrator(user): Administrator) -> Answer {
    let condition = condition(&app);
    let page = app.reader.read(|db| {
        Ok(HealthPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            condition,
        })
    })?;
    html::page(&page)
}

/// Asks everybody who knows.
fn condition(app: &App) -> Condition {
    let health = app.writer.health();
    let waiting = app.reader.read(|db| {
        let files = queries::attachments::total_size(db)?;
        Ok((queries::jobs::waiting(db)?, queries::webhooks::all_waiting(db)?, files))
    });
    let reads = waiting.is_ok();
    let (jobs, deliveries, files) = waiting.unwrap_or_default();
    let folder = &app.config.data_dir;
    let disk = machine::disk(folder);
    Condition {
        version: VERSION,
        now: clock::now(),
        started_at: app.started_at,
        reads,
        write_failure: health.failure(),
        queued: app.writer.queued(),
        commands: health.commands.load(Ordering::Relaxed),
        commits: health.commits.load(Ordering::Relaxed),
        database: machine::file_size(&folder.join("campfire.db")),
        log: machine::file_size(&folder.join("campfire.db-wal")),
        files,
        disk_free: disk.map(|disk| disk.free),
        disk_total: disk.map(|disk| disk.total),
        memory: machine::memory(),
        open_files: machine::open_files(),
        open_files_limit: machine::open_files_limit(),
        sockets: app.live.count(),
        makes_backups: app.config.backup_at != BackupTime::Off,
        last_backup: app.backups.last_nightly().unwrap_or_default(),
        jobs,
        deliveries,
    }
}

/// `GET /robots.txt`: nothing here is for search engines.
pub async fn robots() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "User-agent: *\nDisallow: /\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failing_server_says_so_as_json_and_not_as_a_page() {
        let told = answer(false, summary(true, false));
        assert_eq!(told.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(html::is_drawn(&told), "or it is drawn as a refusal");
        let body = axum::body::to_bytes(told.into_body(), 1_024).await.unwrap_or_default();
        let told: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert_eq!((&told["status"], &told["writer"]), (&json!("failing"), &json!("failing")));
        assert_eq!(told["database"], "ok");
    }
}
