//! Set-up of a new instance: the operator, the first account and optionally the first product with
//! its first license.

use domain::ProductId;
use domain::license::NewLicense;
use domain::permission::Role;
use domain::product::ProductSettings;
use sea_orm::{EntityTrait as _, PaginatorTrait as _, QuerySelect as _};

use super::add_user::{self, NewUser};
use super::throttle::Attempt;
use super::{SignedInUser, new_password};
use crate::license::{Issued, issue};
use crate::secrets::{constant_time_eq, password};
use crate::store::WriteTxn;
use crate::store::entity::{instance, users};
use crate::{Actor, Error, Principal, Result, Service, product};

/// The input of the set-up.
pub struct SetupRequest {
    /// The set-up code, which the server prints at its start.
    pub code: String,
    /// The operator, who also owns the first account.
    pub user: NewUser,
    /// The client's address, if known.
    pub address: Option<String>,
    /// The first product, if any.
    pub product: Option<ProductSettings>,
}

/// Sets up the instance, once.
///
/// # Errors
/// Returns an error if the code is wrong, a user exists, the input is invalid, or the database
/// fails.
#[tracing::instrument(name = "account.set_up", skip_all, err(level = "debug"))]
pub async fn set_up(service: &Service, what: SetupRequest) -> Result<(SignedInUser, Option<Issued>)> {
    let address = what.address.as_deref();
    let attempt = Attempt { account: "set-up", address, device: None };
    let delay = service.sign_in_throttle.check(&attempt, service.now())?;
    tokio::time::sleep(delay).await;
    let typed: String = what.code.trim().to_ascii_uppercase();
    if !constant_time_eq(&typed, &service.setup_code()) {
        tracing::warn!(address, "set-up refused: wrong code");
        return Err(Error::invalid("code", "This is not the code that the server printed at its start."));
    }
    service.sign_in_throttle.reset(&attempt);
    let new = &what.user;
    new_password::check(&new.password, &[new.email.as_str(), new.name.as_str(), new.account.as_str()])?;
    let hash = password::hash(what.user.password.clone()).await?;
    let stored_hash = hash.clone();
    let mut txn = service.begin_write().await?;
    lock_instance(&txn).await?;
    if users::Entity::find().count(txn.conn()).await? > 0 {
        return Err(Error::Conflict("This instance is set up already. Please sign in.".into()));
    }
    let by = Principal::System;
    let owner = NewUser { role: Role::Owner, is_operator: true, ..what.user };
    let name = owner.name.to_string();
    let (account, user) = add_user::insert_user(&mut txn, owner, hash, by).await?;
    let actor = Actor { account, principal: Principal::Member { user, name, role: Role::Owner, ip: None } };
    let made = match &what.product {
        Some(settings) => Some(product::insert_product(&mut txn, &actor, settings, service.now()).await?),
        None => None,
    };
    txn.commit().await?;
    let issued = match made {
        Some(product) => issue_first_license(service, &actor, ProductId(product.id)).await?,
        None => None,
    };
    Ok((SignedInUser::new(&service.keys, user, &stored_hash, None)?, issued))
}

/// Makes concurrent set-ups wait for each other, so that only one finds no user.
async fn lock_instance(txn: &WriteTxn) -> Result<()> {
    if txn.needs_row_locks() {
        instance::Entity::find_by_id(1).lock_exclusive().one(txn.conn()).await?;
    }
    Ok(())
}

async fn issue_first_license(service: &Service, actor: &Actor, product: ProductId) -> Result<Option<Issued>> {
    Ok(issue(service, actor, NewLicense::for_product(product)).await?.into_iter().next())
}
