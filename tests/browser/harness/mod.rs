//! The stage of a story: a server, the apps that send users to it, and a user's browser.

mod api;
mod apps;
mod browser;
mod chromedriver;
mod devices;
mod documents;
mod extension;
mod failure;
mod look;
mod mailbox;
mod screenshots;
mod stage;
mod tls;
mod upstream;

pub use api::PASSWORD;
pub use apps::LONG_NAME;
pub use browser::Browser;
pub use devices::Shown;
pub use documents::BUSY;
pub use look::{
    DARK_DESKTOP, DARK_NARROW, DARK_PANE, DARK_PHONE, LIGHT_DESKTOP, LIGHT_NARROW, LIGHT_PANE, LIGHT_PHONE, Look,
    SMALL_PHONE,
};
pub use stage::Stage;
pub use upstream::PROVIDER_NAME;
