//! Read models of licenses, activations and the timeline.

use serde::{Deserialize, Serialize};

use crate::activation::Kind;
use crate::event::Event;
use crate::license::{Limit, Standing};
use crate::license_rules::{LicenseKind, RuleLine, RuleOverrides};
use crate::meter::Uses;
use crate::refusal::RefusalReason;
use crate::{
    ActivationId, AuditEntryId, CustomerId, LicenseId, OfflineResponse, OrganizationId, ProductId, Timestamp,
};

/// A license in a list. Field names have one letter, because a page sends fifty rows to the
/// browser for hydration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseRow {
    /// The id.
    #[serde(rename = "i")]
    pub id: LicenseId,
    /// The key's last four characters.
    #[serde(rename = "k")]
    pub last_four: String,
    /// The current standing.
    #[serde(rename = "s")]
    pub standing: Standing,
    /// The product's name.
    #[serde(rename = "p")]
    pub product: String,
    /// The customer's name, or else the e-mail address.
    #[serde(rename = "c")]
    pub customer: Option<String>,
    /// Domains in use.
    #[serde(rename = "u")]
    pub domains_used: u32,
    /// The domain limit.
    #[serde(rename = "l")]
    pub domain_limit: Limit,
    /// Machines in use.
    #[serde(rename = "m")]
    pub machines_used: u32,
    /// The machine limit.
    #[serde(rename = "n")]
    pub machine_limit: Limit,
    /// The expiry; `None` is unlimited.
    #[serde(rename = "e")]
    pub expires_at: Option<Timestamp>,
    /// When the license was issued.
    #[serde(rename = "a")]
    pub created_at: Timestamp,
    /// When an app last verified the license.
    #[serde(rename = "v")]
    pub last_verified_at: Option<Timestamp>,
}

/// A license on its detail page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseView {
    /// The id.
    pub id: LicenseId,
    /// The key with all but its prefix and last four characters hidden.
    pub masked_key: String,
    /// The current standing.
    pub standing: Standing,
    /// When the license was suspended or revoked.
    pub standing_since: Option<Timestamp>,
    /// The reason for the suspension or revocation.
    pub standing_reason: Option<String>,
    /// The product.
    pub product_id: ProductId,
    /// The product's name.
    pub product: String,
    /// The customer, if the license has one.
    pub customer_id: Option<CustomerId>,
    /// The customer's name.
    pub customer_name: Option<String>,
    /// The customer's e-mail address.
    pub customer_email: Option<String>,
    /// The organization with its name.
    pub organization: Option<(OrganizationId, String)>,
    /// The names of the tags.
    pub tags: Vec<String>,
    /// Domains in use.
    pub domains_used: u32,
    /// The domain limit.
    pub domain_limit: Limit,
    /// Machines in use.
    pub machines_used: u32,
    /// The machine limit.
    pub machine_limit: Limit,
    /// The expiry; `None` is unlimited.
    pub expires_at: Option<Timestamp>,
    /// When the license was issued.
    pub created_at: Timestamp,
    /// Number of successful verifications.
    pub verification_count: i64,
    /// Time of the last successful verification.
    pub last_verified_at: Option<Timestamp>,
    /// Number of deactivations by the license's clients.
    pub deactivations: u32,
    /// Uses of the product's meters: name, uses, allowed uses.
    pub meters: Vec<(String, i64, Option<i64>)>,
    /// The active domains.
    pub domains: ActivationPage,
    /// The active machines.
    pub machines: ActivationPage,
    /// The domains and machines that were refused lately and still are, the latest first.
    pub refused: Vec<RefusedSubject>,
    /// The seller's notes.
    pub notes: Option<String>,
    /// The seller's own fields, by name.
    pub metadata: Vec<(String, String)>,
    /// The names of the fields that apps see, and of those that the customer sees.
    pub metadata_readers: [Vec<String>; 2],
    /// The rules in force.
    pub rules: Vec<RuleLine>,
    /// The former keys that apps may still send, the latest first.
    pub former_keys: Vec<FormerKey>,
    /// Token of the page's forms. A form that is submitted twice counts once.
    pub form_token: String,
}

/// Texts of rules, as forms write them: field and text. A rule that follows the product is empty.
pub type RuleTexts = Vec<(String, String)>;

/// Returns the texts of rules.
#[must_use]
pub fn rule_texts(rules: &RuleOverrides) -> RuleTexts {
    rules.texts().into_iter().map(|(field, text)| (field.to_owned(), text)).collect()
}

/// The page with the rules of a license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseRulesView {
    /// The id.
    pub id: LicenseId,
    /// The current standing.
    pub standing: Standing,
    /// The product.
    pub product_id: ProductId,
    /// The product's name.
    pub product: String,
    /// The machine limit.
    pub machine_limit: Limit,
    /// The domain limit.
    pub domain_limit: Limit,
    /// The kind of the license.
    pub kind: LicenseKind,
    /// The rules of the product.
    pub of_product: RuleTexts,
    /// The license's own rules.
    pub own: RuleTexts,
}

