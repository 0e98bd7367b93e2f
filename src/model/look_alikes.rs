//! Names that look alike, so that nobody passes for an administrator.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What is left of a name when everything is taken away that eyes pass over: case, accents, spaces
/// and punctuation, and which alphabet a letter is from. Names with the same one look alike.
pub fn skeleton(name: &str) -> String {
    let plain = name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    let letters: String = plain.map(latin).filter(|c| c.is_alphanumeric()).collect();
    // `rn` is read as `m`, `vv` as `w`.
    letters.replace("rn", "m").replace("vv", "w")
}

/// The Latin letter that a letter or digit is taken for.
fn latin(c: char) -> char {
    match c {
        'а' | 'α' | '@' => 'a',
        'в' | 'β' | 'ß' => 'b',
        'с' | 'ϲ' | '¢' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' | 'є' | '3' | '€' => 'e',
        'ɡ' => 'g',
        'н' | 'һ' => 'h',
        'і' | 'ι' | 'ı' | 'l' | '1' | '|' | '!' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'ո' | 'η' => 'n',
        'о' | 'ο' | 'օ' | 'ø' | '0' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' | '5' | '$' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ү' => 'y',
        'ᴢ' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_alike() {
        for (one, other) in [
            ("Ada", "ada"),
            ("Ada", "Аdа"),
            ("Ada", "A d a"),
            ("Ada", "ÁDA"),
            ("Ada", "Ａｄａ"),
            ("Bill Moore", "BiII M00re"),
            ("Bill Moore", "Bill.Moore"),
            ("Emma", "Ernrna"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [("Ada", "Ida"), ("Ada L", "Ada"), ("田中", "田口"), ("Мария", "Мари")]
        {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }
}
