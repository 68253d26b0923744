//! Where apps ask users, and users answer.

use serde_json::json;
use shared::domain::authorization::device::DeviceAuthorization;
use shared::domain::authorization::pushed::PushedRequest;
use shared::domain::oauth::error::OAuthCode;
use shared::paths::{
    AUTHORIZE, AUTHORIZE_CONTINUE, CONSENT, DEVICE, DEVICE_AUTHORIZATION, LOGOUT, PUSHED_AUTHORIZATION, REGISTER,
    SIGN_IN, UPSTREAM_CALLBACK, UPSTREAM_START,
};

use super::area::Area;
use super::oauth::{about_client, authorization_request};
use super::pages::{form_token, in_forms};
use crate::model::{
    Answer, Caller, Content, Dialect, Field, Operation, Schema, constant, field, get, integer, object, one_of,
    optional, post, text, uri,
};

pub(super) fn area() -> Area {
    Area {
        name: "Authorization",
        about: "Apps send users here to sign in and to let them in; the pages are for users.",
        operations: vec![
            begin(get(AUTHORIZE, "oauth-authorize", "Ask a user to let an app in", Dialect::Pages), false),
            begin(post(AUTHORIZE, "oauth-authorize-post", "Ask a user, by a form", Dialect::Pages), true),
            page(get(AUTHORIZE_CONTINUE, "oauth-authorize-continue", "Go on with an authorization", Dialect::Pages))
                .query([authorization()]),
            page(post(AUTHORIZE_CONTINUE, "oauth-authorize-continue-post", "Go on, by a form", Dialect::Pages))
                .query([authorization()]),
            page(get(SIGN_IN, "oauth-authorize-sign-in", "The sign-in page", Dialect::Pages))
                .about("Where the operator says so, it takes the browser straight to another provider.")
                .query([
                    authorization(),
                    link(),
                    optional("with", one_of(["password"])).about("Asks for a password wherever users usually sign in"),
                ])
                .refuses_with([502]),
            page(post(SIGN_IN, "oauth-authorize-sign-in-post", "Sign in on the page", Dialect::Pages))
                .takes_form(in_forms([
                    optional("email", text()),
                    optional("password", text()),
                    optional("go_on", text()).about("Goes on as whoever is signed in"),
                    link(),
                    authorization(),
                ]))
                .refuses_with([401, 429]),
            page(get(REGISTER, "oauth-authorize-register", "The page to register on", Dialect::Pages))
                .query([authorization()]),
            page(post(REGISTER, "oauth-authorize-register-post", "Register on the page", Dialect::Pages))
                .takes_form(in_forms([
                    optional("name", text()),
                    optional("email", text()),
                    optional("password", text()),
                    authorization(),
                ]))
                .refuses_with([409, 429]),
            page(post(UPSTREAM_START, "oauth-authorize-upstream-post", "Leave for another provider", Dialect::Pages))
                .about("Takes the browser to the provider that the operator names, to sign in there.")
                .takes_form(in_forms([authorization()]))
                .refuses_with([404, 502]),
            page(get(UPSTREAM_CALLBACK, "oauth-callback", "Come back from another provider", Dialect::Pages))
                .also_at("/api/v1/auth/callback", "oauth-callback-v1")
                .about("Where the provider sends the browser back to (OpenID Connect Core §3.1.2.5). What does not answer an attempt that began in this browser does nothing.")
                .query([
                    optional("state", text()).about("Of the attempt"),
                    optional("code", text()).about("Is exchanged for who somebody is"),
                    optional("error", text()).about("ApprovalKind nobody signed in"),
                    optional("iss", uri()).about("Who answers (RFC 9207)"),
                ])
                .refuses_with([403, 404, 429, 502]),
            page(get(CONSENT, "oauth-authorize-consent", "The page to let an app in", Dialect::Pages))
                .query([authorization()]),
            page(post(CONSENT, "oauth-authorize-consent-post", "Let an app in, or do not", Dialect::Pages))
                .takes_form(in_forms([optional("decision", one_of(["allow", "deny"])), authorization()])),
            push(),
            device(),
            page(get(DEVICE, "oauth-device-page", "The page to type a device's code on", Dialect::Pages))
                .query([optional("user_code", text())]),
            page(post(DEVICE, "oauth-device-page-post", "Type a device's code", Dialect::Pages))
                .takes_form(in_forms([optional("user_code", text())]))
                .refuses_with([429]),
            page(get(LOGOUT, "oauth-logout", "Sign a user out", Dialect::Pages))
                .about("OpenID Connect RP-Initiated Logout: at once with an ID token of this very sign-in, otherwise when the user agrees.")
                .query(sign_out()),
            page(post(LOGOUT, "oauth-logout-post", "Sign a user out, by a form", Dialect::Pages))
                .takes_form(object(sign_out()).and([form_token()])),
        ],
    }
}

