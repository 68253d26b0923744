//! `GET,POST /oauth2/userinfo`: returns the claims about a user that a client may read (OpenID Connect Core §5.3).

use std::sync::Arc;

use lambda_http::http::{Method, StatusCode};
use serde::Serialize;
use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::scope::Scope;
use shared::domain::token::id_token::UserClaims;
use shared::domain::user::UserId;
use shared::domain::user::claims::user_claims;
use shared::http::bearer::{Bearer, bearer};
use shared::http::methods::Methods;
use shared::http::{Request, Response, reply};
use shared::keys::{Audience, KeyUse};
use shared::lambda::Endpoint;
use shared::service::caller::Caller;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::new(env!("CARGO_PKG_NAME"), Methods::Of(&[Method::GET, Method::POST]), handle)
        .any_origin()
        .uses(&[KeyUse::Published])
}

#[derive(Serialize)]
struct Userinfo {
    sub: UserId,
    #[serde(flatten)]
    claims: UserClaims,
}

/// Returns the claims that the token's scopes allow. The token is for our own API: another API that gets a token of a user
/// does not get their name and address by it.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    let form = form(&request)?;
    let token = match (bearer(&request.head), form.text("access_token").ok().flatten()) {
        // RFC 6750 §2: one way at a time.
        (Bearer::Token(_) | Bearer::Malformed, Some(_)) => {
            return Err(OAuthError::invalid_request(
                "The access token must be in the header or in the body, not in both",
            ));
        }
        (Bearer::Token(token), None) => token,
        (Bearer::None, Some(token)) => token,
        (Bearer::Malformed, None) => "",
        (Bearer::None, None) => return Err(Caller::missing_token(&app).await),
    };
    let caller: Result<Caller, OAuthError> = Caller::identify(&app, token, Audience::OurApi).await;
    match caller? {
        Caller::Delegate(caller) if caller.scopes.contains(Scope::OPENID) => {
            let user = Userinfo { sub: caller.user.id, claims: user_claims(&caller.user, &caller.scopes) };
            Ok(reply::json(StatusCode::OK, &user))
        }
        // Another scope would not help: openid is granted by users only.
        Caller::App(_) => {
            let description = "This endpoint needs a user's token, and this one is of an app that acts for itself";
            Err(OAuthError::new(OAuthCode::AccessForbidden, description))
        }
        caller @ (Caller::User(_) | Caller::Delegate(_)) => Err(caller.lacks(&app, Scope::OPENID).await),
    }
}

/// RFC 6750 §2.2: a form may have the token.
fn form(request: &Request) -> Result<Fields, OAuthError> {
    let is_form = request.head.method == Method::POST
        && request.head.media_type().as_deref() == Some("application/x-www-form-urlencoded");
    Ok(if is_form { request.form()? } else { Fields::default() })
}
