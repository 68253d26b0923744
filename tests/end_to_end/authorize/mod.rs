//! `/oauth2/authorize` and its pages.

mod arrival;
mod changed_app;
mod choice;
mod consent;
mod developers;
mod forms;
mod limits;
mod openid;
mod request;
mod resources;
mod sign_in;
mod standing;
