//! Several providers at once, each with a button.

use serde_json::json;

use super::{links, users};
use crate::account::press;
use crate::harness::{Asked, CLIENT_ID, DocumentServer, Forged, PASSWORD, Reply, Served, Signer, Visitor};

/// A second provider beside that of `forged`.
struct Second {
    forged: Forged,
    server: DocumentServer,
    signer: Signer,
}

const SECRETS: [&str; 2] = ["the secret at the first", "the secret at the second"];
const OURS: &str = "driftwood-at-beta";

impl Second {
    async fn start(parameters: &[(&str, &str)]) -> Self {
        let (server, signer) = (DocumentServer::start().await, Signer::es256("1"));
        let url = server.url().to_owned();
        let metadata = json!({
            "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/jwks"),
        });
        server.put("/.well-known/openid-configuration", Served::json(&metadata));
        server.put("/jwks", Served::json(&signer.jwks()));
        let logo = "https://cdn.beta.example/logo.svg";
        let list =
            json!([{"issuer": url, "client_id": OURS, "name": "Beta", "logo": logo, "scopes": "email"}]).to_string();
        let parameters = [&[("UpstreamProviders", list.as_str())][..], parameters].concat();
        let secret = |first: &str| json!({first: SECRETS[0], &url: SECRETS[1]}).to_string();
        let forged = Forged::start_at("", "", local::Options::default(), secret, &parameters).await;
        SECRETS.iter().for_each(|secret| forged.driftwood.keep_secret(secret));
        Self { forged, server, signer }
    }

    /// Presses the button of the provider with this issuer on the sign-in page.
    async fn leave(&self, visitor: &Visitor<'_>, issuer: &str) -> Reply {
        if visitor.cookies().contains_key("dw-sid") {
            visitor.forget("dw-sid");
        }
        let page = visitor.get("/oauth2/authorize/sign-in").await;
        press_of(visitor, &page, issuer).await
    }

    /// Signs in with the second provider as this subject with this address, and returns the response to the callback.
    async fn back_from_second(&self, visitor: &Visitor<'_>, subject: &str, email: &str) -> Reply {
        let asked = Asked::of(&self.leave(visitor, self.server.url()).await, self.server.url());
        self.give(&asked, subject, email);
        self.forged.come_back(visitor, &asked).await
    }

    fn give(&self, asked: &Asked, subject: &str, email: &str) {
        let mut claims = self.forged.claims(asked, subject);
        (claims["iss"], claims["aud"], claims["email"]) = (json!(self.server.url()), json!(OURS), json!(email));
        let id_token = self.signer.sign(&self.signer.header(), &claims);
        self.forged.driftwood.keep_secret(&id_token);
        self.forged.driftwood.keep_secret("beta-access-token");
        let tokens = json!({"access_token": "beta-access-token", "token_type": "Bearer", "id_token": id_token});
        self.server.put("/token", Served::json(&tokens));
    }
}

/// Presses the button of the provider with this issuer.
async fn press_of(visitor: &Visitor<'_>, page: &Reply, issuer: &str) -> Reply {
    let mut forms = page.forms().into_iter();
    let form = forms.find(|form| form.hidden.iter().any(|(name, value)| name == "provider" && value == issuer));
    let form = form.expect("its button");
    let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(&form.action, &fields).await
}

#[tokio::test]
async fn each_provider_has_a_button_and_users_of_its_own() {
    let both = Second::start(&[]).await;
    let (forged, driftwood) = (&both.forged, &both.forged.driftwood);
    let visitor = driftwood.visitor();
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    assert!(page.shows("Continue with Acme") && page.shows("Continue with Beta") && page.shows("Password"));
    assert!(page.text.contains("https://cdn.beta.example/logo.svg"));
    assert!(page.header("content-security-policy").contains("img-src https://cdn.beta.example data:;"));
    // The same sub at two providers is two users.
    assert_eq!(forged.sign_in(&visitor, "ada").await.heading(), "Your account");
    let back = both.back_from_second(&visitor, "ada", "ada@beta.example").await;
    let account = visitor.get(&back.taken_to()).await;
    assert!(account.shows("Beta") && account.shows("ada@beta.example") && !account.shows("Acme"), "{}", account.text);
    assert_eq!((users(driftwood).await, links(driftwood).await.len()), (2, 2));
    // Each gets its own client id, scopes and secret.
    let sent = both.server.requests("/token").pop().unwrap();
    assert!(sent.contains(&basic(OURS, SECRETS[1])), "{sent}");
    assert!(forged.server.requests("/token").pop().unwrap().contains(&basic(CLIENT_ID, SECRETS[0])));
    let asked = Asked::of(&both.leave(&visitor, both.server.url()).await, both.server.url());
    assert_eq!((asked.get("client_id"), asked.get("scope")), (Some(OURS), Some("openid email")));
}

