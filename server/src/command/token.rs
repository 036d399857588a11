//! `countersign token …`: bearer tokens for the seller's own systems.

use domain::permission::Role;
use domain::text::Name;
use serde_json::json;
use service::{Actor, api_token};

use super::open::{account, open, sentence};
use super::output::Answer;
use crate::config::Settings;

#[derive(clap::Subcommand)]
pub enum Verb {
    /// Make a token; it is printed this once.
    Create {
        /// The account's slug.
        #[arg(long)]
        account: String,
        /// What it is for.
        #[arg(long)]
        name: String,
        /// What it may do: support, admin or viewer.
        #[arg(long, default_value = "support")]
        role: String,
    },
    /// List an account's tokens.
    List {
        /// The account's slug.
        #[arg(long)]
        account: String,
    },
    /// Withdraw a token.
    Revoke {
        /// The account's slug.
        #[arg(long)]
        account: String,
        /// The token's id.
        id: String,
    },
}

pub async fn run(settings: &Settings, verb: Verb) -> Answer {
    let (Verb::Create { account: slug, .. }
    | Verb::List { account: slug }
    | Verb::Revoke { account: slug, .. }) = &verb;
    let service = open(settings).await?;
    let within = account(&service, Some(slug.clone())).await?.ok_or("Name an account.")?;
    let actor = Actor::shell(within);
    match verb {
        Verb::Create { name, role, .. } => {
            let name = Name::parse("name", &name).map_err(|e| format!("--name: {e}"))?;
            let role: Role = role.parse().map_err(|e| format!("--role: {e}"))?;
            let made = api_token::create(&service, &actor, name, role).await.map_err(|e| sentence(&e))?;
            Ok(json!({ "id": made.id, "token": made.token }))
        }
        Verb::List { .. } => {
            let tokens = api_token::list(&service, &actor).await.map_err(|e| sentence(&e))?;
            let one = |row: &domain::view::ApiTokenRow| {
                json!({
                    "id": row.id,
                    "name": row.name,
                    "last_four": row.last_four,
                    "role": row.role.word(),
                    "created_at": row.created_at.rfc3339(),
                    "revoked_at": row.revoked_at.map(domain::Timestamp::rfc3339),
                })
            };
            Ok(tokens.iter().map(one).collect())
        }
        Verb::Revoke { id, .. } => {
            let id = id.parse().map_err(|_| format!("{id} is not a token’s id."))?;
            api_token::revoke(&service, &actor, id).await.map_err(|e| sentence(&e))?;
            Ok(json!({ "id": id, "revoked": true }))
        }
    }
}
