//! A provider with several tenants, each of which is an issuer (Microsoft Entra ID).

use serde_json::{Value, json};

use super::{links, users};
use crate::harness::{Asked, CLIENT_ID, CLIENT_SECRET, Forged, Reply, Served, Signer, Visitor};

const ONE: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

async fn start(tenant: &str) -> Forged {
    let (options, secret) = (local::Options::default(), |_: &str| CLIENT_SECRET.to_owned());
    let path = format!("/{tenant}/v2.0");
    Forged::start_at("/{tenantid}/v2.0", &path, options, secret, &[("UpstreamTenant", tenant)]).await
}

fn issuer(forged: &Forged, tenant: &str) -> String {
    format!("{}/{tenant}/v2.0", forged.server.url())
}

/// The claims of a user of this tenant.
fn claims(forged: &Forged, asked: &Asked, tenant: &str, subject: &str) -> Value {
    let mut claims = forged.claims(asked, subject);
    claims["iss"] = json!(issuer(forged, tenant));
    claims["tid"] = json!(tenant);
    claims
}

async fn back_as(forged: &Forged, visitor: &Visitor<'_>, tenant: &str, subject: &str) -> Reply {
    let asked = forged.leave_anew(visitor).await;
    forged.vouch(&claims(forged, &asked, tenant, subject));
    forged.come_back(visitor, &asked).await
}

#[tokio::test]
async fn users_of_every_tenant_sign_in_and_are_told_apart_by_it() {
    let forged = start("common").await;
    let visitor = forged.driftwood.visitor();
    for _ in 0..2 {
        for (tenant, subject) in [(ONE, "ada"), (OTHER, "bob")] {
            let back = back_as(&forged, &visitor, tenant, subject).await;
            assert_eq!(visitor.get(&back.taken_to()).await.heading(), "Your account");
        }
    }
    assert_eq!(users(&forged.driftwood).await, 2);
    let stored =
        format!("{:?}", links(&forged.driftwood).await) + &format!("{:?}", forged.driftwood.items("Users").await);
    for tenant in [ONE, OTHER] {
        assert!(stored.contains(&issuer(&forged, tenant)), "{tenant}: the link has the issuer of the tenant");
    }
    assert!(!stored.contains("{tenantid}"));
    // The same sub of another tenant is another user.
    let asked = forged.leave_anew(&visitor).await;
    let mut same = claims(&forged, &asked, OTHER, "ada");
    same["email"] = json!("ada@other.example");
    forged.vouch(&same);
    forged.come_back(&visitor, &asked).await.taken_to();
    assert_eq!(users(&forged.driftwood).await, 3);
}

#[tokio::test]
async fn the_issuer_of_a_token_is_that_of_its_tenant() {
    let forged = start("organizations").await;
    let visitor = forged.driftwood.visitor();
    let template = issuer(&forged, "{tenantid}");
    for (iss, tid, sentence) in [
        (issuer(&forged, ONE), json!(OTHER), "the ID token: tid is not the tenant of iss"),
        (issuer(&forged, ONE), Value::Null, "the ID token: tid is missing"),
        (issuer(&forged, ONE), json!([ONE]), "the ID token: tid is not text"),
        (template, json!("{tenantid}"), "the ID token: iss is another issuer"),
        (issuer(&forged, "a/b"), json!("a/b"), "the ID token: iss is another issuer"),
        (issuer(&forged, ""), json!(""), "the ID token: iss is another issuer"),
        (format!("https://evil.example/{ONE}/v2.0"), json!(ONE), "the ID token: iss is another issuer"),
    ] {
        let asked = forged.leave_anew(&visitor).await;
        let mut claims = claims(&forged, &asked, ONE, "ada");
        (claims["iss"], claims["tid"]) = (json!(iss), tid);
        forged.vouch(&claims);
        forged.come_back(&visitor, &asked).await.refused_page(502, "You are not signed in");
        assert!(forged.driftwood.has_logged("upstream_unusable", sentence), "{sentence}");
    }
    // The parameter of RFC 9207, too, may name any tenant and nothing else.
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&claims(&forged, &asked, ONE, "ada"));
    let with_iss = async |iss: &str| forged.come_back_with(&visitor, &asked, &[("code", "c0de"), ("iss", iss)]).await;
    with_iss("https://evil.example").await.refused_page(502, "You are not signed in");
    with_iss(&issuer(&forged, ONE)).await.taken_to();
    assert_eq!(users(&forged.driftwood).await, 1);
}

#[tokio::test]
async fn a_key_of_one_tenant_signs_for_no_other() {
    let forged = start("organizations").await;
    let (any, own) = (&forged.signer, Signer::es256("2"));
    let mut keys = [any.jwk(), own.jwk()];
    keys[0]["issuer"] = json!(issuer(&forged, "{tenantid}"));
    keys[1]["issuer"] = json!(issuer(&forged, OTHER));
    forged.server.put("/jwks", Served::json(&json!({ "keys": keys })));
    let visitor = forged.driftwood.visitor();
    for (signer, tenant, is_accepted) in [(any, ONE, true), (&own, OTHER, true), (&own, ONE, false)] {
        let asked = forged.leave_anew(&visitor).await;
        let claims = claims(&forged, &asked, tenant, &format!("of {tenant}"));
        let mut claims = claims;
        claims["email"] = Value::Null;
        forged.give(&signer.sign(&signer.header(), &claims));
        let back = forged.come_back(&visitor, &asked).await;
        assert_eq!(back.status, if is_accepted { 200 } else { 502 }, "{tenant} {}", back.text);
    }
}

#[tokio::test]
async fn no_tenant_proves_an_address() {
    let forged = start("common").await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    let mut claims = claims(&forged, &asked, ONE, "mallory");
    (claims["email"], claims["email_verified"]) = (json!(alice.email), json!(true));
    forged.vouch(&claims);
    // From a provider without tenants, this would take over an account that never verified its address.
    let question = visitor.follow(forged.come_back(&visitor, &asked).await).await;
    assert_eq!(question.heading(), "Is this your account?");
    assert!(links(driftwood).await.is_empty() && !visitor.cookies().contains_key("dw-sid"));
}

#[tokio::test]
async fn the_name_of_the_provider_is_shown_for_each_tenant() {
    let forged = start("common").await;
    let visitor = forged.driftwood.visitor();
    let back = back_as(&forged, &visitor, ONE, "ada").await;
    assert!(visitor.get(&back.taken_to()).await.shows("Acme"));
}

#[tokio::test]
async fn an_address_that_is_no_issuer_is_refused_at_start() {
    for tenant in ["common", "organizations", "consumers"] {
        let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
        let set = [("UpstreamIssuer", issuer.as_str()), ("UpstreamClientId", CLIENT_ID)];
        let set = set.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let Err(refused) = local::start(local::Options { set, ..local::Options::default() }).await else {
            panic!("{issuer} is accepted");
        };
        let refused = refused.to_string();
        assert!(refused.contains("is no issuer at Microsoft") && refused.contains("{tenantid}"), "{refused}");
    }
}