fn authorization() -> Field {
    optional("authorization", text()).about("Which authorization it is about; our own pages say so to each other")
}

fn link() -> Field {
    optional("link", text()).about("What waits for somebody to prove that an account is theirs")
}

fn page(operation: Operation) -> Operation {
    operation.by(Caller::Browser).shows("The page.").leads("The browser goes on: to the next page, or back to the app.")
}

fn begin(operation: Operation, is_form: bool) -> Operation {
    let pushed = optional("request_uri", text()).about("What a pushed request was answered with (RFC 9126)");
    let operation = operation
        .also_at("/authorize", if is_form { "oauth-authorize-short-post" } else { "oauth-authorize-short" })
        .also_at("/api/v1/auth/authorize", if is_form { "oauth-authorize-v1-post" } else { "oauth-authorize-v1" })
        .about("The authorization endpoint (RFC 6749 §3.1). The user signs in and agrees on our pages, and the browser returns to redirect_uri with code, state and iss, or with error. An unknown client or a wrong redirect_uri ends on a page.")
        .refuses_with([429]);
    let operation = page(operation);
    if is_form {
        operation.takes_form(object(authorization_request()).and([pushed]))
    } else {
        operation.query(authorization_request().into_iter().chain([pushed]))
    }
}

fn push() -> Operation {
    let pushed: Schema = object([
        field("request_uri", text()).about("Stands for the request, once"),
        field("expires_in", constant(PushedRequest::LIFETIME.as_secs())),
    ]);
    post(PUSHED_AUTHORIZATION, "oauth-par", "Push an authorization request", Dialect::OAuth)
        .about("An app says what it will ask a user for, before it sends them here (RFC 9126).")
        .by(Caller::Client)
        .takes_form(object(authorization_request()).and(about_client().into_iter().skip(1)))
        .example(json!({"response_type": "code", "redirect_uri": "https://app.example/callback", "scope": "openid"}))
        .answers(Answer::new(201, "The name of the request.", Content::Json(pushed)))
        .refuses([
            OAuthCode::UnauthorizedClient,
            OAuthCode::UnsupportedResponseType,
            OAuthCode::InvalidScope,
            OAuthCode::InvalidTarget,
            OAuthCode::RequestNotSupported,
            OAuthCode::RequestUriNotSupported,
            OAuthCode::TooManyRequests,
        ])
}

fn device() -> Operation {
    let codes = object([
        field("device_code", text()).about("For the token endpoint"),
        field("user_code", text()).about("For the user to type"),
        field("verification_uri", uri()).about("Where to type it"),
        field("verification_uri_complete", uri()),
        field("expires_in", constant(DeviceAuthorization::LIFETIME.as_secs())),
        field("interval", integer().with("minimum", DeviceAuthorization::INTERVAL))
            .about("The seconds to wait between two questions"),
    ]);
    let resource = optional("resource", text()).about("The API that the tokens are for (RFC 8707)");
    post(DEVICE_AUTHORIZATION, "oauth-device", "Ask a user on another device", Dialect::OAuth)
        .about("An app on a device without a browser asks, and its user types the code at /device (RFC 8628 §3.1).")
        .by(Caller::Client)
        .takes_form(object([optional("scope", text()), resource]).and(about_client()))
        .example(json!({"scope": "openid"}))
        .gives_json(codes, "The codes.")
        .refuses([
            OAuthCode::UnauthorizedClient,
            OAuthCode::InvalidScope,
            OAuthCode::InvalidTarget,
            OAuthCode::TooManyRequests,
        ])
}

fn sign_out() -> [Field; 4] {
    [
        optional("id_token_hint", text()).about("An ID token of the sign-in that is to end"),
        optional("client_id", text()),
        optional("post_logout_redirect_uri", text())
            .about("Where the browser returns to: one that the client registered"),
        optional("state", text()).about("Comes back in the address"),
    ]
}
