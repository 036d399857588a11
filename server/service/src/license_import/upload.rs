//! Receives a file, checks each row and stores the good ones.

use std::collections::HashMap;

use domain::LicenseImportId;
use domain::bounded_text::BoundedText;
use domain::import::{CellFault, CellRules, ImportState, parse_record};
use domain::permission::Permission;
use domain::view::ImportSummary;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, Set};
use uuid::Uuid;

use super::check::{self, CheckedRow};
use super::chunk::{self, ROWS_PER_CHUNK};
use super::file_row::FileRow;
use super::plan::{NewImport, Plan, Products};
use super::row;
use crate::store::bulk_write::BulkWrite;
use crate::store::entity::license_imports;
use crate::store::row_values::{ColumnType, Columns, row};
use crate::store::scope;
use crate::{Actor, Error, Result, Service, form_token, new_id};

/// Most rows of a file.
const MAX_ROWS: i64 = 2_000_000;
/// Most faults and notices that are stored.
const MAX_FAULTS: i64 = 1000;

const FAULT_COLUMNS: Columns = &[
    ("import_id", ColumnType::Uuid),
    ("number", ColumnType::Int),
    ("account_id", ColumnType::Uuid),
    ("line", ColumnType::Int),
    ("column_name", ColumnType::Text),
    ("message", ColumnType::Text),
    ("is_notice", ColumnType::Bool),
];

/// A file that is being received. An upload that is not finished imports nothing.
pub struct Upload {
    service: Service,
    actor: Actor,
    id: Uuid,
    plan: Plan,
    products: Products,
    /// The lines of the keys of the file, by the beginning of their digests.
    key_lines: HashMap<u128, u64>,
    /// Good rows that fill no chunk yet.
    pending: Vec<FileRow>,
    chunks: i64,
    good_rows: i64,
    faulty_rows: i64,
    faults: i64,
    summary: ImportSummary,
}

impl Upload {
    /// Begins an upload.
    ///
    /// # Errors
    /// Returns an error if the role lacks the permission, the product does not exist, the form was sent
    /// before, or the database fails.
    #[tracing::instrument(name = "license_import.upload", skip_all, fields(account = %actor.account), err(level = "debug"))]
    pub async fn begin(service: &Service, actor: &Actor, new: NewImport) -> Result<Self> {
        actor.require(Permission::ImportLicenses)?;
        let txn = service.begin_write().await?;
        if let Some(product) = new.product {
            scope::product(txn.conn(), actor.account, product).await.map_err(|error| match error {
                Error::NotFound => Error::invalid("product", "Choose one of the offered products."),
                error => error,
            })?;
        }
        if !form_token::mark_used(&txn, actor, &new.form_token).await? {
            return Err(Error::Conflict("This file was already sent. The list shows it.".into()));
        }
        let products = Products::load(txn.conn(), actor.account).await?;
        let now = txn.now();
        let rules = CellRules { date_order: new.date_order, zero_is_unlimited: new.zero_is_unlimited, now };
        let plan = Plan { header: new.header, rules, product: new.product };
        let id = new_id();
        let (actor_id, _) = actor.principal.actor_id_and_ip();
        let shown_name: String = new.file_name.chars().take(120).collect();
        let file_name = BoundedText::<120>::optional("file", &shown_name)?;
        license_imports::ActiveModel {
            id: Set(id),
            account_id: Set(actor.account.0),
            file_name: Set(file_name.map_or_else(|| "licenses.csv".to_owned(), |name| name.to_string())),
            plan: Set(row::to_json(&plan)?),
            state: Set(ImportState::Uploading.as_str().to_owned()),
            first_license_id: Set(row::first_license_id(new_id())),
            actor_kind: Set(actor.principal.kind().to_owned()),
            actor_id: Set(actor_id),
            actor_name: Set(actor.principal.name().to_owned()),
            created_at: Set(now.millis()),
            ..Default::default()
        }
        .insert(txn.conn())
        .await?;
        txn.commit().await?;
        Ok(Self {
            service: service.clone(),
            actor: actor.clone(),
            id,
            plan,
            products,
            key_lines: HashMap::new(),
            pending: Vec::new(),
            chunks: 0,
            good_rows: 0,
            faulty_rows: 0,
            faults: 0,
            summary: ImportSummary::default(),
        })
    }

