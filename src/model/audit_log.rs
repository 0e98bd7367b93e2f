//! What administrators did in the house, as it is written down for the others.

use super::{Timestamp, UserId};

/// Entries on one page of the log.
pub const ENTRIES_A_PAGE: usize = 100;

macro_rules! deeds {
    ($($deed:ident $stored:literal $words:literal)+) => {
        /// Something that only an administrator can do, or the operator at the machine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Deed {
            $(#[doc = $words] $deed,)+
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
                    $(Deed::$deed => $words,)+
                }
            }
        }
    };
}

deeds! {
    ChangeAccount "change_account" "changed the account’s settings"
    ReplaceJoinCode "replace_join_code" "replaced the join link"
    ChangeStyles "change_styles" "changed the custom styles"
    ChangeLogo "change_logo" "changed the logo"
    MakeAdministrator "make_administrator" "gave the administrator’s role to"
    MakeMember "make_member" "took the administrator’s role from"
    RemoveUser "remove_user" "removed"
    BanUser "ban_user" "banned"
    LiftBan "lift_ban" "lifted the ban of"
    MakeSignInLink "make_sign_in_link" "made a sign-in link for"
    SetPassword "set_password" "set a new password for"
    MakeBot "make_bot" "made the bot"
    ChangeBot "change_bot" "changed the bot"
    ReplaceBotKey "replace_bot_key" "replaced the key of the bot"
    RemoveBot "remove_bot" "removed the bot"
    TestWebhook "test_webhook" "sent a test event to the bot"
    RepeatDelivery "repeat_delivery" "told something again to the bot"
    ChangeRoom "change_room" "changed a room of somebody else’s"
    ArchiveRoom "archive_room" "archived a room of somebody else’s"
    RestoreRoom "restore_room" "restored a room of somebody else’s"
    DeleteRoom "delete_room" "deleted a room of somebody else’s"
    EditMessage "edit_message" "edited a message of"
    DeleteMessage "delete_message" "deleted a message of"
    RemoveCard "remove_card" "took away the card of a link in a message of"
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
