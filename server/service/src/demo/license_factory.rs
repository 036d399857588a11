//! Generates the rows of one license: customer, activations and audit entries included.

use domain::activation::Kind;
use domain::event::Event;
use domain::folding::terms_version;
use domain::refusal::RefusalReason;
use domain::view::ProductView;
use domain::{LicenseKey, Timestamp};
use sea_orm::Set;
use uuid::Uuid;

use super::names::{NameGenerator, Person};
use super::tables::TableRows;
use crate::secrets::Purpose;
use crate::store::entity::{
    activations, audit_entries, customer_terms, customers, license_refusals, licenses,
};
use crate::{Actor, Principal, Result, Service, customer, random};

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;

/// A generator of licenses of one product.
pub struct LicenseFactory<'a> {
    pub service: &'a Service,
    pub actor: &'a Actor,
    pub product: &'a ProductView,
    pub names: &'a mut NameGenerator,
    pub rows: &'a mut TableRows,
    /// Number of verifications of all licenses.
    pub verified: &'a mut i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LicenseScenario {
    InForce,
    Suspended,
    Expired,
    Revoked,
}

/// Totals of a license's activations.
#[derive(Default)]
struct ActivationTotals {
    domains: i32,
    verified: i64,
    last: Option<Timestamp>,
    domain: String,
}

