//! The gallery's pages for administrators who look after the server.

use super::cast::{ada, site};
use super::{Gallery, put};
use crate::model::audit_log::{Deed, Entry};
use crate::model::condition::{Condition, DELIVERIES, Waiting};
use crate::model::timestamp::{DAY_MS, HOUR_MS};
use crate::model::{Timestamp, UserId};
use crate::views::audit_log::AuditLogPage;
use crate::views::health::HealthPage;

/// 20 November 2026, 12:00 UTC.
const NOON: Timestamp = Timestamp(1_795_176_000_000);

pub(super) fn watching(gallery: &mut Gallery) {
    let page = |condition| HealthPage { site: site(), viewer: ada(), condition };
    put(gallery, "health", page(well()));
    put(gallery, "health-ill", page(ill()));
    let log = AuditLogPage {
        site: site(),
        viewer: ada(),
        entries: entries(),
        has_older: true,
        is_newest: true,
    };
    put(gallery, "audit-log", log.clone());
    let empty = AuditLogPage { entries: Vec::new(), has_older: false, ..log };
    put(gallery, "audit-log-empty", empty.clone());
    put(gallery, "audit-log-end", AuditLogPage { is_newest: false, ..empty });
}

fn well() -> Condition {
    Condition {
        version: "1.2.3",
        now: NOON,
        started_at: NOON.plus_ms(-37 * DAY_MS),
        reads: true,
        write_failure: None,
        queued: 0,
        commands: 1_204_113,
        commits: 801_200,
        database: 734_003_200,
        log: 4_194_304,
        files: 12_884_901_888,
        disk_free: Some(61_000_000_000),
        disk_total: Some(80_000_000_000),
        memory: Some(58_720_256),
        open_files: Some(212),
        open_files_limit: Some(65_536),
        sockets: 143,
        makes_backups: true,
        last_backup: Some(NOON.plus_ms(-9 * HOUR_MS)),
        jobs: Vec::new(),
        deliveries: None,
    }
}

fn ill() -> Condition {
    let waiting = |kind: &str, count, hours: i64| Waiting {
        kind: kind.into(),
        count,
        due_at: NOON.plus_ms(-hours * HOUR_MS),
    };
    Condition {
        write_failure: Some("database or disk is full".into()),
        log: 912_000_000,
        disk_free: Some(40_960),
        open_files: Some(1_000),
        open_files_limit: Some(1_024),
        last_backup: Some(NOON.plus_ms(-5 * DAY_MS)),
        jobs: vec![waiting("index_messages", 1, 0), waiting("make_preview", 3_412, 30)],
        deliveries: Some(waiting(DELIVERIES, 12, 2)),
        ..well()
    }
}

fn entries() -> Vec<Entry> {
    let named = |id: i64, name: &str| Some((UserId(id), name.to_owned()));
    let entry = |id: i64, actor, deed, subject, detail: &str| Entry {
        id,
        at: NOON.plus_ms((id - 40) * HOUR_MS),
        actor,
        deed,
        subject,
        detail: detail.into(),
    };
    let long = "A name that goes on and on until there is no more room for it in any line at all";
    vec![
        entry(39, named(1, "Ada"), Deed::BanUser, named(4, long), ""),
        entry(38, None, Deed::SetPassword, named(2, "Grace Hopper"), ""),
        entry(37, named(5, "علي بن محمد"), Deed::ChangeRoom, None, "<b>Kitchen</b> & garden"),
        entry(36, named(1, "Ada"), Deed::ReplaceJoinCode, None, ""),
        entry(35, named(1, "Ada"), Deed::RepeatDelivery, named(9, "Deploy Bell"), ""),
    ]
}
