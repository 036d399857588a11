//! Bodies of requests about the sign-in, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;

/// A sign-in of a member or a customer.
#[derive(ToSchema)]
#[schema(as = v3::SignIn, rename_all = "camelCase")]
pub(super) struct SignIn {
    /// The account's id or slug. Not required for a user of one account alone.
    #[schema(min_length = 1, max_length = 36)]
    account_id: Option<String>,
    /// In place of `accountId`.
    #[schema(min_length = 1, max_length = 36)]
    account_alias: Option<String>,
    /// In place of `accountId`.
    #[schema(min_length = 1, max_length = 36)]
    company_id: Option<String>,
    /// The user's e-mail address.
    #[schema(min_length = 1, max_length = 256)]
    email: String,
    /// The user's password.
    #[schema(min_length = 8, max_length = 256)]
    password: String,
    /// A code of the authenticator app, if the user has a second factor.
    #[schema(min_length = 1, max_length = 64)]
    two_factor_code: Option<String>,
    /// A recovery code, in place of `twoFactorCode`.
    #[schema(min_length = 1, max_length = 64)]
    two_factor_recovery_code: Option<String>,
}
