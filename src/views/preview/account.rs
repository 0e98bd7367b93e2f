//! The gallery's pages about the account: what administrators change, and the list of people.

use super::cast::{account, ada, invite, person, site};
use super::{Gallery, put};
use crate::model::{Role, Status, UserId};
use crate::views::accounts::{
    AccountForm, AccountPage, CustomStylesPage, PeopleChangedFrame, PeopleList, PersonRow,
};
use crate::views::{FieldErrors, Flash, Tone};

fn people_list(may_administer: bool) -> PeopleList {
    let mut people: Vec<_> = (1..=8).map(person).collect();
    people[1].role = Role::Administrator;
    people[7].status = Status::Banned;
    PeopleList {
        people,
        total: 1_508,
        q: String::new(),
        page: 2,
        has_more: true,
        viewer_id: UserId(if may_administer { 1 } else { 2 }),
        may_administer,
    }
}

pub(super) fn account_pages(gallery: &mut Gallery) {
    put(
        gallery,
        "account",
        AccountPage {
            site: site(),
            viewer: ada(),
            account: account(),
            invite: invite(),
            form: AccountForm::default(),
            people: people_list(true),
            may_administer: true,
            flash: None,
        },
    );
    let mut errors = FieldErrors::default();
    errors.add("name", "The account's name cannot be empty.");
    errors.add("logo", "That is not a picture. Choose a PNG, JPEG, GIF or WebP file.");
    put(
        gallery,
        "account-refused",
        AccountPage {
            site: site(),
            viewer: ada(),
            account: account(),
            form: AccountForm { name: Some(String::new()), errors },
            invite: invite(),
            people: PeopleList {
                q: "nobody like this".into(),
                people: Vec::new(),
                total: 0,
                ..people_list(true)
            },
            may_administer: true,
            flash: None,
        },
    );
    let mut member = ada();
    member.user = person(2);
    put(
        gallery,
        "account-as-member",
        AccountPage {
            site: site(),
            viewer: member,
            account: account(),
            form: AccountForm::default(),
            invite: invite(),
            people: people_list(false),
            may_administer: false,
            flash: None,
        },
    );
    let styles = CustomStylesPage {
        site: site(),
        viewer: ada(),
        styles: "body { background: </textarea>rebeccapurple }".into(),
        problem: None,
        flash: Some(Flash { tone: Tone::Notice, sentence: "Saved.".into() }),
    };
    put(gallery, "custom-styles", styles.clone());
    let problem = Some("Styles can be at most 64 KiB; these are 65 KiB.".into());
    put(gallery, "custom-styles-refused", CustomStylesPage { problem, flash: None, ..styles });
    put(gallery, "fragment-people", people_list(true));
    put(
        gallery,
        "fragment-person-refused",
        PersonRow {
            person: person(3),
            viewer_id: UserId(1),
            may_administer: true,
            problem: Some("This is the last administrator.".into()),
        },
    );
    put(gallery, "pushed-people-changed", PeopleChangedFrame);
}
