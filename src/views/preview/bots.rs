//! The gallery's pages about bots.

use super::cast::{ada, person, site};
use super::{Gallery, put};
use crate::model::delivery::CHAIN_AT_ITS_END;
use crate::model::{
    Bot, Delivery, DeliveryId, DeliveryState, MessageId, RoomId, Timestamp, UserId, Webhook,
    WebhookUrl,
};
use crate::views::bots::{BotForm, BotPage, BotRoom, BotsPage, DeliveriesPage, NewBotPage};
use crate::views::{FieldErrors, Flash, Tone};

const KEY: &str = "9-a1B2c3D4e5F6";

fn bot(id: i64, name: &str, webhook: Option<&str>) -> Bot {
    let mut user = person(9);
    user.id = UserId(id);
    user.name = name.into();
    let webhook = webhook
        .map(|url| Webhook { url: WebhookUrl::from_stored(url.into()), sealed_secret: None });
    Bot { user, sealed_token: None, webhook }
}

pub(super) fn bots(gallery: &mut Gallery) {
    put(
        gallery,
        "bots",
        BotsPage {
            site: site(),
            viewer: ada(),
            bots: vec![
                bot(9, "Deploy Bell", Some("http://10.0.0.3:8080/hook")),
                bot(12, "<b>Bobby", None),
                bot(14, "A monitor with a name that goes on until the line is full and more", None),
            ],
            flash: None,
        },
    );
    let flash = Some(Flash {
        tone: Tone::Notice,
        sentence: "The bot is removed. What it wrote stays.".into(),
    });
    let none = BotsPage { site: site(), viewer: ada(), bots: Vec::new(), flash };
    put(gallery, "bots-none", none);
    let blank = NewBotPage { site: site(), viewer: ada(), form: BotForm::default() };
    put(gallery, "bot-new", blank);
    put(gallery, "bot-new-refused", NewBotPage { site: site(), viewer: ada(), form: refused() });
    put(gallery, "bot", page());
    put(
        gallery,
        "bot-without-key",
        BotPage { key: None, rooms: Vec::new(), form: refused(), has_picture: true, ..page() },
    );
    put(gallery, "bot-deliveries", deliveries());
    put(
        gallery,
        "bot-deliveries-none",
        DeliveriesPage {
            webhook_url: None,
            deliveries: Vec::new(),
            problem: Some("The bot has no webhook. Save an address for it first.".into()),
            ..deliveries()
        },
    );
}

fn deliveries() -> DeliveriesPage {
    let at = |minutes| Timestamp(1_795_183_509_120 + minutes * 60_000);
    let delivery = |id: i64, state, attempts, http_status, outcome: &str| Delivery {
        id: DeliveryId(id),
        room_id: RoomId(3),
        room_name: Some("<b>Bobby's workshop</b>".into()),
        message_id: Some(MessageId(40 + id)),
        state,
        attempts,
        http_status,
        outcome: (!outcome.is_empty()).then(|| outcome.into()),
        run_at: at(id + 1),
        created_at: at(id),
        settled_at: None,
    };
    let test = Delivery {
        message_id: None,
        ..delivery(6, DeliveryState::Delivered, 1, Some(204), "Received.")
    };
    let ping = Delivery {
        room_name: None,
        ..delivery(5, DeliveryState::Delivered, 1, Some(200), "Answered.")
    };
    let failed = "Failed to respond within 7 seconds.";
    let again = "The program answered that it failed.";
    DeliveriesPage {
        site: site(),
        viewer: ada(),
        bot: bot(9, "Deploy Bell", None).user,
        webhook_url: Some("http://10.0.0.3:8080/hook".into()),
        deliveries: vec![
            delivery(8, DeliveryState::Waiting, 0, None, ""),
            delivery(7, DeliveryState::Waiting, 2, Some(500), again),
            test,
            ping,
            delivery(4, DeliveryState::Failed, 1, None, failed),
            delivery(3, DeliveryState::Dropped, 0, None, CHAIN_AT_ITS_END),
        ],
        problem: None,
        flash: None,
    }
}

fn refused() -> BotForm {
    let mut errors = FieldErrors::default();
    errors.add("name", "The name cannot be empty.");
    errors.add("webhook_url", "An address begins with https:// or http:// and a host.");
    errors.add("webhook_secret", "A secret can be at most 200 characters long.");
    BotForm {
        webhook_url: "bell.example.org".into(),
        pictures_off: true,
        errors,
        ..BotForm::default()
    }
}

fn page() -> BotPage {
    let room = |id, name: &str| BotRoom {
        room_id: RoomId(id),
        name: name.into(),
        messages_url: format!("https://chat.example.org/rooms/{id}/{KEY}/messages"),
    };
    BotPage {
        site: site(),
        viewer: ada(),
        bot: bot(9, "Deploy Bell", None).user,
        form: BotForm {
            name: "Deploy Bell".into(),
            webhook_url: "http://10.0.0.3:8080/hook".into(),
            webhook_secret: "seven bells".into(),
            ..BotForm::default()
        },
        has_picture: false,
        key: Some(KEY.into()),
        rooms: vec![room(3, "Everybody"), room(7, "<b>Bobby's workshop</b>")],
        flash: None,
    }
}
