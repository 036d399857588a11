//! `countersign product …`.

use domain::bounded_text::Name;
use domain::license::Limit;
use domain::product::{ProductSettings, Slug};
use domain::view::ProductView;
use serde_json::{Value, json};
use service::account::find_account;
use service::{Actor, product};

use super::context::{find_account as find_account_by_slug, open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;

#[derive(clap::Subcommand)]
pub enum ProductCommand {
    /// Create a product
    Create {
        /// Slug of the account
        #[arg(long)]
        account: String,
        /// Name of the product
        #[arg(long)]
        name: String,
        /// Name of the product in the API; derived from the name if omitted
        #[arg(long)]
        slug: Option<String>,
        /// Domain limit of new licenses, or "unlimited"
        #[arg(long, default_value = "1")]
        domain_limit: String,
        /// Machine limit of new licenses, or "unlimited"
        #[arg(long, default_value = "1")]
        machine_limit: String,
    },
    /// List the products of an account
    List {
        /// Slug of the account
        #[arg(long)]
        account: String,
    },
    /// Show a product
    Show {
        /// Slug of the product
        slug: String,
        /// Slug of the account, if several accounts have such a product
        #[arg(long)]
        account: Option<String>,
    },
}

pub async fn run(settings: &Config, command: ProductCommand) -> CommandResult {
    match command {
        ProductCommand::Create { account, name, slug, domain_limit, machine_limit } => {
            let invalid_argument = |e: domain::FieldError| format!("--{}: {e}", e.field.replace('_', "-"));
            let name = Name::parse("name", &name).map_err(invalid_argument)?;
            let defaults = ProductSettings::with_name(name);
            let new_product = ProductSettings {
                slug_is_suggested: slug.is_none(),
                slug: slug
                    .map(|slug| Slug::parse(&slug))
                    .transpose()
                    .map_err(invalid_argument)?
                    .unwrap_or(defaults.slug.clone()),
                domain_limit: Limit::parse("domain_limit", &domain_limit).map_err(invalid_argument)?,
                machine_limit: Limit::parse("machine_limit", &machine_limit).map_err(invalid_argument)?,
                ..defaults
            };
            let service = open_service(settings).await?;
            let account = find_account(&service, &account)
                .await
                .map_err(|_| format!("There is no account {account}."))?;
            let created = product::create(&service, &Actor::operator(account), new_product)
                .await
                .map_err(|e| user_message(&e))?;
            Ok(to_json(&created))
        }
        ProductCommand::List { account } => {
            let service = open_service(settings).await?;
            let account = find_account_by_slug(&service, Some(account)).await?.ok_or("Name an account.")?;
            let products =
                product::list(&service, &Actor::operator(account)).await.map_err(|e| user_message(&e))?;
            Ok(products.iter().map(to_json).collect())
        }
        ProductCommand::Show { slug, account } => {
            let service = open_service(settings).await?;
            let account = find_account_by_slug(&service, account).await?;
            let missing = || format!("There is no product {slug}.");
            let parsed = Slug::parse(&slug).map_err(|_| missing())?;
            let (account, id) = product::find_by_slug(&service, &parsed, account).await.map_err(|e| {
                if matches!(e, service::Error::NotFound) { missing() } else { user_message(&e) }
            })?;
            let product =
                product::show(&service, &Actor::operator(account), id).await.map_err(|e| user_message(&e))?;
            Ok(to_json(&product))
        }
    }
}

fn to_json(product: &ProductView) -> Value {
    json!({
        "id": product.id,
        "number": product.number,
        "name": product.name,
        "slug": product.slug,
        "domain_limit": product.domain_limit,
        "machine_limit": product.machine_limit,
        "validity": product.validity,
        "validity_days": product.validity.and_then(domain::Period::as_days),
        "key_prefix": product.key_prefix,
        "licenses": product.licenses,
        "created_at": product.created_at.rfc3339(),
    })
}
