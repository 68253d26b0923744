//! The screens on which users see the pages.

/// A screen and its colour scheme.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The prefix of its screenshots.
    pub name: &'static str,
    /// `light` or `dark`.
    pub scheme: &'static str,
    pub width: u32,
    pub height: u32,
    pub is_phone: bool,
}

pub const LIGHT_DESKTOP: Look =
    Look { name: "light-desktop", scheme: "light", width: 1280, height: 900, is_phone: false };
pub const DARK_DESKTOP: Look = Look { name: "dark-desktop", scheme: "dark", ..LIGHT_DESKTOP };
pub const LIGHT_PHONE: Look = Look { name: "light-phone", width: 390, height: 844, is_phone: true, ..LIGHT_DESKTOP };
/// The narrowest screen that pages have to fit (WCAG 2.2, 1.4.10).
pub const SMALL_PHONE: Look = Look { name: "small-phone", width: 320, height: 568, ..LIGHT_PHONE };
/// The narrowest phone that is sold, with a mail.
pub const LIGHT_NARROW: Look = Look { name: "light-narrow", width: 360, height: 740, ..LIGHT_PHONE };
pub const DARK_NARROW: Look = Look { name: "dark-narrow", scheme: "dark", ..LIGHT_NARROW };
/// A mail program on a desktop, beside its list of mails.
pub const LIGHT_PANE: Look = Look { name: "light-pane", width: 800, height: 740, ..LIGHT_DESKTOP };
pub const DARK_PANE: Look = Look { name: "dark-pane", scheme: "dark", ..LIGHT_PANE };
pub const DARK_PHONE: Look = Look { name: "dark-phone", scheme: "dark", ..LIGHT_PHONE };
