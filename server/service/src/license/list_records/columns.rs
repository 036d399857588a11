//! What the fields of the list are in the database: columns of a license, its product and its customer.

use domain::Timestamp;
use domain::license_rules::DEFAULT_EXPIRING_SOON_SECONDS;
use sea_orm::DatabaseBackend;
use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement};

use crate::Service;
use crate::store::entity::{activations, customers, license_metadata, licenses, tags};
use crate::store::filter::{FilterColumn, PairColumns};

/// The expression of the expiry in the list's order: a license that never expires comes last.
pub(super) const EXPIRY_ORDER: &str = "COALESCE(licenses.expires_at, 9223372036854775807)";

/// The expression of the last use, 0 if there is none.
pub(super) fn last_use(backend: DatabaseBackend) -> String {
    let greatest = if backend == DatabaseBackend::Sqlite { "MAX" } else { "GREATEST" };
    format!(
        "{greatest}(COALESCE(licenses.last_verified_at, 0), COALESCE(licenses.released_use_at, 0), \
         COALESCE((SELECT MAX(COALESCE(a.last_synced_at, a.created_at)) FROM activations a \
         WHERE a.license_id = licenses.id AND a.kind = 'machine'), 0), \
         COALESCE((SELECT MAX(a.created_at) FROM activations a \
         WHERE a.license_id = licenses.id AND a.kind = 'domain'), 0))"
    )
}

/// The type of a value in JSON.
#[derive(Clone, Copy)]
enum JsonType {
    Text,
    Number,
    Switch,
}

/// Returns the SQL of a value of the JSON in `column`, by the path of its names.
fn json(backend: DatabaseBackend, column: &str, path: &[&str], kind: JsonType) -> String {
    if backend == DatabaseBackend::Sqlite {
        return format!("json_extract({column}, '$.{}')", path.join("."));
    }
    let text = format!("({column}::jsonb #>> '{{{}}}')", path.join(","));
    match kind {
        JsonType::Text => text,
        JsonType::Number => format!("{text}::bigint"),
        JsonType::Switch => format!("{text}::boolean"),
    }
}

/// Returns the SQL of a rule in force: of the license, else of the product's JSON.
fn rule(backend: DatabaseBackend, name: &str, kind: JsonType) -> String {
    let own = json(backend, "licenses.rules", &[name], kind);
    let of_product = json(backend, "products.rules", &[name], kind);
    format!("{own}, {of_product}")
}

/// Returns the SQL of about how many seconds a product's validity has, as [`domain::Period::approximate_seconds`]
/// counts them. The column of days rounds the seconds behind the `T` of the period up to days.
fn validity_of_product(backend: DatabaseBackend) -> String {
    let seconds = if backend == DatabaseBackend::Sqlite {
        "CAST(substr(products.validity, instr(products.validity, 'T') + 1) AS INTEGER)"
    } else {
        "CAST(rtrim(split_part(products.validity, 'T', 2), 'S') AS bigint)"
    };
    let days = "CAST(products.validity_days AS bigint)";
    format!(
        "CASE WHEN products.validity LIKE '%T%' \
         THEN ({days} - ({seconds} + 86399) / 86400) * 86400 + {seconds} ELSE {days} * 86400 END"
    )
}