fn basic(id: &str, secret: &str) -> String {
    use base64::Engine;
    let pair = format!("{id}:{}", secret.replace(' ', "+"));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

#[tokio::test]
async fn a_response_is_exchanged_with_the_provider_of_its_attempt_only() {
    let both = Second::start(&[]).await;
    let forged = &both.forged;
    let visitor = forged.driftwood.visitor();
    // The first provider's token is not accepted for an attempt at the second one.
    let asked = Asked::of(&both.leave(&visitor, both.server.url()).await, both.server.url());
    let id_token = forged.signer.sign(&forged.signer.header(), &forged.claims(&asked, "eve"));
    forged.driftwood.keep_secret(&id_token);
    both.server
        .put("/token", Served::json(&json!({"access_token": "a", "token_type": "Bearer", "id_token": id_token})));
    forged.come_back(&visitor, &asked).await.refused_page(502, "You are not signed in");
    assert!(forged.server.requests("/token").is_empty(), "the code goes to the provider of the attempt");
    // Nor a response that says that it is from the other one (RFC 9207).
    let asked = Asked::of(&both.leave(&visitor, both.server.url()).await, both.server.url());
    both.give(&asked, "ada", "ada@beta.example");
    let wrong = [("code", "c0de"), ("iss", forged.server.url())];
    forged.come_back_with(&visitor, &asked, &wrong).await.refused_page(502, "You are not signed in");
    assert_eq!(users(&forged.driftwood).await, 0);
    // A provider that is not configured gets no user.
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    let form = page.forms().remove(0);
    let mut fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.retain(|(name, _)| *name != "provider");
    fields.push(("provider", "https://evil.example"));
    visitor.post(&form.action, &fields).await.refused_page(404, "Nothing here");
}

#[tokio::test]
async fn a_user_links_both_and_unlinks_each_by_its_name() {
    let both = Second::start(&[]).await;
    let (forged, driftwood) = (&both.forged, &both.forged.driftwood);
    let alice = driftwood.verified_alice().await;
    let visitor = driftwood.visitor();
    let question = super::come_with(forged, &visitor, &alice.email).await;
    assert!(question.shows("Acme"));
    visitor.sign_in(&question, &alice.email, PASSWORD).await;
    let question = visitor.follow(both.back_from_second(&visitor, "ada", &alice.email).await).await;
    assert!(question.heading() == "Is this your account?" && question.shows("Beta") && !question.shows("Acme"));
    let account = visitor.sign_in(&question, &alice.email, PASSWORD).await;
    assert!(account.shows("Acme") && account.shows("Beta"), "{}", account.text);
    assert!(driftwood.last_mail_to(&alice.email).text.contains("Beta was linked to your account"));
    assert_eq!(press(&visitor, &account, "unlink", "Beta").await.status, 303);
    assert_eq!(links(driftwood).await.len(), 1);
    let account = visitor.get("/account").await;
    assert!(account.shows("Acme") && !account.shows("Beta"));
}

#[tokio::test]
async fn where_only_providers_sign_in_the_user_chooses_one() {
    let both = Second::start(&[("UpstreamMode", "only")]).await;
    let (forged, driftwood) = (&both.forged, &both.forged.driftwood);
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let page = visitor.authorize(&client, &[]).await;
    assert!(
        page.shows("Continue with Acme") && page.shows("Continue with Beta") && !page.shows("Password"),
        "{}",
        page.text
    );
    let asked = Asked::of(&press_of(&visitor, &page, both.server.url()).await, both.server.url());
    // A user who declines at one may choose the other.
    let declined = forged.come_back_with(&visitor, &asked, &[("error", "access_denied")]).await;
    declined.refused_page(400, "You are not signed in");
    let page = visitor.get(&declined.link_to("/oauth2")).await;
    let asked = forged.asked(&press_of(&visitor, &page, forged.server.url()).await);
    forged.vouch(&forged.claims(&asked, "ada"));
    let back = forged.come_back(&visitor, &asked).await;
    let consent = visitor.follow(visitor.get(&back.taken_to()).await).await;
    assert!(consent.shows("Photo Album"), "{}", consent.text);
    let body = json!({"email": "x@example.com", "password": PASSWORD});
    let refused = driftwood.post("auth-login", body).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("Acme or Beta"), "{}", refused.text);
}

#[tokio::test]
async fn a_provider_without_a_secret_of_its_own_signs_no_user_in() {
    let both = Second::start(&[]).await;
    let list = json!([{"issuer": both.server.url(), "client_id": OURS, "name": "Beta"}]).to_string();
    // The secret is that of the first provider alone.
    let options = local::Options::default();
    let forged = Forged::start_at("", "", options, |_| SECRETS[0].to_owned(), &[("UpstreamProviders", &list)]).await;
    let visitor = forged.driftwood.visitor();
    assert_eq!(forged.sign_in(&visitor, "ada").await.heading(), "Your account");
    let alone = Second { forged, ..both };
    let visitor = alone.forged.driftwood.visitor();
    let reply = alone.back_from_second(&visitor, "ada", "ada@beta.example").await;
    reply.refused_page(503, "Please try again in a moment");
    assert!(alone.server.requests("/token").is_empty());
}
