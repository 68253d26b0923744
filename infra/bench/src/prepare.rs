//! Creates the users and apps of each flow. Every function fails as [`Gateway::send`] does.

use serde_json::json;

use crate::answer::{Content, Expected, text};
use crate::browser::Browser;
use crate::call::Call;
use crate::failure::Failure;
use crate::gateway::{Gateway, PASSWORD, REDIRECT_URI};
use crate::requests::{self, Requests, exchange};

type Prepared = Result<Requests, Failure>;

const OK: u16 = 200;

/// A token by `client_credentials`.
pub async fn client_credentials(gateway: &Gateway) -> Prepared {
    let credentials = gateway.app(&gateway.user().await?).await?;
    Ok(Requests::Same(token_of(&credentials), Expected::new(OK, Content::Field("/access_token"))))
}

/// An empty page of contacts, with a user's access token.
pub async fn call_by_user(gateway: &Gateway) -> Prepared {
    Ok(contacts(&gateway.user().await?.access_token))
}

/// An empty page of contacts, with an app's access token.
pub async fn call_by_app(gateway: &Gateway) -> Prepared {
    let answer = gateway.send(&token_of(&gateway.app(&gateway.user().await?).await?)).await?;
    Ok(contacts(&text(&answer, "/access_token")?))
}

/// New tokens of a user.
pub async fn refresh(gateway: &Gateway) -> Prepared {
    let token = gateway.user().await?.refresh_token;
    let (next, also) = ("/result/refresh_token", "/result/access_token");
    Ok(Requests::Rotating { call: Box::new(requests::refresh), token, next, also })
}

/// Tokens for a code, of a new user and a new app.
pub async fn code_exchange(gateway: &Gateway) -> Prepared {
    let client_id = gateway.public_app(&gateway.user().await?).await?;
    Ok(Requests::Codes { browser: Box::new(Browser::register(gateway.url()).await?), client_id })
}

/// New tokens of an app to which a user consented.
pub async fn app_refresh(gateway: &Gateway) -> Prepared {
    let client_id = gateway.public_app(&gateway.user().await?).await?;
    let code = Browser::register(gateway.url()).await?.code(&client_id).await?;
    let token = text(&gateway.send(&exchange(&client_id, &code)).await?, "/refresh_token")?;
    let call = Box::new(move |token: &str| requests::app_refresh(&client_id, token));
    Ok(Requests::Rotating { call, token, next: "/refresh_token", also: "/id_token" })
}

/// An app asks about an access token of its own.
pub async fn introspection(gateway: &Gateway) -> Prepared {
    let credentials = gateway.app(&gateway.user().await?).await?;
    let token = text(&gateway.send(&token_of(&credentials)).await?, "/access_token")?;
    let call = Call::form("/oauth2/introspect", &format!("token={token}")).basic(&credentials);
    Ok(Requests::Same(call, Expected::new(OK, Content::True("/active"))))
}

/// A device polls for the decision of its user.
pub async fn device_poll(gateway: &Gateway) -> Prepared {
    let client_id = gateway.device_app(&gateway.user().await?).await?;
    Ok(Requests::Polls { gateway: Gateway::new(gateway.url())?, client_id })
}

/// A web app pushes its authorization request.
pub async fn pushed_request(gateway: &Gateway) -> Prepared {
    let credentials = gateway.web_app(&gateway.user().await?).await?;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("response_type", "code"), ("redirect_uri", REDIRECT_URI), ("scope", "openid contact_read")])
        .finish();
    let call = Call::form("/oauth2/par", &form).basic(&credentials);
    Ok(Requests::Same(call, Expected::new(201, Content::Field("/request_uri"))))
}

/// An app sends the browser of a user who is not signed in, who is sent on to the page for it.
pub async fn authorize(gateway: &Gateway) -> Prepared {
    let client_id = gateway.public_app(&gateway.user().await?).await?;
    let call = Call::visit(&Browser::authorization(&client_id), "");
    Ok(Requests::Same(call, Expected::new(303, Content::Location("/oauth2/authorize/"))))
}

/// The page on which a signed-in user consents.
pub async fn consent_page(gateway: &Gateway) -> Prepared {
    let client_id = gateway.public_app(&gateway.user().await?).await?;
    let browser = Browser::register(gateway.url()).await?;
    let page = browser.consent_page(&client_id).await?;
    let call = Call::visit(&page, &browser.cookies());
    Ok(Requests::Same(call, Expected::new(OK, Content::Part("name=\"decision\""))))
}

/// An app reads the claims about the user who consented.
pub async fn userinfo(gateway: &Gateway) -> Prepared {
    let client_id = gateway.public_app(&gateway.user().await?).await?;
    let code = Browser::register(gateway.url()).await?.code(&client_id).await?;
    let token = text(&gateway.send(&exchange(&client_id, &code)).await?, "/access_token")?;
    Ok(Requests::Same(Call::get("/oauth2/userinfo").bearer(&token), Expected::new(OK, Content::Field("/sub"))))
}

/// An event of an integration.
pub async fn events_create(gateway: &Gateway) -> Prepared {
    let token = gateway.user().await?.access_token;
    let event = json!({"type": "order.placed", "data": {"order": "A-1001", "total": 49.9}});
    let call = Call::json("/v2/event", event).bearer(&token);
    Ok(Requests::Same(call, Expected::new(201, Content::Field("/sequence"))))
}

/// A sign-in with a password.
pub async fn login(gateway: &Gateway) -> Prepared {
    let email = gateway.user().await?.email;
    let call = Call::json("/api/auth-login", json!({"email": email, "password": PASSWORD}));
    Ok(Requests::Same(call, Expected::new(OK, Content::Field("/result/access_token"))))
}

/// A request for the hello-world, which does not read it.
pub fn hello() -> Requests {
    let call = Call::json("/api/contacts-list", json!({"limit": 10}));
    Requests::Same(call, Expected::new(OK, Content::Part("Hello, world")))
}

fn token_of(credentials: &str) -> Call {
    Call::form("/oauth2/token", "grant_type=client_credentials").basic(credentials)
}

fn contacts(token: &str) -> Requests {
    let call = Call::json("/api/contacts-list", json!({"limit": 10})).bearer(token);
    Requests::Same(call, Expected::new(OK, Content::Field("/result/contacts")))
}
