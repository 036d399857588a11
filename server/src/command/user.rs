//! `countersign user …`: creates users, and resets passwords and second factors without mail.

use std::io::Read as _;

use domain::bounded_text::Name;
use domain::permission::Role;
use domain::unicode::decode_text;
use domain::{Email, FieldError};
use serde_json::json;
use service::Principal;
use service::account::{NewUser, account_slug, add_user, reset_password, second_factor};

use super::context::{enable_mail, open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;

#[derive(clap::Subcommand)]
pub enum UserCommand {
    /// Add a user to an account; creates the account if it does not exist
    Add {
        /// E-mail address for sign-in
        #[arg(long)]
        email: String,
        /// Name of the user
        #[arg(long)]
        name: String,
        /// Name of the account
        #[arg(long)]
        account: String,
        /// Role: owner, admin, support or viewer
        #[arg(long, default_value = "owner")]
        role: String,
        /// The user is an operator of this instance
        #[arg(long)]
        operator: bool,
        /// Read the password from standard input; it is never an argument
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Set a new password and end all sessions of the user
    ResetPassword {
        /// E-mail address for sign-in
        #[arg(long)]
        email: String,
        /// Read the password from standard input; it is never an argument
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Remove the second factor of a user who has lost it, and end all sessions of the user
    ResetSecondFactor {
        /// E-mail address for sign-in
        #[arg(long)]
        email: String,
    },
}

pub async fn run(settings: &Config, command: UserCommand) -> CommandResult {
    match command {
        UserCommand::Add { email, name, account, role, operator, password_stdin: _ } => {
            let invalid_argument = |e: FieldError| format!("--{}: {e}", e.field);
            let new = NewUser {
                email: Email::parse(&email).map_err(invalid_argument)?,
                name: Name::parse("name", &name).map_err(invalid_argument)?,
                account: Name::parse("account", &account).map_err(invalid_argument)?,
                role: role.parse::<Role>().map_err(invalid_argument)?,
                is_operator: operator,
                password: read_password()?,
            };
            let email = new.email.clone();
            let service = open_service(settings).await?;
            let (account, user) =
                add_user(&service, new, Principal::Operator).await.map_err(|e| user_message(&e))?;
            let slug = account_slug(&service, account).await.map_err(|e| user_message(&e))?;
            Ok(json!({ "id": user, "email": email, "account": slug, "account_id": account, "role": role }))
        }
        UserCommand::ResetPassword { email, password_stdin: _ } => {
            let email = Email::parse(&email).map_err(|e| format!("--email: {e}"))?;
            let service = open_service(settings).await?;
            enable_mail(&service, settings)?;
            reset_password(&service, &email, read_password()?).await.map_err(|e| user_message(&e))?;
            Ok(json!({ "email": email, "reset": true }))
        }
        UserCommand::ResetSecondFactor { email } => {
            let email = Email::parse(&email).map_err(|e| format!("--email: {e}"))?;
            let service = open_service(settings).await?;
            enable_mail(&service, settings)?;
            second_factor::reset(&service, &email).await.map_err(|e| user_message(&e))?;
            Ok(json!({ "email": email, "reset": true }))
        }
    }
}

/// Reads the password from standard input, without the line break and a byte order mark.
fn read_password() -> Result<String, String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(4096)
        .read_to_end(&mut bytes)
        .map_err(|e| format!("The password can't be read from standard input: {e}."))?;
    let text = decode_text(&bytes).ok_or("The password on standard input is not UTF-8 text.")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
