//! The coloured bar beside a quoted piece: which colours there are, and which one is nearest.

/// The classes that a body may hold for a bar. What they look like is for the stylesheet to say.
const BARS: [&str; 7] =
    ["bar-grey", "bar-red", "bar-orange", "bar-yellow", "bar-green", "bar-blue", "bar-purple"];

/// The bar that a class names, if it is one of ours.
pub fn of_class(class: &str) -> Option<&'static str> {
    BARS.into_iter().find(|bar| *bar == class)
}

/// The bar for a colour as Slack's senders write it: `good`, `warning`, `danger`, `#36a64f`,
/// `36a64f`, `#3a6`. Grey for anything else.
pub fn of_colour(colour: &str) -> &'static str {
    match colour.trim().to_ascii_lowercase().as_str() {
        "good" => "bar-green",
        "warning" => "bar-yellow",
        "danger" => "bar-red",
        hex => components(hex.trim_start_matches('#')).map_or("bar-grey", nearest),
    }
}

fn components(hex: &str) -> Option<[i32; 3]> {
    if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let part = |text: &str| i32::from_str_radix(text, 16).ok();
    match hex.len() {
        3 => Some([part(&hex[..1])? * 17, part(&hex[1..2])? * 17, part(&hex[2..])? * 17]),
        6 => Some([part(&hex[..2])?, part(&hex[2..4])?, part(&hex[4..])?]),
        _ => None,
    }
}

/// By hue; what has next to none is grey.
fn nearest([red, green, blue]: [i32; 3]) -> &'static str {
    let most = red.max(green).max(blue);
    let spread = most - red.min(green).min(blue);
    if spread < 40 {
        return "bar-grey";
    }
    let degrees = if most == red {
        60 * (green - blue) / spread
    } else if most == green {
        120 + 60 * (blue - red) / spread
    } else {
        240 + 60 * (red - green) / spread
    };
    match degrees.rem_euclid(360) {
        0..15 | 335.. => "bar-red",
        15..42 => "bar-orange",
        42..70 => "bar-yellow",
        70..170 => "bar-green",
        170..255 => "bar-blue",
        _ => "bar-purple",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_the_nearest_bar() {
        for (colour, bar) in [
            ("good", "bar-green"),
            ("Warning", "bar-yellow"),
            ("danger", "bar-red"),
            ("#36a64f", "bar-green"),
            ("D63232", "bar-red"),
            ("#439FE0", "bar-blue"),
            ("#f80", "bar-orange"),
            ("#ffcc00", "bar-yellow"),
            ("#764FA5", "bar-purple"),
            ("#cccccc", "bar-grey"),
            ("#ff0066", "bar-red"),
            ("", "bar-grey"),
            ("url(x)", "bar-grey"),
            ("#ééé", "bar-grey"),
            ("#12345", "bar-grey"),
        ] {
            assert_eq!(of_colour(colour), bar, "{colour}");
            assert_eq!(of_class(bar), Some(bar));
        }
        assert_eq!(of_class("message"), None);
    }
}
