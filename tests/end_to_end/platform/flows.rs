//! Every flow that there is, for what has to hold in each.

use local::MailTrouble;
use serde_json::json;

use crate::harness::{Alice, DocumentServer, Forged, JWT_BEARER, PASSWORD, Served, Signer, TestServer, Trouble};
use crate::{deletion, management, recovery};

/// Every flow of the upstream provider: sign-in, linking and unlinking.
pub async fn every_upstream_flow(forged: &Forged) {
    let driftwood = &forged.driftwood;
    let alice = driftwood.alice().await;
    for _ in 0..2 {
        forged.sign_in(&driftwood.visitor(), "ada").await;
    }
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    // Another user signs in in the same browser, with a known address; and one more with an unknown address.
    let client = driftwood.spa().await;
    for (subject, email) in [("alice", alice.email.as_str()), ("bob", "bob@example.com")] {
        let page = visitor.authorize(&client, &[("prompt", "select_account")]).await;
        let asked = forged.leave(&visitor, &page).await;
        let mut claims = forged.claims(&asked, subject);
        claims["email"] = json!(email);
        forged.vouch(&claims);
        let back = forged.come_back(&visitor, &asked).await;
        if subject == "alice" {
            let question = visitor.follow(back).await;
            visitor.sign_in(&question, &alice.email, PASSWORD).await.heading();
        } else {
            back.taken_to();
        }
    }
    visitor.forget("dw-sid");
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    let account = visitor.sign_in(&page, &alice.email, PASSWORD).await;
    assert_eq!(crate::account::press(&visitor, &account, "unlink", "Acme").await.status, 303);
    // By the mail alone the address is verified, and what was linked before ends.
    let token = recovery::last_token(driftwood, "bob@example.com", recovery::VERIFY);
    recovery::verify(driftwood, &token).await.result();
    // The provider's verified address takes an account over with its links, and a reset takes it back.
    let email = driftwood.new_email();
    for (subject, is_verified) in [("mallory", false), ("carol", true)] {
        let visitor = driftwood.visitor();
        let asked = forged.leave_anew(&visitor).await;
        let mut claims = forged.claims(&asked, subject);
        (claims["email"], claims["email_verified"]) = (json!(email), json!(is_verified));
        forged.vouch(&claims);
        forged.come_back(&visitor, &asked).await.taken_to();
    }
    let token = recovery::reset_token(driftwood, &email).await;
    recovery::reset(driftwood, &token, recovery::NEW).await.result();
}

/// An account keeps its unverified address because it has an app, and another one is deleted by an app and restored.
async fn every_claim_to_an_address(driftwood: &TestServer) {
    let client = deletion::data_app(driftwood).await;
    let (email, token) = deletion::delegated(driftwood, &client, "openid gdpr_write").await;
    driftwood.post_as(&token, "users-delete", json!({})).await.result();
    let body = json!({"email": email, "password": PASSWORD, "restore": true});
    driftwood.post("auth-login", body).await.result();
    let stranger = driftwood.alice().await;
    driftwood.program(&stranger, json!({"name": "Job"})).await;
    driftwood.advance(4 * 86_400);
    let body = json!({"email": stranger.email, "password": PASSWORD, "name": "Owner"});
    driftwood.post("auth-register", body).await.refused(409, "email_taken");
}

/// An account with as many apps as it may have.
async fn full_account(driftwood: &TestServer) {
    let carol = driftwood.alice().await;
    for number in 0..13 {
        let body = json!({"name": format!("App {number}")});
        let reply = driftwood.post_as(&carol.access_token, "oauth-apps-create", body).await;
        assert_eq!(reply.status, if number < 12 { 200 } else { 403 });
    }
    let client = json!({"name": "One more", "redirect_uris": ["https://web.example/cb"]});
    for (path, body) in [("/api/v1/apps", json!({"name": "One more"})), ("/oauth2/register", client)] {
        assert_eq!(driftwood.post_json(path, &carol.access_token, body).await.status, 403);
    }
}

