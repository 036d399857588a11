//! A person who signs up, and the rows of the account.

use domain::Email;
use domain::bounded_text::Name;

use crate::account::{SellerOwner, SignedInUser, insert_seller, new_password};
use crate::secrets::password;
use crate::store::WriteTxn;
use crate::{Error, Result, Service};

/// A person who signs up as a new seller.
pub struct NewSeller {
    /// The account's name: the company or the shop.
    pub account: Name,
    /// The person's name.
    pub name: Name,
    /// The e-mail address for sign-in. A link that proves an address has its own.
    pub email: Option<Email>,
    /// The password.
    pub password: String,
    /// The client's address, if known. Attempts are limited, because an answer tells whether an address is in use.
    pub address: Option<String>,
}

impl NewSeller {
    /// Returns the given address.
    ///
    /// # Errors
    /// An error of the field `email` if none is given.
    pub(super) fn require_email(&self) -> Result<Email> {
        self.email.clone().ok_or_else(|| Error::invalid("email", "An e-mail address is required."))
    }

    /// Checks the password by the rules of new passwords.
    ///
    /// # Errors
    /// An error of the field `password` with the reason.
    pub(super) fn check_password(&self, email: &Email) -> Result<()> {
        let own_words = [email.as_str(), self.name.as_str(), self.account.as_str()];
        Ok(new_password::check(&self.password, &own_words)?)
    }

    /// Returns the hash of the password to store.
    pub(super) async fn hash(&self) -> Result<String> {
        password::hash(self.password.clone()).await
    }

    /// Inserts the account and its owner within the transaction. Returns the owner as signed in.
    ///
    /// # Errors
    /// Returns an error of the field `email` if the address is in use, or an error if the database fails.
    pub(super) async fn insert(
        &self,
        service: &Service,
        txn: &mut WriteTxn,
        email: &Email,
        hash: &str,
        invited_by: Option<&str>,
    ) -> Result<SignedInUser> {
        let owner = SellerOwner {
            account: &self.account,
            name: &self.name,
            email,
            hash,
            address: self.address.clone(),
            invited_by,
        };
        let user = insert_seller(txn, owner).await?;
        SignedInUser::new(&service.keys, user, hash, None)
    }
}
