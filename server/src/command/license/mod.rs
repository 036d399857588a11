//! `countersign license …`.

mod arguments;
mod found;
mod free;
mod issue;

use domain::Email;
use domain::bounded_text::Name;
use domain::license::Limit;
use service::license;

use self::arguments::{NameChoiceArgs, RenewalArgs, other_name_message, parse_reason, parse_renewal};
use self::found::{find_license, show};
use self::issue::IssueArgs;
use super::context::{invalid_argument, open_service, user_message};
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
    /// Transfer a license to another customer; key and activations stay
    Transfer {
        /// The license key
        key: String,
        /// E-mail address of the customer
        #[arg(long)]
        customer_email: Option<String>,
        /// Name of the customer
        #[arg(long)]
        customer_name: Option<String>,
        #[command(flatten)]
        name_choice: NameChoiceArgs,
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
pub struct RenewArgs {
    /// The license key
    key: String,
    #[command(flatten)]
    renewal: RenewalArgs,
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
        LicenseCommand::Issue(args) => issue::issue(&service, args).await,
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
        LicenseCommand::Transfer { key, customer_email, customer_name, name_choice } => {
            let found = find_license(&service, &key).await?;
            let email = customer_email.map(|text| Email::parse(&text)).transpose();
            let email = email.map_err(|e| invalid_argument(e.in_field("customer_email")))?;
            let name = customer_name.map(|text| Name::parse("customer_name", &text)).transpose();
            let name = name.map_err(invalid_argument)?;
            if email.is_none() && name.is_none() {
                return Err("Name --customer-email, --customer-name, or both.".into());
            }
            let holder = license::NewHolder { name, email, name_choice: name_choice.into() };
            let result = license::transfer_to(&service, &found.actor, found.id, &holder).await;
            result.map_err(|e| other_name_message(&e))?;
            show(&service, found).await
        }
        LicenseCommand::Free { key, subject } => {
            let found = find_license(&service, &key).await?;
            free::free(&service, &found, &subject).await?;
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