pub async fn every_flow(driftwood: &TestServer, documents: &DocumentServer) -> Vec<crate::harness::Call> {
    full_account(driftwood).await;
    let alice = driftwood.alice().await;
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    driftwood.outdate_password(&alice).await;
    driftwood.login(&alice.email, PASSWORD).await.result();
    driftwood.refresh(&alice.refresh_token).await.result();
    let stolen = driftwood.alice().await;
    driftwood.refresh(&stolen.refresh_token).await.result();
    driftwood.advance(61);
    driftwood.refresh(&stolen.refresh_token).await.refused(401, "invalid_refresh_token");
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    driftwood
        .program_token(&crate::harness::Program { client_secret: "wrong".to_owned(), ..program.clone() })
        .await
        .refused(401, "invalid_client");
    let contact = post("contacts-create", json!({"email": "c@example.com"})).await.result()["contact"].clone();
    post("contacts-update", json!({"id": contact["id"], "email": "d@example.com"})).await.result();
    post("contacts-update", json!({"id": contact["id"], "name": "D"})).await.result();
    post("contacts-list", json!({})).await.result();
    post("contacts-delete", json!({"id": contact["id"]})).await.result();
    for _ in 0..2 {
        let key = [("idempotency-key", "1")];
        let event = driftwood.post_event_as(&alice.access_token, &key, crate::events::order(1)).await;
        assert_eq!(event.status, 201);
    }
    post("events-list", json!({})).await.result();
    post("oauth-apps-list", json!({})).await.result();
    post("oauth-apps-update", json!({"id": program.id, "name": "N"})).await.result();
    post("oauth-apps-rotate-secret", json!({"id": program.id})).await.result();
    for endpoint in local::registry::endpoints() {
        // Every endpoint recognizes an app's token, if only to refuse it.
        driftwood.post_as(&token, endpoint.name(), json!({})).await;
    }
    driftwood.post_event_as(&token, &[], json!({})).await;
    post("oauth-apps-revoke", json!({"id": program.id})).await.result();
    management::every_call(driftwood, &alice).await;
    driftwood.get("/.well-known/jwks.json").await;
    every_page(driftwood).await;
    every_client(driftwood, documents).await;
    every_change(driftwood).await;
    every_change_by_pages(driftwood).await;
    let operator = driftwood.operator().await;
    let operate = |name: &'static str, body| driftwood.post_as(&operator.access_token, name, body);
    operate("audit-list", json!({"without_account": true})).await.result();
    operate("users-list", json!({})).await.result();
    let hash = "$2b$10$eBeCbtQwmhrjOzbYkMIKiOtk.k3HjllTter5k75.V824rxogqeNo2";
    let imported = json!({"import_id": "1", "email": "imported@example.com", "password_hash": hash});
    let unproven = driftwood.alice().await;
    let proven = json!({"import_id": "2", "email": unproven.email, "email_verified": true});
    driftwood.import(&operator, &[imported, proven]).await.result();
    driftwood.login("imported@example.com", "Grüße an Ada, 1843").await.result();
    operate("users-list", json!({"email": operator.email})).await.result();
    let other = driftwood.alice().await;
    operate("users-disable", json!({"id": other.user_id})).await.result();
    operate("users-enable", json!({"id": other.user_id})).await.result();
    operate("users-verify", json!({"id": other.user_id})).await.result();
    every_review(driftwood, documents, &operator).await;
    let other = crate::harness::Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    driftwood.post_as(&other.access_token, "auth-logout", json!({})).await.result();
    post("auth-logout", json!({"everywhere": true})).await.result();
    every_key(driftwood).await;
    every_ownership(driftwood).await;
    every_claim_to_an_address(driftwood).await;
    every_mail_that_is_given_up(driftwood, &operator).await;
    every_webhook(driftwood, documents).await;
    driftwood.calls()
}

/// A mail that is given up after three days, and that an operator sends again.
async fn every_mail_that_is_given_up(driftwood: &TestServer, operator: &Alice) {
    let alice = driftwood.alice().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Rejected, 1);
    driftwood.program(&alice, json!({"name": "Job"})).await;
    driftwood.advance(3 * 86_400);
    driftwood.server.run("mail-send").await.expect("a run");
    let operator = Alice::from(&operator.email, &driftwood.login(&operator.email, PASSWORD).await.result());
    let operate = |name: &'static str, body| driftwood.post_as(&operator.access_token, name, body);
    operate("mails-list", json!({"state": "waiting"})).await.result();
    let mails = operate("mails-list", json!({})).await.result()["mails"].clone();
    let mail = mails.as_array().unwrap().iter().find(|mail| mail["to"] == alice.email).expect("the mail");
    operate("mails-resend", json!({"id": mail["id"]})).await.result();
}

