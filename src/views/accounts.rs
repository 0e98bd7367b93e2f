//! The account page: name, logo, join link, people; and the page of the operator's styles.

use askama::Template;

use super::rooms::Invite;
use super::{FieldErrors, Flash, Site, Tone, Viewer, assets};
use crate::model::account::{MAX_ACCOUNT_NAME, MAX_CUSTOM_STYLES};
use crate::model::{Account, Role, Status, User, UserId};
use crate::words;

/// What everybody may know about the account, and what administrators may change.
#[derive(Clone, Debug, Template)]
#[template(path = "accounts/edit.html")]
pub struct AccountPage {
    pub site: Site,
    pub viewer: Viewer,
    pub account: Account,
    pub form: AccountForm,
    pub invite: Invite,
    pub people: PeopleList,
    pub may_administer: bool,
    pub flash: Option<Flash>,
}

/// What was typed and refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountForm {
    /// None: what is stored is shown.
    pub name: Option<String>,
    pub errors: FieldErrors,
}

impl AccountPage {
    fn shown_name(&self) -> &str {
        self.form.name.as_deref().unwrap_or(&self.account.name)
    }
}

/// A page of the people, with the lines that an administrator may change. For htmx it is a
/// fragment of its own.
#[derive(Clone, Debug, Template)]
#[template(path = "accounts/_people.html")]
pub struct PeopleList {
    /// Administrators first, each group by name.
    pub people: Vec<User>,
    /// All that fit the filter, on every page.
    pub total: usize,
    /// Part of a name; empty shows everybody.
    pub q: String,
    /// Counts from 1.
    pub page: usize,
    pub has_more: bool,
    pub viewer_id: UserId,
    pub may_administer: bool,
}

impl PeopleList {
    fn row(&self, person: &User) -> PersonRow {
        PersonRow {
            person: person.clone(),
            viewer_id: self.viewer_id,
            may_administer: self.may_administer,
            problem: None,
        }
    }

    /// The first one after the administrators, when there are both.
    fn is_divided_before(&self, person: &User) -> bool {
        let first = self.people.iter().position(|other| !other.is_administrator());
        first.is_some_and(|at| at > 0 && self.people.get(at).is_some_and(|p| p.id == person.id))
    }

    fn page_url(&self, page: usize) -> String {
        let q: String =
            percent_encoding::utf8_percent_encode(&self.q, percent_encoding::NON_ALPHANUMERIC)
                .to_string();
        format!("/account/edit?q={q}&page={page}#people")
    }
}

/// One person in the list.
#[derive(Clone, Debug, Template)]
#[template(path = "accounts/_person.html")]
pub struct PersonRow {
    pub person: User,
    pub viewer_id: UserId,
    pub may_administer: bool,
    /// Why nothing was changed.
    pub problem: Option<String>,
}

impl PersonRow {
    fn is_me(&self) -> bool {
        self.person.id == self.viewer_id
    }

    /// Oneself, and who is banned, is not changed from here.
    fn may_change(&self) -> bool {
        self.may_administer && !self.is_me() && self.person.is_active()
    }
}

/// Pushed: whoever looks at the list of people asks for it again. It says nothing itself, as the
/// list differs with who looks.
#[derive(Clone, Debug, Template)]
#[template(path = "accounts/people_changed_frame.html")]
pub struct PeopleChangedFrame;

/// Where administrators write styles for everybody.
#[derive(Clone, Debug, Template)]
#[template(path = "accounts/custom_styles.html")]
pub struct CustomStylesPage {
    pub site: Site,
    pub viewer: Viewer,
    pub styles: String,
    pub problem: Option<String>,
    pub flash: Option<Flash>,
}
