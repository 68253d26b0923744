//! Signing up, in and out.

mod login;
mod logout;
mod refresh_token;
mod register;
