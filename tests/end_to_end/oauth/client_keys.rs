//! Clients that authenticate with their own key (RFC 7523).

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{
    Client, JWT_BEARER, Program, Reply, Signer, TestServer, Trouble, assertion_claims, claims, unsigned,
};

async fn with_keys(signer: &Signer) -> (TestServer, Client) {
    let driftwood = TestServer::start().await;
    let client = driftwood.signing_client(signer, ("jwks", signer.jwks())).await;
    (driftwood, client)
}

fn form_of(assertion: &str) -> String {
    format!("grant_type=client_credentials&client_assertion_type={JWT_BEARER}&client_assertion={assertion}")
}

/// Requests a client credentials token with this assertion.
async fn ask(driftwood: &TestServer, assertion: &str) -> Reply {
    driftwood.token_form(&[], &form_of(assertion)).await
}

/// The claims of a valid assertion, with one of them changed; `null` leaves it out.
fn with(client: &Client, driftwood: &TestServer, name: &str, value: Value) -> Value {
    let mut claims = assertion_claims(&client.app.client_id, &client.issuer, driftwood.clock.now());
    match value {
        Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
        value => claims[name] = value,
    }
    claims
}

#[tokio::test]
async fn an_app_with_keys_has_no_secret() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let signer = Signer::es256("1");
    let settings = json!({"name": "Signing", "token_endpoint_auth_method": "private_key_jwt", "jwks": signer.jwks()});
    let result = driftwood.post_as(&alice.access_token, "oauth-apps-create", settings).await.result();
    assert_eq!((result.get("client_secret"), &result["app"]["client_secret_prefix"]), (None, &Value::Null));
    assert_eq!(result["app"]["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(result["app"]["jwks"], signer.jwks());
    assert_eq!(result["app"]["grant_types"], json!(["client_credentials"]));
    let rotation = json!({"id": result["app"]["id"]});
    driftwood.post_as(&alice.access_token, "oauth-apps-rotate-secret", rotation).await.refused(409, "conflict");
    let remote = json!({"name": "Remote", "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://keys.example/jwks"});
    let app = driftwood.post_as(&alice.access_token, "oauth-apps-create", remote).await.result()["app"].clone();
    assert_eq!((&app["jwks_uri"], app.get("jwks")), (&json!("https://keys.example/jwks"), None));
}

#[tokio::test]
async fn unusable_keys_are_refused() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let signer = Signer::es256("1");
    let changed = |name: &str, value: Value| {
        let mut jwk = signer.jwk();
        jwk[name] = value;
        json!({"keys": [jwk]})
    };
    for (settings, field) in [
        (json!({}), "jwks"),
        (json!({"jwks": {"keys": []}}), "jwks"),
        (json!({"jwks": signer.jwk()}), "jwks"),
        (json!({"jwks": "https://keys.example"}), "jwks"),
        (json!({"jwks": changed("d", json!("AAAA"))}), "jwks"),
        (json!({"jwks": changed("use", json!("enc"))}), "jwks"),
        (json!({"jwks": changed("crv", json!("P-384"))}), "jwks"),
        (json!({"jwks": changed("alg", json!("none"))}), "jwks"),
        (json!({"jwks": {"keys": [{"kty": "oct", "k": "AAAA", "alg": "HS256"}]}}), "jwks"),
        (json!({"jwks": {"keys": vec![signer.jwk(); 11]}}), "jwks"),
        (json!({"jwks_uri": "http://keys.example/jwks"}), "jwks_uri"),
        (json!({"jwks_uri": "https://user@keys.example/jwks"}), "jwks_uri"),
        (json!({"jwks_uri": "keys"}), "jwks_uri"),
        (json!({"jwks": signer.jwks(), "jwks_uri": "https://keys.example/jwks"}), "jwks_uri"),
    ] {
        let mut settings = settings;
        settings["name"] = json!("Signing");
        settings["token_endpoint_auth_method"] = json!("private_key_jwt");
        let reply = driftwood.post_as(&alice.access_token, "oauth-apps-create", settings.clone()).await;
        assert_eq!(reply.mistaken_fields(), [field], "{settings}");
    }
}

