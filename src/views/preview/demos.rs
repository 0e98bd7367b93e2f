//! The gallery's pages of a demo.

use super::cast::{conversation, person, room_page, site};
use super::{Gallery, put};
use crate::model::User;
use crate::views::Site;
use crate::views::demos::{DemoPage, DemoPersonPage, Guest, STEPS, TOUR, TourPage};
use crate::views::rooms::RoomPage;

pub(super) fn demos(gallery: &mut Gallery) {
    let site = Site { is_demo: true, ..site() };
    let guests: Vec<Guest> = (1..=8).filter_map(guest).collect();
    let page = DemoPage { site: site.clone(), guests, signed_in: None };
    put(gallery, "demo", page.clone());
    let elsewhere =
        page.guests.iter().map(|guest| Guest { own_window: None, ..guest.clone() }).collect();
    let signed_in = Some(person(4).name);
    put(
        gallery,
        "demo-signed-in",
        DemoPage { guests: elsewhere, signed_in: signed_in.clone(), ..page.clone() },
    );
    if let Some(guest) = page.guests.into_iter().nth(3) {
        let one = DemoPersonPage { site: site.clone(), guest, signed_in: None };
        put(gallery, "demo-person", one.clone());
        put(gallery, "demo-person-signed-in", DemoPersonPage { signed_in, ..one });
    }
    let names = ["demo-tour-1", "demo-tour-2", "demo-tour-3", "demo-tour-4", "demo-tour-5"];
    for ((step, stop), name) in (1..).zip(&TOUR).zip(names) {
        let line =
            "curl -d 'Hello from a terminal' http://127.0.0.1:3000/rooms/2/9-a1B2c3D4e5F6/messages";
        let example = (step == STEPS).then(|| line.to_owned());
        put(gallery, name, TourPage { site: site.clone(), step, stop, example });
    }
    put(gallery, "demo-room", RoomPage { site, ..room_page(conversation()) });
}

fn guest(id: i64) -> Option<Guest> {
    let about = (id % 3 > 0).then(|| "Keeps the lamps, counts the chairs".to_owned());
    let user = User { bio: about, ..person(id) };
    let own_window = format!("http://guest.localhost:3000/demo/people/{id}");
    Guest::new(&user, Some(own_window)).ok()
}
