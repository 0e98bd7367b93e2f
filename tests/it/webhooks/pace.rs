//! A bot is told sixty things a minute; the rest wait, and none is lost before it is a day old.

use std::time::Duration;

use super::{NEVER, bot_with_program, ping, settled, with_all_due_at};
use crate::support::database::alter_stopped;
use crate::support::outside::Reply;
use crate::support::{App, within};

/// Stops the server, lets the bot have been told so many things so long ago, and starts it again.
async fn with_told(app: &mut App, bot_id: i64, count: u32, seconds_ago: u32) {
    app.term_and_wait().await;
    let sql = format!(
        "delete from webhook_deliveries where state = 'delivered';
         with recursive n (x) as (select 1 union all select x + 1 from n where x < {count})
         insert into webhook_deliveries (bot_id, room_id, chain_id, bot_hops, state, attempts,
             outcome, run_at, attempted_at, settled_at, created_at)
         select {bot_id}, 1, 0, 0, 'delivered', 1, 'Received.', ago, ago, ago, ago
         from n, (select unixepoch() * 1000 - {seconds_ago} * 1000 as ago)"
    );
    alter_stopped(&app.data_dir(), &sql);
    app.start_again();
}

/// Waits until so many deliveries are done with; others may wait.
async fn done(app: &App, count: i64) {
    within(&format!("{count} deliveries done"), async {
        while app.database().count("webhook_deliveries where state <> 'waiting'") < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_beyond_sixty_a_minute_is_told_later() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let (bell, program) = bot_with_program(&ada, "Bell", |_| Reply::status(204)).await;
    let (_, other) = bot_with_program(&ada, "Gong", |_| Reply::status(204)).await;
    let room = ping(&ada, &bell).await;
    with_told(&mut app, bell.id, 55, 5).await;
    let ada = ada.at_another_browser().await;
    for n in 0..9 {
        ada.post(room, &format!("Number {n}")).await;
    }
    ada.post(1, "@Gong, this does not concern you").await;
    program.wait_for(5).await;
    other.wait_for(1).await;
    done(&app, 55 + 5 + 1).await;
    assert_eq!(program.requests().len(), 5);
    assert_eq!(app.database().count("webhook_deliveries where state = 'waiting'"), 4);

    // As if a minute had passed.
    with_told(&mut app, bell.id, 60, 61).await;
    program.wait_for(9).await;
    done(&app, 60 + 4).await;
    let mut told: Vec<String> = program.requests().iter().map(|request| request.text()).collect();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 9, "each once, and none is lost");
    assert_eq!(program.requests().len(), 9);
}

#[tokio::test]
async fn what_could_not_be_told_for_a_day_is_given_up_and_then_forgotten() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let (_, program) = bot_with_program(&ada, "Bell", |_| Reply::closing()).await;
    ada.post(1, "@Bell, are you there?").await;
    program.wait_for(1).await;
    with_all_due_at(&mut app, NEVER).await;
    app.term_and_wait().await;
    let day_old = "update webhook_deliveries set created_at = unixepoch() * 1000 - 86401000";
    alter_stopped(&app.data_dir(), day_old);
    app.start_again();
    assert_eq!(settled(&app, 1).await, ["failed: Given up after a day."]);
    app.restart().await;
    within("the delivery is forgotten", async {
        while app.database().count("webhook_deliveries") > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
