//! How a file is read: its columns, the rules of its cells, and the product of rows without one.

use std::collections::HashMap;

use domain::import::{CellRules, DateOrder, Header, ImportedLicense};
use domain::{AccountId, ProductId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::store::entity::products;

/// A file to import, as a seller sends it.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// The name of the file.
    pub file_name: String,
    /// The columns.
    pub header: Header,
    /// The order of day and month in dates with slashes.
    pub date_order: DateOrder,
    /// The limit 0 is unlimited.
    pub zero_is_unlimited: bool,
    /// The product of rows without one.
    pub product: Option<ProductId>,
    /// The token of the form.
    pub form_token: String,
}

/// The stored plan of an import.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Plan {
    pub header: Header,
    pub rules: CellRules,
    pub product: Option<ProductId>,
}

/// The products of an account, by slug and by name in any case.
pub(super) struct Products {
    rows: Vec<products::Model>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Products {
    /// Loads the products of an account.
    pub async fn load(db: &impl ConnectionTrait, account: AccountId) -> Result<Self> {
        let rows = products::Entity::find().filter(products::Column::AccountId.eq(account.0)).all(db).await?;
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (n, row) in rows.iter().enumerate() {
            let names = std::collections::BTreeSet::from([row.slug.to_lowercase(), row.name.to_lowercase()]);
            for name in names {
                by_name.entry(name).or_default().push(n);
            }
        }
        Ok(Self { rows, by_name })
    }

    /// Returns the product of a license.
    ///
    /// # Errors
    /// Returns the message for the cell of the product.
    pub fn of(
        &self,
        license: &ImportedLicense,
        default: Option<ProductId>,
    ) -> Result<&products::Model, String> {
        let product = match (&license.product, default) {
            (Some(name), _) => self.named(name)?,
            (None, Some(id)) => {
                let found = self.rows.iter().find(|row| row.id == id.0);
                found.ok_or_else(|| "The product chosen with the file does not exist any more.".to_owned())?
            }
            (None, None) => return Err("The row has no product. Choose one for such rows.".to_owned()),
        };
        if product.archived_at.is_some() {
            return Err("This product is archived. Restore it to issue licenses for it.".to_owned());
        }
        Ok(product)
    }

    fn named(&self, name: &str) -> Result<&products::Model, String> {
        match self.by_name.get(&name.to_lowercase()).map(Vec::as_slice) {
            Some([n]) => Ok(&self.rows[*n]),
            Some(_) => Err("Several products have this name. Use the product’s short name.".to_owned()),
            None => Err("No product has this name. Make it first, or correct the cell.".to_owned()),
        }
    }
}
