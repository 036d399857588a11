//! Submitted forms, parsed into domain types. Parsing checks every field, so that all errors are shown at
//! once.

mod api_token;
mod audit;
mod brand;
mod bulk;
mod customer;
mod customer_mail;
mod edit;
mod issue;
mod license;
mod license_page;
mod license_rules;
mod license_template;
mod member;
mod menu_search;
mod operator;
mod organization;
mod product;
mod rule_field;
mod search;
mod set_up;
mod shop;
mod sign_up;
mod trial_policy;
mod webhook;

pub use api_token::{CHOSEN_SCOPES, parse_api_token, scopes_of_member};
pub use audit::{
    audit_export_url, audit_query_from_pairs, audit_query_from_url, date_of_day, url_of_audit_query,
};
pub use brand::BrandForm;
pub use bulk::{BulkForm, selection_from_url};
pub use customer::{
    CustomerForm, ParsedCustomer, customer_query_from_url, parse_other_customer, url_of_customer_query,
};
pub use customer_mail::CustomerMailForm;
pub use edit::SHOWN_MARK;
pub use issue::IssueForm;
pub use license::{LimitsForm, parse_reason, parse_renewal, parse_shown_expiry, shown_expiry};
pub use license_page::{
    parse_customer, parse_domain, parse_metadata, parse_notes, parse_readers, url_of_check,
};
pub use license_rules::RulesForm;
pub use license_template::TemplateForm;
pub use member::{parse_invitation, parse_new_member, parse_tokens_of_removed};
pub use menu_search::parse_menu_search;
pub use operator::{parse_suspension, seller_query_from_url, url_of_seller_query};
pub use organization::{
    name_in_use, organization_query_from_url, parse_tag, tag_in_use, url_of_organization_query,
};
pub use product::{CustomersForm, DomainsForm, LicensingForm, MachinesForm, MetersForm};
pub use search::{
    SearchForm, export_url, query_fields, query_from_pairs, query_from_url, url_of_query, url_of_search,
};
pub use set_up::SetUpForm;
pub use shop::{NewShopForm, ShopPriceForm, ShopSettingsForm};
pub use sign_up::{parse_account_name, parse_invited_seller, parse_new_seller};
pub use trial_policy::TrialPolicyForm;
pub use webhook::WebhookForm;
