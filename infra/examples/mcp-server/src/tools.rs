//! The tools. Each begins with the scopes that it needs.

use std::sync::Arc;

use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::schemars::{self, JsonSchema};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, tool, tool_handler, tool_router};
use serde::Serialize;

use crate::caller::Caller;
use crate::contacts::{Contact, Contacts};
use crate::scope::{CONTACT_READ, CONTACT_WRITE};

/// The tools, and what they are about.
#[derive(Clone, Default)]
pub struct Tools {
    contacts: Arc<Contacts>,
}

#[derive(Serialize, JsonSchema)]
struct WhoAmI {
    /// The user, or the app that speaks for itself.
    sub: String,
    /// The app.
    client_id: String,
    /// What the token may be used for.
    scope: String,
}

#[derive(Serialize, JsonSchema)]
struct ContactList {
    contacts: Vec<Contact>,
}

#[tool_router]
impl Tools {
    #[tool(description = "Says whose token this is and what it is good for.", annotations(read_only_hint = true))]
    async fn whoami(&self, context: RequestContext<RoleServer>) -> Result<Json<WhoAmI>, ErrorData> {
        let token = Caller::permitted(&context, &[])?.token.clone();
        Ok(Json(WhoAmI { sub: token.sub, client_id: token.client_id, scope: token.scope }))
    }

    #[tool(description = "Lists the user's contacts.", annotations(read_only_hint = true))]
    async fn list_contacts(&self, context: RequestContext<RoleServer>) -> Result<Json<ContactList>, ErrorData> {
        let caller = Caller::permitted(&context, &[CONTACT_READ])?;
        Ok(Json(ContactList { contacts: self.contacts.list(&caller.token.sub) }))
    }

    #[tool(description = "Adds a contact of the user, and lists all.", annotations(destructive_hint = false))]
    async fn add_contact(
        &self,
        Parameters(contact): Parameters<Contact>,
        context: RequestContext<RoleServer>,
    ) -> Result<Json<ContactList>, ErrorData> {
        let caller = Caller::permitted(&context, &[CONTACT_READ, CONTACT_WRITE])?;
        if !self.contacts.add(&caller.token.sub, contact) {
            return Err(ErrorData::invalid_request("There are too many contacts", None));
        }
        Ok(Json(ContactList { contacts: self.contacts.list(&caller.token.sub) }))
    }
}

#[tool_handler(instructions = "Contacts of the user who signed in, as an example.")]
impl ServerHandler for Tools {}
