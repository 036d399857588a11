//! Mails the key of a purchase to its buyer.

use domain::LicenseId;

use super::shop::Shop;
use crate::license::queue_keys;
use crate::store::WriteTxn;
use crate::store::entity::{customers, products};
use crate::{Error, Result, Service};

/// Mails the key to the customer, who is locked, if the seller wants it. Returns why it was not mailed. The license
/// stays then: a member can send the key later.
pub(super) async fn send_key(
    service: &Service,
    txn: &mut WriteTxn,
    shop: &Shop,
    product: &products::Model,
    customer: Option<&customers::Model>,
    (license, key): (LicenseId, String),
) -> Result<Option<String>> {
    if !shop.row.sends_keys {
        return Ok(None);
    }
    let not_sent = |why: &str| Ok(Some(format!("The key was not mailed: {why}")));
    let Some(customer) = customer.filter(|customer| customer.email.is_some()) else {
        return not_sent("the buyer’s address is not known.");
    };
    if !service.sends_mail() {
        return not_sent("this server sends no mail.");
    }
    let sent = queue_keys(txn, &service.keys, &shop.actor, &product.name, customer, vec![(license, key)]);
    match sent.await {
        Ok(_) => Ok(None),
        // The quota, which is checked before anything is written.
        Err(Error::Conflict(why)) => not_sent(&why),
        Err(error) => Err(error),
    }
}
