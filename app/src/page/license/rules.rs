//! The rules in force, and which of them the license has of its own.

use domain::license::Standing;
use domain::license_rules::RuleLine;
use domain::view::LicenseView;
use leptos::prelude::*;

use crate::component::{Fact, Facts};

/// The rules.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Rules(license: LicenseView, may_write: bool) -> impl IntoView {
    let (own, of_product): (Vec<_>, Vec<_>) = license.rules.into_iter().partition(|rule| rule.is_own);
    let own = if own.is_empty() {
        view! { <p class="muted">"It follows its product in all of them."</p> }.into_any()
    } else {
        view! { <h3 class="small">"Its own"</h3> <Facts>{facts(own)}</Facts> }.into_any()
    };
    let count = of_product.len();
    let href = format!("/licenses/{}/rules", license.id);
    let change = (may_write && license.standing != Standing::Revoked).then(
        || view! { <div class="actions"><a class="button button-small" href=href>"Change rules…"</a></div> },
    );
    view! {
        <section class="card" id="rules">
            <h2>"Rules"</h2>
            {own}
            <details>
                <summary>{format!("{count} of the product")}</summary>
                <p>{lines(of_product)}</p>
            </details>
            {change}
        </section>
    }
}

/// Lines of text, which are shorter than a list: most licenses follow most rules of their products.
fn lines(rules: Vec<RuleLine>) -> Vec<AnyView> {
    let line = |rule: RuleLine| view! { {format!("{}: {}", rule.label, rule.text)} <br/> }.into_any();
    rules.into_iter().map(line).collect()
}

fn facts(rules: Vec<RuleLine>) -> Vec<AnyView> {
    let fact = |rule: RuleLine| view! { <Fact name=rule.label>{rule.text}</Fact> }.into_any();
    rules.into_iter().map(fact).collect()
}