    /// Checks rows, and stores the good ones and the first faults.
    ///
    /// # Errors
    /// Returns an error of the field `file` if it has too many rows, or another error if the database fails.
    pub async fn add_rows(&mut self, rows: Vec<FileRow>) -> Result<()> {
        let mut checked = Vec::with_capacity(rows.len());
        let mut faults: Vec<(u64, CellFault, bool)> = Vec::new();
        for row in rows {
            let parsed =
                parse_record(&self.plan.header, row.cells.iter().map(String::as_str), self.plan.rules);
            match parsed {
                Ok(None) => {}
                Ok(Some(license)) => checked.push(CheckedRow::new(row, license)),
                Err(found) => {
                    self.faulty_rows += 1;
                    faults.extend(found.into_iter().map(|fault| (row.line, fault, false)));
                }
            }
        }
        let context = check::Context {
            service: &self.service,
            account: self.actor.account,
            header: &self.plan.header,
            products: &self.products,
            product: self.plan.product,
        };
        check::check(&context, &mut checked, &mut self.key_lines).await?;
        for row in checked {
            let is_good = row.faults.is_empty();
            faults.extend(row.faults.into_iter().map(|fault| (row.file_row.line, fault, false)));
            faults.extend(row.notice.into_iter().map(|notice| (row.file_row.line, notice, true)));
            if is_good {
                self.summary.add(&row.license, self.plan.rules.now);
                self.good_rows += 1;
                self.pending.push(row.file_row);
            } else {
                self.faulty_rows += 1;
            }
        }
        if self.good_rows + self.faulty_rows > MAX_ROWS {
            let text = "A file has at most 2,000,000 rows. Divide it into several files.";
            return Err(Error::invalid("file", text));
        }
        self.store(faults, false).await
    }

    /// Stores full chunks, or all rows at the end, and the faults.
    async fn store(&mut self, faults: Vec<(u64, CellFault, bool)>, is_last: bool) -> Result<()> {
        let mut chunks = Vec::new();
        while self.pending.len() >= ROWS_PER_CHUNK || (is_last && !self.pending.is_empty()) {
            let rest = self.pending.split_off(self.pending.len().min(ROWS_PER_CHUNK));
            let rows = std::mem::replace(&mut self.pending, rest);
            chunks.push(chunk::seal(&self.service, self.actor.account, self.id, self.chunks, &rows)?);
            self.chunks += 1;
        }
        let mut fault_rows = Vec::new();
        for (line, fault, is_notice) in faults {
            if self.faults >= MAX_FAULTS {
                break;
            }
            let line = i64::try_from(line).unwrap_or(i64::MAX);
            let account = self.actor.account.0;
            fault_rows.push(row![
                self.id,
                self.faults,
                account,
                line,
                fault.column,
                fault.message,
                is_notice
            ]);
            self.faults += 1;
        }
        if chunks.is_empty() && fault_rows.is_empty() {
            return Ok(());
        }
        let mut txn = self.service.begin_write().await?;
        txn.defer_write(BulkWrite::insert("license_import_chunks", chunk::COLUMNS, chunks));
        txn.defer_write(BulkWrite::insert("license_import_faults", FAULT_COLUMNS, fault_rows));
        txn.commit().await
    }

    /// Ends the upload. The licenses are imported when a member confirms it.
    ///
    /// # Errors
    /// Returns an error of the field `file` if it has no rows, or another error if the database fails.
    pub async fn finish(mut self) -> Result<LicenseImportId> {
        if self.good_rows + self.faulty_rows == 0 {
            return Err(Error::invalid("file", "The file has no rows below the names of the columns."));
        }
        self.store(Vec::new(), true).await?;
        let txn = self.service.begin_write().await?;
        let id = LicenseImportId(self.id);
        let mut update =
            row::lock(&txn, self.actor.account, id).await.map(license_imports::ActiveModel::from)?;
        update.state = Set(ImportState::Checked.as_str().to_owned());
        update.good_rows = Set(self.good_rows);
        update.faulty_rows = Set(self.faulty_rows);
        update.summary = Set(row::to_json(&self.summary)?);
        license_imports::Entity::update(update).exec(txn.conn()).await?;
        txn.commit().await?;
        Ok(id)
    }

    /// Discards the upload, such as of a file that is no table.
    ///
    /// # Errors
    /// Returns an error if the database fails; a worker deletes the rows later.
    pub async fn discard(self) -> Result<()> {
        super::discard(&self.service, &self.actor, LicenseImportId(self.id)).await
    }
}