/// Asserts that the client authenticates at every endpoint.
pub async fn assert_authenticates_everywhere(driftwood: &TestServer, client: &Client) {
    let own = client.token(driftwood, &[("grant_type", "client_credentials")]).await.json();
    assert!(driftwood.is_alive(own["access_token"].as_str().unwrap()).await, "{own}");
    let pushed = client.push(driftwood, &[]).await;
    assert_eq!(pushed.status, 201, "{}", pushed.text);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.follow(visitor.get(&client.pushed_path(pushed.json()["request_uri"].as_str().unwrap())).await);
    let answer = client.answer(&visitor.allow(&page.await).await);
    let tokens = client.exchange(driftwood, answer.code()).await.json();
    let tokens = client.refresh(driftwood, tokens["refresh_token"].as_str().unwrap()).await.json();
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(client.introspect(driftwood, access_token).await["active"], true);
    let codes = client.ask(driftwood).await;
    visitor.connect(&codes).await;
    let of_device = client.poll(driftwood, &codes).await.json();
    assert!(driftwood.is_alive(of_device["access_token"].as_str().unwrap()).await, "{of_device}");
    assert_eq!(client.revoke(driftwood, tokens["refresh_token"].as_str().unwrap()).await.status, 200);
    assert!(!driftwood.is_alive(access_token).await);
}

#[tokio::test]
async fn a_key_of_either_kind_authenticates_at_every_endpoint() {
    for signer in [Signer::es256("1"), Signer::rs256("2")] {
        let (driftwood, client) = with_keys(&signer).await;
        assert_authenticates_everywhere(&driftwood, &client).await;
    }
}

#[tokio::test]
async fn every_form_of_a_valid_assertion_is_accepted() {
    let (ec, rsa) = (Signer::es256("ec"), Signer::rs256("rsa"));
    let driftwood = TestServer::start().await;
    let client = driftwood.signing_client(&ec, ("jwks", json!({"keys": [rsa.jwk(), ec.jwk()]}))).await;
    let fine = |name: &str, value: Value| with(&client, &driftwood, name, value);
    let now = driftwood.clock.now().as_seconds();
    for (signer, header, claims) in [
        (&rsa, rsa.header(), fine("x", json!(1))),
        (&ec, json!({"alg": "ES256"}), fine("x", json!(1))),
        (&ec, json!({"alg": "ES256", "kid": "ec", "typ": "JWT"}), fine("x", json!(1))),
        (&ec, json!({"alg": "ES256", "typ": "client-authentication+jwt"}), fine("x", json!(1))),
        (&ec, ec.header(), fine("aud", json!([client.issuer]))),
        (&ec, ec.header(), fine("iat", Value::Null)),
        (&ec, ec.header(), fine("iat", json!(now + 60))),
        (&ec, ec.header(), fine("iat", json!(now - 3_600))),
        (&ec, ec.header(), fine("nbf", json!(now + 60))),
        (&ec, ec.header(), fine("exp", json!(now + 1))),
        (&ec, ec.header(), fine("exp", json!(now + 3_600))),
        (&ec, ec.header(), fine("exp", json!(now as f64 + 59.75))),
        (&ec, ec.header(), fine("iat", json!(now as f64 - 0.123_456))),
        (&ec, ec.header(), fine("jti", json!("x".repeat(256)))),
    ] {
        let reply = ask(&driftwood, &signer.sign(&header, &claims)).await;
        assert_eq!(reply.status, 200, "{header} {claims} {}", reply.text);
    }
    let form = format!(
        "{}&client_id={}",
        form_of(&ec.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now())),
        client.app.client_id
    );
    assert_eq!(driftwood.token_form(&[], &form).await.status, 200);
    let body = json!({
        "grant_type": "client_credentials", "client_assertion_type": JWT_BEARER,
        "client_assertion": ec.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now()),
    });
    driftwood.post("oauth-token", body).await.result();
}

