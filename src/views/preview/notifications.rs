//! The page of devices that get notifications, and a muted room.

use super::cast::{ada, site};
use super::{Gallery, put};
use crate::model::push_subscription::PushSubscription;
use crate::model::{Involvement, PushSubscriptionId, RoomId, RoomKind, Timestamp};
use crate::views::involvements::{Bell, InvolvementPage};
use crate::views::push_subscriptions::{PushSubscriptionsPage, QuietHoursForm};

const NOON: Timestamp = Timestamp(1_795_183_509_120);

pub(super) fn notifications(gallery: &mut Gallery) {
    let page = PushSubscriptionsPage {
        site: site(),
        viewer: ada(),
        devices: Vec::new(),
        vapid_public_key: "BMo1HqKF6skM".into(),
        is_quiet: false,
        form: QuietHoursForm::default(),
        problem: None,
        zones: vec!["Asia/Tokyo".into(), "Europe/Berlin".into(), "UTC".into()],
        flash: None,
    };
    put(gallery, "push-subscriptions-none", page.clone());
    let devices = vec![
        device(1, "Mozilla/5.0 (Linux; Android 14) Chrome/130.0", Some(NOON), true),
        device(2, "Mozilla/5.0 (X11; Linux) Firefox/132.0", None, false),
    ];
    let problem = Some("Give both times as hours and minutes.".into());
    put(
        gallery,
        "push-subscriptions",
        PushSubscriptionsPage { devices, is_quiet: true, problem, ..page },
    );
    let bell = Bell {
        room_id: RoomId(4),
        kind: RoomKind::Open,
        involvement: Involvement::Everything,
        on_profile: false,
    };
    for (name, muted_until) in [("involvement-everything", None), ("involvement-muted", Some(NOON))]
    {
        let title = "Allotment".into();
        put(
            gallery,
            name,
            InvolvementPage { site: site(), viewer: ada(), title, bell, muted_until },
        );
    }
}

fn device(
    id: i64,
    user_agent: &str,
    last_success_at: Option<Timestamp>,
    is_here: bool,
) -> PushSubscription {
    PushSubscription {
        id: PushSubscriptionId(id),
        user_agent: user_agent.into(),
        created_at: NOON,
        last_success_at,
        is_here,
    }
}
