//! Removes the payloads of events about a customer, as an erasure asks for.

use domain::CustomerId;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::Result;
use crate::store::WriteTxn;

const OF_LICENSES: &str = "license_id IN (SELECT id FROM licenses WHERE customer_id = $1)";
const OF_BUYERS: &str = "(connection_id, reference) IN (SELECT p.connection_id, p.buyer FROM purchases AS p \
                         JOIN licenses AS l ON l.id = p.license_id WHERE l.customer_id = $1 AND p.buyer IS NOT NULL)";

/// Events about a purchase that changed no license, such as of a checkout that its invoice issues.
const OF_PURCHASES: &str = "(connection_id, reference) IN (SELECT r.connection_id, r.reference FROM licenses AS l \
                            JOIN purchases AS p ON p.license_id = l.id \
                            JOIN purchase_references AS r ON r.purchase_id = p.id WHERE l.customer_id = $1)";

/// Removes the payloads of events about the licenses, the purchases and the buyers that are the customer's. What was
/// done stays in the log.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn erase_payloads(txn: &WriteTxn, customer: CustomerId) -> Result<()> {
    for which in [OF_LICENSES, OF_BUYERS, OF_PURCHASES] {
        let sql = format!("UPDATE shop_events SET payload_sealed = NULL WHERE {which}");
        let backend = txn.conn().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, [customer.0.into()]);
        txn.conn().execute_raw(statement).await?;
    }
    Ok(())
}
