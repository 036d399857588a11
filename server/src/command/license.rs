//! `countersign license …`.

use domain::activation::Kind;
use domain::bounded_text::Name;
use domain::license::{Limit, NewLicense, Reason, Renewal};
use domain::product::Slug;
use domain::view::{ActivationRow, LicenseView};
use domain::{DomainName, Email, FieldError, LicenseId, LicenseKey, Period, Timestamp};
use serde_json::{Value, json};
use service::license::Issued;
use service::{Actor, Service, activation, license, product};

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
    /// Renew a license: extend it, or set or remove its expiry
    Renew(RenewArgs),
    /// Change the limits of a license
    ChangeLimits {
        /// The license key
        key: String,
        /// New domain limit, or "unlimited"
        #[arg(long)]
        domain_limit: Option<String>,
        /// New machine limit, or "unlimited"
        #[arg(long)]
        machine_limit: Option<String>,
    },
    /// Free the slot of a domain or of a machine
    Free {
        /// The license key
        key: String,
        /// The domain, or the machine's fingerprint
        subject: String,
    },
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct RenewalArgs {
    /// Extend by a period, such as "1 year", "6 months", "30 days" or P1Y
    #[arg(long, value_name = "PERIOD")]
    extend: Option<String>,
    /// Expire at a date, or at a time in RFC 3339
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Never expire
    #[arg(long)]
    never: bool,
}

#[derive(clap::Args)]
pub struct RenewArgs {
    /// The license key
    key: String,
    #[command(flatten)]
    renewal: RenewalArgs,
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
    /// Expiry as RFC 3339, as a date, or "never". Default: by the product's validity
    #[arg(long)]
    expires_at: Option<String>,
    /// Name of the customer
    #[arg(long)]
    customer_name: Option<String>,
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
        LicenseCommand::Renew(args) => {
            let found = find_license(&service, &args.key).await?;
            let renewal = parse_renewal(args.renewal, service.now())?;
            let result = license::renew(&service, &found.actor, found.id, renewal, None).await;
            result.map_err(|e| user_message(&e))?;
            show(&service, found).await
        }
        LicenseCommand::ChangeLimits { key, domain_limit, machine_limit } => {
            let found = find_license(&service, &key).await?;
            let limit = |field, text: Option<String>| {
                text.map(|text| Limit::parse(field, &text)).transpose().map_err(invalid_argument)
            };
            let limits = license::NewLimits {
                domains: limit("domain_limit", domain_limit)?,
                machines: limit("machine_limit", machine_limit)?,
            };
            if limits.domains.is_none() && limits.machines.is_none() {
                return Err("Name --domain-limit, --machine-limit, or both.".into());
            }
            let result = license::change_limit(&service, &found.actor, found.id, limits).await;
            result.map_err(|e| user_message(&e))?;
            show(&service, found).await
        }
        LicenseCommand::Free { key, subject } => {
            let found = find_license(&service, &key).await?;
            free(&service, &found, &subject).await?;
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

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn invalid_argument(error: FieldError) -> String {
    format!("--{}: {error}", error.field.replace('_', "-"))
}

/// Parses an expiry, which must be in the future.
fn parse_future(field: &'static str, text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let at = Timestamp::parse_expiry(text).map_err(|e| invalid_argument(e.in_field(field)))?;
    if at > now {
        Ok(at)
    } else {
        Err(invalid_argument(FieldError::new(field, "The date must be in the future.")))
    }
}

fn parse_renewal(args: RenewalArgs, now: Timestamp) -> Result<Renewal, String> {
    match args {
        RenewalArgs { extend: Some(text), .. } => match Period::parse("extend", &text) {
            Ok(Some(period)) => Ok(Renewal::Extend(period)),
            Ok(None) => Err("--extend: A period is required.".into()),
            Err(e) => Err(invalid_argument(e)),
        },
        RenewalArgs { until: Some(text), .. } => parse_future("until", &text, now).map(Renewal::Until),
        _ => Ok(Renewal::Never),
    }
}

/// Frees the slot of the activation with this domain or fingerprint.
async fn free(service: &Service, found: &LicenseRef, subject: &str) -> Result<(), String> {
    let domain = DomainName::parse(subject).ok();
    let matches = |row: &ActivationRow| match row.kind {
        Kind::Domain => domain.as_ref().is_some_and(|domain| domain.as_str() == row.subject),
        Kind::Machine => row.subject == subject,
    };
    let mut before: Option<String> = None;
    loop {
        let view = license::show_from(service, &found.actor, found.id, before.as_deref())
            .await
            .map_err(|e| user_message(&e))?;
        if let Some(activation) = view.activations.iter().find(|row| matches(row)).and_then(|row| row.id) {
            let freed = activation::free(service, &found.actor, found.id, activation).await;
            return freed.map_err(|e| user_message(&e));
        }
        let more = view.more_activations.ok_or("The license is not active on this domain or machine.")?;
        before = Some(more);
    }
}

async fn issue(service: &Service, args: IssueArgs) -> CommandResult {
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
        customer_name: args
            .customer_name
            .map(|text| Name::parse("customer_name", &text))
            .transpose()
            .map_err(invalid_argument)?,
        expires_at: match args.expires_at.as_deref().map(str::trim) {
            None => None,
            Some("never") => Some(None),
            Some(text) => Some(Some(parse_future("expires_at", text, service.now())?)),
        },
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