/// An operator reviews a client that was not used before, and a user sees its logo.
async fn every_review(driftwood: &TestServer, documents: &DocumentServer, operator: &Alice) {
    let url = "https://machine.example/reviewed";
    let document = json!({
        "client_id": url, "client_name": "Reviewed", "redirect_uris": ["https://machine.example/cb"],
        "logo_uri": "https://machine.example/logo", "token_endpoint_auth_method": "none",
    });
    documents.put("/reviewed", Served::json(&document));
    documents.put("/logo", Served::bytes(crate::operators::PIXEL));
    let review = |body| driftwood.post_as(&operator.access_token, "oauth-apps-review", body);
    let seen = review(json!({"client_id": url})).await.result();
    let body = json!({"client_id": url, "standing": "reviewed", "identity": seen["client"]["identity"]});
    review(body).await.result();
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let client = driftwood.unowned_client(url, "", "https://machine.example/cb");
    visitor.authorize(&client, &[]).await;
}

/// Every flow of user keys: creation, use, renaming and revocation; it takes a day.
async fn every_key(driftwood: &TestServer) {
    let new_user = driftwood.script(&driftwood.key_of_new_user("nightly-job").await, PASSWORD).await;
    let wrong = driftwood.authenticate(&new_user.user_key, "not the secret at all").await;
    wrong.refused_resource(401, "invalid_credentials");
    let alice = driftwood.alice().await;
    driftwood.key_of(&alice, "Backup").await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let own = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    let client = driftwood.spa().await;
    let visitor = crate::keys::browser(driftwood, &alice.email, PASSWORD).await;
    let delegated = client.exchange(driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    for token in [own.as_str(), delegated["access_token"].as_str().unwrap()] {
        driftwood.post_json("/register", token, json!({})).await.refused_resource(403, "forbidden");
    }
    driftwood.advance(86_400);
    assert_eq!(driftwood.refresh_key(&new_user.refresh_token).await.status, 200);
    let page = crate::keys::key_page(&visitor, "Backup").await;
    let rename = page.forms()[0].clone();
    let fields = rename.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> = fields.chain([("name", "Weekly backup"), ("action", "rename")]).collect();
    assert_eq!(visitor.post(&rename.action, &fields).await.status, 303);
    assert_eq!(crate::keys::revoke(&visitor, "Weekly backup").await.heading(), "The key was revoked");
}

/// Every flow of the pages, and every call of the apps that users consent to on them.
async fn every_page(driftwood: &TestServer) {
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let old = driftwood.alice().await;
    driftwood.outdate_password(&old).await;
    visitor.signed_up().await;
    // Another user signs in, an outdated hash is replaced, and the first user's session is revoked.
    let page = visitor.authorize(&client, &[("prompt", "login")]).await;
    let consent = visitor.sign_in(&page, &old.email, PASSWORD).await;
    let code = client.answer(&visitor.allow(&consent).await).code().to_owned();
    let tokens = client.exchange(driftwood, &code).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    let refreshed = client.refresh(driftwood, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status, 200);
    let widened = visitor.approve(&client, &[("scope", "openid contact_write")]).await;
    assert_eq!(client.exchange(driftwood, widened.code()).await.status, 200);
    let page = visitor.authorize(&client, &[("prompt", "consent")]).await;
    client.answer(&visitor.submit(&page, &[("decision", "deny")]).await).refused("access_denied");
    for endpoint in local::registry::endpoints() {
        driftwood.post_as(token, endpoint.name(), json!({})).await;
    }
    driftwood.post_event_as(token, &[], json!({})).await;
    let bearer = format!("Bearer {token}");
    driftwood.send(reqwest::Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], "").await;
    let page = visitor.get("/account").await;
    crate::account::disconnect(&visitor, "Photo Album").await;
    crate::account::press(&visitor, &page, "sign-out-everywhere", "sign-out-everywhere").await;
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &old.email, PASSWORD).await;
    let page = visitor.get("/account").await;
    crate::account::press(&visitor, &page, "sign-out", "sign-out").await;
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &old.email, PASSWORD).await;
    let page = visitor.get(&format!("/oauth2/logout?client_id={}", client.app.client_id)).await;
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "You are signed out");
}

