//! The authorization endpoint and its pages.

use serde_json::json;
use shared::domain::authorization::device::DeviceAuthorization;
use shared::domain::authorization::pushed::PushedRequest;
use shared::domain::oauth::error::OAuthCode;
use shared::paths::{
    AUTHORIZE, AUTHORIZE_AGAIN, AUTHORIZE_CONTINUE, CONSENT, DEVICE, DEVICE_AUTHORIZATION, LOGOUT,
    PUSHED_AUTHORIZATION, REGISTER, SIGN_IN, UPSTREAM_CALLBACK, UPSTREAM_START,
};

use super::area::Area;
use super::oauth::{about_client, authorization_request};
use super::pages::{form_token, in_forms};
use crate::model::{
    Answer, Caller, Content, Dialect, Field, Operation, Schema, constant, field, get, integer, object, one_of,
    optional, post, string, uri,
};

pub(super) fn area() -> Area {
    Area {
        name: "Authorization",
        about: "Apps send users here to sign in and to consent. The pages are for users.",
        operations: vec![
            begin(get(AUTHORIZE, "oauth-authorize", "Request authorization", Dialect::Pages), false),
            begin(post(AUTHORIZE, "oauth-authorize-post", "Request authorization with a form", Dialect::Pages), true),
            page(get(AUTHORIZE_CONTINUE, "oauth-authorize-continue", "Continue an authorization", Dialect::Pages))
                .query([authorization()]),
            page(post(AUTHORIZE_CONTINUE, "oauth-authorize-continue-post", "Continue an authorization with a form", Dialect::Pages))
                .query([authorization()]),
            page(get(AUTHORIZE_AGAIN, "oauth-authorize-again", "Start an authorization again that has expired", Dialect::Pages))
                .query([authorization()])
                .refuses_with([429]),
            page(get(SIGN_IN, "oauth-authorize-sign-in", "The sign-in page", Dialect::Pages))
                .about("If another provider is the only way to sign in, the page redirects the browser there.")
                .query([
                    authorization(),
                    link(),
                    optional("with", one_of(["password"])).about("Shows the password form where another provider is the only way to sign in"),
                ])
                .refuses_with([429, 502]),
            page(post(SIGN_IN, "oauth-authorize-sign-in-post", "Sign in on the page", Dialect::Pages))
                .takes_form(in_forms([
                    optional("email", string()),
                    optional("password", string()),
                    optional("go_on", string()).about("Continues as the signed-in user"),
                    link(),
                    authorization(),
                ]))
                .refuses_with([401, 429]),
            page(get(REGISTER, "oauth-authorize-register", "The registration page", Dialect::Pages))
                .query([authorization()]),
            page(post(REGISTER, "oauth-authorize-register-post", "Register on the page", Dialect::Pages))
                .takes_form(in_forms([
                    optional("name", string()),
                    optional("email", string()),
                    optional("password", string()),
                    authorization(),
                ]))
                .refuses_with([409, 429]),
            page(post(UPSTREAM_START, "oauth-authorize-upstream-post", "Sign in with another provider", Dialect::Pages))
                .about("Redirects the browser to a configured provider.")
                .takes_form(in_forms([
                    authorization(),
                    optional("provider", string()).about("The provider's issuer, set by our own pages; the first provider without it"),
                ]))
                .refuses_with([404, 429, 502]),
            page(get(UPSTREAM_CALLBACK, "oauth-callback", "Return from another provider", Dialect::Pages))
                .also_at("/api/v1/auth/callback", "oauth-callback-v1")
                .about("The redirect URI for the provider (OpenID Connect Core §3.1.2.5). A response without an attempt in this browser is refused.")
                .query(provider_response().into_iter().chain([
                    optional("name", string()).about("The name that came with a form of the provider"),
                ]))
                .refuses_with([403, 404, 429, 502]),
            page(post(UPSTREAM_CALLBACK, "oauth-callback-post", "Return from another provider with a form", Dialect::Pages))
                .also_at("/api/v1/auth/callback", "oauth-callback-v1-post")
                .about("The same where the provider uses response_mode=form_post: redirects to the same response as a query.")
                .takes_form(object(provider_response()).and([
                    optional("user", string()).about("The name that the user gave there, as JSON of Apple"),
                ]))
                .refuses_with([404]),
            page(get(CONSENT, "oauth-authorize-consent", "The consent page", Dialect::Pages))
                .query([authorization()]),
            page(post(CONSENT, "oauth-authorize-consent-post", "Allow or deny access", Dialect::Pages))
                .about("A scope that the user may leave out is granted if the form has a field `scope:NAME`.")
                .takes_form(in_forms([
                    optional("decision", one_of(["allow", "deny"])),
                    authorization(),
                    optional("seen", string()).about("What the page showed, set by our own pages"),
                ])),
            push(),
            device(),
            page(get(DEVICE, "oauth-device-page", "The page for a device's code", Dialect::Pages))
                .query([optional("user_code", string())]),
            page(post(DEVICE, "oauth-device-page-post", "Submit a device's code", Dialect::Pages))
                .takes_form(in_forms([optional("user_code", string())]))
                .refuses_with([429]),
            page(get(LOGOUT, "oauth-logout", "Sign a user out", Dialect::Pages))
                .about("OpenID Connect RP-Initiated Logout: at once with an ID token of this session, otherwise when the user confirms.")
                .query(sign_out()),
            page(post(LOGOUT, "oauth-logout-post", "Sign a user out with a form", Dialect::Pages))
                .takes_form(object(sign_out()).and([form_token()])),
        ],
    }
}