#[tokio::test]
async fn a_client_that_signed_an_assertion_is_told_which_claim_is_wrong() {
    let signer = Signer::es256("1");
    let (driftwood, client) = with_keys(&signer).await;
    let now = driftwood.clock.now().as_seconds();
    for (name, value) in [
        ("aud", json!("https://other.example")),
        ("exp", json!(now)),
        ("exp", json!(now + 3_661)),
        ("exp", json!("soon")),
        ("iat", json!(now + 61)),
        ("nbf", json!(now + 61)),
        ("jti", json!("")),
        ("jti", Value::Null),
    ] {
        let assertion = signer.sign(&signer.header(), &with(&client, &driftwood, name, value.clone()));
        let error = ask(&driftwood, &assertion).await.refused_oauth(401, "invalid_client");
        let description = error["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("The {name} of client_assertion")), "{name} {value}: {description}");
    }
    let assertion = signer.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now());
    ask(&driftwood, &assertion).await.json();
    let error = ask(&driftwood, &assertion).await.refused_oauth(401, "invalid_client");
    assert_eq!(error["error_description"], "The jti of client_assertion was used before");
    // Another sender learns nothing, and the log says what it was.
    let forged = Signer::es256("1").sign(&signer.header(), &with(&client, &driftwood, "exp", json!(1)));
    let error = ask(&driftwood, &forged).await.refused_oauth(401, "invalid_client");
    assert_eq!(error["error_description"], "The client is unknown or its credentials are wrong");
    for reason in ["No key of the client verifies client_assertion", "The exp of client_assertion has passed"] {
        assert!(driftwood.has_logged(reason, "invalid_client"), "{reason}");
    }
}

#[tokio::test]
async fn an_operator_lets_older_libraries_name_the_token_endpoint() {
    let signer = Signer::es256("1");
    for (parameters, is_accepted) in [(&[][..], false), (&[("TokenEndpointAudience", "true")], true)] {
        let driftwood = TestServer::start_with(parameters).await;
        let client = driftwood.signing_client(&signer, ("jwks", signer.jwks())).await;
        let at = |path: &str| format!("{}{path}", client.issuer);
        for (aud, is_ever) in [
            (json!(at("/oauth2/token")), true),
            (json!([at("/oauth2/token")]), true),
            (json!([at("/oauth2/token"), client.issuer]), false),
            (json!(at("/oauth2/par")), false),
            (json!(at("/")), false),
        ] {
            let assertion = signer.sign(&signer.header(), &with(&client, &driftwood, "aud", aud.clone()));
            let reply = ask(&driftwood, &assertion).await;
            assert_eq!(reply.status == 200, is_accepted && is_ever, "{aud}: {}", reply.text);
        }
        let own = signer.sign(&signer.header(), &with(&client, &driftwood, "x", json!(1)));
        assert_eq!(ask(&driftwood, &own).await.status, 200, "the issuer is accepted in any case");
    }
}