/// A former key of a license whose grace time runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerKey {
    /// Its last four characters.
    pub last_four: String,
    /// When the license got another key.
    pub replaced_at: Timestamp,
    /// The end of the grace time.
    pub valid_until: Timestamp,
}

impl LicenseView {
    /// Returns the activations of both pages: domains, then machines.
    pub fn activations(&self) -> impl Iterator<Item = &ActivationRow> {
        self.domains.rows.iter().chain(&self.machines.rows)
    }
}

/// A page of a license's domains or machines, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationPage {
    /// The activations.
    pub rows: Vec<ActivationRow>,
    /// Sealed cursor of the next page, if there are more.
    pub more: Option<String>,
}

/// The positions of the two pages of activations: sealed cursors of earlier pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationCursors {
    /// The position in the list of domains; `None` is the newest.
    pub domains: Option<String>,
    /// The position in the list of machines; `None` is the newest.
    pub machines: Option<String>,
}

/// A domain or machine that the license refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedSubject {
    /// Domain or machine.
    pub kind: Kind,
    /// The domain, or the machine's fingerprint.
    pub subject: String,
    /// The domain in Unicode, if it is international and no other name looks like it.
    pub unicode: Option<String>,
    /// The network name of the machine.
    pub hostname: Option<String>,
    /// The reason of the last refusal.
    pub reason: RefusalReason,
    /// Number of refusals.
    pub count: i64,
    /// The client's address at the last refusal.
    pub ip: Option<String>,
    /// Time of the last refusal.
    pub last_at: Timestamp,
}

/// The answers of both APIs to an app, for a domain or a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppAnswer {
    /// Domain or machine.
    pub kind: Kind,
    /// The domain in its normalized spelling, or the fingerprint or network name as entered.
    pub subject: String,
    /// The subject is active on the license.
    pub is_active: bool,
    /// The reason why a verification is refused; `None` if it is valid. A machine verifies its token.
    pub verification: Option<RefusalReason>,
    /// The reason why an activation is refused; `None` if it succeeds.
    pub activation: Option<RefusalReason>,
    /// An activation takes no slot, because the domain is a development host.
    pub is_free: bool,
    /// The domain that was seen least recently, if all are taken.
    pub movable: Option<MovableDomain>,
}

/// A domain whose slot another domain may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovableDomain {
    /// The activation.
    pub id: ActivationId,
    /// The domain.
    pub domain: String,
    /// Time of the last successful verification.
    pub last_verified_at: Option<Timestamp>,
}

/// An activation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationRow {
    /// The id; `None` for roles that may not free activations, because the id of a machine's activation
    /// is enough to free it (machine API contract).
    pub id: Option<ActivationId>,
    /// Domain or machine.
    pub kind: Kind,
    /// The domain, or the machine's fingerprint.
    pub subject: String,
    /// The domain in Unicode, if it is international and no other name looks like it.
    pub unicode: Option<String>,
    /// When the slot was taken.
    pub activated_at: Timestamp,
    /// Number of successful verifications.
    pub verification_count: i64,
    /// Time of the last successful verification.
    pub last_verified_at: Option<Timestamp>,
    /// Whether its end frees a slot. A development host takes none.
    pub takes_slot: bool,
    /// The machine's reported properties.
    pub machine: Option<MachineView>,
}

/// The reported properties of a machine that pages show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineView {
    /// The network name.
    pub hostname: String,
    /// The operating system.
    pub os: String,
    /// The app's version.
    pub app_version: String,
    /// The client's address at the activation.
    pub ip: Option<String>,
    /// When the machine last synced.
    pub last_synced_at: Option<Timestamp>,
    /// When the lease ends, if there is one.
    pub lease_ends: Option<Timestamp>,
    /// The machine was activated by an offline file and never syncs.
    pub offline: bool,
    /// The response by which the machine may work without a network.
    pub response: Option<OfflineResponse>,
    /// Uses of the license's meters by this activation.
    pub uses: Uses,
}

/// The entries that a timeline contains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimelineFilter {
    /// All entries.
    #[default]
    All,
    /// Changes by members and other principals: all but activations.
    Changes,
}

impl TimelineFilter {
    /// Returns the word used in URLs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Changes => "changes",
        }
    }

    /// Parses the word of a URL; an unknown word means all entries.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        if word == "changes" { Self::Changes } else { Self::All }
    }
}

/// The timeline of a license, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// One page of entries.
    pub entries: Vec<TimelineEntry>,
    /// Cursor of the older entries, if there are more.
    pub more: Option<AuditEntryId>,
}

/// An entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// The id of the audit entry.
    pub id: AuditEntryId,
    /// The event; `None` for an event of a newer version.
    pub event: Option<Event>,
    /// The event's name in the audit log.
    pub action: String,
    /// Details, such as the domain or "3 → 5".
    pub detail: Option<String>,
    /// The principal's name.
    pub actor: String,
    /// Time of the event.
    pub at: Timestamp,
}
