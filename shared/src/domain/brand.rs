//! The brand of the pages: the operator's name, logo and colour.

use std::collections::BTreeSet;
use std::fmt::Write;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

const STYLE: &str = include_str!("page.css");

/// The operator's brand.
#[derive(Clone, Debug)]
pub struct Brand {
    /// The service's name, as users see it.
    pub name: String,
    /// Where the logo is, if there is one.
    pub logo_url: Option<Url>,
    /// Other logos that pages show.
    pub logos: Vec<Url>,
    /// The colour of buttons, as a CSS value.
    pub accent: String,
    /// The colour of text on them.
    pub text_on_accent: &'static str,
    /// The stylesheet of every page.
    pub style: String,
    /// The Content Security Policy source that allows that stylesheet only: `'sha256-…'`.
    pub style_source: String,
}

/// A colour: red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// The colour of Driftwood itself.
    pub const DRIFTWOOD: Self = Self([0x1f, 0x6f, 0x78]);

    /// Parses `#rrggbb`.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).ok_or("must be a colour such as #1f6f78")?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }

    /// How bright it is, from 0 to 1 (WCAG 2.2, relative luminance).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Black or white: whichever is easier to read on it.
    fn text_on_it(self) -> &'static str {
        // Where the contrast with white, 1.05 / (l + 0.05), equals that with black, (l + 0.05) / 0.05.
        if self.luminance() > 0.179 { "#000" } else { "#fff" }
    }
}

impl Brand {
    /// A brand of this name, logo and colour.
    pub fn new(name: String, logo_url: Option<Url>, accent: Colour) -> Self {
        let [red, green, blue] = accent.0;
        let text_on_accent = accent.text_on_it();
        let accent = format!("#{red:02x}{green:02x}{blue:02x}");
        let mut style = String::new();
        // Writing to a string cannot fail.
        _ = write!(style, ":root{{--accent:{accent};--on-accent:{text_on_accent}}}\n{STYLE}");
        let style_source = style_source(&style);
        Self { name, logo_url, logos: Vec::new(), accent, text_on_accent, style, style_source }
    }

    /// The same brand with these other logos on its pages.
    #[must_use]
    pub fn with_logos(self, logos: Vec<Url>) -> Self {
        Self { logos, ..self }
    }

    /// Where images of the pages may come from, as a Content Security Policy says it: the logos of the operator and of
    /// providers, and those of apps that were reviewed, which are in the page itself.
    pub fn image_sources(&self) -> String {
        let origins: BTreeSet<String> =
            self.logo_url.iter().chain(&self.logos).map(|url| url.origin().ascii_serialization()).collect();
        origins.into_iter().chain(["data:".to_owned()]).collect::<Vec<_>>().join(" ")
    }
}

/// Returns the Content Security Policy source that allows a stylesheet.
pub fn style_source(style: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest::digest(&digest::SHA256, style.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_on_the_accent_is_readable() {
        for (colour, text) in [("#000000", "#fff"), ("#ffffff", "#000"), ("#1f6f78", "#fff"), ("#ffcc00", "#000")] {
            assert_eq!(Colour::parse(colour).unwrap().text_on_it(), text, "{colour}");
        }
        for bad in ["", "red", "#fff", "#12345g", "#1234567", "1f6f78"] {
            assert!(Colour::parse(bad).is_err(), "{bad}");
        }
    }
}
