//! An app's request for a sign-out.

use form_urlencoded::Serializer;
use shared::app::App;
use shared::domain::client::Client;
use shared::domain::client::id::ClientId;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::authorization_response::ReturnAddress;
use shared::domain::oauth::error::OAuthCode;
use shared::domain::session::Session;
use shared::domain::token::id_token::{self, IdTokenClaims};
use shared::domain::user::User;
use shared::http::error::developers::ForDevelopers;
use shared::http::error::page::PageError;
use shared::paths::LOGOUT;

const PARAMETERS: [&str; 4] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"];

/// A request to sign a user out.
pub(crate) struct LogoutRequest {
    /// The app, named by its ID token or by `client_id`.
    pub(crate) client_id: Option<ClientId>,
    hint: Option<IdTokenClaims>,
    redirect_uri: Option<String>,
    pub(crate) state: Option<String>,
}

/// Where the browser is redirected afterwards.
pub(crate) struct Target(ReturnAddress);

impl LogoutRequest {
    /// Parses the request. A hint that cannot be verified proves nothing, so the user has to confirm; it still names the app,
    /// as `client_id` could.
    pub(crate) async fn read(app: &App, fields: &Fields) -> Result<Self, PageError> {
        let text = |name| fields.text(name).ok().flatten().map(str::to_owned);
        let sent = text("id_token_hint");
        let hint = match &sent {
            Some(hint) => app.keys.verify_id_token_hint(&app.stores.keys, hint).await?,
            None => None,
        };
        let claimed = sent.as_deref().filter(|_| hint.is_none()).and_then(id_token::claimed_client);
        let named = text("client_id").or(claimed);
        if let (Some(named), Some(hint)) = (&named, &hint)
            && *named != hint.aud
        {
            return Err(PageError::bad_request("The app that sent you here named two different clients (client_id)."));
        }
        let client_id = hint.as_ref().map(|hint| hint.aud.clone()).or(named);
        Ok(Self {
            client_id: client_id.and_then(|id| ClientId::parse(&id)),
            hint,
            redirect_uri: text("post_logout_redirect_uri"),
            state: text("state"),
        })
    }

    /// Where the browser is redirected afterwards: only to an address that the client registered, compared exactly.
    ///
    /// # Errors
    ///
    /// A page for any other address; from there the user can still sign out. A user of the account that owns the client
    /// also reads what is registered.
    pub(crate) fn target(&self, client: Option<&Client>, user: Option<&User>) -> Result<Option<Target>, PageError> {
        let Some(redirect_uri) = &self.redirect_uri else { return Ok(None) };
        let is_registered = client.is_some_and(|client| {
            client.metadata.post_logout_redirect_uris.iter().any(|uri| uri.accepts(redirect_uri))
        });
        if !is_registered {
            let message = match client {
                Some(_) => {
                    "The app that sent you here has not registered the address that it wants you to return to (post_logout_redirect_uri). You are still signed in."
                }
                None => {
                    "It is not known which app sent you here (id_token_hint, client_id), so you cannot be returned to it (post_logout_redirect_uri). You are still signed in."
                }
            };
            let error = PageError::bad_request(message).leading_to("Sign out here", LOGOUT);
            return Err(error.for_developers(not_registered(redirect_uri, client, user)));
        }
        Ok(Some(Target(ReturnAddress {
            redirect_uri: redirect_uri.clone(),
            response_mode: shared::domain::oauth::authorization_response::ResponseMode::Query,
            state: self.state.clone(),
        })))
    }

    /// Returns whether the app proves by its ID token that it means this session.
    pub(crate) fn means(&self, session: &Session) -> bool {
        self.hint.as_ref().is_some_and(|hint| hint.sub == session.user_id && hint.sid == Some(session.id))
    }
}

fn not_registered(redirect_uri: &str, client: Option<&Client>, user: Option<&User>) -> ForDevelopers {
    let finding = match client {
        Some(_) => {
            "The post_logout_redirect_uri is not registered for the app: it has to be the same, letter by letter"
        }
        None => {
            "No app that works was named, by a valid id_token_hint or by client_id, so post_logout_redirect_uri is none of its own"
        }
    };
    let developers = ForDevelopers::new(OAuthCode::InvalidRequest, finding);
    let developers = developers.received("post_logout_redirect_uri", Some(redirect_uri));
    match client {
        Some(client) => {
            developers.compared(Some(redirect_uri), &client.metadata.post_logout_redirect_uris, client, user)
        }
        None => developers,
    }
}

impl Target {
    /// The address with the client's `state`.
    pub(crate) fn address(&self) -> String {
        match &self.0.state {
            Some(state) => self.0.with_query(&vec![("state", state.as_str())]),
            None => self.0.redirect_uri.clone(),
        }
    }

    /// The address as the client registered it.
    pub(crate) fn redirect_uri(&self) -> &str {
        &self.0.redirect_uri
    }

    /// Where the address leads, as shown to a user.
    pub(crate) fn shown(&self) -> String {
        self.0.host().unwrap_or_else(|| "the app".to_owned())
    }
}

/// The same request as a `GET`.
pub(crate) fn as_query(fields: &Fields) -> String {
    let given = PARAMETERS.iter().filter_map(|name| Some((*name, fields.text(name).ok()??)));
    format!("{LOGOUT}?{}", Serializer::new(String::new()).extend_pairs(given).finish())
}
