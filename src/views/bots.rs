//! The pages on which administrators look after bots.

use askama::Template;

use super::{FieldErrors, Flash, Site, Tone, Viewer, assets};
use crate::model::user::MAX_NAME;
use crate::model::webhook::{MAX_WEBHOOK_SECRET, MAX_WEBHOOK_URL};
use crate::model::{Bot, Delivery, DeliveryState, RoomId, User};
use crate::words;

/// All bots.
#[derive(Clone, Debug, Template)]
#[template(path = "bots/index.html")]
pub struct BotsPage {
    pub site: Site,
    pub viewer: Viewer,
    /// The active ones, by name.
    pub bots: Vec<Bot>,
    pub flash: Option<Flash>,
}

/// What stands in the form of a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BotForm {
    pub name: String,
    pub webhook_url: String,
    pub webhook_secret: String,
    /// The server takes no pictures.
    pub pictures_off: bool,
    pub errors: FieldErrors,
}

/// Where a bot is added.
#[derive(Clone, Debug, Template)]
#[template(path = "bots/new.html")]
pub struct NewBotPage {
    pub site: Site,
    pub viewer: Viewer,
    pub form: BotForm,
}

/// A room a bot is in, and what it types to say something there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotRoom {
    pub room_id: RoomId,
    pub name: String,
    /// Absolute, with the bot's key in it.
    pub messages_url: String,
}

impl BotRoom {
    fn text_line(&self) -> String {
        format!("curl -d 'Hello!' {}", self.messages_url)
    }

    fn file_line(&self) -> String {
        format!("curl -F attachment=@picture.png {}", self.messages_url)
    }
}

/// Everything about one bot.
#[derive(Clone, Debug, Template)]
#[template(path = "bots/edit.html")]
pub struct BotPage {
    pub site: Site,
    pub viewer: Viewer,
    pub bot: User,
    pub form: BotForm,
    /// It has a picture that can be removed.
    pub has_picture: bool,
    /// Its whole key; none if it was sealed with another secret than the server has now.
    pub key: Option<String>,
    /// The named rooms it is in.
    pub rooms: Vec<BotRoom>,
    pub flash: Option<Flash>,
}

/// Deliveries on one page.
pub const MOST_SHOWN: usize = 100;

/// What a bot's program was told during the last day, and what became of it.
#[derive(Clone, Debug, Template)]
#[template(path = "bots/deliveries.html")]
pub struct DeliveriesPage {
    pub site: Site,
    pub viewer: Viewer,
    pub bot: User,
    pub webhook_url: Option<String>,
    /// The newest first, at most [`MOST_SHOWN`].
    pub deliveries: Vec<Delivery>,
    /// Why nothing was sent now.
    pub problem: Option<String>,
    pub flash: Option<Flash>,
}

impl DeliveriesPage {
    fn state_of(delivery: &Delivery) -> &'static str {
        match delivery.state {
            DeliveryState::Waiting if delivery.attempts == 0 => words::delivery_waiting(),
            DeliveryState::Waiting => words::delivery_tried(),
            DeliveryState::Delivered => words::delivery_delivered(),
            DeliveryState::Failed => words::delivery_failed(),
            DeliveryState::Dropped => words::delivery_dropped(),
        }
    }
}
