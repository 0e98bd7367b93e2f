//! One's own devices that want to be told of messages, and when they are left in peace.

use askama::Template;

use super::{Flash, Site, Tone, Viewer, assets};
use crate::model::push_subscription::PushSubscription;
use crate::model::quiet_hours::QuietHours;
use crate::words;

/// The devices, and the form for quiet hours.
#[derive(Clone, Debug, Template)]
#[template(path = "push_subscriptions/index.html")]
pub struct PushSubscriptionsPage {
    pub site: Site,
    pub viewer: Viewer,
    /// The newest first.
    pub devices: Vec<PushSubscription>,
    /// What this browser subscribes with.
    pub vapid_public_key: String,
    /// There are quiet hours now.
    pub is_quiet: bool,
    pub form: QuietHoursForm,
    /// Why the quiet hours were refused, as a sentence.
    pub problem: Option<String>,
    /// All that can be chosen.
    pub zones: Vec<String>,
    pub flash: Option<Flash>,
}

impl PushSubscriptionsPage {
    fn is_here_already(&self) -> bool {
        self.devices.iter().any(|device| device.is_here)
    }

    /// The form shows what nobody has typed or saved.
    fn is_unchosen(&self) -> bool {
        !self.is_quiet && self.problem.is_none()
    }
}

/// Quiet hours as they are typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHoursForm {
    pub from: String,
    pub to: String,
    pub zone: String,
}

impl Default for QuietHoursForm {
    fn default() -> Self {
        Self { from: "22:00".into(), to: "07:00".into(), zone: "UTC".into() }
    }
}

impl QuietHoursForm {
    pub fn of(hours: &QuietHours) -> Self {
        Self { from: hours.begin(), to: hours.end(), zone: hours.zone().to_owned() }
    }
}
