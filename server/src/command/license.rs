//! `countersign license …`.

use domain::license::{Limit, NewLicense, Reason};
use domain::product::Slug;
use domain::view::LicenseView;
use domain::{Email, FieldError, LicenseId, LicenseKey, Timestamp};
use serde_json::{Value, json};
use service::license::Issued;
use service::{Actor, Service, license, product};

use super::context::{find_account, open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;

#[derive(clap::Subcommand)]
pub enum LicenseCommand {
    /// Issue one or more licenses
    Issue(IssueArgs),
    /// Show a license
    Show {
        /// The license key
        key: String,
    },
    /// Suspend a license
    Suspend(ChangeArgs),
    /// Reinstate a suspended license
    Reinstate {
        /// The license key
        key: String,
        /// Accepted and ignored: a reinstatement has no reason
        #[arg(long, hide = true)]
        reason: Option<String>,
    },
    /// Revoke a license permanently
    Revoke(ChangeArgs),
}

#[derive(clap::Args)]
pub struct IssueArgs {
    /// Slug of the product
    #[arg(long)]
    product: String,
    /// Slug of the account, if several accounts have such a product
    #[arg(long)]
    account: Option<String>,
    /// Domain limit, or "unlimited". Default: the product's
    #[arg(long)]
    domain_limit: Option<String>,
    /// Machine limit, or "unlimited". Default: the product's
    #[arg(long)]
    machine_limit: Option<String>,
    /// Expiry as RFC 3339 or as a date. Default: by the product's validity
    #[arg(long)]
    expires_at: Option<String>,
    /// E-mail address of the customer
    #[arg(long)]
    customer_email: Option<String>,
    /// Number of licenses
    #[arg(long, default_value_t = 1)]
    count: u32,
}

#[derive(clap::Args)]
pub struct ChangeArgs {
    /// The license key
    key: String,
    /// Reason for the timeline
    #[arg(long, default_value = "")]
    reason: String,
}

pub async fn run(settings: &Config, command: LicenseCommand) -> CommandResult {
    let service = open_service(settings).await?;
    match command {
        LicenseCommand::Issue(args) => issue(&service, args).await,
        LicenseCommand::Show { key } => {
            let found = find_license(&service, &key).await?;
            show(&service, found).await
        }
        LicenseCommand::Suspend(args) => {
            let (found, reason) = (find_license(&service, &args.key).await?, parse_reason(&args.reason)?);
            let result = license::suspend(&service, &found.actor, found.id, reason).await;
            result.map_err(|e| user_message(&e))?;
            show(&service, found).await
        }
        LicenseCommand::Reinstate { key, reason: _ } => {
            let found = find_license(&service, &key).await?;
            let result = license::reinstate(&service, &found.actor, found.id).await;
            result.map_err(|e| user_message(&e))?;
            show(&service, found).await
        }
        LicenseCommand::Revoke(args) => {
            let (found, reason) = (find_license(&service, &args.key).await?, parse_reason(&args.reason)?);
            let result = license::revoke(&service, &found.actor, found.id, reason).await;
            result.map_err(|e| user_message(&e))?;
            show(&service, found).await
        }
    }
}

async fn issue(service: &Service, args: IssueArgs) -> CommandResult {
    let invalid_argument = |e: FieldError| format!("--{}: {e}", e.field.replace('_', "-"));
    let limit = |field, text: Option<String>| text.map(|t| Limit::parse(field, &t)).transpose();
    let missing = || format!("There is no product {}.", args.product);
    let slug = Slug::parse(&args.product).map_err(|_| missing())?;
    let account = find_account(service, args.account).await?;
    let (account, product) = product::find_by_slug(service, &slug, account)
        .await
        .map_err(|e| if matches!(e, service::Error::NotFound) { missing() } else { user_message(&e) })?;
    let new_license = NewLicense {
        customer_email: args
            .customer_email
            .map(|text| Email::parse(&text))
            .transpose()
            .map_err(|e| invalid_argument(e.in_field("customer_email")))?,
        domain_limit: limit("domain_limit", args.domain_limit).map_err(invalid_argument)?,
        machine_limit: limit("machine_limit", args.machine_limit).map_err(invalid_argument)?,
        expires_at: args
            .expires_at
            .map(|text| Timestamp::parse_expiry(&text).map(Some))
            .transpose()
            .map_err(invalid_argument)?,
        count: args.count,
        ..NewLicense::for_product(product)
    };
    let issued = license::issue(service, &Actor::operator(account), new_license)
        .await
        .map_err(|e| user_message(&e))?;
    let issued_json = |license: &Issued| json!({ "key": license.key.expose(), "id": license.id });
    Ok(match issued.as_slice() {
        [license] => issued_json(license),
        licenses => json!({ "licenses": licenses.iter().map(issued_json).collect::<Vec<_>>() }),
    })
}

struct LicenseRef {
    actor: Actor,
    id: LicenseId,
    key: LicenseKey,
}

async fn find_license(service: &Service, key: &str) -> Result<LicenseRef, String> {
    let key = LicenseKey::parse(key).map_err(|e| e.to_string())?;
    match license::find_by_key(service, &key).await {
        Ok((account, id, key)) => Ok(LicenseRef { actor: Actor::operator(account), id, key }),
        Err(service::Error::NotFound) => Err("There is no license with this key.".into()),
        Err(error) => Err(user_message(&error)),
    }
}

async fn show(service: &Service, found: LicenseRef) -> CommandResult {
    let view = license::show(service, &found.actor, found.id).await.map_err(|e| user_message(&e))?;
    Ok(to_json(&view, found.key.expose()))
}

fn to_json(license: &LicenseView, key: &str) -> Value {
    json!({
        "key": key,
        "id": license.id,
        "standing": license.standing,
        "standing_since": license.standing_since.map(Timestamp::rfc3339),
        "reason": license.standing_reason,
        "product": license.product,
        "product_id": license.product_id,
        "customer_email": license.customer_email,
        "domains_used": license.domains_used,
        "domain_limit": license.domain_limit,
        "machines_used": license.machines_used,
        "machine_limit": license.machine_limit,
        "activations": license.activations.iter().map(|a| json!({
            "kind": a.kind,
            "subject": a.subject,
            "activated_at": a.activated_at.rfc3339(),
        })).collect::<Vec<_>>(),
        "verification_count": license.verification_count,
        "expires_at": license.expires_at.map(Timestamp::rfc3339),
        "created_at": license.created_at.rfc3339(),
    })
}

fn parse_reason(text: &str) -> Result<Option<Reason>, String> {
    Reason::optional("reason", text).map_err(|e| format!("--reason: {e}"))
}