/// More events than a run of the purge deletes.
const MANY_EVENTS: u64 = 30_000;

/// Every recovery, change and deletion by the JSON API, and the purge.
async fn every_change(driftwood: &TestServer) {
    let client = driftwood.spa().await;
    let forgetful = driftwood.alice().await;
    let token = recovery::reset_token(driftwood, &forgetful.email).await;
    recovery::reset(driftwood, &token, recovery::NEW).await.result();
    recovery::forgot(driftwood, "nobody@example.com").await.result();
    // A mail that waits for the next run of the schedule.
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
    recovery::forgot(driftwood, &forgetful.email).await.result();
    driftwood.advance(60);
    driftwood.server.run("mail-send").await.expect("a run");
    for is_interrupted in [false, true] {
        let owner = deletion::full_user(driftwood, &client).await;
        let alice = &owner.alice;
        let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
        recovery::ask_to_verify(driftwood, alice).await.result();
        let token = recovery::last_token(driftwood, &alice.email, recovery::VERIFY);
        recovery::verify_as(driftwood, alice, &token).await.result();
        let token = recovery::change_token(driftwood, alice, &format!("new.{}", alice.email)).await;
        recovery::confirm(driftwood, alice, &token).await.result();
        recovery::change_password(driftwood, alice, "a wrong guess", recovery::NEW).await.mistaken_fields();
        recovery::change_password(driftwood, alice, PASSWORD, recovery::NEW).await.result();
        post("users-update", json!({"name": "New", "locale": "de"})).await.result();
        let page = post("users-export", json!({})).await.result();
        let page = post("users-export", json!({"cursor": page["next_cursor"]})).await.result();
        post("users-export", json!({"cursor": page["next_cursor"]})).await.result();
        post("users-delete", json!({"password": "a wrong guess"})).await.mistaken_fields();
        if is_interrupted {
            driftwood.inject_fault_in("users-delete", "Query", Trouble::Throttled, 50);
        }
        post("users-delete", json!({"password": recovery::NEW})).await.result();
        assert_eq!(driftwood.clear_faults() > 0, is_interrupted);
    }
    let busy = driftwood.alice().await;
    driftwood.move_counter(&busy, MANY_EVENTS).await;
    driftwood.post_as(&busy.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
}

/// The same by the pages.
async fn every_change_by_pages(driftwood: &TestServer) {
    let client = driftwood.spa().await;
    let owner = deletion::full_user(driftwood, &client).await;
    let (email, visitor) = (&owner.alice.email, &owner.browser);
    driftwood.keep_secret(recovery::NEW);
    let fill = |path: String, fields: Vec<(&'static str, String)>| async move {
        let page = visitor.get(&path).await;
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let done = visitor.submit(&page, &fields).await;
        assert_eq!(done.status, 200, "{path}: {}", done.text);
    };
    let link = |to: &str, page| format!("{page}?token={}", recovery::last_token(driftwood, to, page));
    let page = visitor.get("/account").await;
    crate::account::press(visitor, &page, "send-verification", "send-verification").await.heading();
    fill(link(email, recovery::VERIFY), vec![("action", "confirm".to_owned())]).await;
    let text = str::to_owned;
    fill(text("/account/profile"), vec![("name", text("New")), ("locale", text("de"))]).await;
    let new = format!("new.{email}");
    let page = "/account/change-email";
    fill(text(page), vec![("new_email", new.clone()), ("password", text(PASSWORD))]).await;
    fill(link(&new, recovery::CONFIRM), vec![]).await;
    let passwords = vec![("current_password", text(PASSWORD)), ("new_password", text(recovery::NEW))];
    fill(text("/account/change-password"), passwords).await;
    for email in [&new, "nobody@example.com"] {
        fill(text(recovery::FORGOT), vec![("email", text(email))]).await;
    }
    fill(link(&new, recovery::RESET), vec![("password", text(PASSWORD))]).await;
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &new, PASSWORD).await;
    let page = visitor.get("/account").await;
    let export = page.forms().into_iter().find(|form| form.action == "/account/export").unwrap();
    let fields: Vec<_> = export.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(visitor.post(&export.action, &fields).await.status, 200);
    fill(text("/account/delete"), vec![("password", text(PASSWORD))]).await;
    let busy = driftwood.visitor();
    let email = busy.signed_up().await;
    let signed_in = recovery::signed_in(driftwood, &email, PASSWORD).await;
    driftwood.move_counter(&signed_in, MANY_EVENTS).await;
    let page = busy.get("/account/delete").await;
    assert_eq!(busy.submit(&page, &[("password", PASSWORD)]).await.status, 200);
}

