//! What each code of an OAuth error means, and what a developer does about it. `docs/errors.md` has the same.

use std::collections::BTreeMap;

use shared::domain::oauth::error::OAuthCode;

/// An explanation. Text between backticks is code.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// What the code says.
    pub meaning: &'static str,
    /// Each cause, with what to do about it.
    pub causes: &'static [(&'static str, &'static str)],
}

/// Every code on the wire with its explanation, in alphabetical order.
pub fn explanations() -> BTreeMap<&'static str, Explanation> {
    OAuthCode::ALL.into_iter().map(|code| (code.as_str(), explanation(code))).collect()
}

const INVALID_REQUEST: Explanation = Explanation {
    meaning: "The request itself is wrong. The same request gets the same answer.",
    causes: &[
        ("A parameter is missing, duplicated or no string.", "Send what `error_description` names, once."),
        ("Parameters are in the query.", "Send them in the body, as `application/x-www-form-urlencoded`."),
        (
            "`redirect_uri` is not registered, at `/oauth2/par` or on a page.",
            "Register it, or send a registered one: they are compared letter by letter, a trailing slash included. Signed in to the account that owns the app, you see on the page what differs.",
        ),
        (
            "`code_challenge` is missing, or its method is not `S256`.",
            "Public clients use PKCE; let your library do it.",
        ),
        ("`audience` names an API.", "Name it in `resource` (RFC 8707)."),
        ("The client authenticates in two ways at once.", "Send the secret in the header or in the body."),
        ("The status is 404, 405, 413 or 415.", "Check the path, the method, the size (64 KiB) and the content type."),
    ],
};

const ACCESS_DENIED: Explanation = Explanation {
    meaning: "The user said no, or the caller may not do this.",
    causes: &[
        ("The user denied consent, or denied the device.", "Tell the user, and offer to try again."),
        (
            "A client is registered with another token than that of a user.",
            "Use the token of a user who signed in a moment ago.",
        ),
        ("The account has as many apps as it may have.", "Delete one."),
        (
            "`/oauth2/userinfo` got a token of `client_credentials`.",
            "Use the token of a user: an app that acts for itself has none.",
        ),
    ],
};

const TEMPORARILY_UNAVAILABLE: Explanation = Explanation {
    meaning: "Not now. Nothing is wrong with the request.",
    causes: &[
        ("The status is 429: there were too many attempts.", "Wait as long as `Retry-After` says."),
        (
            "The status is 503: a service that this one depends on does not answer.",
            "Repeat the request after `Retry-After`, with backoff.",
        ),
        ("The server of the client's document or keys does not answer.", "Check that server, and repeat the request."),
    ],
};