fn authorization() -> Field {
    optional("authorization", string()).about("The id of the pending authorization, set by our own pages")
}

fn link() -> Field {
    optional("link", string())
        .about("The id of an identity that is linked when the user signs in, set by our own pages")
}

fn page(operation: Operation) -> Operation {
    operation
        .by(Caller::Browser)
        .shows("The page.")
        .leads("The browser is redirected to the next page, or back to the app.")
}

fn begin(operation: Operation, is_form: bool) -> Operation {
    let pushed = optional("request_uri", string()).about("The request_uri of a pushed request (RFC 9126)");
    let operation = operation
        .also_at("/authorize", if is_form { "oauth-authorize-short-post" } else { "oauth-authorize-short" })
        .also_at("/api/v1/auth/authorize", if is_form { "oauth-authorize-v1-post" } else { "oauth-authorize-v1" })
        .about("The authorization endpoint (RFC 6749 §3.1). The user signs in and consents on our pages, and the browser returns to redirect_uri with code, state and iss, or with error. For an unknown client or an unregistered redirect_uri, a page shows the error.")
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
        field("request_uri", string()).about("Represents the request, once"),
        field("expires_in", constant(PushedRequest::LIFETIME.as_secs())),
    ]);
    post(PUSHED_AUTHORIZATION, "oauth-par", "Push an authorization request", Dialect::OAuth)
        .about("An app pushes its authorization request before it sends the user here (RFC 9126).")
        .by(Caller::Client)
        .takes_form(object(authorization_request()).and(about_client().into_iter().skip(1)))
        .example(json!({"response_type": "code", "redirect_uri": "https://app.example/callback", "scope": "openid"}))
        .answers(Answer::new(201, "The request_uri of the request.", Content::Json(pushed)))
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
        field("device_code", string()).about("The code for the token endpoint"),
        field("user_code", string()).about("The code that the user types"),
        field("verification_uri", uri()).about("The page on which the user types the code"),
        field("verification_uri_complete", uri()),
        field("expires_in", constant(DeviceAuthorization::LIFETIME.as_secs())),
        field("interval", integer().with("minimum", DeviceAuthorization::INTERVAL))
            .about("The minimum number of seconds between two polls"),
    ]);
    let resource = optional("resource", string()).about("The API for which the tokens are (RFC 8707)");
    post(DEVICE_AUTHORIZATION, "oauth-device", "Request authorization on another device", Dialect::OAuth)
        .about("An app on a device without a browser requests access, and its user types the code at /device (RFC 8628 §3.1).")
        .by(Caller::Client)
        .takes_form(object([optional("scope", string()), resource]).and(about_client()))
        .example(json!({"scope": "openid"}))
        .gives_json(codes, "The codes.")
        .refuses([
            OAuthCode::UnauthorizedClient,
            OAuthCode::InvalidScope,
            OAuthCode::InvalidTarget,
            OAuthCode::TooManyRequests,
        ])
}

fn provider_response() -> [Field; 4] {
    [
        optional("state", string()).about("The state of the attempt"),
        optional("code", string()).about("The provider's code, which is exchanged for the user's identity"),
        optional("error", string()).about("The provider's error code, if no user signed in"),
        optional("iss", string()).about("The issuer of the response (RFC 9207)"),
    ]
}

fn sign_out() -> [Field; 4] {
    [
        optional("id_token_hint", string()).about("An ID token of the session to end"),
        optional("client_id", string()),
        optional("post_logout_redirect_uri", string())
            .about("The return address; it must be registered for the client"),
        optional("state", string()).about("Returned unchanged in the return address"),
    ]
}