#[tokio::test]
async fn an_invalid_assertion_is_an_invalid_client_whatever_is_wrong() {
    let signer = Signer::es256("1");
    let (driftwood, client) = with_keys(&signer).await;
    let foreign = Signer::es256("2");
    let other = driftwood.signing_client(&foreign, ("jwks", foreign.jwks())).await;
    let now = driftwood.clock.now().as_seconds();
    let at = |path: &str| format!("{}{path}", client.issuer);
    let changed = |name: &str, value: Value| signer.sign(&signer.header(), &with(&client, &driftwood, name, value));
    let headed = |header: Value| signer.sign(&header, &with(&client, &driftwood, "x", json!(1)));
    let good = with(&client, &driftwood, "x", json!(1));
    let by_foreign_key = |header: Value| foreign.sign(&header, &good);
    let by_mac = |secret: &[u8]| {
        let message = unsigned(&json!({"alg": "HS256", "kid": "1"}), &good);
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac))
    };
    let point = ["x", "y"].map(|name| URL_SAFE_NO_PAD.decode(signer.jwk()[name].as_str().unwrap()).unwrap()).concat();
    let twice = good.to_string().replacen('{', &format!("{{\"aud\":\"{}\",", client.issuer), 1);
    let unsigned_twice =
        format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(signer.header().to_string()), URL_SAFE_NO_PAD.encode(twice));
    let whole = signer.sign(&signer.header(), &good);
    let (message, signature) = whole.rsplit_once('.').unwrap();
    let cases: Vec<(&str, String)> = vec![
        ("alg none", headed(json!({"alg": "none"}))),
        ("alg none, unsigned", format!("{}.", unsigned(&json!({"alg": "none"}), &good))),
        ("alg nOnE", format!("{}.", unsigned(&json!({"alg": "nOnE"}), &good))),
        ("no alg", headed(json!({"kid": "1"}))),
        ("HS256 with the public point", by_mac(&point)),
        ("HS256 with the public JWK", by_mac(signer.jwk().to_string().as_bytes())),
        ("RS256 for a key of ES256", headed(json!({"alg": "RS256", "kid": "1"}))),
        ("kid of another client", by_foreign_key(json!({"alg": "ES256", "kid": "2"}))),
        ("key of another client under the right kid", by_foreign_key(json!({"alg": "ES256", "kid": "1"}))),
        ("key of another client without kid", by_foreign_key(json!({"alg": "ES256"}))),
        ("unknown kid", headed(json!({"alg": "ES256", "kid": "../../dev/null"}))),
        ("kid as a list", headed(json!({"alg": "ES256", "kid": ["1"]}))),
        ("crit", headed(json!({"alg": "ES256", "kid": "1", "crit": ["exp"]}))),
        ("jku", headed(json!({"alg": "ES256", "kid": "1", "jku": "https://evil.example/jwks"}))),
        ("x5u", headed(json!({"alg": "ES256", "kid": "1", "x5u": "https://evil.example/x"}))),
        ("jwk", by_foreign_key(json!({"alg": "ES256", "jwk": foreign.jwk()}))),
        ("at+jwt", headed(json!({"alg": "ES256", "kid": "1", "typ": "at+jwt"}))),
        ("a header that is a list", headed(json!([]))),
        ("expired", changed("exp", json!(now))),
        ("expires in a year", changed("exp", json!(now + 31_536_000))),
        ("expires in two hours", changed("exp", json!(now + 7_200))),
        ("exp as a string", changed("exp", json!((now + 60).to_string()))),
        ("exp 1e99", changed("exp", json!(1e99))),
        ("without exp", changed("exp", Value::Null)),
        ("issued in the future", changed("iat", json!(now + 61))),
        ("not yet valid", changed("nbf", json!(now + 61))),
        ("without jti", changed("jti", Value::Null)),
        ("an empty jti", changed("jti", json!(""))),
        ("a jti that is a number", changed("jti", json!(1))),
        ("a jti without end", changed("jti", json!("x".repeat(257)))),
        ("without aud", changed("aud", Value::Null)),
        ("a foreign aud", changed("aud", json!("https://other.example"))),
        ("the token endpoint as aud", changed("aud", json!(at("/oauth2/token")))),
        ("a slash after the issuer", changed("aud", json!(at("/")))),
        ("two aud", changed("aud", json!([client.issuer, "https://other.example"]))),
        ("aud twice the issuer", changed("aud", json!([client.issuer, client.issuer]))),
        ("no aud in the list", changed("aud", json!([]))),
        ("iss is another", changed("iss", json!(other.app.client_id))),
        ("sub is another", changed("sub", json!(other.app.client_id))),
        ("without iss", changed("iss", Value::Null)),
        ("without sub", changed("sub", Value::Null)),
        (
            "an unknown client",
            signer.assertion("dw_ci_01890a5dac96774bbcceb302099a8057", &client.issuer, driftwood.clock.now()),
        ),
        ("no client at all", signer.assertion("nobody", &client.issuer, driftwood.clock.now())),
        ("a claim twice", unsigned_twice),
        ("without signature", format!("{message}.")),
        ("a zero signature", format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 64]))),
        ("a longer signature", format!("{message}.{signature}AA")),
        ("two parts", message.to_owned()),
        ("four parts", format!("{whole}.AAAA")),
        ("rubbish", "rubbish".to_owned()),
        ("dots", "..".to_owned()),
        ("nine kilobytes", format!("{message}.{}", "A".repeat(9_000))),
        (
            "an access token",
            client.token(&driftwood, &[("grant_type", "client_credentials")]).await.json()["access_token"]
                .as_str()
                .unwrap()
                .to_owned(),
        ),
    ];
    let mut responses = Vec::new();
    for (case, assertion) in cases {
        let reply = ask(&driftwood, &assertion).await;
        assert_eq!(reply.status, 401, "{case}: {}", reply.text);
        reply.refused_oauth(401, "invalid_client");
        responses.push((case, reply.text));
    }
    // What another sender could have sent tells nothing about the client.
    let unproven = ["HS256", "RS256", "kid of", "key of", "unknown kid", "an unknown client", "signature"];
    let unproven = responses.iter().filter(|(case, _)| unproven.iter().any(|kind| case.contains(kind)));
    let unproven: Vec<_> = unproven.filter(|(case, _)| !case.starts_with("HS256")).collect();
    assert_eq!(unproven.len(), 9, "{unproven:?}");
    for pair in unproven.windows(2) {
        assert_eq!(pair[0].1, pair[1].1, "{} and {}", pair[0].0, pair[1].0);
    }
    assert_eq!(ask(&driftwood, &whole).await.status, 200, "none of these spent the valid one");
}

