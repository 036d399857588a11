//! `countersign audit …`.

use domain::view::{AuditBreak, AuditVerification};
use domain::{AccountId, Timestamp};
use serde_json::{Value, json};
use service::{Actor, Service, account, audit};

use super::context::{find_account, open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;

#[derive(clap::Subcommand)]
pub enum AuditCommand {
    /// Prove that no sealed entry of the audit log was changed or removed; reads the whole log
    Verify {
        /// Account, by slug; without it, all accounts
        #[arg(long, value_name = "SLUG")]
        account: Option<String>,
    },
}

pub async fn run(settings: &Config, command: AuditCommand) -> CommandResult {
    let AuditCommand::Verify { account } = command;
    let service = open_service(settings).await?;
    let accounts = match find_account(&service, account.clone()).await? {
        Some(id) => vec![(id, account.unwrap_or_default())],
        None => account::list_accounts(&service).await.map_err(|e| user_message(&e))?,
    };
    verify(&service, accounts).await
}

/// Verifies accounts. A break fails the command, and its message names every account with one.
async fn verify(service: &Service, accounts: Vec<(AccountId, String)>) -> CommandResult {
    let (mut verified, mut breaks) = (Vec::new(), Vec::new());
    for (id, slug) in accounts {
        let found = audit::verify_all(service, &Actor::operator(id)).await.map_err(|e| user_message(&e))?;
        breaks.extend(found.first_break.as_ref().map(|found| sentence(&slug, found)));
        verified.push(document(&slug, &found));
    }
    if breaks.is_empty() {
        return Ok(json!({ "is_valid": true, "accounts": verified }));
    }
    Err(breaks.join("\n"))
}

/// Names the account, the position, the entry and the kind of a break.
fn sentence(slug: &str, found: &AuditBreak) -> String {
    let entry = found.entry.map(|id| format!(", entry {id}")).unwrap_or_default();
    let at = found.at.map(|at| format!(" of {at}")).unwrap_or_default();
    format!(
        "The audit log of {slug} breaks at position {}{entry}{at} ({}): {}",
        found.position,
        found.kind.as_str(),
        found.kind.sentence()
    )
}

fn document(slug: &str, found: &AuditVerification) -> Value {
    json!({
        "account": slug,
        "verified": found.verified,
        "unsealed": found.unsealed,
        "first_position": found.first_position,
        "position": found.position,
        "digest": found.digest,
        "sealed_since": found.sealed_since.map(Timestamp::rfc3339),
    })
}
