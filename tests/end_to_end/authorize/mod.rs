//! `/oauth2/authorize` and its pages.

mod changed_app;
mod consent;
mod developers;
mod forms;
mod limits;
mod openid;
mod request;
mod resources;
mod sign_in;
