use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use local::MailTrouble;
use shared::domain::email_link::LinkPurpose;

use super::{post, run};
use crate::harness::TestServer;

/// All bytes of a value, one after the other.
fn bytes(value: &AttributeValue) -> Vec<u8> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.clone().into_bytes(),
        AttributeValue::B(blob) => blob.clone().into_inner(),
        AttributeValue::M(map) => map.values().flat_map(bytes).collect(),
        AttributeValue::L(list) => list.iter().flat_map(bytes).collect(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => Vec::new(),
        other => panic!("no item has a {other:?}"),
    }
}

#[tokio::test]
async fn no_table_stores_the_secret_of_a_link() {
    let driftwood = TestServer::start().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
    let alice = driftwood.alice().await;
    for purpose in [LinkPurpose::ResetPassword, LinkPurpose::ChangeEmail] {
        post(&driftwood, &alice, purpose, None).await;
    }
    assert_eq!(driftwood.count_items("Mail").await, 3);
    let mut stored = Vec::new();
    for table in &driftwood.server.stack.tables {
        for item in driftwood.items(&table.logical_id).await {
            stored.extend(item.into_iter().map(|(name, value)| (table.logical_id.clone(), name, bytes(&value))));
        }
    }
    let hashes = stored.iter().filter(|(table, name, _)| table == "AuthorizationsTable" && name == "hash");
    assert_eq!(hashes.count(), 3, "all three links are among what was looked at");
    driftwood.advance(60);
    run(&driftwood).await;
    let mails = driftwood.mail_to(&alice.email);
    assert_eq!(mails.len(), 3);
    for mail in mails {
        let token = mail.token();
        let encoded = token.strip_prefix("dw_ml_").unwrap();
        let decoded = URL_SAFE_NO_PAD.decode(encoded).unwrap();
        let secret = &decoded[17..];
        assert_eq!(secret.len(), 32);
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let forms: [&[u8]; 6] = [
            b"dw_ml_",
            encoded.as_bytes(),
            secret,
            URL_SAFE_NO_PAD.encode(secret).leak().as_bytes(),
            STANDARD.encode(secret).leak().trim_end_matches('=').as_bytes(),
            hex.leak().as_bytes(),
        ];
        for (table, name, bytes) in &stored {
            let contains = |form: &[u8]| bytes.windows(form.len()).any(|window| window == form);
            assert!(!forms.iter().any(|form| contains(form)), "{name} of an item of {table} stores a link");
        }
    }
}
