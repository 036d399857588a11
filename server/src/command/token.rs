//! `countersign token …`: API tokens for the seller's own systems.

use domain::bounded_text::Name;
use domain::permission::Role;
use serde_json::json;
use service::{Actor, api_token};

use super::context::{find_account, open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;

#[derive(clap::Subcommand)]
pub enum TokenCommand {
    /// Create a token; it is printed only once
    Create {
        /// Slug of the account
        #[arg(long)]
        account: String,
        /// Name of the token
        #[arg(long)]
        name: String,
        /// Role of the token: support, admin or viewer
        #[arg(long, default_value = "support")]
        role: String,
    },
    /// List the tokens of an account
    List {
        /// Slug of the account
        #[arg(long)]
        account: String,
    },
    /// Revoke a token
    Revoke {
        /// Slug of the account
        #[arg(long)]
        account: String,
        /// Id of the token
        id: String,
    },
}

pub async fn run(settings: &Config, command: TokenCommand) -> CommandResult {
    let (TokenCommand::Create { account: slug, .. }
    | TokenCommand::List { account: slug }
    | TokenCommand::Revoke { account: slug, .. }) = &command;
    let service = open_service(settings).await?;
    let account = find_account(&service, Some(slug.clone())).await?.ok_or("Name an account.")?;
    let actor = Actor::operator(account);
    match command {
        TokenCommand::Create { name, role, .. } => {
            let name = Name::parse("name", &name).map_err(|e| format!("--name: {e}"))?;
            let role: Role = role.parse().map_err(|e| format!("--role: {e}"))?;
            let created =
                api_token::create(&service, &actor, name, role).await.map_err(|e| user_message(&e))?;
            Ok(json!({ "id": created.id, "token": created.token }))
        }
        TokenCommand::List { .. } => {
            let tokens = api_token::list(&service, &actor).await.map_err(|e| user_message(&e))?;
            let to_json = |row: &domain::view::ApiTokenRow| {
                json!({
                    "id": row.id,
                    "name": row.name,
                    "last_four": row.last_four,
                    "role": row.role.as_str(),
                    "scopes": row.scopes,
                    "expires_at": row.expires_at.map(domain::Timestamp::rfc3339),
                    "last_used_at": row.last_used_at.map(domain::Timestamp::rfc3339),
                    "created_at": row.created_at.rfc3339(),
                    "revoked_at": row.revoked_at.map(domain::Timestamp::rfc3339),
                })
            };
            Ok(tokens.iter().map(to_json).collect())
        }
        TokenCommand::Revoke { id, .. } => {
            let id = id.parse().map_err(|_| format!("{id} is not the id of a token."))?;
            api_token::revoke(&service, &actor, id).await.map_err(|e| user_message(&e))?;
            Ok(json!({ "id": id, "revoked": true }))
        }
    }
}
