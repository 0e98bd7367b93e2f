//! What the people of the demo say to a visitor: short, friendly, never twice the same in a row.

/// What somebody says to these words; `turn` rises with every answer.
pub fn by_person(heard: &str, turn: usize) -> &'static str {
    let heard = heard.to_lowercase();
    let begins = |words: &[&str]| {
        words.iter().any(|word| heard.split(|c: char| !c.is_alphabetic()).any(|said| said == *word))
    };
    let choices: &[&str] = if begins(&["hello", "hi", "hey", "moin", "hallo", "hola", "bonjour"]) {
        &GREETINGS
    } else if heard.contains('?') {
        &QUESTIONS
    } else if begins(&["thanks", "thank", "thx", "danke", "merci"]) {
        &THANKS
    } else if heard.chars().count() < 8 {
        &SHORT
    } else {
        &ANYTHING
    };
    pick(choices, turn)
}

/// What the bot says when it is called.
pub fn by_bot(turn: usize) -> &'static str {
    pick(&WEATHER, turn)
}

/// How somebody reacts before they answer.
pub fn boost(turn: usize) -> &'static str {
    pick(&BOOSTS, turn)
}

fn pick(choices: &[&'static str], turn: usize) -> &'static str {
    choices.get(turn % choices.len().max(1)).copied().unwrap_or_default()
}

const GREETINGS: [&str; 4] = [
    "Hello! Good to see you. The soup is in the kitchen, the sky is outside.",
    "Hi! You are just in time, it is getting dark.",
    "Hey there! 👋 Have a look around, nothing here can be broken.",
    "Welcome in! Mind the step.",
];
const QUESTIONS: [&str; 6] = [
    "Good question. Jun would say: look first, then guess.",
    "Yes. Probably. Ask me again when the clouds are gone.",
    "I would search for it: press `/` and type a word. Everything we ever said is in there.",
    "No idea! But Oskar has a tool for it, whatever it is.",
    "Only on Thursdays.",
    "I think so. In the real one you would get a better answer, from a real person.",
];
const THANKS: [&str; 3] =
    ["Any time!", "You are welcome. The cat did most of it.", "With pleasure."];
const SHORT: [&str; 4] = [
    "Short and to the point, I like that.",
    "Noted, and written on the wall.",
    "/play yeah",
    "I could not have said it longer.",
];
const ANYTHING: [&str; 8] = [
    "I am putting that into the logbook, with the time.",
    "That is what I said yesterday, but you said it better.",
    "Tell Mara, she collects sentences like that.",
    "Agreed. *Completely* agreed.",
    "Now I have to think about that for a whole night. Luckily I have one.",
    "If you press **Reply** on this, I will know which of my clever remarks you mean.",
    "Somebody boost that, please, my hands are cold.",
    "Ha! The queue at the telescope wants to know what we are laughing about.",
];
const WEATHER: [&str; 4] = [
    "Hollow Hill, now: **4 % cloud**, wind 1 m/s, dew point 2 °C. Verdict: look up.",
    "Rain before morning: 3 %. I would leave the umbrella, and take the gloves.",
    "Moonrise at 03:12. Until then it is as dark as it gets.",
    "I am a very small program: one line of `curl`. Make one like me under *Account*, *Bots*.",
];
const BOOSTS: [&str; 6] = ["👍", "🔭", "😄", "✨", "💯", "🎉"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_an_answer_that_fits() {
        assert!(GREETINGS.contains(&by_person("Hi all", 3)));
        assert!(QUESTIONS.contains(&by_person("Which way is this?", 8)));
        assert!(SHORT.contains(&by_person("", 0)) && SHORT.contains(&by_person("🙂", 9)));
        assert!(ANYTHING.contains(&by_person("The machine is broken", 1)), "no hi in machine");
        assert_ne!(by_bot(1), by_bot(2));
        assert_ne!(boost(usize::MAX), "");
    }
}
