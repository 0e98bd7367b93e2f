//! Choosing people in a form: who was chosen, and who is shown.

use std::collections::HashSet;

use super::extract::Fields;
use crate::model::{Author, UserId};
use crate::views::room_settings::{PeoplePicker, Pickable};

/// People shown beyond those who are chosen. More are found with the filter.
const SHOWN: usize = 500;

/// The people whose switches are on. What is no id of anybody is left out.
pub fn chosen(fields: &Fields) -> Vec<UserId> {
    fields.all("user_ids").filter_map(|id| id.parse().ok()).collect()
}

/// Whether the form that was sent had people to choose from.
pub fn was_shown(fields: &Fields) -> bool {
    fields.find("people").is_some()
}

/// The switches: everybody who is chosen, and of the others those whose name the filter is in.
pub fn picker(
    legend: &'static str,
    path: String,
    people: Vec<Author>,
    chosen: &HashSet<UserId>,
    fixed: Option<UserId>,
    fields: &Fields,
) -> PeoplePicker {
    let filter = fields.text("filter").trim().to_owned();
    let wanted = filter.to_lowercase();
    let total = people.len();
    let mut hidden = 0;
    let mut others = 0;
    let mut shown = Vec::new();
    for who in people {
        let is_fixed = fixed == Some(who.id);
        let is_chosen = is_fixed || chosen.contains(&who.id);
        if !is_chosen {
            if !who.name.to_lowercase().contains(&wanted) {
                continue;
            }
            others += 1;
            if others > SHOWN {
                hidden += 1;
                continue;
            }
        }
        shown.push(Pickable { who, is_chosen, is_fixed });
    }
    PeoplePicker { legend, path, people: shown, total, hidden, filter }
}
