//! `countersign customer …`.

use std::io::Write as _;

use domain::bounded_text::Name;
use domain::customer::{CustomerRef, Identity};
use domain::view::{CustomerCursor, CustomerQuery, CustomerView, MAX_LICENSES_COUNTED};
use domain::{CustomerId, Email, LicenseId, Timestamp};
use serde_json::{Value, json};
use service::{Actor, Service, customer};

use super::context::{find_account, invalid_argument, open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;

#[derive(clap::Subcommand)]
pub enum CustomerCommand {
    /// List customers, the newest first, 50 at a time
    List {
        /// Slug of the account
        #[arg(long)]
        account: String,
        /// Start of a word of the name, of the address, or of the address's domain
        #[arg(long, default_value = "")]
        search: String,
        /// The `next` of the list before
        #[arg(long)]
        page: Option<String>,
    },
    /// Show a customer and 25 licenses, the newest first
    Show {
        #[command(flatten)]
        customer: CustomerArgs,
        /// The `more_licenses` of the answer before
        #[arg(long)]
        before: Option<String>,
    },
    /// Change a customer's name or address; what is not named stays
    Update {
        #[command(flatten)]
        customer: CustomerArgs,
        /// New name; empty removes it
        #[arg(long)]
        name: Option<String>,
        /// New e-mail address; empty removes it
        #[arg(long)]
        email: Option<String>,
    },
    /// Move all licenses of another customer to this one and delete the other
    Merge {
        #[command(flatten)]
        customer: CustomerArgs,
        /// E-mail address or id of the other customer
        #[arg(long)]
        other: String,
    },
    /// Remove a customer's name and address permanently; the licenses stay
    Erase {
        #[command(flatten)]
        customer: CustomerArgs,
    },
    /// Write all data of a customer to standard output as one JSON document
    Export {
        #[command(flatten)]
        customer: CustomerArgs,
    },
}

#[derive(clap::Args)]
pub struct CustomerArgs {
    /// E-mail address or id of the customer
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// Slug of the account
    #[arg(long)]
    account: String,
}

/// Finds a customer, and the operator as its actor.
async fn find(service: &Service, args: CustomerArgs) -> Result<(Actor, CustomerId), String> {
    let actor = actor(service, args.account).await?;
    let id = find_customer(service, &actor, &args.customer).await?;
    Ok((actor, id))
}

async fn actor(service: &Service, account: String) -> Result<Actor, String> {
    let account = find_account(service, Some(account)).await?.ok_or("Name an account.")?;
    Ok(Actor::operator(account))
}

async fn find_customer(service: &Service, actor: &Actor, text: &str) -> Result<CustomerId, String> {
    let customer = CustomerRef::parse("customer", text).map_err(|e| e.to_string())?;
    customer::find(service, actor, &customer).await.map_err(|error| match error {
        service::Error::NotFound => format!("There is no customer {text}."),
        error => user_message(&error),
    })
}

pub async fn run(settings: &Config, command: CustomerCommand) -> CommandResult {
    let service = open_service(settings).await?;
    match command {
        CustomerCommand::List { account, search, page } => list(&service, account, search, page).await,
        CustomerCommand::Show { customer, before } => {
            let (actor, id) = find(&service, customer).await?;
            let before = before.map(|id| id.parse::<LicenseId>()).transpose();
            let before = before.map_err(|_| "--before: This is not the id of a license.")?;
            show(&service, &actor, id, before).await
        }
        CustomerCommand::Update { customer, name, email } => {
            let (actor, id) = find(&service, customer).await?;
            update(&service, &actor, id, name, email).await?;
            show(&service, &actor, id, None).await
        }
        CustomerCommand::Merge { customer, other } => {
            let (actor, id) = find(&service, customer).await?;
            let other = find_customer(&service, &actor, &other).await.map_err(|e| format!("--other: {e}"))?;
            let moved = customer::merge(&service, &actor, id, other).await.map_err(|e| user_message(&e))?;
            Ok(json!({ "id": id, "merged": other, "licenses": moved }))
        }
        CustomerCommand::Erase { customer } => {
            let (actor, id) = find(&service, customer).await?;
            customer::erase(&service, &actor, id).await.map_err(|e| user_message(&e))?;
            Ok(json!({ "id": id, "erased": true }))
        }
        CustomerCommand::Export { customer } => {
            let (actor, id) = find(&service, customer).await?;
            export(&service, &actor, id).await
        }
    }
}

async fn list(service: &Service, account: String, search: String, page: Option<String>) -> CommandResult {
    let actor = actor(service, account).await?;
    let cursor: Option<CustomerCursor> =
        page.map(|page| page.parse()).transpose().map_err(|e: domain::FieldError| format!("--page: {e}"))?;
    let page = customer::list(service, &actor, &CustomerQuery { search, cursor })
        .await
        .map_err(|e| user_message(&e))?;
    let row = |row: domain::view::CustomerRow| {
        json!({
            "id": row.id,
            "name": row.name,
            "email": row.email,
            "licenses": count(row.licenses),
            "created_at": row.created_at.rfc3339(),
        })
    };
    Ok(json!({
        "customers": page.items.into_iter().map(row).collect::<Vec<_>>(),
        "next": page.next.map(|cursor| cursor.to_string()),
    }))
}

async fn update(
    service: &Service,
    actor: &Actor,
    id: CustomerId,
    name: Option<String>,
    email: Option<String>,
) -> Result<(), String> {
    if name.is_none() && email.is_none() {
        return Err("Name --name, --email, or both.".into());
    }
    let view = customer::show(service, actor, id, None).await.map_err(|e| user_message(&e))?;
    let stored = Identity {
        name: view.name.map(Name::from_storage),
        email: view.email.and_then(|email| Email::parse(&email).ok()),
    };
    let new = Identity {
        name: match name {
            Some(name) => Name::optional("name", &name).map_err(invalid_argument)?,
            None => stored.name.clone(),
        },
        email: match email.as_deref().map(str::trim) {
            Some("") => None,
            Some(email) => Some(Email::parse(email).map_err(invalid_argument)?),
            None => stored.email.clone(),
        },
    };
    customer::update(service, actor, id, new, Some(&stored)).await.map_err(|e| user_message(&e))
}

async fn show(service: &Service, actor: &Actor, id: CustomerId, before: Option<LicenseId>) -> CommandResult {
    let view = customer::show(service, actor, id, before).await.map_err(|e| user_message(&e))?;
    Ok(to_json(&view))
}

fn to_json(customer: &CustomerView) -> Value {
    let license = |license: &domain::view::CustomerLicenseRow| {
        json!({
            "id": license.id,
            "last_four": license.last_four,
            "standing": license.standing,
            "product": license.product,
            "domains_used": license.domains_used,
            "domain_limit": license.domain_limit,
            "machines_used": license.machines_used,
            "machine_limit": license.machine_limit,
            "expires_at": license.expires_at.map(Timestamp::rfc3339),
            "created_at": license.created_at.rfc3339(),
        })
    };
    json!({
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "license_count": count(customer.license_count),
        "licenses": customer.licenses.iter().map(license).collect::<Vec<_>>(),
        "more_licenses": customer.more_licenses,
        "created_at": customer.created_at.rfc3339(),
    })
}

/// A number of licenses that is counted up to a maximum.
fn count(counted: u32) -> Value {
    if counted > MAX_LICENSES_COUNTED { json!(format!("{MAX_LICENSES_COUNTED}+")) } else { json!(counted) }
}

/// Writes the document while it is read, because it may be larger than memory.
async fn export(service: &Service, actor: &Actor, id: CustomerId) -> CommandResult {
    let mut export = customer::export(service, actor, id).await.map_err(|e| user_message(&e))?;
    let failed = |error: std::io::Error| format!("The document can't be written: {error}.");
    while let Some(part) = export.next().await {
        let part = part.map_err(|e| user_message(&e))?;
        std::io::stdout().write_all(part.as_bytes()).map_err(failed)?;
    }
    std::io::stdout().write_all(b"\n").map_err(failed)?;
    Ok(Value::Null)
}
