//! What the consent page shows: who asks, for what, and where the response goes.

use maud::{Markup, html};
use shared::app::App;
use shared::domain::authorization::{AuthorizationRequest, ResponseTarget};
use shared::domain::client::Client;
use shared::domain::client::standing::Standing;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::scope::{ScopeGroup, ScopeSet};
use shared::domain::user::User;
use shared::http::page::moment::date;

/// The most scopes that are left out one by one: a form has no more fields.
const MOST_CHOICES: usize = 40;

/// The app: its name beside its mark.
pub(super) fn app_heading(client: &Client, logo: Option<&str>) -> Markup {
    let name = client.metadata.name.as_str();
    html! {
        div.asking {
            @match logo {
                Some(source) => img.logo src=(source) alt="";
                None => { span.monogram aria-hidden="true" { (name.chars().next().unwrap_or('?')) } }
            }
            h1 { (name) " wants to access your account" }
        }
    }
}

/// Who vouches for the app.
pub(super) fn standing(app: &App, client: &Client, user: &User) -> Markup {
    let brand = &app.config.brand.name;
    let is_own = client.owner.is_some_and(|owner| owner.account_id == user.account_id);
    match client.standing {
        Standing::FirstParty => html! { p.quiet { "This is an app of " strong { (brand) } "." } },
        Standing::Reviewed => html! { p.quiet { strong { (brand) } " has reviewed this app." } },
        Standing::Unreviewed if is_own => html! {
            p.quiet { "This is an app of " strong { "your own account" } ", since " (date(client.created_at)) "." }
        },
        Standing::Unreviewed => html! {
            p.warning { "This app is not verified. Its name was chosen by its developer" (since(client)) "." }
        },
    }
}

/// Since when an app is known here, and by whom it was made. A document says it of itself, so it says nothing.
fn since(client: &Client) -> Markup {
    match (&client.owner, client.client_id.document_url()) {
        (Some(_), _) => html! { ", who has an account here and made it on " (date(client.created_at)) },
        (None, None) => html! { ". It registered itself on " (date(client.created_at)) },
        (None, Some(_)) => html! {},
    }
}

/// The pages of the app about itself.
pub(super) fn links(client: &Client) -> Markup {
    let about = &client.metadata.about;
    let links =
        [(&about.client_uri, "Website"), (&about.policy_uri, "Privacy policy"), (&about.tos_uri, "Terms of service")];
    let links: Vec<_> = links.iter().filter_map(|(address, label)| Some((address.as_deref()?, *label))).collect();
    html! {
        @if !links.is_empty() {
            p.after {
                "From the app: "
                @for (position, (address, label)) in links.iter().enumerate() {
                    @if position > 0 { ", " }
                    a href=(address) rel="noopener noreferrer nofollow" target="_blank" { (label) }
                }
            }
        }
    }
}

/// The API at which the app would have the scopes.
pub(super) fn place(app: &App, resource: Option<&str>) -> Markup {
    match resource {
        None => html! { p { "If you allow this, it will be able to:" } },
        Some(resource) => html! {
            p {
                "It wants to use " strong { (app.config.resources.title_of(resource)) }
                " for you. If you allow this, it will be able to do this there:"
            }
        },
    }
}

/// The scopes in groups, those that are hard to undo last; each that the sign-in does not need can be left out.
pub(super) fn scopes(app: &App, asked: &AuthorizationRequest) -> Markup {
    let can_choose = !optional(asked).is_empty();
    let explained: Vec<_> = app.config.scopes.explained(&asked.scopes).collect();
    let of = |group| explained.iter().filter(move |(name, _)| ScopeGroup::of(name) == group).copied();
    let groups = ScopeGroup::ALL.into_iter().filter(|group| of(*group).next().is_some());
    html! {
        @for group in groups {
            fieldset.scopes.risky[group == ScopeGroup::Danger] {
                legend { (title(group)) }
                ul {
                    @for (name, sentence) in of(group) {
                        li {
                            @if can_choose && group != ScopeGroup::SignIn {
                                label { input type="checkbox" name=(field(name)) checked; span { (sentence) } }
                            } @else { span.fixed { (sentence) } }
                        }
                    }
                }
            }
        }
        @if can_choose { p.hint { "You can leave out what you do not want." } }
    }
}

const fn title(group: ScopeGroup) -> &'static str {
    match group {
        ScopeGroup::SignIn => "You and your sign-in",
        ScopeGroup::Read => "Read",
        ScopeGroup::Change => "Change",
        ScopeGroup::Danger => "Think twice: this is hard to undo",
    }
}

/// The scopes that the user may leave out: none if there would be nothing left to choose from.
pub(super) fn optional(asked: &AuthorizationRequest) -> Vec<&str> {
    let optional: Vec<_> = asked.scopes.names().filter(|name| ScopeGroup::of(name) != ScopeGroup::SignIn).collect();
    let is_choice = asked.scopes.names().count() > 1 && optional.len() <= MOST_CHOICES;
    if is_choice { optional } else { Vec::new() }
}

/// The field of a scope that the user may leave out.
fn field(scope: &str) -> String {
    format!("scope:{scope}")
}

/// The scopes that the user allows: what they may not leave out, and what they chose.
pub(super) fn allowed(asked: &AuthorizationRequest, chosen: &Fields) -> ScopeSet {
    let optional = optional(asked);
    let is_allowed = |name: &str| !optional.contains(&name) || chosen.has(&field(name));
    asked.scopes.clone().into_iter().filter(|scope| is_allowed(scope.name())).collect()
}

/// Where the app comes from and where the response is sent, so that no user gives access to an unknown app by mistake.
pub(super) fn destination(client: &Client, to: &ResponseTarget) -> Markup {
    let origin = client.client_id.document_url().map(|url| url.host());
    // A document proves the host of an app that returns to it; a program or a device can only claim one.
    let claim = html! { @if let Some(origin) = origin { "It says that it comes from " strong { (origin) } ". " } };
    match to {
        ResponseTarget::Client(to) => match (to.host(), origin) {
            (Some(host), Some(origin)) if host != origin => html! {
                p.lead { "The app comes from " strong { (origin) } ", and the response is sent to " strong { (host) } "." }
            },
            (Some(host), _) => html! {
                p.lead { "The app is at " strong { (host) } ", and the response is sent there." }
            },
            (None, _) => html! {
                p.lead {
                    (claim) "The response is sent to " strong { "a program on this device" }
                    ". Allow it only if you just started it yourself."
                }
            },
        },
        // RFC 8628 §5.4: an attacker could have sent the code to the user.
        ResponseTarget::Device(code) => html! {
            p.lead {
                (claim) "It runs on " strong { "another device" }
                ". Allow it only if that device is in front of you and shows this code:"
            }
            p.code.shown { (code) }
        },
    }
}
