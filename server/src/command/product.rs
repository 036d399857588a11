//! `countersign product …`.

use domain::bounded_text::Name;
use domain::development::DevelopmentHosts;
use domain::license::Limit;
use domain::product::{ProductSettings, Slug};
use domain::view::ProductView;
use domain::{CustomerOffline, CustomerRelease, FieldError, Period, ProductId, SlotScope};
use serde_json::{Value, json};
use service::account::find_account;
use service::{Actor, Service, product};

use super::context::{find_account as find_account_by_slug, invalid_argument, open_service, user_message};
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
    /// Change settings of a product; what is not named stays
    Update(UpdateArgs),
    /// Archive a product: it gets no new licenses and trials, existing ones go on
    Archive {
        /// Slug of the product
        slug: String,
        /// Slug of the account, if several accounts have such a product
        #[arg(long)]
        account: Option<String>,
    },
    /// Restore an archived product
    Restore {
        /// Slug of the product
        slug: String,
        /// Slug of the account, if several accounts have such a product
        #[arg(long)]
        account: Option<String>,
    },
    /// Delete a product that never had a license or a trial
    Delete {
        /// Slug of the product
        slug: String,
        /// Slug of the account, if several accounts have such a product
        #[arg(long)]
        account: Option<String>,
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

#[derive(clap::Args)]
pub struct UpdateArgs {
    /// Slug of the product
    slug: String,
    /// Slug of the account, if several accounts have such a product
    #[arg(long)]
    account: Option<String>,
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// New slug
    #[arg(long)]
    new_slug: Option<String>,
    /// Domain limit of new licenses, or "unlimited"
    #[arg(long)]
    domain_limit: Option<String>,
    /// Machine limit of new licenses, or "unlimited"
    #[arg(long)]
    machine_limit: Option<String>,
    /// Validity of new licenses, such as "1 year" or P30D, or "unlimited"
    #[arg(long)]
    validity: Option<String>,
    /// Hosts that one slot covers: host, www or `registrable_domain`
    #[arg(long)]
    slot_scope: Option<String>,
    /// Hosts that take no slot, separated by commas, or "none"
    #[arg(long)]
    development_hosts: Option<String>,
    /// How often customers may free an activation: never, always, or a number of days
    #[arg(long)]
    customer_release: Option<String>,
    /// For how many days customers may activate machines without a network, or "never"
    #[arg(long)]
    customer_offline: Option<String>,
}

impl UpdateArgs {
    /// Returns the settings with the named changes.
    fn apply(self, current: &ProductView) -> Result<ProductSettings, FieldError> {
        let mut settings = current.settings()?;
        if let Some(name) = self.name {
            settings.name = Name::parse("name", &name)?;
        }
        if let Some(slug) = self.new_slug {
            settings.slug = Slug::parse(&slug).map_err(|e| e.in_field("new_slug"))?;
        }
        if let Some(limit) = self.domain_limit {
            settings.domain_limit = Limit::parse("domain_limit", &limit)?;
        }
        if let Some(limit) = self.machine_limit {
            settings.machine_limit = Limit::parse("machine_limit", &limit)?;
        }
        if let Some(validity) = self.validity {
            let text = if validity.trim() == "unlimited" { "" } else { validity.as_str() };
            settings.validity = Period::parse("validity", text)?;
        }
        if let Some(scope) = self.slot_scope {
            settings.slot_scope = SlotScope::parse(&scope)?;
        }
        if let Some(hosts) = self.development_hosts {
            let is_none = hosts.trim() == "none";
            settings.development =
                DevelopmentHosts::parse(!is_none, if is_none { "" } else { hosts.as_str() })?;
        }
        if let Some(rule) = self.customer_release {
            settings.customer_release = CustomerRelease::parse(&rule)?;
        }
        if let Some(rule) = self.customer_offline {
            settings.customer_offline = CustomerOffline::parse(&rule)?;
        }
        Ok(settings)
    }
}

async fn find(service: &Service, slug: &str, account: Option<String>) -> Result<(Actor, ProductId), String> {
    let account = find_account_by_slug(service, account).await?;
    let missing = || format!("There is no product {slug}.");
    let parsed = Slug::parse(slug).map_err(|_| missing())?;
    let (account, id) = product::find_by_slug(service, &parsed, account)
        .await
        .map_err(|e| if matches!(e, service::Error::NotFound) { missing() } else { user_message(&e) })?;
    Ok((Actor::operator(account), id))
}

pub async fn run(settings: &Config, command: ProductCommand) -> CommandResult {
    match command {
        ProductCommand::Update(mut args) => {
            let service = open_service(settings).await?;
            let (actor, id) = find(&service, &args.slug, args.account.take()).await?;
            let current = product::show(&service, &actor, id).await.map_err(|e| user_message(&e))?;
            let changed = args.apply(&current).map_err(invalid_argument)?;
            let updated =
                product::update(&service, &actor, id, changed).await.map_err(|e| user_message(&e))?;
            Ok(to_json(&updated))
        }
        ProductCommand::Create { account, name, slug, domain_limit, machine_limit } => {
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
        ProductCommand::Archive { slug, account } => {
            let service = open_service(settings).await?;
            let (actor, id) = find(&service, &slug, account).await?;
            let archived = product::archive(&service, &actor, id).await.map_err(|e| user_message(&e))?;
            Ok(to_json(&archived))
        }
        ProductCommand::Restore { slug, account } => {
            let service = open_service(settings).await?;
            let (actor, id) = find(&service, &slug, account).await?;
            let restored = product::restore(&service, &actor, id).await.map_err(|e| user_message(&e))?;
            Ok(to_json(&restored))
        }
        ProductCommand::Delete { slug, account } => {
            let service = open_service(settings).await?;
            let (actor, id) = find(&service, &slug, account).await?;
            product::delete(&service, &actor, id).await.map_err(|e| user_message(&e))?;
            Ok(json!({ "id": id, "deleted": true }))
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
            let (actor, id) = find(&service, &slug, account).await?;
            let product = product::show(&service, &actor, id).await.map_err(|e| user_message(&e))?;
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
        "slot_scope": product.slot_scope,
        "customer_release": product.customer_release.word(),
        "customer_offline": product.customer_offline.word(),
        "development_hosts": product.development_hosts.lines().collect::<Vec<_>>(),
        "licenses": product.licenses,
        "created_at": product.created_at.rfc3339(),
        "archived_at": product.archived_at.map(domain::Timestamp::rfc3339),
    })
}
