//! Speaking with Chromium: numbered calls, their answers, and the events in between.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use super::within;

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// A connection to the browser. What was made over it ends with it.
pub struct Wire {
    orders: mpsc::UnboundedSender<Message>,
    waiting: Waiting,
    events: Arc<Mutex<Vec<Value>>>,
    arrived: watch::Receiver<usize>,
    last_call: AtomicU64,
}

impl Wire {
    pub async fn connect(address: &str) -> Wire {
        let (stream, _) = connect_async(address).await.expect("Chromium takes the connection");
        let (mut out, mut incoming) = stream.split();
        let (orders, mut ordered) = mpsc::unbounded_channel();
        let (tell, arrived) = watch::channel(0);
        let waiting = Waiting::default();
        let events = Arc::<Mutex<Vec<Value>>>::default();
        tokio::spawn(async move {
            while let Some(message) = ordered.recv().await {
                if out.send(message).await.is_err() {
                    break;
                }
            }
            let _ = out.close().await;
        });
        let (answers, heard) = (Arc::clone(&waiting), Arc::clone(&events));
        tokio::spawn(async move {
            while let Some(Ok(message)) = incoming.next().await {
                let Ok(text) = message.to_text() else { continue };
                let Ok(value) = serde_json::from_str::<Value>(text) else { continue };
                if let Some(number) = value["id"].as_u64() {
                    if let Some(answer) = answers.lock().unwrap().remove(&number) {
                        let _ = answer.send(value);
                    }
                } else {
                    let mut heard = heard.lock().unwrap();
                    heard.push(value);
                    tell.send_replace(heard.len());
                }
            }
            // Whoever still waits learns that no answer will come.
            answers.lock().unwrap().clear();
        });
        Wire { orders, waiting, events, arrived, last_call: AtomicU64::new(0) }
    }

    /// Calls a method, of one page when a session is given. The error is Chromium's own sentence.
    pub async fn call(&self, session: &str, method: &str, params: Value) -> Result<Value, String> {
        let number = self.last_call.fetch_add(1, Ordering::Relaxed) + 1;
        let mut order = json!({ "id": number, "method": method, "params": params });
        if !session.is_empty() {
            order["sessionId"] = json!(session);
        }
        let (answer, answered) = oneshot::channel();
        self.waiting.lock().unwrap().insert(number, answer);
        self.orders.send(Message::text(order.to_string())).map_err(|_| "Chromium is gone")?;
        let what = format!("Chromium answers {method}");
        let mut answer = within(&what, answered).await.map_err(|_| "Chromium is gone")?;
        match answer["error"]["message"].as_str() {
            Some(error) => Err(format!("{method}: {error}")),
            None => Ok(answer["result"].take()),
        }
    }

    /// All events so far.
    pub fn events(&self) -> Vec<Value> {
        self.events.lock().unwrap().clone()
    }

    /// The first event, past or to come, that the test accepts.
    pub async fn wait_for_event(&self, what: &str, matches: impl Fn(&Value) -> bool) -> Value {
        let mut arrived = self.arrived.clone();
        let mut looked_at = 0;
        within(what, async {
            loop {
                arrived.mark_unchanged();
                {
                    let events = self.events.lock().unwrap();
                    if let Some(event) = events[looked_at..].iter().find(|event| matches(event)) {
                        return event.clone();
                    }
                    looked_at = events.len();
                }
                arrived.changed().await.expect("Chromium is still there");
            }
        })
        .await
    }
}