impl LicenseFactory<'_> {
    /// Generates one license, issued `age` minutes ago. Returns its key and a domain if the license
    /// is active and has an activation.
    pub fn license(&mut self, mut age: i64) -> Result<Option<(String, String)>> {
        let now = self.service.now();
        let scenario = [
            LicenseScenario::InForce,
            LicenseScenario::Suspended,
            LicenseScenario::Expired,
            LicenseScenario::Revoked,
        ][self.names.pick(&[80, 7, 9, 4])];
        if scenario == LicenseScenario::Expired {
            // An expired license was issued before its expiry, which is up to 30 days ago.
            age += 31 * DAY_MINUTES;
        }
        let issued = now.plus_millis(-age * MINUTE_MS);
        let id = random::new_id_at(issued);
        let key = LicenseKey::from_random(&self.product.key_prefix, random::bytes());
        let person = self.names.person();
        let customer = self.customer(&person, issued);
        let by = self.actor.principal.clone();
        self.audit(id, Event::LicenseIssued, Some(self.product.name.clone()), issued, &by);
        let (state, reason) = match scenario {
            LicenseScenario::InForce | LicenseScenario::Expired => ("active", None),
            LicenseScenario::Suspended => {
                ("suspended", Some(["Payment failed", "Chargeback under review", "Asked by customer"]))
            }
            LicenseScenario::Revoked => {
                ("revoked", Some(["Refunded", "Key was published", "License terms violated"]))
            }
        };
        let reason = reason.map(|reasons| self.names.choose(&reasons).to_owned());
        let state_at = reason.is_some().then(|| now.plus_millis(-age * MINUTE_MS / 2));
        let used = self.activations(id, &person, issued, age, scenario);
        if let Some(at) = state_at {
            let event = if scenario == LicenseScenario::Revoked {
                Event::LicenseRevoked
            } else {
                Event::LicenseSuspended
            };
            self.audit(id, event, reason.clone(), at, &by);
        }
        self.refusal(id, &person, scenario, used.domains);
        *self.verified += used.verified;
        let clear = key.expose().as_bytes();
        let expires_at = self.expiry(scenario, issued, now);
        self.rows.licenses.push(licenses::ActiveModel {
            id: Set(id),
            account_id: Set(self.actor.account.0),
            product_id: Set(self.product.id.0),
            customer_id: Set(Some(customer)),
            key_digest: Set(self.service.keys.digest(Purpose::LicenseKey, clear).to_vec()),
            key_sealed: Set(self.service.keys.seal(Purpose::LicenseKey, id, clear)?),
            last_four: Set(key.last_four()),
            state: Set(state.into()),
            state_at: Set(state_at.map(Timestamp::millis)),
            state_reason: Set(reason),
            domain_limit: Set(self.product.domain_limit.to_storage()),
            machine_limit: Set(self.product.machine_limit.to_storage()),
            domains_used: Set(used.domains),
            machines_used: Set(0),
            expires_at: Set(expires_at.map(Timestamp::millis)),
            lapsed_at: Set(expires_at.filter(|at| *at <= now).map(Timestamp::millis)),
            verification_count: Set(used.verified),
            last_verified_at: Set(used.last.map(Timestamp::millis)),
            created_at: Set(issued.millis()),
            updated_at: Set(state_at.unwrap_or(issued).millis()),
            first_activated_at: Set((used.domains > 0).then(|| issued.millis())),
            deactivations: Set(0),
            meters: Set(None),
            marked_unused_at: Set(None),
            released_use_at: Set(None),
            customer_released_at: Set(None),
            rules: Set(None),
            pending_interval: Set(None),
            template_id: Set(None),
            visible_metadata: Set(None),
            organization_id: Set(None),
        });
        let is_sample = scenario == LicenseScenario::InForce && used.domains > 0;
        Ok(is_sample.then(|| (key.expose().to_owned(), used.domain)))
    }

    fn expiry(&mut self, scenario: LicenseScenario, issued: Timestamp, now: Timestamp) -> Option<Timestamp> {
        if scenario == LicenseScenario::Expired {
            return Some(now.plus_days(-i64::from(self.names.below(30)) - 1));
        }
        let validity = self.product.validity?;
        // A quarter of the licenses expire within 60 days.
        let soon = self.names.below(4) == 0;
        let soon = soon.then(|| now.plus_days(i64::from(self.names.below(60)) + 1));
        soon.or_else(|| Some(issued.plus_period(validity)))
    }

    fn customer(&mut self, person: &Person, at: Timestamp) -> Uuid {
        let (id, account) = (random::new_id_at(at), self.actor.account.0);
        self.rows.customers.push(customers::ActiveModel {
            id: Set(id),
            account_id: Set(account),
            email: Set(Some(person.email())),
            name: Set(Some(person.name())),
            created_at: Set(at.millis()),
            terms_version: Set(terms_version(true)),
            ..Default::default()
        });
        for term in customer::search_terms(Some(&person.name()), Some(&person.email())) {
            self.rows.terms.push(customer_terms::ActiveModel {
                account_id: Set(account),
                term: Set(term),
                customer_id: Set(id),
            });
        }
        id
    }

    /// Generates activations for a random number of slots, spread over `age`, the license's age in
    /// minutes.
    fn activations(
        &mut self,
        license: Uuid,
        person: &Person,
        issued: Timestamp,
        age: i64,
        scenario: LicenseScenario,
    ) -> ActivationTotals {
        let now = self.service.now();
        let limit = self.product.domain_limit.slots().unwrap_or(1);
        let mut sum = ActivationTotals::default();
        for n in 0..self.names.below(limit + 1) {
            let domain = person.domain(n);
            let at = issued.plus_millis(i64::from(n + 1) * age * MINUTE_MS / 8);
            let seen = now.plus_millis(-i64::from(self.names.below(200)) * MINUTE_MS);
            let seen = Some(seen).filter(|seen| *seen > at && scenario == LicenseScenario::InForce);
            let count = seen.map_or(0, |_| i64::from(self.names.below(4000)) + 1);
            let ip = self.names.address();
            self.rows.activations.push(activations::ActiveModel {
                id: Set(random::new_id_at(at)),
                account_id: Set(self.actor.account.0),
                license_id: Set(license),
                kind: Set(Kind::Domain.as_str().into()),
                subject: Set(domain.clone()),
                takes_slot: Set(true),
                ip: Set(Some(ip.clone())),
                verification_count: Set(count),
                last_verified_at: Set(seen.map(Timestamp::millis)),
                created_at: Set(at.millis()),
                ..Default::default()
            });
            self.audit(
                license,
                Event::ActivationCreated,
                Some(domain.clone()),
                at,
                &Principal::App { ip: Some(ip) },
            );
            sum = ActivationTotals {
                domains: sum.domains + 1,
                verified: sum.verified + count,
                last: sum.last.max(seen),
                domain,
            };
        }
        sum
    }

    /// Generates a refused domain for some licenses.
    fn refusal(&mut self, license: Uuid, person: &Person, scenario: LicenseScenario, domains: i32) {
        let is_full =
            self.product.domain_limit.slots().is_some_and(|slots| i64::from(domains) >= slots.into());
        let reason = match scenario {
            LicenseScenario::InForce if is_full => RefusalReason::LimitReached,
            LicenseScenario::InForce => RefusalReason::InvalidDomain,
            LicenseScenario::Suspended => RefusalReason::Suspended,
            LicenseScenario::Expired => RefusalReason::Expired,
            LicenseScenario::Revoked => RefusalReason::Revoked,
        };
        if self.names.below(6) > 0 {
            return;
        }
        let at = self.service.now().plus_millis(-i64::from(self.names.below(5000)) * MINUTE_MS);
        self.rows.refusals.push(license_refusals::ActiveModel {
            account_id: Set(self.actor.account.0),
            license_id: Set(license),
            kind: Set(Kind::Domain.as_str().into()),
            subject: Set(format!("staging.{}", person.domain(0))),
            hostname: Set(None),
            reason: Set(reason.as_str().into()),
            count: Set(i64::from(self.names.below(40)) + 1),
            ip: Set(Some(self.names.address())),
            last_at: Set(at.millis()),
        });
    }

    fn audit(&mut self, license: Uuid, event: Event, detail: Option<String>, at: Timestamp, by: &Principal) {
        let (user, ip) = by.actor_id_and_ip();
        self.rows.audit.push(audit_entries::ActiveModel {
            id: Set(random::new_id_at(at)),
            account_id: Set(self.actor.account.0),
            license_id: Set(Some(license)),
            product_id: Set(None),
            actor_kind: Set(by.kind().into()),
            actor_id: Set(user),
            actor_name: Set(by.name().into()),
            action: Set(event.as_str().into()),
            detail: Set(detail),
            ip: Set(ip),
            created_at: Set(at.millis()),
            customer_id: Set(None),
        });
    }
}
