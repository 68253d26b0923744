//! Signing up, in and out.

mod breached;
mod lockout;
mod login;
mod logout;
mod refresh_token;
mod register;
mod typed_names;
