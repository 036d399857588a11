//! `countersign license issue`.

use domain::Email;
use domain::bounded_text::Name;
use domain::customer::NameChoice;
use domain::license::{Limit, NewLicense};
use domain::product::Slug;
use serde_json::json;
use service::license::Issued;
use service::{Actor, Service, license, product};

use super::arguments::{NameChoiceArgs, other_name_message, parse_future};
use crate::command::context::{find_account, invalid_argument, user_message};
use crate::command::output::CommandResult;

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
    #[command(flatten)]
    name_choice: NameChoiceArgs,
    /// Number of licenses
    #[arg(long, default_value_t = 1)]
    count: u32,
}

pub async fn issue(service: &Service, args: IssueArgs) -> CommandResult {
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
        name_choice: NameChoice::from(args.name_choice),
        count: args.count,
        ..NewLicense::for_product(product)
    };
    let issued = license::issue(service, &Actor::operator(account), new_license)
        .await
        .map_err(|e| other_name_message(&e))?;
    let issued_json = |license: &Issued| json!({ "key": license.key.expose(), "id": license.id });
    Ok(match issued.as_slice() {
        [license] => issued_json(license),
        licenses => json!({ "licenses": licenses.iter().map(issued_json).collect::<Vec<_>>() }),
    })
}