/// Returns the column of a field of the list, given the present time.
#[allow(clippy::too_many_lines, reason = "a list of columns")]
pub(super) fn filter_column(service: &Service, now: Timestamp, name: &'static str) -> Option<FilterColumn> {
    use licenses::Column as L;
    let backend = service.store.backend();
    let col = |column: L| Expr::col((licenses::Entity, column));
    let number = JsonType::Number;
    let own = |name: &str, kind| json(backend, "licenses.rules", &[name], kind);
    let echoed = |name: &str, kind| json(backend, "licenses.rules", &["echoed", name], kind);
    let start = format!("COALESCE({}, 'creation')", rule(backend, "start", JsonType::Text));
    let interval = format!(
        "COALESCE({}, products.validity, CASE WHEN products.validity_days IS NULL THEN '' \
         ELSE 'P' || products.validity_days || 'D' END)",
        own("interval", JsonType::Text)
    );
    let expires_soon = |at: &str, seconds: &str| {
        format!("COALESCE({at} > {now} AND {at} <= {now} + {seconds} * 1000, FALSE)", now = now.millis())
    };
    let sql = match name {
        "id" => return Some(FilterColumn::Of(col(L::Id))),
        "createdAt" => return Some(FilterColumn::Of(col(L::CreatedAt))),
        "updatedAt" => return Some(FilterColumn::Of(col(L::UpdatedAt))),
        "productId" => return Some(FilterColumn::Of(col(L::ProductId))),
        "userId" => return Some(FilterColumn::Of(col(L::CustomerId))),
        "organizationId" => return Some(FilterColumn::Of(col(L::OrganizationId))),
        "expiresAt" => return Some(FilterColumn::Of(col(L::ExpiresAt))),
        "activatedAt" => return Some(FilterColumn::Of(col(L::FirstActivatedAt))),
        "user.email" => {
            return Some(FilterColumn::Of(Expr::col((customers::Entity, customers::Column::Email))));
        }
        "user.company" => {
            return Some(FilterColumn::Of(Expr::col((customers::Entity, customers::Column::Company))));
        }
        "tag" | "tags" => return Some(of_tags()),
        "key" => return Some(key_column(service)),
        "domain" => return Some(of_activations(activations::Column::Subject, Some("domain"))),
        "activation.lastSyncedAt" => {
            return Some(of_activations(activations::Column::LastSyncedAt, Some("machine")));
        }
        "licenseTemplateId" => "COALESCE(licenses.template_id, products.template_id)".to_owned(),
        "revoked" => "(licenses.state = 'revoked')".to_owned(),
        "suspended" => "(licenses.state = 'suspended')".to_owned(),
        "type" => format!(
            "COALESCE({}, CASE WHEN products.lease IS NULL THEN 'node-locked' ELSE 'hosted-floating' END)",
            rule(backend, "kind", JsonType::Text)
        ),
        "validity" => {
            format!("COALESCE({}, {}, 0)", own("interval_seconds", number), validity_of_product(backend))
        }
        "subscriptionInterval" => interval,
        "subscriptionStartTrigger" => {
            format!("CASE {start} WHEN 'creation' THEN 'creation' ELSE 'activation' END")
        }
        "expirationStrategy" => {
            format!(
                "CASE {start} WHEN 'creation' THEN 'immediate' WHEN 'activation' THEN 'delayed' ELSE 'rolling' END"
            )
        }
        "allowedActivations" => "COALESCE(licenses.machine_limit, -1)".to_owned(),
        "allowedDomains" => "COALESCE(licenses.domain_limit, -1)".to_owned(),
        "allowedDeactivations" => {
            format!("COALESCE({}, products.deactivation_limit, -1)", own("deactivations", number))
        }
        "totalActivations" => "licenses.machines_used".to_owned(),
        "totalDeactivations" => "licenses.deactivations".to_owned(),
        "allowVmActivation" => format!("COALESCE({}, products.allow_vm)", own("allow_vm", JsonType::Switch)),
        "userLocked" => {
            format!("COALESCE({}, products.user_locked)", own("user_locked", JsonType::Switch))
        }
        "notes" => "(SELECT n.text FROM license_notes n WHERE n.license_id = licenses.id)".to_owned(),
        "expired" => format!("COALESCE(licenses.expires_at <= {}, FALSE)", now.millis()),
        "expiringSoon" => expires_soon(
            "licenses.expires_at",
            &format!("COALESCE({}, {DEFAULT_EXPIRING_SOON_SECONDS})", rule(backend, "expiring_soon", number)),
        ),
        "perpetual" => format!(
            "(licenses.expires_at IS NULL AND licenses.pending_interval IS NULL \
             AND NOT ({start} = 'rolling' AND {interval} <> ''))"
        ),
        "lastUsedAt" => format!("NULLIF({}, 0)", last_use(backend)),
        "entitlementSetId" => echoed("entitlement_set", JsonType::Text),
        "productVersionId" => echoed("product_version", JsonType::Text),
        "maintenanceExpiresAt" => echoed("maintenance_expires_at", number),
        "maintenanceExpiringSoon" => expires_soon(
            &echoed("maintenance_expires_at", number),
            &DEFAULT_EXPIRING_SOON_SECONDS.to_string(),
        ),
        "organization.name" => {
            "(SELECT o.name_key FROM organizations o WHERE o.id = licenses.organization_id)".to_owned()
        }
        // No license has these: there are no resellers, and no countries of activations.
        "resellerId" => "CAST(NULL AS uuid)".to_owned(),
        "activation.countryCode" => "CAST(NULL AS text)".to_owned(),
        _ => return None,
    };
    Some(FilterColumn::Of(Expr::cust(sql)))
}

fn key_column(service: &Service) -> FilterColumn {
    use licenses::Column as L;
    let service = service.clone();
    FilterColumn::Key {
        digest: Expr::col((licenses::Entity, L::KeyDigest)),
        last_four: Expr::col((licenses::Entity, L::LastFour)),
        digests_of: Box::new(move |key| {
            let digests = service.keys.license_key_digests(key.as_bytes());
            digests.iter().map(|digest| digest.to_vec()).collect()
        }),
    }
}

/// A column of the license's activations.
fn of_activations(column: activations::Column, kind: Option<&'static str>) -> FilterColumn {
    use activations::Column as A;
    use sea_orm::sea_query::ExprTrait as _;
    let mut rows = Query::select();
    rows.expr(Expr::cust("1")).from(activations::Entity).and_where(
        Expr::col((activations::Entity, A::LicenseId)).equals((licenses::Entity, licenses::Column::Id)),
    );
    if let Some(kind) = kind {
        rows.and_where(Expr::col((activations::Entity, A::Kind)).eq(kind));
    }
    FilterColumn::Many { value: Expr::col((activations::Entity, column)), rows }
}

/// The keys of the names of the license's tags, which are unique in any case.
fn of_tags() -> FilterColumn {
    use sea_orm::sea_query::ExprTrait as _;
    let links = || Alias::new("license_tags");
    let mut rows = Query::select();
    rows.expr(Expr::cust("1"))
        .from(links())
        .inner_join(
            tags::Entity,
            Expr::col((tags::Entity, tags::Column::Id)).equals((links(), Alias::new("tag_id"))),
        )
        .and_where(
            Expr::col((links(), Alias::new("license_id"))).equals((licenses::Entity, licenses::Column::Id)),
        );
    FilterColumn::Many { value: Expr::col((tags::Entity, tags::Column::NameKey)), rows }
}

/// The pairs of metadata of a license.
pub(super) fn pair_columns() -> PairColumns {
    use license_metadata::Column as M;
    use sea_orm::sea_query::ExprTrait as _;
    let col = |column: M| Expr::col((license_metadata::Entity, column));
    let mut rows: SelectStatement = Query::select();
    rows.expr(Expr::cust("1"))
        .from(license_metadata::Entity)
        .and_where(col(M::LicenseId).equals((licenses::Entity, licenses::Column::Id)));
    PairColumns { key: col(M::Key), value: col(M::Value), rows }
}
