//! What administrators did in the house, as it is written down for the others.

use super::{Timestamp, UserId};
use crate::words;

/// Entries on one page of the log.
pub const ENTRIES_A_PAGE: usize = 100;

macro_rules! deeds {
    ($($deed:ident $stored:literal $said:ident)+) => {
        /// Something that only an administrator can do, or the operator at the machine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Deed {
            $($deed,)+
        }

        impl Deed {
            /// All there are.
            pub const ALL: &[Deed] = &[$(Deed::$deed),+];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Deed::$deed => $stored,)+
                }
            }

            /// As a sentence goes on after the name of who did it and before the name of whom it
            /// was done to.
            pub fn words(self) -> &'static str {
                match self {
                    $(Deed::$deed => words::$said(),)+
                }
            }
        }
    };
}

deeds! {
    ChangeAccount "change_account" did_change_account
    ReplaceJoinCode "replace_join_code" did_replace_join_code
    ChangeStyles "change_styles" did_change_styles
    ChangeLogo "change_logo" did_change_logo
    MakeAdministrator "make_administrator" did_make_administrator
    MakeMember "make_member" did_make_member
    RemoveUser "remove_user" did_remove_user
    BanUser "ban_user" did_ban_user
    LiftBan "lift_ban" did_lift_ban
    MakeSignInLink "make_sign_in_link" did_make_sign_in_link
    SetPassword "set_password" did_set_password
    MakeBot "make_bot" did_make_bot
    ChangeBot "change_bot" did_change_bot
    ReplaceBotKey "replace_bot_key" did_replace_bot_key
    RemoveBot "remove_bot" did_remove_bot
    TestWebhook "test_webhook" did_test_webhook
    RepeatDelivery "repeat_delivery" did_repeat_delivery
    ChangeRoom "change_room" did_change_room
    ArchiveRoom "archive_room" did_archive_room
    RestoreRoom "restore_room" did_restore_room
    DeleteRoom "delete_room" did_delete_room
    EditMessage "edit_message" did_edit_message
    DeleteMessage "delete_message" did_delete_message
    RemoveCard "remove_card" did_remove_card
}

impl Deed {
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|deed| deed.as_str() == text)
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Later ones have higher numbers.
    pub id: i64,
    pub at: Timestamp,
    /// None for the operator at the machine; else with the name they have now.
    pub actor: Option<(UserId, String)>,
    pub deed: Deed,
    /// Whom it was done to, with the name they have now.
    pub subject: Option<(UserId, String)>,
    /// A name as it was then; may be empty.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read_again() {
        for deed in Deed::ALL {
            assert_eq!(Deed::from_stored(deed.as_str()), Some(*deed));
        }
        assert_eq!(Deed::from_stored("shout"), None);
    }
}
