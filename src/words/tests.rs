//! What holds for every catalogue.

use super::*;

#[test]
fn every_counted_text_has_the_forms_its_language_needs() {
    for (key, forms) in COUNTED {
        for (language, forms) in Language::ALL.into_iter().zip(forms) {
            let rules = rules_of(language).unwrap();
            // Forms that only fractions and millions take need not be there.
            let needed = (0..=1_000_u64).map(|n| rules.category_for(n));
            for category in needed {
                let name = format!("{category:?}").to_lowercase();
                assert!(forms.contains(&name.as_str()), "{key} in {language:?} has no {name}");
            }
        }
    }
}

#[test]
fn numbers_take_the_forms_of_their_language() {
    for (count, english, german) in [
        (0, "0 people", "0 Leute"),
        (1, "1 person", "1 Person"),
        (2, "2 people", "2 Leute"),
        (5, "5 people", "5 Leute"),
        (1_000_000, "1000000 people", "1000000 Leute"),
    ] {
        let said = |language| speaking(language, || people_counted(count as u64).to_string());
        assert_eq!(said(Language::English), english);
        assert_eq!(said(Language::German), german);
    }
}

#[test]
fn values_cannot_bring_tags_along() {
    let html = is_banned("<b>\"Bobby\" & 'co'</b>").to_string();
    assert_eq!(
        html,
        "<bdi>&#60;b&#62;&#34;Bobby&#34; &#38; &#39;co&#39;&#60;/b&#62;</bdi> is banned. What they \
         wrote is removed."
    );
}

#[test]
fn a_sentence_is_shown_in_the_language_of_whoever_reads_it() {
    let said = sentence(|| can_be_at_most(name(), 100));
    assert_eq!(said.to_string(), "Name can be at most 100 characters long.");
    let german = speaking(Language::German, || said.to_string());
    assert_eq!(german, "Name: höchstens 100 Zeichen.");
    assert_eq!(said.english(), "Name can be at most 100 characters long.");
    let plain = Sentence::for_programs("For programs.");
    assert_eq!(speaking(Language::German, || plain.to_string()), "For programs.");
}

#[test]
fn what_is_spoken_ends_with_the_one_it_is_spoken_to() {
    assert_eq!(spoken(), Language::English);
    speaking(Language::German, || {
        assert_eq!(spoken(), Language::German);
        switch(Language::English);
        assert_eq!(spoken(), Language::English);
        speaking(Language::German, || assert_eq!(spoken(), Language::German));
    });
    switch(Language::German);
    assert_eq!(spoken(), Language::English);
}
