//! Characters that are not seen: two texts that look alike may differ by them, and one may hide another text.

use icu_properties::props::{
    BinaryProperty, DefaultIgnorableCodePoint, Emoji, Ideographic, IndicSyllabicCategory, JoiningType,
    VariationSelector,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The mistake, as the end of a sentence about the field.
pub const MISTAKE: &str = "must not contain invisible characters; type it instead of pasting it";

/// The tags of the flags of England, Scotland and Wales: the only ones that Unicode recommends for interchange (UTS #51
/// §1.4.9). Other tags can carry any text unseen.
const FLAGS: [&str; 3] = [
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];

/// Returns whether a character has no glyph of its own: a control character, one that Unicode lets fonts ignore
/// (zero-width spaces, joiners, bidirectional controls, fillers, tags), a separator of lines, or the blank of Braille.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || has::<DefaultIgnorableCodePoint>(c)
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2800}' | '\u{fff9}'..='\u{fffb}')
}

/// Returns whether a character only joins or separates its neighbours (ZWNJ, ZWJ and Mongolian's vowel separator).
pub fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{180e}')
}

/// Returns whether a text has an invisible character where the writing of its neighbours does not need it.
///
/// Allowed is one joiner or one variation selector after a letter of a joining script (Arabic, Syriac, Mongolian …), of
/// an Indic script, or an emoji, and one variation selector after an ideograph. Names are spelt with these; without
/// them Persian, Bengali and Japanese names and families of emoji would be others. After all others they show nothing.
pub fn is_hidden_in(text: &str) -> bool {
    let text = FLAGS.iter().fold(text.to_owned(), |text, flag| text.replace(flag, "🏴"));
    let (mut base, mut before) = (None, None);
    for c in text.chars() {
        if is_invisible(c) {
            let is_needed = match base {
                Some(base) if is_joiner(c) => !before.is_some_and(is_joiner) && is_joined(base),
                Some(base) if has::<VariationSelector>(c) => !before.is_some_and(is_invisible) && is_varied(base),
                _ => false,
            };
            if !is_needed {
                return true;
            }
        } else if !is_transparent(c) {
            base = Some(c);
        }
        before = Some(c);
    }
    false
}

/// Whether joiners change how a character is written.
fn is_joined(c: char) -> bool {
    let is_cursive = matches!(
        joining_type(c),
        JoiningType::DualJoining | JoiningType::LeftJoining | JoiningType::RightJoining | JoiningType::JoinCausing
    );
    // Digits, hyphens and the like are of all scripts.
    let is_indic = !matches!(
        CodePointMapData::<IndicSyllabicCategory>::new().get(c),
        IndicSyllabicCategory::Other
            | IndicSyllabicCategory::Number
            | IndicSyllabicCategory::NumberJoiner
            | IndicSyllabicCategory::ConsonantPlaceholder
            | IndicSyllabicCategory::SyllableModifier
    );
    is_cursive || is_indic || (has::<Emoji>(c) && !c.is_ascii())
}

/// Whether variation selectors change how a character is written; digits have them in keycaps.
fn is_varied(c: char) -> bool {
    is_joined(c) || has::<Emoji>(c) || has::<Ideographic>(c)
}

/// Whether a character is a mark upon the one before.
fn is_transparent(c: char) -> bool {
    joining_type(c) == JoiningType::Transparent
}

fn joining_type(c: char) -> JoiningType {
    CodePointMapData::<JoiningType>::new().get(c)
}

fn has<P: BinaryProperty>(c: char) -> bool {
    CodePointSetData::new::<P>().contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zero_width_and_other_invisible_characters_are_seen() {
        for c in [
            '\0',
            '\n',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2028}',
            '\u{2060}',
            '\u{2064}',
            '\u{2067}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fffb}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            assert!(is_invisible(c), "{c:?}");
            assert!(is_hidden_in(&format!("Ada{c}Lovelace")), "{c:?} between letters");
            assert!(is_hidden_in(&c.to_string()), "{c:?} alone");
        }
        for c in ['a', ' ', 'ё', 'ß', '中', 'ا', '\u{301}', '🦫', '\u{a0}', '\u{3000}', '\u{600}'] {
            assert!(!is_invisible(c), "{c:?}");
        }
    }

    #[test]
    fn names_that_are_spelt_with_joiners_and_selectors_are_names() {
        for name in [
            "مهسا علی\u{200c}زاده",
            "نِ\u{200c}ما",
            "শ\u{9cd}র\u{200d}\u{9cd}য",
            "മോഹന\u{d4d}\u{200d}",
            "ක\u{dca}\u{200d}රිස්",
            "क\u{94d}\u{200c}ष",
            "渡邊\u{e0100}",
            "ᠮᠣᠩᠭᠣᠯ\u{180b}",
            "Ada ❤\u{fe0f}",
            "Family 👩\u{200d}👩\u{200d}👧",
            "👩🏽\u{200d}🚀",
            "🏳\u{fe0f}\u{200d}🌈",
            "Room 1\u{fe0f}\u{20e3}",
            "Rhys 🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
        ] {
            assert!(!is_hidden_in(name), "{name:?}");
        }
    }

    #[test]
    fn joiners_and_selectors_that_show_nothing_are_refused() {
        for name in [
            "Ad\u{200d}a",
            "1\u{200d}",
            "-\u{200c}x",
            "Ada\u{fe0f}",
            "é\u{200c}",
            "علی\u{200c}\u{200c}زاده",
            "👩\u{200d}\u{200d}👩",
            "❤\u{fe0f}\u{fe0f}",
            "🦫\u{e0100}\u{e0101}",
            "\u{200d}علی",
            "🏴\u{e0068}\u{e0069}\u{e007f}",
            "中\u{200d}",
        ] {
            assert!(is_hidden_in(name), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_without_invisible_characters_hides_nothing(text in "\\PC{0,40}") {
            let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
            prop_assert!(!is_hidden_in(&visible));
        }
    }
}
