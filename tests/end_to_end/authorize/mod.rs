//! `/oauth2/authorize` and its pages.

mod consent;
mod forms;
mod limits;
mod openid;
mod request;
mod sign_in;
