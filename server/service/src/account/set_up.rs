//! The first run: the operator, the first account and, if wished, the first
//! product with its first license.

use domain::license::Issue;
use domain::permission::Role;
use domain::product::Settings;
use domain::text::check_new_password;
use domain::{ProductId, UserId};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use super::add_user::{self, NewUser};
use crate::license::{Issued, issue};
use crate::secrets::{password, same};
use crate::store::entity::users;
use crate::{Actor, By, Error, Result, Service, product};

/// What the first run is told.
pub struct SetUp {
    /// The code from the server's log.
    pub code: String,
    /// The operator, who is also the first account's owner.
    pub user: NewUser,
    /// The first product.
    pub product: Option<Settings>,
}

/// Sets the instance up, once.
///
/// # Errors
/// When the code is wrong, somebody can sign in already, the input is at fault,
/// or the database fails.
pub async fn set_up(service: &Service, what: SetUp) -> Result<(UserId, Option<Issued>)> {
    service.throttle.admit("set-up", None, service.now())?;
    let typed: String = what.code.trim().to_ascii_uppercase();
    if !same(&typed, &service.set_up_code()) {
        return Err(Error::invalid("code", "This is not the code in the server’s log."));
    }
    service.throttle.succeeded("set-up");
    check_new_password(&what.user.password)?;
    let hash = password::hash(what.user.password.clone()).await?;
    let mut txn = service.write().await?;
    if users::Entity::find().count(txn.conn()).await? > 0 {
        return Err(Error::Conflict("This instance is set up already. Please sign in.".into()));
    }
    let by = By::System;
    let owner = NewUser { role: Role::Owner, is_operator: true, ..what.user };
    let name = owner.name.to_string();
    let (account, user) = add_user::insert(&mut txn, owner, hash, by).await?;
    let actor = Actor { account, by: By::Member { user, name, role: Role::Owner } };
    let made = match &what.product {
        Some(settings) => Some(product::insert(&mut txn, &actor, settings, service.now()).await?),
        None => None,
    };
    txn.commit().await?;
    let issued = match made {
        Some(product) => first_license(service, &actor, ProductId(product.id)).await?,
        None => None,
    };
    Ok((user, issued))
}

async fn first_license(service: &Service, actor: &Actor, product: ProductId) -> Result<Option<Issued>> {
    Ok(issue(service, actor, Issue::of(product)).await?.into_iter().next())
}
