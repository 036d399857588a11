//! Removes the payloads of events about a customer, as an erasure asks for.

use domain::CustomerId;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::Result;
use crate::store::WriteTxn;

/// Removes the payloads of events that issued or changed licenses of the customer. What was done stays in the log.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn erase_payloads(txn: &WriteTxn, customer: CustomerId) -> Result<()> {
    let sql = "UPDATE shop_events SET payload_sealed = NULL WHERE license_id IN \
               (SELECT id FROM licenses WHERE customer_id = $1)";
    let statement =
        Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, [customer.0.into()]);
    txn.conn().execute_raw(statement).await?;
    Ok(())
}
