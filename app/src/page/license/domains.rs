//! The active domains of a license, each with the actions that move and free it.

use domain::LicenseId;
use domain::license::{Limit, Standing};
use domain::view::{ActivationPage, ActivationRow, LicenseView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::cursors::{OlderLinks, url};
use crate::component::{Field, FormMessage, FormState, Number, PostForm, RelativeTime, row_id};
use crate::server_fn::license::FreeActivation;
use crate::server_fn::license_page::{LicenseParams, MoveDomain};

/// The domains.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Domains(license: LicenseView, params: LicenseParams, may_write: bool) -> impl IntoView {
    let id = license.id;
    let ActivationPage { rows, more } = license.domains.clone();
    let current = params.activations.domains.clone();
    let to = |domains| {
        let mut params = params.clone();
        params.activations.domains = domains;
        url(id, &params, "domains")
    };
    let latest = current.is_some().then(|| to(None));
    let more = more.map(|last| to(Some(last)));
    let is_empty = rows.is_empty();
    let may_move = may_write && license.standing == Standing::Active;
    let rows: Vec<_> = rows.into_iter().map(|row| domain_row(id, row, may_write, may_move)).collect();
    let table = if is_empty {
        view! { <p class="muted">"Not active on any domain. An app activates it with the key and its domain."</p> }
            .into_any()
    } else {
        view! {
            <table class="card-table domain-table">
                <caption class="visually-hidden">"Active domains"</caption>
                <thead><tr>
                    <th scope="col">"Domain"</th>
                    <th scope="col">"Since"</th>
                    <th scope="col">"Last seen"</th>
                    <th scope="col" class="number">"Verified"</th>
                    <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="card card-flush" id="domains">
            <h2><Used used=license.domains_used limit=license.domain_limit noun="domain" standing=license.standing/></h2>
            {table}
            <OlderLinks what="domains" latest more/>
        </section>
    }
}

/// "2 of 3 domains", with a mark if no slot is free.
#[component]
pub fn Used(used: u32, limit: Limit, noun: &'static str, standing: Standing) -> impl IntoView {
    let plural = if limit.slots() == Some(1) { "" } else { "s" };
    let is_full = standing == Standing::Active && !limit.allows_one_more(used);
    view! {
        <span class="number">{format!("{used} of {limit} {noun}{plural}")}</span>
        {is_full.then(|| view! { " " <span class="tag">"full"</span> })}
    }
}

fn domain_row(license: LicenseId, row: ActivationRow, may_write: bool, may_move: bool) -> impl IntoView {
    let punycode =
        row.unicode.is_some().then(|| view! { <span class="cell-note">{row.subject.clone()}</span> });
    let name = row.unicode.unwrap_or_else(|| row.subject.clone());
    let last = match row.last_verified_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => "never".into_any(),
    };
    // By this id an update finds the row again, with what is typed in it. Viewers see no ids of activations.
    let row_id = row.id.map_or_else(|| row_id("domain", &row.subject), |id| format!("activation-{id}"));
    let (label, subject) = (name.clone(), row.subject);
    let actions = row.id.filter(|_| may_write).map(|id| {
        let name = label;
        let form = FormState::of::<MoveDomain>();
        let is_rejected = form.was_rejected() && form.initial("activation", String::new()) == id.to_string();
        let mover = may_move.then(|| {
            view! {
                <details class="action" id=format!("move-{id}") name="action" open=is_rejected>
                    <summary class="button button-small" aria-label=format!("Move {name}")>"Move…"</summary>
                    <PostForm to=MoveDomain::url() class="stack panel" novalidate=true>
                        {is_rejected.then(|| view! { <FormMessage form/> })}
                        <input type="hidden" name="license" value=license.to_string()/>
                        <input type="hidden" name="activation" value=id.to_string()/>
                        <MoveField form is_rejected activation=id.to_string()/>
                        <button class="button button-primary">"Move"</button>
                    </PostForm>
                </details>
            }
        });
        // Lets the message offer an undo. A license that is not active takes no domain back.
        let freed = may_move.then(|| view! { <input type="hidden" name="domain" value=subject/> });
        view! {
            <div class="row-actions">
                {mover}
                <PostForm to=FreeActivation::url() class="">
                    <input type="hidden" name="license" value=license.to_string()/>
                    <input type="hidden" name="activation" value=id.to_string()/>
                    {freed}
                    <button class="button button-small" aria-label=format!("Free the domain {name}")>"Free"</button>
                </PostForm>
            </div>
        }
    });
    view! {
        <tr id=row_id>
            <th scope="row"><bdi>{name.clone()}</bdi> {punycode}</th>
            <td data-label="Since"><RelativeTime at=row.activated_at/></td>
            <td data-label="Last seen">{last}</td>
            <td data-label="Verified" class="number"><Number of=row.verification_count/></td>
            <td>{actions}</td>
        </tr>
    }
}

/// The field of the new domain. Only the row whose form was refused shows the fault.
#[component]
fn MoveField(form: FormState, is_rejected: bool, activation: String) -> impl IntoView {
    let form = if is_rejected { form } else { FormState::unsubmitted() };
    view! {
        <Field form name="to" label="New domain or URL" id=format!("to-{activation}")
            hint="The domain stops verifying at once, and the new one takes its slot."/>
    }
}
