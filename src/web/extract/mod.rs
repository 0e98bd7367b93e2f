//! What a handler may ask of a request: who sends it, where it points, what it carries.

pub mod administrator;
pub mod client_address;
pub mod current_bot;
pub mod current_user;
pub mod fields;
pub mod ids;
pub mod message_form;
pub mod message_member;
pub mod room_member;
pub mod said;
pub mod upload;
pub mod wants;
pub mod watcher;

pub use administrator::Administrator;
pub use client_address::ClientAddress;
pub use current_bot::{CurrentBot, KeyInPath, RoomBot};
pub use current_user::{CurrentUser, SignedOut};
pub use fields::Fields;
pub use ids::Ids;
pub use message_form::MessageForm;
pub use message_member::MessageMember;
pub use room_member::RoomMember;
pub use said::Said;
pub use upload::FieldsAndFile;
pub use wants::Wants;