/// What the owner of an address does about an account that another party registered with it.
async fn every_ownership(driftwood: &TestServer) {
    let visitor = driftwood.visitor();
    let fill = |link: String, fields: Vec<(&'static str, &'static str)>| {
        let visitor = &visitor;
        async move { assert_eq!(visitor.submit(&visitor.get(&link).await, &fields).await.status, 200, "{link}") }
    };
    let stranger = driftwood.alice().await;
    fill(driftwood.last_mail_to(&stranger.email).link(), vec![("action", "disown")]).await;
    let (by_mail, stranger) = (driftwood.alice().await, driftwood.alice().await);
    recovery::verify(driftwood, &recovery::last_token(driftwood, &by_mail.email, recovery::VERIFY)).await.result();
    let [kept, deleted] = [
        driftwood.program(&stranger, json!({"name": "Kept"})).await,
        driftwood.program(&stranger, json!({"name": "Gone"})).await,
    ];
    assert_ne!(kept.id, deleted.id);
    let owner = crate::ownership::owner_resets(driftwood, &stranger.email).await;
    let browser = crate::keys::browser(driftwood, &stranger.email, recovery::NEW).await;
    let page = browser.get("/account").await;
    crate::account::press(&browser, &page, "keep-app", "Keep: Kept").await;
    crate::account::press(&browser, &page, "delete-app", "Delete: Gone").await;
    driftwood.program(&owner, json!({"name": "Not mine"})).await;
    fill(driftwood.last_mail_to(&stranger.email).link(), vec![]).await;
    let abandoned = driftwood.alice().await;
    driftwood.advance(3 * 86_400);
    let body = json!({"email": abandoned.email, "password": PASSWORD, "name": "Olivia Owner"});
    driftwood.post("auth-register", body).await.result();
    let abandoned = driftwood.alice().await;
    driftwood.advance(3 * 86_400);
    let browser = driftwood.visitor();
    let page = browser.get("/oauth2/authorize/register").await;
    let fields = [("name", "Olivia Owner"), ("email", abandoned.email.as_str()), ("password", PASSWORD)];
    assert_eq!(browser.submit(&page, &fields).await.heading(), "Your account");
    let unverified = driftwood.alice().await;
    let link = recovery::change_token(driftwood, &unverified, &format!("other.{}", unverified.email)).await;
    recovery::confirm(driftwood, &unverified, &link).await.result();
    let moved = driftwood.alice().await;
    let link = recovery::last_token(driftwood, &moved.email, recovery::VERIFY);
    recovery::verify_as(driftwood, &moved, &link).await.result();
    let link = recovery::change_token(driftwood, &moved, &format!("stolen.{}", moved.email)).await;
    recovery::confirm(driftwood, &moved, &link).await.result();
    fill(driftwood.last_mail_to(&moved.email).link(), vec![]).await;
}

