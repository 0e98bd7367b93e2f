//! What is drawn for listeners: once for each language they read, and for nobody not at all.

use std::convert::Infallible;

use super::{Publisher, lock};
use crate::live::topic::{Frame, Topic};
use crate::model::Cursor;
use crate::words::{self, Language};

impl Publisher {
    /// Draws something for whoever hears a topic, once for each language they read, and hands it
    /// to them. Nothing is drawn for nobody. Who comes meanwhile reads what was committed before.
    ///
    /// # Errors
    /// Those of `draw`.
    pub fn tell<E>(
        &self,
        topic: Topic,
        cursor: Option<Cursor>,
        mut draw: impl FnMut() -> Result<String, E>,
    ) -> Result<(), E> {
        for language in self.languages(topic).into_iter().flatten() {
            let html = words::speaking(language, &mut draw)?.into();
            self.publish(topic, &Frame { cursor, language: Some(language), html });
        }
        Ok(())
    }

    /// The same for what is no change and can always be drawn.
    pub fn tell_of(&self, topic: Topic, mut draw: impl FnMut() -> String) {
        let drawn: Result<(), Infallible> = self.tell(topic, None, || Ok(draw()));
        let Ok(()) = drawn;
    }

    /// The languages in which a topic is heard.
    fn languages(&self, topic: Topic) -> [Option<Language>; Language::ALL.len()] {
        let hub = lock(&self.hub);
        let mut heard = [None; Language::ALL.len()];
        let Some(ids) = hub.by_topic.get(&topic) else { return heard };
        let mut missing = hub.languages.iter().filter(|listeners| **listeners > 0).count();
        for listener in ids.iter().filter_map(|id| hub.all.get(id)) {
            if let Some(place) = heard.get_mut(listener.language as usize)
                && place.is_none()
            {
                *place = Some(listener.language);
                missing -= 1;
            }
            // Mostly everybody speaks the same, and the first one tells.
            if missing == 0 {
                break;
            }
        }
        heard
    }
}
