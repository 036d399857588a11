//! The domains and machines that the license refused lately.

use domain::LicenseId;
use domain::activation::Kind;
use domain::license::Standing;
use domain::view::{LicenseView, RefusedSubject};
use leptos::prelude::*;

use super::check::Allow;
use crate::component::{RelativeTime, format_times, row_id};

/// The list. Nothing if no app was refused.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Refused(license: LicenseView, may_write: bool) -> impl IntoView {
    if license.refused.is_empty() {
        return ().into_any();
    }
    let may_allow = may_write && license.standing == Standing::Active;
    let rows: Vec<_> =
        license.refused.iter().cloned().map(|row| refused_row(license.id, row, may_allow)).collect();
    view! {
        <section class="card" id="refused">
            <h2>"Refused lately"</h2>
            <ul class="item-list">{rows}</ul>
        </section>
    }
    .into_any()
}

fn refused_row(license: LicenseId, row: RefusedSubject, may_allow: bool) -> impl IntoView {
    let RefusedSubject { kind, subject, unicode, hostname, reason, count, ip, last_at } = row;
    let allow = (may_allow && kind == Kind::Domain)
        .then(|| view! { <Allow id=license domain=subject.clone() label="Allow"/> });
    let row_id = row_id("refused", &(kind.as_str(), &subject));
    let name = unicode.or(hostname).unwrap_or(subject);
    let from = ip.map(|ip| format!(" from {ip}"));
    view! {
        <li id=row_id>
            <div>
                <strong class="item-title"><bdi>{name}</bdi></strong>
                <span class="muted">
                    {reason.label()} " · " {format_times(count)} ", last " <RelativeTime at=last_at/> {from}
                </span>
            </div>
            {allow}
        </li>
    }
}
