//! Asks for a link to sign up.

use domain::mail::MailKind;
use domain::sign_up::{MAX_SIGN_UP_MAILS_PER_ADDRESS, MAX_SIGN_UP_MAILS_PER_HOUR, SIGN_UP_LIFETIME_MS};
use domain::{AccountId, Email};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
};
use uuid::Uuid;

use super::{link, policy};
use crate::mail::recent::{are_at_least, of_last_hour};
use crate::mail::{NewMail, queue, texts};
use crate::store::WriteTxn;
use crate::store::entity::{instance, mails, memberships, users};
use crate::{Result, Service};

/// Sends a link to the address, or a notice if a user has it. The answer and its time do not tell: the look-up
/// runs after the answer, and both are a mail. Requests are limited per network, per address, and in all.
///
/// # Errors
/// Returns [`crate::Error::Conflict`] if sign-up is not open or mail is off, [`crate::Error::TooManyTries`] after
/// too many requests, or an error of the field `email` if the text is no address.
#[tracing::instrument(name = "sign_up.request_sign_up", skip_all, err(level = "debug"))]
pub fn request_sign_up(service: &Service, email: &str, address: Option<&str>) -> Result<()> {
    policy::require_open(service)?;
    service.mailer()?;
    let email = Email::parse(email)?;
    service.sign_in_throttle.check_sign_up(address, service.now()).inspect_err(|_| {
        tracing::warn!(address, "sign-up refused: too many attempts");
    })?;
    let (service, address) = (service.clone(), address.map(ToOwned::to_owned));
    tokio::spawn(async move {
        if let Err(error) = send_mail(&service, &email, address.as_deref()).await {
            tracing::warn!(%error, "mail of a sign-up not queued");
        }
    });
    Ok(())
}

async fn send_mail(service: &Service, email: &Email, address: Option<&str>) -> Result<()> {
    let mailer = service.mailer()?;
    let db = service.store.read();
    let Some(account) = account_of_operator(db).await? else {
        tracing::warn!("sign-up without a mail: no user operates this server");
        return Ok(());
    };
    let find = users::Entity::find().filter(users::Column::Email.eq(email.as_str()));
    let is_known = find.one(db).await?.is_some();
    let txn = service.begin_write().await?;
    lock_limits(&txn).await?;
    if is_limit_reached(&txn, email).await? {
        tracing::warn!(address, "sign-up without a mail: the limit of an hour is reached");
        return Ok(());
    }
    let new = if is_known {
        NewMail {
            account,
            kind: MailKind::SignUp,
            recipient: email.to_string(),
            content: texts::sign_up_known(mailer.origin(), email.as_str()),
            object: None,
            customer: None,
            expires_at: txn.now().plus_millis(SIGN_UP_LIFETIME_MS),
        }
    } else {
        let made = link::insert(&txn, &service.keys, None, Some(email), SIGN_UP_LIFETIME_MS).await?;
        NewMail {
            account,
            kind: MailKind::SignUp,
            recipient: email.to_string(),
            content: texts::sign_up(mailer.origin(), &made.token),
            object: Some(made.id),
            customer: None,
            expires_at: made.expires_at,
        }
    };
    queue(&txn, &service.keys, new).await?;
    txn.commit().await?;
    tracing::info!(address, "mail of a sign-up queued");
    Ok(())
}

/// Makes concurrent requests wait for each other, so that no two count the same mails.
async fn lock_limits(txn: &WriteTxn) -> Result<()> {
    if txn.needs_row_locks() {
        instance::Entity::find_by_id(1).lock_exclusive().one(txn.conn()).await?;
    }
    Ok(())
}

/// Returns whether no further mail may be sent within this hour.
async fn is_limit_reached(txn: &WriteTxn, email: &Email) -> Result<bool> {
    let sent = of_last_hour(&[MailKind::SignUp], txn.now());
    let to_address = sent.clone().filter(mails::Column::Recipient.eq(email.as_str()));
    Ok(are_at_least(txn.conn(), to_address, MAX_SIGN_UP_MAILS_PER_ADDRESS).await?
        || are_at_least(txn.conn(), sent, MAX_SIGN_UP_MAILS_PER_HOUR).await?)
}

/// Returns the account that the first operator joined first. Its owners and admins see mails to people who have
/// no account yet.
async fn account_of_operator(db: &impl ConnectionTrait) -> Result<Option<AccountId>> {
    let first: Option<Uuid> = memberships::Entity::find()
        .join(JoinType::InnerJoin, memberships::Relation::User.def())
        .filter(users::Column::IsOperator.eq(true))
        .order_by_asc(memberships::Column::CreatedAt)
        .order_by_asc(memberships::Column::AccountId)
        .select_only()
        .column(memberships::Column::AccountId)
        .into_tuple()
        .one(db)
        .await?;
    Ok(first.map(AccountId))
}