#[tokio::test]
async fn a_client_authenticates_by_its_registered_method_only() {
    let signer = Signer::es256("1");
    let (driftwood, client) = with_keys(&signer).await;
    let (id, basic) =
        (client.app.client_id.as_str(), Program { client_secret: "anything".to_owned(), ..client.app.clone() }.basic());
    let assertion = || signer.assertion(id, &client.issuer, driftwood.clock.now());
    let web_app = driftwood.web_app().await;
    let spa = driftwood.spa().await;
    for form in [
        format!("{}&client_secret=anything", form_of(&assertion())),
        format!("grant_type=client_credentials&client_assertion={}", assertion()),
        format!("grant_type=client_credentials&client_id={id}&client_assertion={}", assertion()),
        form_of(&assertion()).replace(JWT_BEARER, "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        form_of(&assertion()).replace(JWT_BEARER, ""),
        format!("grant_type=client_credentials&client_assertion_type={JWT_BEARER}"),
        format!("grant_type=client_credentials&client_id={id}&client_assertion_type={JWT_BEARER}"),
        format!("{}&client_assertion=x", form_of(&assertion())),
        format!("{}&client_assertion_type={JWT_BEARER}", form_of(&assertion())),
    ] {
        driftwood.token_form(&[], &form).await.refused_oauth(400, "invalid_request");
    }
    let both = driftwood.token_form(&[("authorization", &basic)], &form_of(&assertion())).await;
    both.refused_oauth(400, "invalid_request");
    let of_web_app = signer.assertion(&web_app.app.client_id, &client.issuer, driftwood.clock.now());
    let of_spa = signer.assertion(&spa.app.client_id, &client.issuer, driftwood.clock.now());
    for form in [
        format!("grant_type=client_credentials&client_id={id}"),
        format!("grant_type=client_credentials&client_id={id}&client_secret=anything"),
        format!("grant_type=client_credentials&client_id={id}&client_secret="),
        format!("{}&client_id={}", form_of(&assertion()), web_app.app.client_id),
        form_of(&of_web_app),
        form_of(&of_spa),
    ] {
        driftwood.token_form(&[], &form).await.refused_oauth(401, "invalid_client");
    }
    let by_header = driftwood.token_form(&[("authorization", &basic)], "grant_type=client_credentials").await;
    by_header.refused_oauth(401, "invalid_client");
    assert!(by_header.header("www-authenticate").starts_with("Basic realm="));
    for path in ["/oauth2/revoke", "/oauth2/introspect", "/oauth2/par", "/oauth2/device_authorization"] {
        let form = format!("client_id={id}&token=x&{}", "response_type=code");
        driftwood.form(path, &[], &form).await.refused_oauth(401, "invalid_client");
        driftwood.form(path, &[], &format!("{form}&client_secret=x")).await.refused_oauth(401, "invalid_client");
        let stale = signer.sign(&signer.header(), &with(&client, &driftwood, "exp", json!(1)));
        let form = form_of(&stale).replace("grant_type=client_credentials", "token=x&response_type=code");
        driftwood.form(path, &[], &form).await.refused_oauth(401, "invalid_client");
    }
}

#[tokio::test]
async fn an_assertion_works_once_at_whichever_endpoint() {
    let signer = Signer::es256("1");
    let (driftwood, client) = with_keys(&signer).await;
    let assertion = signer.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now());
    assert_eq!(ask(&driftwood, &assertion).await.status, 200);
    ask(&driftwood, &assertion).await.refused_oauth(401, "invalid_client");
    for path in ["/oauth2/revoke", "/oauth2/introspect", "/oauth2/par", "/oauth2/device_authorization"] {
        let form = form_of(&assertion).replace("grant_type=client_credentials", "token=x&response_type=code");
        driftwood.form(path, &[], &form).await.refused_oauth(401, "invalid_client");
    }
    let mut again = claims(&assertion);
    again["exp"] = json!(driftwood.clock.now().as_seconds() + 200);
    let signed_anew = signer.sign(&signer.header(), &again);
    ask(&driftwood, &signed_anew).await.refused_oauth(401, "invalid_client");
    driftwood.advance(100);
    ask(&driftwood, &signed_anew).await.refused_oauth(401, "invalid_client");
    let other = driftwood.signing_client(&signer, ("jwks", signer.jwks())).await;
    let mut of_other = assertion_claims(&other.app.client_id, &other.issuer, driftwood.clock.now());
    of_other["jti"] = again["jti"].clone();
    let reply = ask(&driftwood, &signer.sign(&signer.header(), &of_other)).await;
    assert_eq!(reply.status, 200, "a jti is unique per client");
}

