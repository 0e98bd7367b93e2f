//! Light, dark, or as the device has it.

/// What somebody chose on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the device is set.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    pub fn as_str(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// One of the three words; anything else is none.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }

    pub fn is_dark(self) -> bool {
        self == Theme::Dark
    }

    /// What the page is marked with; nothing when the device decides.
    pub fn forced(self) -> Option<&'static str> {
        (self != Theme::System).then(|| self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_words_are_themes() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.as_str()), Some(theme));
        }
        for bad in ["", "Dark", "dark\"", "auto"] {
            assert_eq!(Theme::parse(bad), None, "{bad:?}");
        }
        assert_eq!((Theme::System.forced(), Theme::Dark.forced()), (None, Some("dark")));
    }
}