/// What a code means.
fn explanation(code: OAuthCode) -> Explanation {
    match code {
        OAuthCode::InvalidRequest
        | OAuthCode::MethodNotAllowed
        | OAuthCode::UnsupportedMediaType
        | OAuthCode::PayloadTooLarge
        | OAuthCode::NotFound => INVALID_REQUEST,
        OAuthCode::AccessDenied | OAuthCode::AccessForbidden => ACCESS_DENIED,
        OAuthCode::TooManyRequests | OAuthCode::TemporarilyUnavailable => TEMPORARILY_UNAVAILABLE,
        OAuthCode::InvalidClient => Explanation {
            meaning: "The client is unknown, or did not prove who it is. The answer does not say which.",
            causes: &[
                (
                    "`client_id` is of another deployment, or the app was deleted.",
                    "Compare it with the list of your apps; create the app again.",
                ),
                ("The app is disabled, or its creator is.", "Enable it."),
                ("The secret is wrong, or was rotated.", "Set the current one; rotate it if it is lost."),
                (
                    "The method is another than the registered one.",
                    "Send a secret, an assertion or neither, as `token_endpoint_auth_method` says.",
                ),
                (
                    "The `Authorization` header is not valid HTTP Basic.",
                    "Send `Basic` and the base64 of `client_id:client_secret`, each form-encoded (RFC 6749 §2.3.1).",
                ),
                (
                    "A client assertion is expired, used, or for another audience.",
                    "Sign a new one for each request, with the issuer as `aud`.",
                ),
                ("The client's metadata document cannot be used.", "Fix what `error_description` names."),
            ],
        },
        OAuthCode::InvalidGrant => Explanation {
            meaning: "The code, device code or refresh token does not work, or not like this.",
            causes: &[
                (
                    "The code is older than 60 seconds, or was used.",
                    "Start the authorization again. A second use also revokes the tokens of the first.",
                ),
                ("The code or token is of another client.", "Use the client that asked for it."),
                (
                    "`redirect_uri` is not the one of the authorization request, or is missing without PKCE.",
                    "Repeat it, letter by letter (RFC 6749 §4.1.3).",
                ),
                (
                    "`code_verifier` does not match, is missing, or is there without a `code_challenge`.",
                    "Keep the verifier with the `state` of the same request.",
                ),
                (
                    "The refresh token is expired, revoked, or was replaced by a newer one.",
                    "Store the new refresh token of each answer; otherwise let the user sign in again.",
                ),
                ("The user disconnected the app, signed out or is disabled.", "Let the user sign in again."),
            ],
        },
        OAuthCode::UnauthorizedClient => Explanation {
            meaning: "The client may not use this grant type.",
            causes: &[
                (
                    "The app is not registered for it; `error_description` lists those that it has.",
                    "Add it to the app's `grant_types`. Apps with redirect URIs get `client_credentials` only if it is named.",
                ),
                ("A client without an account asks for `client_credentials`.", "Create an app of an account."),
                ("The e-mail address of the app's owner is not verified.", "Verify it."),
            ],
        },
        OAuthCode::UnsupportedResponseType => Explanation {
            meaning: "`response_type` is not `code`.",
            causes: &[("The implicit or a hybrid flow was requested.", "Use `response_type=code` with PKCE.")],
        },
        OAuthCode::LoginRequired => Explanation {
            meaning: "With `prompt=none` no page is shown, and the user has to sign in.",
            causes: &[
                ("No user is signed in, or `max_age` is over.", "Repeat the request without `prompt=none`."),
                (
                    "Another user is signed in than `id_token_hint` names.",
                    "Repeat it without `prompt=none` or the hint.",
                ),
            ],
        },
        OAuthCode::ConsentRequired => Explanation {
            meaning: "With `prompt=none` no page is shown, and the user has to consent.",
            causes: &[
                (
                    "The user has not allowed these scopes at this API, or the app was changed since.",
                    "Repeat the request without `prompt=none`.",
                ),
                (
                    "Consent to this client or redirect URI is not remembered.",
                    "Repeat the request without `prompt=none`.",
                ),
            ],
        },
        OAuthCode::InteractionRequired => Explanation {
            meaning: "With `prompt=none` no page is shown, and the user has to do something first.",
            causes: &[("The user has to verify their e-mail address.", "Repeat the request without `prompt=none`.")],
        },
        OAuthCode::RequestNotSupported => Explanation {
            meaning: "Request objects are not supported.",
            causes: &[(
                "The request has the parameter `request`.",
                "Send plain parameters, or push them to `/oauth2/par`.",
            )],
        },
        OAuthCode::RequestUriNotSupported => Explanation {
            meaning: "Request objects by reference are not supported.",
            causes: &[(
                "`request_uri` is no pushed request.",
                "Push the request to `/oauth2/par`, and send the `request_uri` that it returns.",
            )],
        },
        OAuthCode::InvalidToken => Explanation {
            meaning: "The access token does not work here.",
            causes: &[
                ("It is missing or malformed.", "Send `Authorization: Bearer` and the token."),
                (
                    "It is expired or revoked; or its session, user, app or consent has ended.",
                    "Refresh, or let the user sign in again.",
                ),
                ("It is for another API.", "Request a token without `resource`, or for this API."),
            ],
        },
        OAuthCode::InsufficientScope => Explanation {
            meaning: "The access token lacks a scope.",
            causes: &[(
                "The scope that `WWW-Authenticate` names was not granted.",
                "Request it of the user; at `/oauth2/userinfo` that is `openid`.",
            )],
        },
        OAuthCode::UnsupportedGrantType => Explanation {
            meaning: "There is no such grant type.",
            causes: &[(
                "`grant_type` is none of those that `error_description` lists.",
                "Use one of them. There is no `password` grant: send the user to the sign-in page.",
            )],
        },
        OAuthCode::AuthorizationPending => Explanation {
            meaning: "The user has not decided on the device yet. This is no failure.",
            causes: &[("The user has not typed the code, or not answered.", "Poll again after `interval` seconds.")],
        },
        OAuthCode::SlowDown => Explanation {
            meaning: "The device polls too often.",
            causes: &[(
                "It polled before `interval` seconds were over.",
                "Add 5 seconds to the interval, from now on.",
            )],
        },
        OAuthCode::ExpiredToken => Explanation {
            meaning: "The device code has expired.",
            causes: &[("It is older than 15 minutes.", "Request a new device code, and show the new user code.")],
        },
        OAuthCode::InvalidRedirectUri => Explanation {
            meaning: "A redirect URI cannot be registered.",
            causes: &[(
                "It has a fragment, a wildcard or another scheme, or is `http` on a host that is not loopback.",
                "Fix what `error_description` names.",
            )],
        },
        OAuthCode::InvalidClientMetadata => Explanation {
            meaning: "A client cannot be registered like this.",
            causes: &[
                ("A field is wrong, or contradicts another.", "Fix what `error_description` names."),
                (
                    "A `PUT` has another `client_id` or secret than the client's, or what only the server states.",
                    "Leave these fields out.",
                ),
            ],
        },
        OAuthCode::InvalidScope => Explanation {
            meaning: "A scope may not be requested; `error_description` names it. One rule holds at every endpoint.",
            causes: &[
                (
                    "It does not exist.",
                    "Compare it with `scopes_supported` in the metadata. In a request with `openid`, it is left out.",
                ),
                ("The app may not have it.", "Add it to the app's `scopes`, or do not request it."),
                ("It was not granted to the refresh token.", "Send the user to the authorization endpoint once more."),
                (
                    "It needs a user, and the grant is `client_credentials`.",
                    "Leave `openid`, `profile`, `email` and `offline_access` out.",
                ),
                ("It belongs to another API.", "Name that API in `resource`."),
            ],
        },
        OAuthCode::InvalidTarget => Explanation {
            meaning: "The API that `resource` names is unknown, or is not the one of the grant.",
            causes: &[
                (
                    "There is no such resource.",
                    "Compare it with the parameter `Resources` of the deployment, letter by letter.",
                ),
                ("The user allowed another API.", "Request a code with this `resource`."),
                ("There are two.", "A token is for one API: request one token for each."),
            ],
        },
        OAuthCode::ServerError => Explanation {
            meaning: "Something failed that should not.",
            causes: &[(
                "A fault of ours. Its cause is in the log.",
                "Report the request id, the header `x-request-id`.",
            )],
        },
    }
}