#[tokio::test]
async fn of_32_requests_with_one_assertion_exactly_one_succeeds() {
    let signer = Signer::es256("1");
    let (driftwood, client) = with_keys(&signer).await;
    let assertion = signer.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now());
    let replies = join_all((0..32).map(|_| ask(&driftwood, &assertion))).await;
    let (good, bad): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!(good.len(), 1);
    for reply in bad {
        reply.refused_oauth(401, "invalid_client");
    }
}

#[tokio::test]
async fn a_fault_while_an_assertion_is_spent_refuses_no_valid_client() {
    let signer = Signer::es256("1");
    let (driftwood, client) = with_keys(&signer).await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        let assertion = signer.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now());
        driftwood.inject_fault("PutItem", trouble, 1);
        let reply = ask(&driftwood, &assertion).await;
        assert_eq!((reply.status, driftwood.clear_faults()), (200, 1), "{trouble:?} {}", reply.text);
        ask(&driftwood, &assertion).await.refused_oauth(401, "invalid_client");
    }
    let assertion = signer.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now());
    driftwood.inject_fault("PutItem", Trouble::Throttled, 50);
    let refused = ask(&driftwood, &assertion).await;
    refused.refused_oauth(503, "temporarily_unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    assert!(driftwood.clear_faults() > 0);
    assert_eq!(ask(&driftwood, &assertion).await.status, 200, "it was not spent");
    for trouble in [Trouble::TimeoutAfter, Trouble::ResponseLost] {
        let lost = signer.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now());
        driftwood.inject_fault("PutItem", trouble, 50);
        ask(&driftwood, &lost).await.refused_oauth(503, "temporarily_unavailable");
        driftwood.clear_faults();
        assert_eq!(client.token(&driftwood, &[("grant_type", "client_credentials")]).await.status, 200);
    }
    driftwood.inject_fault("BatchGetItem", Trouble::TimeoutBefore, 50);
    let next = signer.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now());
    ask(&driftwood, &next).await.refused_oauth(503, "temporarily_unavailable");
    driftwood.clear_faults();
    assert_eq!(ask(&driftwood, &next).await.status, 200);
}

