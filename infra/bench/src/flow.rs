//! What is measured: kinds of requests, each by its name.

use std::future::Future;
use std::pin::Pin;

use crate::binaries::HELLO;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::prepare;
use crate::requests::Requests;

/// Creates the users and apps of a flow.
type Prepare = for<'a> fn(&'a Gateway) -> Pin<Box<dyn Future<Output = Result<Requests, Failure>> + Send + 'a>>;

/// A kind of request.
pub struct Flow {
    /// Its name.
    pub name: &'static str,
    /// The function that handles it.
    pub function: &'static str,
    /// Creates the users and apps for it.
    pub prepare: Prepare,
    /// The largest CPU time that issue 15 allows, as a multiple of that before.
    pub target: Option<f64>,
    /// The part of its CPU time that is known.
    pub part: Part,
    /// The same request to the peer, if it is measured, and the largest CPU time that issue 15 allows as a multiple of the peer's.
    pub peer: Option<(PeerRequest, Option<f64>)>,
}

/// A part of the CPU time that is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Nothing.
    Nothing,
    /// An RSA signature, which no change of ours makes cheaper: comparisons set it aside.
    IdToken,
    /// A password hash: the comparison is with this alone.
    Hash,
}

/// A kind of request to the peer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PeerRequest {
    /// A token by `client_credentials`.
    ClientCredentials,
    /// New tokens for a refresh token, with an ID token.
    Refresh,
    /// Introspection of an access token.
    Introspection,
}

impl Flow {
    const fn new(name: &'static str, function: &'static str, prepare: Prepare) -> Self {
        Self { name, function, prepare, target: None, part: Part::Nothing, peer: None }
    }

    const fn at_most(self, target: f64) -> Self {
        Self { target: Some(target), ..self }
    }

    const fn with(self, part: Part) -> Self {
        Self { part, ..self }
    }

    const fn beside(self, peer: PeerRequest, target: Option<f64>) -> Self {
        Self { peer: Some((peer, target)), ..self }
    }
}

/// All flows, with the targets of issue 15.
pub static FLOWS: [Flow; 16] = [
    Flow::new("client_credentials", "oauth-token", |at| Box::pin(prepare::client_credentials(at)))
        .at_most(0.5)
        .beside(PeerRequest::ClientCredentials, Some(1.0 / 10.0)),
    Flow::new("call-by-user", "contacts-list", |at| Box::pin(prepare::call_by_user(at))).at_most(0.5),
    Flow::new("call-by-app", "contacts-list", |at| Box::pin(prepare::call_by_app(at))).at_most(0.5),
    Flow::new("refresh", "auth-refresh-token", |at| Box::pin(prepare::refresh(at)))
        .at_most(0.5)
        .beside(PeerRequest::Refresh, Some(1.0 / 25.0)),
    Flow::new("code-exchange", "oauth-token", |at| Box::pin(prepare::code_exchange(at)))
        .at_most(0.6)
        .with(Part::IdToken),
    Flow::new("app-refresh", "oauth-token", |at| Box::pin(prepare::app_refresh(at)))
        .at_most(0.6)
        .with(Part::IdToken)
        .beside(PeerRequest::Refresh, None),
    Flow::new("introspection", "oauth-introspect", |at| Box::pin(prepare::introspection(at)))
        .beside(PeerRequest::Introspection, Some(1.0 / 15.0)),
    Flow::new("device-poll", "oauth-token", |at| Box::pin(prepare::device_poll(at))),
    Flow::new("par", "oauth-par", |at| Box::pin(prepare::pushed_request(at))),
    Flow::new("authorize", "oauth-authorize", |at| Box::pin(prepare::authorize(at))),
    Flow::new("consent-page", "oauth-authorize", |at| Box::pin(prepare::consent_page(at))),
    Flow::new("userinfo", "oauth-userinfo", |at| Box::pin(prepare::userinfo(at))),
    Flow::new("events-create", "events-create", |at| Box::pin(prepare::events_create(at))),
    Flow::new("login", "auth-login", |at| Box::pin(prepare::login(at))).at_most(1.08).with(Part::Hash),
    Flow::new("registration", "auth-register", |_| Box::pin(async { Ok(Requests::Registrations) })).with(Part::Hash),
    Flow::new(HELLO, HELLO, |_| Box::pin(async { Ok(prepare::hello()) })),
];
