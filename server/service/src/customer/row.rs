//! New rows of customers.

use domain::bounded_text::Name;
use domain::folding::terms_version;
use domain::{CustomerRole, Email};

use crate::store::WriteTxn;
use crate::store::entity::customers;
use crate::{Actor, new_id};

/// Creates the row of a customer with a name and an address, and nothing else.
pub(super) fn new_row(
    txn: &WriteTxn,
    actor: &Actor,
    name: Option<&Name>,
    email: Option<&Email>,
) -> customers::Model {
    let now = txn.now().millis();
    customers::Model {
        id: new_id(),
        account_id: actor.account.0,
        email: email.map(ToString::to_string),
        name: name.map(ToString::to_string),
        created_at: now,
        terms_version: terms_version(name.is_some()),
        first_name: None,
        last_name: None,
        company: None,
        organization_id: None,
        password_hash: None,
        reset_digest: None,
        reset_expires_at: None,
        role: CustomerRole::default().as_str().to_owned(),
        portal_access: true,
        updated_at: now,
        last_login_at: None,
        last_seen_at: None,
    }
}