#[tokio::test]
async fn new_keys_replace_the_old_ones_at_once_and_users_are_asked_again() {
    let (old, new) = (Signer::es256("1"), Signer::rs256("1"));
    let (driftwood, client) = with_keys(&old).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[]).await.code();
    client.answer(&visitor.get(&client.authorize_path(&[])).await).code();
    let update =
        async |change: Value| driftwood.post_as(&client.developer.access_token, "oauth-apps-update", change).await;
    let oct = json!({"keys": [{"kty": "oct", "k": "AAAA"}]});
    assert_eq!(update(json!({"id": client.app.id, "jwks": oct})).await.mistaken_fields(), ["jwks"]);
    let app = update(json!({"id": client.app.id, "jwks": new.jwks()})).await.result()["app"].clone();
    assert_eq!(app["jwks"], new.jwks());
    let now = driftwood.clock.now();
    ask(&driftwood, &old.assertion(&client.app.client_id, &client.issuer, now))
        .await
        .refused_oauth(401, "invalid_client");
    let reply = ask(&driftwood, &new.assertion(&client.app.client_id, &client.issuer, now)).await;
    assert_eq!(reply.status, 200);
    let page = visitor.authorize(&client, &[]).await;
    assert_eq!(page.heading(), "Signing App wants to access your account");
}

#[tokio::test]
async fn wrong_assertions_are_limited_and_a_right_one_is_not() {
    let signer = Signer::es256("1");
    let driftwood = TestServer::start_with(&[("ClientLimit", "3")]).await;
    let client = driftwood.signing_client(&signer, ("jwks", signer.jwks())).await;
    let wrong = || signer.assertion(&client.app.client_id, "https://other.example", driftwood.clock.now());
    for _ in 0..3 {
        ask(&driftwood, &wrong()).await.refused_oauth(401, "invalid_client");
    }
    let refused = ask(&driftwood, &wrong()).await;
    refused.refused_oauth(429, "temporarily_unavailable");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    let right = signer.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now());
    assert_eq!(ask(&driftwood, &right).await.status, 200);
}

#[tokio::test]
async fn an_assertion_is_no_access_token() {
    let signer = Signer::es256("1");
    let (driftwood, client) = with_keys(&signer).await;
    let assertion = signer.assertion(&client.app.client_id, &client.issuer, driftwood.clock.now());
    let mut of_access = assertion_claims(&client.app.client_id, &client.issuer, driftwood.clock.now());
    of_access["client_id"] = json!(client.app.client_id);
    of_access["token_type"] = json!("oauth_client");
    of_access["user_id"] = json!(client.developer.user_id);
    of_access["org_id"] = client.developer.claims()["account_id"].clone();
    let disguised = signer.sign(&json!({"alg": "ES256", "kid": "1", "typ": "at+jwt"}), &of_access);
    for token in [&assertion, &disguised] {
        driftwood.post_as(token, "contacts-list", json!({})).await.refused(401, "invalid_token");
        assert_eq!(client.introspect(&driftwood, token).await, json!({"active": false}));
    }
    assert_eq!(ask(&driftwood, &assertion).await.status, 200);
}

#[tokio::test]
async fn a_revoked_app_and_one_whose_owner_is_disabled_cannot_authenticate() {
    let signer = Signer::es256("1");
    let driftwood = TestServer::start().await;
    let revoked = driftwood.signing_client(&signer, ("jwks", signer.jwks())).await;
    let ownerless = driftwood.signing_client(&signer, ("jwks", signer.jwks())).await;
    let developer = &revoked.developer;
    driftwood.post_as(&developer.access_token, "oauth-apps-revoke", json!({"id": revoked.app.id})).await.result();
    driftwood.operator_disables(&ownerless.developer).await;
    for client in [&revoked, &ownerless] {
        let reply = client.token(&driftwood, &[("grant_type", "client_credentials")]).await;
        reply.refused_oauth(401, "invalid_client");
    }
}
