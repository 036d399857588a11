//! Read models of pages. They never contain a secret.

mod account;
mod audit;
mod bulk_job;
mod customer;
mod customer_page;
mod import;
mod license;
mod license_template;
mod list;
mod mail;
mod member;
mod operator;
mod organization;
mod overview;
mod product;
mod search;
mod shop;
mod sign_in;
mod sign_up;
mod tag;
mod trial_policy;
mod webhook;

pub use account::{ApiTokenRow, CurrentUser};
pub use audit::{
    AuditAction, AuditActor, AuditBreak, AuditObject, AuditPage, AuditQuery, AuditRow, AuditVerification,
    BreakKind,
};
pub use bulk_job::{BulkJobPage, BulkJobRow, BulkJobView, SkippedLicense};
pub use customer::{
    CustomerCursor, CustomerHit, CustomerHitRow, CustomerLicenseRow, CustomerPage, CustomerQuery,
    CustomerRow, CustomerView, MAX_CUSTOMER_MATCHES, MAX_LICENSES_COUNTED,
};
pub use customer_page::{CustomerPageSettings, OwnLicense, OwnLicenseView, OwnLicenses, SellerBrand};
pub use import::{FAULTS_ON_PAGE, ImportFault, ImportRow, ImportSummary, ImportView};
pub use license::{
    ActivationCursors, ActivationPage, ActivationRow, AppAnswer, FormerKey, LicenseRow, LicenseRulesView,
    LicenseView, MachineView, MovableDomain, RefusedSubject, RuleTexts, Timeline, TimelineEntry,
    TimelineFilter, rule_texts,
};
pub use license_template::{
    LicenseTemplateList, LicenseTemplateMenu, LicenseTemplatePage, LicenseTemplateRow, TemplateTexts,
};
pub use list::{
    Condition, EXPIRING_DAYS, LicenseQuery, MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS, Page, PageCursor,
    SelectedCount, Sort, UNUSED_DAYS,
};
pub use mail::{
    CustomerMailView, LicenseMail, MailPage, MailPreview, MailRow, MailStatus, ProductReminders, TemplateRow,
    TemplateView,
};
pub use member::{AccountChoice, InvitationRow, InvitationView, MemberRow, Team};
pub use operator::{
    BackupHealth, CacheHealth, CertificateHealth, ChangelogPart, DatabaseHealth, HealthView, MailHealth,
    NodeRow, QueueHealth, SellerCursor, SellerPage, SellerQuery, SellerRow, SettingsView, Suspension,
};
pub use organization::{OrganizationPage, OrganizationQuery, OrganizationRow, OrganizationView};
pub use overview::{DayCount, Overview, ReasonCount, RefusingLicense, Trend};
pub use product::{ProductOption, ProductView, SigningKeyView};
pub use search::{HitKind, HitTarget, MAX_HITS_PER_KIND, SearchHit, SearchResults};
pub use shop::{
    ShopConnectionList, ShopConnectionPage, ShopConnectionView, ShopEventRow, ShopEventView, ShopPriceView,
};
pub use sign_in::{SecondFactorView, SessionRow};
pub use sign_up::{SellerInvitationRow, SignUpLinkView};
pub use tag::{TagPage, TagRow};
pub use trial_policy::{
    TrialPolicyList, TrialPolicyMenu, TrialPolicyOption, TrialPolicyPage, TrialPolicyRow,
};
pub use webhook::{
    AttemptRow, DeliveryPage, DeliveryRow, DeliveryView, WebhookHealth, WebhookLogEntry, WebhookView,
};
