//! Builds the hits of a search from the rows that its look-ups found.

use std::collections::{BTreeSet, HashMap};

use domain::license::{Standing, State, standing};
use domain::machine::fingerprint_of;
use domain::search::SearchText;
use domain::view::{HitKind, HitTarget, MAX_HITS_PER_KIND, SearchHit, SearchResults};
use domain::{CustomerId, LicenseId, ProductId};
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use uuid::Uuid;

use super::lookups::rows;
use crate::store::convert;
use crate::store::entity::{customers, licenses, products};
use crate::unicode_host::{email_to_unicode, to_unicode};
use crate::{Result, Service};

/// Longest start of a fingerprint that a hit shows, in characters.
const SHOWN_FINGERPRINT_LEN: usize = 16;

/// A found activation. The id is not read, because the id of a machine's activation is enough to free it.
pub(super) struct ActivationHit {
    license_id: Uuid,
    subject: String,
    hostname: Option<String>,
}

impl ActivationHit {
    pub fn new(license_id: Uuid, subject: String, hostname: Option<String>) -> Self {
        Self { license_id, subject, hostname }
    }
}

/// A found customer.
#[derive(FromQueryResult)]
pub(super) struct CustomerHit {
    pub id: Uuid,
    name: Option<String>,
    email: Option<String>,
}

/// A found product.
#[derive(FromQueryResult)]
pub(super) struct ProductHit {
    pub id: Uuid,
    pub name: String,
    pub slug: String,
}

/// The rows of all kinds, the best match first where the order is known.
#[derive(Default)]
pub(super) struct Hits {
    pub licenses: Vec<Uuid>,
    pub domains: Vec<ActivationHit>,
    pub machines: Vec<ActivationHit>,
    pub customers: Vec<CustomerHit>,
    pub products: Vec<ProductHit>,
    /// The last four characters of a key in the text, if no license has the key.
    pub unknown_key: Option<String>,
}

#[derive(FromQueryResult)]
struct LabelRow {
    id: Uuid,
    last_four: String,
    state: String,
    expires_at: Option<i64>,
    product: String,
    customer_name: Option<String>,
    customer_email: Option<String>,
}

impl LabelRow {
    fn label(self, service: &Service) -> Result<LicenseLabel> {
        let state = State::from_storage(&self.state, None, None)?;
        Ok(LicenseLabel {
            key: format!("…{}", self.last_four),
            product: self.product,
            customer: self.customer_name.or(self.customer_email.map(email_to_unicode)),
            standing: standing(&state, convert::to_timestamp(self.expires_at), service.now()),
        })
    }
}

/// What a hit shows of its license.
struct LicenseLabel {
    key: String,
    product: String,
    customer: Option<String>,
    standing: Standing,
}

impl Hits {
    /// Loads what the hits show and orders them by kind.
    pub async fn into_results(mut self, service: &Service, text: &SearchText) -> Result<SearchResults> {
        let mut more = Vec::new();
        self.order(text);
        cut(&mut self.licenses, HitKind::License, &mut more);
        cut(&mut self.domains, HitKind::Domain, &mut more);
        cut(&mut self.machines, HitKind::Machine, &mut more);
        cut(&mut self.customers, HitKind::Customer, &mut more);
        cut(&mut self.products, HitKind::Product, &mut more);
        let activations = self.domains.iter().chain(&self.machines).map(|row| row.license_id);
        let shown: BTreeSet<Uuid> = self.licenses.iter().copied().chain(activations).collect();
        let labels = load_labels(service, shown).await?;
        let hit = |kind, license: &Uuid, title: Option<String>, details: Vec<String>| {
            let label = labels.get(license)?;
            let is_license = title.is_none();
            let key = (!is_license).then(|| label.key.clone());
            let own = [key, Some(label.product.clone()), label.customer.clone()];
            Some(SearchHit {
                kind,
                target: HitTarget::License(LicenseId(*license)),
                title: title.unwrap_or_else(|| label.key.clone()),
                detail: details.into_iter().chain(own.into_iter().flatten()).collect::<Vec<_>>().join(" · "),
                standing: Some(label.standing),
            })
        };
        let mut hits = Vec::new();
        hits.extend(self.licenses.iter().filter_map(|id| hit(HitKind::License, id, None, Vec::new())));
        hits.extend(self.domains.iter().filter_map(|row| {
            let title = to_unicode(&row.subject).unwrap_or_else(|| row.subject.clone());
            hit(HitKind::Domain, &row.license_id, Some(title), Vec::new())
        }));
        hits.extend(self.machines.iter().filter_map(|row| {
            let fingerprint = shown_fingerprint(&row.subject);
            let hostname = row.hostname.clone().filter(|name| !name.is_empty());
            let details = hostname.is_some().then(|| fingerprint.clone()).into_iter().collect();
            hit(HitKind::Machine, &row.license_id, Some(hostname.unwrap_or(fingerprint)), details)
        }));
        hits.extend(self.customers.into_iter().map(customer_hit));
        hits.extend(self.products.into_iter().map(product_hit));
        Ok(SearchResults { hits, more, unknown_key: self.unknown_key })
    }

