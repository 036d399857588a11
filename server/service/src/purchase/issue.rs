//! Issues the license of a purchase, by the rules of licenses that programs make.

use domain::purchase::{PricedItem, PurchaseEvent, ShopOutcome, first_expiry, limit_of_units};
use domain::{CustomerId, LicenseTemplateId, ProductId, Timestamp};

use super::send_key::send_key;
use super::shop::{Applied, Shop};
use super::{buyer, expiry, references, view};
use crate::license::{CreateLicense, LicenseRefusal, NewTerms, create_in};
use crate::store::entity::{customers, purchases};
use crate::store::{WriteTxn, convert, scope};
use crate::{Result, Service, new_id};

/// Issues a license for an event. `item` is the item with terms of its own; without one, the license follows the
/// product.
pub(super) async fn issue(
    service: &Service,
    txn: &mut WriteTxn,
    shop: &Shop,
    event: &PurchaseEvent,
    item: Option<&PricedItem>,
) -> Result<Applied> {
    let failed = |detail: String| Ok(Applied::without_license(ShopOutcome::Failed, detail));
    let account = shop.actor.account;
    let product = scope::product(txn.conn(), account, ProductId(shop.row.product_id)).await?;
    // Before the customer, who is not made without a license.
    if let Err(error) = convert::availability(&product).ensure_issuable() {
        return failed(error.to_string());
    }
    // Customers are locked before licenses.
    let customer = buyer::find_or_insert(service, txn, shop, event).await?;
    let terms = terms(shop, event, item, customer.as_ref(), txn.now());
    let made = create_in(service, txn, &shop.actor, CreateLicense { product: ProductId(product.id), terms });
    let record = match made.await? {
        Ok(record) => record,
        Err(refusal) => return failed(refusal_text(&refusal)),
    };
    let (at, period) = (event.occurred_at.millis(), event.known_payment().filter(|paid| paid.pays_period));
    let purchase = purchases::Model {
        id: new_id(),
        account_id: account.0,
        connection_id: shop.row.id,
        license_id: record.id.0,
        price: item.or(event.items.first()).map(|item| item.price.clone()),
        buyer: event.buyer.clone(),
        is_subscription: event.is_subscription,
        last_paid_at: at,
        last_failed_at: None,
        suspended_at: None,
        suspended_for: None,
        created_at: txn.now().millis(),
        taken_over_until: event.taken_over_until().map(Timestamp::millis),
        left_for: None,
        period_paid_at: period.map(|payment| payment.paid_at.millis()),
        period_paid_until: period.and_then(|payment| payment.paid_until).map(Timestamp::millis),
        refunded_reference: None,
    };
    references::insert(txn, &purchase, event).await?;
    let applied = Applied::of(ShopOutcome::Issued, record.id);
    let key = record.key.expose().to_owned();
    let note = send_key(service, txn, shop, &product, customer.as_ref(), (record.id, key)).await?;
    Ok(Applied { detail: note, ..applied })
}

/// Returns what the license gets.
fn terms(
    shop: &Shop,
    event: &PurchaseEvent,
    item: Option<&PricedItem>,
    customer: Option<&customers::Model>,
    now: Timestamp,
) -> NewTerms {
    let price = shop.price(item.map(|item| item.price.as_str()));
    let units = item.map_or(1, |item| item.quantity);
    let limit = |stored: Option<i32>| view::limit(stored).map(|limit| limit_of_units(limit, units));
    let paid = expiry::begin_terms(shop, item.map(|item| item.price.as_str()), event);
    NewTerms {
        template: price.and_then(|row| row.template_id).map(LicenseTemplateId),
        machine_limit: price.and_then(|row| limit(row.machine_limit)),
        domain_limit: price.and_then(|row| limit(row.domain_limit)),
        expires_at: first_expiry(&paid, now),
        customer: customer.map(|customer| CustomerId(customer.id)),
        ..NewTerms::default()
    }
}

/// Returns why a license was not made, for the log.
fn refusal_text(refusal: &LicenseRefusal) -> String {
    match refusal {
        LicenseRefusal::UnknownTemplate => {
            "The license template of the price does not exist any more.".to_owned()
        }
        LicenseRefusal::ArchivedProduct => "The product is archived.".to_owned(),
        LicenseRefusal::MissingMetadata(name) => {
            format!("The license template requires the field {name}, which a purchase does not have.")
        }
        LicenseRefusal::Invalid(error) => error.to_string(),
        other => format!("The license could not be made: {other:?}"),
    }
}
