//! Files of licenses, and imports that run to their end.

use domain::LicenseImportId;
use domain::activation::Verification;
use domain::import::{DateOrder, Header};
use domain::view::ImportView;
use domain::{LicenseKey, ProductId};
use service::activation::{VerifyResult, verify};
use service::license_import::{self, FileRow, NewImport, Upload, run_batch};
use service::{Actor, Result, Service, new_id};
use test_support::{Seller, host};

/// Returns an import of a file with these columns.
pub fn file(header: &str, product: Option<ProductId>) -> NewImport {
    NewImport {
        file_name: "old-shop.csv".to_owned(),
        header: Header::parse(header.split(','), true).unwrap(),
        date_order: DateOrder::Unknown,
        zero_is_unlimited: false,
        product,
        form_token: new_id().to_string(),
    }
}

/// Returns the rows of a text with commas. The first one is in line 2.
pub fn rows(text: &str) -> Vec<FileRow> {
    let row =
        |(line, text): (u64, &str)| FileRow { line, cells: text.split(',').map(ToOwned::to_owned).collect() };
    (2..).zip(text.lines()).map(row).collect()
}

/// Uploads a file, whose first line names the columns, for the seller's product.
pub async fn upload_as(
    service: &Service,
    actor: &Actor,
    product: Option<ProductId>,
    text: &str,
) -> Result<LicenseImportId> {
    let (header, text) = text.split_once('\n').unwrap();
    let mut upload = Upload::begin(service, actor, file(header, product)).await?;
    upload.add_rows(rows(text)).await?;
    upload.finish().await
}

/// Uploads a file for the seller's product.
pub async fn upload(service: &Service, seller: &Seller, text: &str) -> LicenseImportId {
    upload_as(service, &seller.actor, Some(seller.product.id), text).await.unwrap()
}

/// Confirms an import and runs it to its end.
pub async fn import(
    service: &Service,
    seller: &Seller,
    id: LicenseImportId,
    all_or_nothing: bool,
) -> ImportView {
    license_import::confirm(service, &seller.actor, id, all_or_nothing).await.unwrap();
    run(service, seller, id).await
}

/// Runs an import or a removal to its end.
pub async fn run(service: &Service, seller: &Seller, id: LicenseImportId) -> ImportView {
    while run_batch(service, id, 1).await.unwrap() {}
    view(service, seller, id).await
}

/// Returns the import as its page shows it.
pub async fn view(service: &Service, seller: &Seller, id: LicenseImportId) -> ImportView {
    license_import::show(service, &seller.actor, id).await.unwrap()
}

/// Returns the faults of an import as lines of text.
pub fn faults(view: &ImportView) -> Vec<String> {
    let fault =
        |fault: &domain::view::ImportFault| format!("{} {}: {}", fault.line, fault.column, fault.message);
    view.faults.iter().map(fault).collect()
}

/// Verifies a key. `None` if no license has it.
pub async fn verified(service: &Service, key: &str) -> Option<Verification> {
    let key = LicenseKey::parse(key).unwrap();
    match verify(service, &key, &host("a.com"), None).await.unwrap() {
        VerifyResult::Evaluated { verification, .. } => Some(verification),
        VerifyResult::InvalidKey => None,
    }
}
