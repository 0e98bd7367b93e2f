//! What is said: message number n always has the same text and the same client message id, so
//! that an audit needs to remember numbers only.

const WORDS: [&str; 40] = [
    "lunch", "deploy", "review", "today", "garden", "bridge", "coffee", "window", "server",
    "paper", "train", "orange", "quiet", "signal", "river", "planet", "button", "market", "cotton",
    "stone", "winter", "yellow", "copper", "doctor", "engine", "forest", "guitar", "harbor",
    "island", "jacket", "kitchen", "ladder", "mirror", "number", "office", "pencil", "rabbit",
    "school", "ticket", "valley",
];

/// A sentence of ten to seventeen words; the first is found in no other message.
pub fn text(number: u64) -> String {
    let mut text = format!("post{number}");
    let mut dice = scrambled(number);
    for _ in 0..9 + dice % 8 {
        dice = scrambled(dice);
        text.push(' ');
        text.push_str(WORDS[(dice % WORDS.len() as u64) as usize]);
    }
    text
}

/// A UUID as a browser would choose it.
pub fn client_message_id(number: u64) -> String {
    let (high, low) = (scrambled(number), scrambled(!number));
    uuid::Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
        .into_uuid()
        .to_string()
}

/// SplitMix64: neighbours become strangers.
fn scrambled(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
