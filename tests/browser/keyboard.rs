//! The pages work without a mouse.

use fantoccini::key::Key;

use crate::harness::{Browser, LIGHT_DESKTOP, PASSWORD, Stage};

#[tokio::test]
async fn the_keyboard_alone_registers_consents_and_disconnects() {
    let stage = Stage::set(LIGHT_DESKTOP).await;
    let Stage { browser, album, .. } = &stage;
    stage.send(album, "typed", &[]).await;
    browser.sees("Sign in").await;
    tab_to(browser, "Create an account").await;
    browser.sends(&key(Key::Enter)).await;

    browser.sees("Create your account").await;
    let tab = key(Key::Tab);
    // Enter in the last field sends the form.
    browser.types(&format!("Kim Keys{tab}")).await;
    browser.types(&format!("kim@example.com{tab}")).await;
    browser.sends(&format!("{PASSWORD}{}", key(Key::Enter))).await;

    browser.sees("Photo Album wants to access your account").await;
    // Deny comes first, and an accidental Enter chooses nothing.
    assert_eq!(tab_to(browser, "Allow").await, ["Not you?", "scope:contact_read", "Deny", "Allow"]);
    browser.picture("consent-focused").await;
    browser.sends(&key(Key::Enter)).await;
    assert!(stage.response_to("typed").await.contains_key("code"));

    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    tab_to(browser, "Disconnect").await;
    browser.sends(" ").await;
    browser.disappears("//*[normalize-space()=\"Photo Album\"]").await;
    stage.end().await;
}

#[tokio::test]
async fn the_keyboard_alone_connects_a_device() {
    let stage = Stage::set(LIGHT_DESKTOP).await;
    let Stage { browser, api, tv, .. } = &stage;
    let shown = api.show_code(tv).await;
    browser.go(&shown.page).await;
    browser.sees("Connect a device").await;
    let (tab, enter) = (key(Key::Tab), key(Key::Enter));
    browser.sends(&format!("wdjb mjht{enter}")).await;
    browser.notices("#user_code-mistake").await;
    assert_eq!(browser.attribute("#user_code", "value").await.as_deref(), Some("WDJB-MJHT"));
    assert_eq!(browser.focus().await, "user_code");
    // Selects what was typed, so that the next character replaces it.
    browser.types(&format!("{}a{}", key(Key::Control), key(Key::Null))).await;
    browser.sends(&format!("{}{enter}", shown.hastily_typed_code())).await;

    browser.sees("Sign in").await;
    tab_to(browser, "Create an account").await;
    browser.sends(&enter).await;
    browser.sees("Create your account").await;
    browser.types(&format!("Kim Keys{tab}")).await;
    browser.types(&format!("kim@example.com{tab}")).await;
    browser.sends(&format!("{PASSWORD}{enter}")).await;

    browser.sees("Living Room TV wants to access your account").await;
    assert_eq!(tab_to(browser, "Allow").await, ["Not you?", "scope:contact_read", "Deny", "Allow"]);
    browser.picture("device-consent-focused").await;
    browser.sends(&enter).await;
    browser.sees("Your device is connected").await;
    assert_eq!(tab_to(browser, "your account page").await, ["your account page"]);
    browser.picture("device-connected-focused").await;
    assert!(api.poll(tv, &shown).await.is_ok());

    // With the code filled in, two keys continue: an accidental Enter approves nothing.
    let shown = api.show_code(tv).await;
    browser.go(&shown.complete).await;
    browser.sees("Connect a device").await;
    assert_eq!(tab_to(browser, "The codes match").await, ["user_code", "The codes match"]);
    browser.picture("device-complete-focused").await;
    browser.sends(&enter).await;
    browser.sees("Living Room TV wants to access your account").await;
    tab_to(browser, "Deny").await;
    browser.sends(&enter).await;
    browser.sees("Nothing was connected").await;
    assert_eq!(api.poll(tv, &shown).await, Err("access_denied".to_owned()));
    stage.end().await;
}

#[tokio::test]
async fn the_keyboard_alone_resets_a_password() {
    let stage = Stage::set(LIGHT_DESKTOP).await;
    let Stage { browser, .. } = &stage;
    stage.registers("Kim Keys", "kim@example.com").await;
    let (tab, enter) = (key(Key::Tab), key(Key::Enter));
    tab_to(browser, "Sign out").await;
    browser.sends(&enter).await;
    browser.sees("Sign in").await;
    // What most users need comes first.
    assert_eq!(tab_to(browser, "Forgot your password?").await, ["password", "Sign in", "Forgot your password?"]);
    browser.picture("sign-in-focused").await;
    browser.sends(&enter).await;
    browser.sees("Forgot your password?").await;
    browser.sends(&format!("kim@example.com{enter}")).await;
    browser.sees("Check your mail").await;

    let link = stage.link_in_mail("Choose a new password for Driftwood").await;
    browser.go(&link).await;
    browser.sees("Choose a new password").await;
    browser.sends(&format!("1q2w3e4r5t6y7u8i9o0p{enter}")).await;
    browser.notices("#password-mistake").await;
    assert_eq!(browser.focus().await, "password");
    browser.sends(&format!("seven grey herons by the weir{enter}")).await;
    browser.sees("Your password was changed").await;
    assert_eq!(tab_to(browser, "Sign in").await, ["Sign in"]);
    browser.picture("reset-password-done-focused").await;
    browser.sends(&enter).await;
    browser.sees("Sign in").await;
    browser.sends(&format!("kim@example.com{tab}seven grey herons by the weir{enter}")).await;
    browser.sees("Your account").await;
    assert_eq!(
        tab_to(browser, "Sign out").await,
        ["Change", "Change", "Change", "Apps that you created", "Sign out"],
        "the link has confirmed it"
    );
    browser.picture("account-focused").await;
    stage.end().await;
}

#[tokio::test]
async fn the_keyboard_alone_confirms_an_address() {
    let stage = Stage::set(LIGHT_DESKTOP).await;
    let Stage { browser, api, .. } = &stage;
    let enter = key(Key::Enter);
    for (email, goal) in [("kim@example.com", ""), ("lee@example.com", "I did not register")] {
        api.registers("Kim Keys", email).await;
        let link = stage.link_in_mail("Confirm your e-mail address for Driftwood").await;
        browser.go(&link).await;
        browser.sees("Confirm your e-mail address").await;
        assert_eq!(browser.focus().await, "password");
        if goal.is_empty() {
            // Enter confirms, and never gives the address away.
            browser.sends(&format!("{PASSWORD}{enter}")).await;
            browser.sees("Your address is confirmed").await;
        } else {
            let way = ["Confirm my address", "Forgot your password?", goal];
            assert_eq!(tab_to(browser, goal).await, way);
            browser.picture("verify-email-focused").await;
            browser.sends(&enter).await;
            browser.sees("Your address is free").await;
        }
    }
    stage.end().await;
}

/// Presses Tab until an element is reached, and returns the elements on the way.
async fn tab_to(browser: &Browser, goal: &str) -> Vec<String> {
    let mut way = Vec::new();
    while way.last().is_none_or(|last| last != goal) {
        assert!(way.len() < 20, "{goal} cannot be reached: {way:?}");
        browser.types(&key(Key::Tab)).await;
        way.push(browser.focus().await);
    }
    way
}

fn key(key: Key) -> String {
    char::from(key).to_string()
}
