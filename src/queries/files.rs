//! Which stored files some row names. Every column that holds the key of a stored file is listed
//! here: what is not named is swept away.

use rusqlite::Connection;

use crate::error::Result;

/// Those of these keys that nothing names. Files that wait for their removal are named by the job
/// that removes them.
pub fn unnamed(connection: &Connection, keys: &[String]) -> Result<Vec<String>> {
    let list = serde_json::to_string(keys).map_err(anyhow::Error::from)?;
    let unnamed = connection
        .prepare_cached(
            "select file.value from json_each(?1) as file
             where not exists (select 1 from attachments where storage_key = file.value)
               and not exists (select 1 from attachments where thumbnail_key = file.value)
               and not exists (select 1 from link_previews where picture_key = file.value)
               and file.value not in
                   (select avatar_path from users where avatar_path is not null)
               and file.value not in
                   (select logo_key from accounts where logo_key is not null)
               and file.value not in
                   (select small_logo_key from accounts where small_logo_key is not null)
               and file.value not in
                   (select doomed.value from jobs, json_each(jobs.payload, '$.keys') as doomed
                    where jobs.kind = 'remove_files')",
        )?
        .query_map([list], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(unnamed)
}