/// Every way in which clients register, authenticate, and revoke their tokens.
async fn every_client(driftwood: &TestServer, documents: &DocumentServer) {
    let signer = Signer::es256("1");
    let url = "https://machine.example/client";
    let document = json!({
        "client_id": url, "client_name": "Machine", "redirect_uris": ["https://machine.example/cb"],
        "token_endpoint_auth_method": "private_key_jwt", "jwks": signer.jwks(),
    });
    documents.put("/client", Served::json(&document).header("cache-control", "no-cache"));
    let ask = "response_type=code&scope=openid&redirect_uri=https://machine.example/cb";
    for (path, form) in [
        ("/oauth2/token", "grant_type=authorization_code&code=none"),
        ("/oauth2/revoke", "token=none"),
        ("/oauth2/introspect", "token=none"),
        ("/oauth2/device_authorization", "scope=openid"),
        ("/oauth2/par", ask),
    ] {
        driftwood.advance(61);
        let assertion = signer.assertion(url, &driftwood.server.url, driftwood.clock.now());
        let form = format!("{form}&client_assertion_type={JWT_BEARER}&client_assertion={assertion}");
        driftwood.form(path, &[], &form).await;
        driftwood.form(path, &[], "client_id=dw_ci_00000000000000000000000000000000&token=none").await;
    }
    driftwood.advance(61);
    driftwood.get(&format!("/oauth2/authorize?client_id={url}&{ask}")).await;

    let television = driftwood.television().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let codes = television.ask(driftwood).await;
    television.poll(driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    visitor.connect(&codes).await;
    driftwood.advance(5);
    let tokens = television.poll(driftwood, &codes).await.json();

    let program = driftwood.program(&television.developer, json!({"name": "Asker"})).await;
    let headers = [("authorization", program.basic())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    driftwood.form("/oauth2/par", &headers, ask).await;
    let own = driftwood.program_token(&program).await.result();
    for token in [&own["access_token"], &tokens["refresh_token"]] {
        driftwood.form("/oauth2/introspect", &headers, &format!("token={}", token.as_str().unwrap())).await;
    }
    let web_app = driftwood.web_app().await;
    let code = visitor.approve(&web_app, &[]).await.code().to_owned();
    let tokens = web_app.exchange(driftwood, &code).await.json();
    let headers = [("authorization", web_app.app.basic())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    for token in [&tokens["access_token"], &tokens["refresh_token"]] {
        let token = format!("token={}", token.as_str().unwrap());
        driftwood.form("/oauth2/introspect", &headers, &token).await;
        assert_eq!(driftwood.form("/oauth2/revoke", &headers, &token).await.status, 200);
    }

    let json_type = ("content-type", "application/json");
    let registration = json!({"client_name": "New", "redirect_uris": ["https://new.example/cb"]});
    let register = |headers: Vec<(&'static str, String)>| {
        let body = registration.to_string();
        async move {
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).chain([json_type]).collect();
            driftwood.send(reqwest::Method::POST, "/oauth2/register", &headers, body).await
        }
    };
    let bearer = |token: &serde_json::Value| vec![("authorization", format!("Bearer {}", token.as_str().unwrap()))];
    register(bearer(&json!(television.developer.access_token))).await;
    register(bearer(&own["access_token"])).await;
    register(bearer(&tokens["access_token"])).await;
    let registered = register(vec![]).await.json();
    let path = format!("/oauth2/register/{}", registered["client_id"].as_str().unwrap());
    let token = bearer(&registered["registration_access_token"]);
    let headers = [(token[0].0, token[0].1.as_str()), json_type];
    let mut changed = registration.clone();
    changed["client_id"] = registered["client_id"].clone();
    for (method, body) in [(reqwest::Method::PUT, changed.to_string()), (reqwest::Method::DELETE, String::new())] {
        assert!(driftwood.send(method, &path, &headers, body).await.status < 300);
    }
}

/// A webhook that fails at first.
async fn every_webhook(driftwood: &TestServer, documents: &DocumentServer) {
    let client = driftwood
        .client(json!({
            "name": "Order Watch", "redirect_uris": ["https://watch.example/cb"],
            "token_endpoint_auth_method": "none", "scopes": ["openid", "event_read"],
        }))
        .await;
    driftwood.webhook(&client, "https://machine.example/webhooks", &["*"]).await;
    documents.put("/webhooks", Served::text("").status(204));
    let (_, alice) = driftwood.installs(&client, "openid event_read").await;
    driftwood.post_as(&alice.access_token, "contacts-create", json!({"email": "ada@example.com"})).await.result();
    crate::events::built_in::tells_a_deletion_twice(driftwood).await;
    documents.put("/webhooks", Served::text("").status(500));
    driftwood.event(&alice, crate::events::order(1)).await;
    documents.put("/webhooks", Served::text("").status(204));
    driftwood.advance(60);
    driftwood.server.run("webhooks-send").await.expect("a run");
    documents.put("/webhooks", Served::text("").status(410));
    driftwood.event(&alice, crate::events::order(2)).await;
    assert_eq!(documents.requests("/webhooks").len(), 4, "the installation, an event twice, another one");
}
