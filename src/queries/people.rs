//! The people of the account, a page at a time.

use rusqlite::Connection;

use super::users;
use crate::error::Result;
use crate::model::User;

/// People on one page.
pub const PAGE_SIZE: usize = 500;

/// Which people are wanted.
pub struct Filter {
    /// Lower-cased; empty means everybody.
    part_of_name: String,
    page: usize,
    with_banned: bool,
}

impl Filter {
    /// Pages count from 1.
    pub fn new(part_of_name: &str, page: usize, with_banned: bool) -> Self {
        Self { part_of_name: part_of_name.trim().to_lowercase(), page: page.max(1), with_banned }
    }

    pub fn page(&self) -> usize {
        self.page
    }

    fn takes(&self, name: &str) -> bool {
        self.part_of_name.is_empty() || name.to_lowercase().contains(&self.part_of_name)
    }
}

/// Some of the people that were asked for.
#[derive(Debug, Default)]
pub struct Page {
    pub people: Vec<User>,
    /// All that fit, on every page.
    pub total: usize,
    pub has_more: bool,
}

/// Administrators first, each group by name; no bots, and nobody who was removed. Names are
/// compared here, as SQLite lower-cases nothing but ASCII.
pub fn page(connection: &Connection, filter: &Filter) -> Result<Page> {
    let skipped = (filter.page - 1).saturating_mul(PAGE_SIZE);
    let mut page = Page::default();
    let mut statement = connection.prepare_cached(&format!(
        "select {} from users
         where role <> 'bot' and (status = 'active' or (?1 and status = 'banned'))
         order by role = 'administrator' desc, lower(name), id",
        users::COLUMNS
    ))?;
    let mut rows = statement.query([filter.with_banned])?;
    while let Some(row) = rows.next()? {
        if !filter.takes(row.get_ref(1)?.as_str().unwrap_or_default()) {
            continue;
        }
        if page.total >= skipped && page.people.len() < PAGE_SIZE {
            page.people.push(users::user(row)?);
        }
        page.total += 1;
    }
    page.has_more = page.total > skipped + page.people.len() && !page.people.is_empty();
    Ok(page)
}
