//! How a page calls while nobody looks at it. Each way is on until it is switched off on a device.

/// The ways of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attention {
    /// A count before the page's title.
    pub title: bool,
    /// A dot on the page's icon.
    pub dot: bool,
    /// A short sound.
    pub sound: bool,
}

impl Default for Attention {
    fn default() -> Self {
        Self { title: true, dot: true, sound: true }
    }
}

impl Attention {
    /// From the words of those that are on; none for a word that is no way of calling.
    pub fn of_ways<'a>(ways: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut attention = Self { title: false, dot: false, sound: false };
        for way in ways {
            *attention.way(way)? = true;
        }
        Some(attention)
    }

    /// From the words of those that are off, as [`Attention::off`] joins them. Words that mean
    /// nothing are passed over.
    pub fn without(off: &str) -> Self {
        let mut attention = Self::default();
        for way in off.split('-') {
            if let Some(way) = attention.way(way) {
                *way = false;
            }
        }
        attention
    }

    /// The words of those that are off, joined by hyphens; empty when all are on.
    pub fn off(self) -> String {
        let ways = [("title", self.title), ("dot", self.dot), ("sound", self.sound)];
        let off = ways.into_iter().filter(|(_, on)| !on).map(|(way, _)| way);
        off.collect::<Vec<_>>().join("-")
    }

    fn way(&mut self, word: &str) -> Option<&mut bool> {
        match word {
            "title" => Some(&mut self.title),
            "dot" => Some(&mut self.dot),
            "sound" => Some(&mut self.sound),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_off_is_kept_by_its_words() {
        assert_eq!(Attention::default().off(), "");
        let silent = Attention { sound: false, ..Attention::default() };
        assert_eq!((silent.off().as_str(), Attention::without("sound")), ("sound", silent));
        let none = Attention::of_ways([].into_iter()).unwrap();
        assert_eq!(
            (none.off().as_str(), Attention::without("title-dot-sound")),
            ("title-dot-sound", none)
        );
        assert_eq!(Attention::of_ways(["title", "dot"].into_iter()), Some(silent));
        assert_eq!(Attention::of_ways(["title", "smoke"].into_iter()), None);
        assert_eq!(Attention::without("smoke--\"sound"), Attention::default());
    }
}
