//! Arguments that several commands of licenses have.

use domain::customer::NameChoice;
use domain::license::{Reason, Renewal};
use domain::{FieldError, Period, Timestamp};

use crate::command::context::{invalid_argument, user_message};

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

/// The decision about a known customer with another name.
#[derive(clap::Args, Clone, Copy)]
#[group(multiple = false)]
pub struct NameChoiceArgs {
    /// Keep the name of the customer with this address
    #[arg(long)]
    keep_name: bool,
    /// Change the name of the customer with this address
    #[arg(long)]
    change_name: bool,
}

impl From<NameChoiceArgs> for NameChoice {
    fn from(args: NameChoiceArgs) -> Self {
        match args {
            NameChoiceArgs { keep_name: true, .. } => Self::Keep,
            NameChoiceArgs { change_name: true, .. } => Self::Change,
            NameChoiceArgs { .. } => Self::Ask,
        }
    }
}

/// Like [`user_message`], with the flags that decide about another name.
pub fn other_name_message(error: &service::Error) -> String {
    match error {
        service::Error::OtherName { .. } => {
            format!("{error} Name --keep-name or --change-name.")
        }
        error => user_message(error),
    }
}

/// Parses an expiry, which must be in the future.
pub fn parse_future(field: &'static str, text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let at = Timestamp::parse_expiry(text).map_err(|e| invalid_argument(e.in_field(field)))?;
    if at > now {
        Ok(at)
    } else {
        Err(invalid_argument(FieldError::new(field, "The date must be in the future.")))
    }
}

pub fn parse_renewal(args: RenewalArgs, now: Timestamp) -> Result<Renewal, String> {
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

pub fn parse_reason(text: &str) -> Result<Option<Reason>, String> {
    Reason::optional("reason", text).map_err(|e| format!("--reason: {e}"))
}
