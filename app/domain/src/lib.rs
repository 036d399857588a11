//! Domain types and business rules of Countersign.
//!
//! All functions are pure, and values are validated on construction. There is no I/O, clock or
//! randomness: callers pass `now` and random bytes. The same rules can therefore run in the
//! server, in the browser and in property tests.

pub mod activation;
pub mod activation_notice;
pub mod api_scope;
pub mod app_subject;
pub mod bounded_text;
pub mod brand;
pub mod bulk;
pub mod camel_case;
pub mod certificate_order;
pub mod csv;
pub mod customer;
pub mod customer_offline;
pub mod customer_release;
pub mod customer_role;
pub mod development;
pub mod domain_name;
pub mod duration;
pub mod edit;
pub mod email;
pub mod event;
pub mod event_words;
pub mod field_error;
pub mod filter;
pub mod folding;
pub mod id;
pub mod import;
pub mod invitation;
pub mod json_fields;
pub mod json_indent;
pub mod license;
pub mod license_key;
pub mod license_rules;
pub mod locale;
pub mod machine;
pub mod mail;
pub mod mail_template;
pub mod meter;
pub mod object_metadata;
pub mod organization;
pub mod period;
pub mod permission;
pub mod person_name;
pub mod product;
pub mod purchase;
pub mod rate_limit;
pub mod refusal;
pub mod reminder;
pub mod search;
pub mod second_factor;
pub mod sign_up;
pub mod slot_scope;
pub mod tag;
pub mod text_key;
pub mod time;
pub mod token;
pub mod trace_context;
pub mod trial_policy;
pub mod unicode;
pub mod user_agent;
pub mod view;
pub mod webhook;

pub use api_scope::{Scope, ScopeSet};
pub use app_subject::AppSubject;
pub use customer_offline::{CustomerOffline, OfflineResponse};
pub use customer_release::CustomerRelease;
pub use customer_role::CustomerRole;
pub use domain_name::DomainName;
pub use email::Email;
pub use field_error::FieldError;
pub use id::{
    AccountId, ActivationId, ApiTokenId, AuditEntryId, BulkJobId, CustomerId, InvitationId, LicenseId,
    LicenseImportId, LicenseTemplateId, MailId, OrganizationId, ProductId, SellerInvitationId,
    ShopConnectionId, ShopEventId, ShopPriceId, TagId, TrialPolicyId, UserId, WebhookAttemptId,
    WebhookDeliveryId, WebhookId,
};
pub use license_key::grace::KeyGrace;
pub use license_key::issued::IssuedKey;
pub use license_key::pattern::{CustomPattern, KeyPattern};
pub use license_key::{KeyFormat, KeyPrefix, LicenseKey};
pub use period::Period;
pub use person_name::PersonName;
pub use slot_scope::SlotScope;
pub use time::Timestamp;
pub use trial_policy::TrialAdmission;