    /// Puts exact matches first and removes repeated rows.
    fn order(&mut self, text: &SearchText) {
        let mut seen = BTreeSet::new();
        self.licenses.retain(|id| seen.insert(*id));
        let related = text.related_hosts();
        let rank = |subject: &str| related.iter().position(|host| host == subject).unwrap_or(related.len());
        self.domains.sort_by_cached_key(|row| {
            (rank(&row.subject), row.subject.len(), row.subject.clone(), row.license_id)
        });
        self.domains.dedup_by(|a, b| (&a.subject, a.license_id) == (&b.subject, b.license_id));
        let is_exact = |row: &ActivationHit| {
            let hostname = row.hostname.as_deref().unwrap_or_default().to_ascii_lowercase();
            text.fingerprints.iter().any(|f| f == fingerprint_of(&row.subject))
                || text.hostnames.contains(&hostname)
        };
        self.machines.sort_by_cached_key(|row| {
            (!is_exact(row), row.hostname.clone(), row.subject.clone(), row.license_id)
        });
        self.machines.dedup_by(|a, b| (&a.subject, a.license_id) == (&b.subject, b.license_id));
        let has_address =
            |row: &CustomerHit| text.emails.iter().any(|email| row.email.as_deref() == Some(email.as_str()));
        self.customers
            .sort_by_cached_key(|row| (!has_address(row), row.name.clone(), row.email.clone(), row.id));
    }
}

/// Cuts the hits of a kind to the maximum, and notes that there are more.
fn cut<T>(rows: &mut Vec<T>, kind: HitKind, more: &mut Vec<HitKind>) {
    if rows.len() > MAX_HITS_PER_KIND {
        rows.truncate(MAX_HITS_PER_KIND);
        more.push(kind);
    }
}

async fn load_labels(service: &Service, ids: BTreeSet<Uuid>) -> Result<HashMap<Uuid, LicenseLabel>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<LabelRow> = rows(service, &labels(ids)).await?;
    rows.into_iter().map(|row| Ok((row.id, row.label(service)?))).collect()
}

/// Selects what hits show of licenses. The ids belong to the account; with the account in the condition, a
/// planner might scan all of its licenses.
fn labels(ids: BTreeSet<Uuid>) -> SelectStatement {
    use licenses::Column as L;
    let license = |column: L| Expr::col((licenses::Entity, column));
    let mut select = Query::select();
    select
        .columns([L::Id, L::LastFour, L::State, L::ExpiresAt].map(|column| (licenses::Entity, column)))
        .expr_as(Expr::col((products::Entity, products::Column::Name)), "product")
        .expr_as(Expr::col((customers::Entity, customers::Column::Name)), "customer_name")
        .expr_as(Expr::col((customers::Entity, customers::Column::Email)), "customer_email")
        .from(licenses::Entity)
        .inner_join(
            products::Entity,
            Expr::col((products::Entity, products::Column::Id)).equals((licenses::Entity, L::ProductId)),
        )
        .left_join(
            customers::Entity,
            Expr::col((customers::Entity, customers::Column::Id)).equals((licenses::Entity, L::CustomerId)),
        )
        .and_where(license(L::Id).is_in(ids));
    select
}

fn shown_fingerprint(subject: &str) -> String {
    let fingerprint = fingerprint_of(subject);
    match fingerprint.char_indices().nth(SHOWN_FINGERPRINT_LEN) {
        Some((end, _)) => format!("{}…", &fingerprint[..end]),
        None => fingerprint.to_owned(),
    }
}

fn customer_hit(CustomerHit { id, name, email }: CustomerHit) -> SearchHit {
    let email = email.map(email_to_unicode);
    let (title, detail) = match (name, email) {
        (Some(name), email) => (name, email.unwrap_or_default()),
        (None, email) => (email.unwrap_or_else(|| "Without a name".to_owned()), String::new()),
    };
    let target = HitTarget::Customer(CustomerId(id));
    SearchHit { kind: HitKind::Customer, target, title, detail, standing: None }
}

fn product_hit(ProductHit { id, name, slug }: ProductHit) -> SearchHit {
    let target = HitTarget::Product(ProductId(id));
    SearchHit { kind: HitKind::Product, target, title: name, detail: slug, standing: None }
}
