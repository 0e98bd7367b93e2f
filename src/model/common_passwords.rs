//! Passwords that everybody tries first: they are refused when somebody chooses one.
//!
//! Judged by what they are made of, so that no long list of other people's passwords is needed:
//! digits alone, a few signs again and again, a walk over the keyboard, or one word or name of a
//! short list, also with letters written as digits, with a digit or `123` after it, or twice.

const WORDS: &str = include_str!("common_passwords.txt");
const ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
/// Longer ones are not tried first, whatever they are made of.
const LONGEST: usize = 16;
/// Digits alone up to here are dates, numbers of telephones and counting.
const DIGITS: usize = 11;

/// Whether a password is among those that are tried first. Linear in its length.
pub fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    let length = password.chars().count();
    if length > LONGEST {
        return false;
    }
    let is_number = length <= DIGITS && password.bytes().all(|byte| byte.is_ascii_digit());
    is_number || is_repeated(&password) || is_a_walk(&password) || is_a_word(&password)
}

/// `aaaaaaaa`, `abababab`, `abcabcabc`.
fn is_repeated(password: &str) -> bool {
    let signs: Vec<char> = password.chars().collect();
    (1..=3).any(|unit| signs.iter().skip(unit).eq(&signs[..signs.len().saturating_sub(unit)]))
}

/// `qwertyui`, `1qaz2wsx`: neighbours on the keyboard, but for one jump.
fn is_a_walk(password: &str) -> bool {
    let next = password.chars().skip(1);
    password.chars().zip(next).filter(|(one, other)| !are_neighbours(*one, *other)).count() <= 1
}

fn are_neighbours(one: char, other: char) -> bool {
    match (key(one), key(other)) {
        (Some(one), Some(other)) => one.0.abs_diff(other.0) <= 1 && one.1.abs_diff(other.1) <= 1,
        _ => false,
    }
}

/// Row and column of a key.
fn key(sign: char) -> Option<(usize, usize)> {
    ROWS.iter().enumerate().find_map(|(row, keys)| Some((row, keys.find(sign)?)))
}

fn is_a_word(password: &str) -> bool {
    let is_listed = |word: &str| WORDS.split_ascii_whitespace().any(|listed| listed == word);
    let bare = password.strip_suffix("123").unwrap_or(password);
    let bare = bare.strip_suffix(|sign: char| sign.is_ascii_digit() || sign == '!').unwrap_or(bare);
    [password, bare].iter().any(|word| {
        let spelled: String = word.chars().map(letter_for).collect();
        let half = word.get(..word.len() / 2).filter(|half| word.strip_prefix(half) == Some(half));
        is_listed(word) || is_listed(&spelled) || half.is_some_and(is_listed)
    })
}

/// The letter that a sign stands for.
fn letter_for(sign: char) -> char {
    match sign {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_known() {
        for tried in [
            "password",
            "Password1",
            "PASSWORD123",
            "p4ssw0rd",
            "P@$$w0rd!",
            "12345678",
            "1234567890",
            "19841231",
            "aaaaaaaa",
            "abcabcabc",
            "qwertyuiop",
            "1qaz2wsx",
            "zxcvbnm123",
            "asdfasdf",
            "sunshine",
            "liverpool1",
            "trustno1",
            "iloveyou",
            "dragondragon",
            "letmein1",
            "superman",
        ] {
            assert!(is_common(tried), "{tried}");
        }
    }

    #[test]
    fn what_somebody_thought_of_is_not() {
        for chosen in [
            "seven campfires at dusk",
            "correct horse",
            "blue-piano-river",
            "kaffeekanne7",
            "xkQ8vv2m",
            "secret123456",
            "a made-up password",
            "password of my own",
            "12345678901234567",
            "ééééééàà",
            "Tr0ub4dor&3",
            "мойпароль",
            "",
            "x",
        ] {
            let is_short = chosen.chars().count() < 8;
            assert!(is_short || !is_common(chosen), "{chosen}");
        }
    }
}
