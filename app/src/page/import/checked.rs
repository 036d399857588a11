//! A checked file: what would be imported, its faults, and the forms that import or discard it.

use domain::view::{FAULTS_ON_PAGE, ImportFault, ImportSummary, ImportView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::format::signed;
use crate::component::{
    Card, Fact, Facts, Figure, Figures, FormMessage, FormState, Number, PostForm, pluralize,
};
use crate::server_fn::license_import::{ConfirmImport, DiscardImport};

/// The result of the check.
#[component]
pub fn Checked(view: ImportView, may_import: bool) -> impl IntoView {
    let (id, good, faulty) = (view.import.id.to_string(), view.import.good_rows, view.import.faulty_rows);
    let forms = may_import.then(|| {
        view! {
            <div class="stack">
                <FormMessage form={FormState::of::<ConfirmImport>()}/>
                {(good > 0).then(|| view! { <Confirm id=id.clone() good faulty/> })}
                <PostForm to=DiscardImport::url() class="action">
                    <input type="hidden" name="id" value=id.clone()/>
                    <button class="button">"Discard"</button>
                </PostForm>
            </div>
        }
    });
    view! {
        <Figures>
            <Figure name="Rows to import" value=signed(good)/>
            <Figure name="Rows with faults" value=signed(faulty)>{(faulty > 0).then_some("They are not imported.")}</Figure>
        </Figures>
        <Card title="Import">
            <Counts summary=view.summary/>
            {forms}
        </Card>
        <Columns columns=view.columns/>
    }
}

#[component]
fn Confirm(id: String, good: u64, faulty: u64) -> impl IntoView {
    let licenses = pluralize(signed(good), "license");
    if faulty > 0 {
        return view! {
            <p>"You can mend the file and send it again, or import the good rows now. The rows with faults can follow in a file of their own."</p>
            <PostForm to=ConfirmImport::url() class="action">
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="otherwise" value="skip"/>
                <button class="button button-primary">{format!("Import the {licenses} without faults")}</button>
            </PostForm>
        }
        .into_any();
    }
    view! {
        <PostForm to=ConfirmImport::url()>
            <input type="hidden" name="id" value=id/>
            <fieldset>
                <legend>"If a row cannot be imported any more, such as because its key is taken meanwhile"</legend>
                <div class="field field-checkbox">
                    <input type="radio" id="otherwise-nothing" name="otherwise" value="nothing" checked=true/>
                    <label for="otherwise-nothing">"import nothing"</label>
                </div>
                <div class="field field-checkbox">
                    <input type="radio" id="otherwise-skip" name="otherwise" value="skip"/>
                    <label for="otherwise-skip">"skip this row"</label>
                </div>
            </fieldset>
            <button class="button button-primary">{format!("Import {licenses}")}</button>
        </PostForm>
    }
    .into_any()
}

/// Counts of the licenses, without those that are zero.
#[component]
fn Counts(summary: ImportSummary) -> impl IntoView {
    let counts = [
        ("Active", summary.active),
        ("Suspended", summary.suspended),
        ("Expired", summary.expired),
        ("Revoked", summary.revoked),
        ("With a generated key", summary.generated_keys),
        ("Without a customer", summary.without_customer),
    ];
    let facts = counts.into_iter().filter(|(_, n)| *n > 0);
    let facts: Vec<_> = facts.map(|(name, n)| view! { <Fact name><Number of=signed(n)/></Fact> }).collect();
    view! { <Facts>{facts}</Facts> }
}

/// The columns of the file and their use.
#[component]
fn Columns(columns: Vec<(String, Option<String>)>) -> impl IntoView {
    let rows: Vec<_> = columns
        .into_iter()
        .map(|(name, target)| {
            let target = match target {
                Some(target) => view! { <code>{target}</code> }.into_any(),
                None => view! { <span class="muted">"not read"</span> }.into_any(),
            };
            view! {
                <tr>
                    <td data-label="In the file" class="text-break"><bdi>{name}</bdi></td>
                    <td data-label="Becomes" class="text-break">{target}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Card title="Columns" flush=true>
            <table class="card-table">
                <thead><tr><th scope="col">"In the file"</th><th scope="col">"Becomes"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </Card>
    }
}

/// The first faults and notices of a file.
#[component]
pub fn Faults(
    /// The URL of the faults as CSV.
    href: String,
    faults: Vec<ImportFault>,
) -> impl IntoView {
    let note = if faults.len() < FAULTS_ON_PAGE as usize {
        ""
    } else {
        "The first 50. The file below has up to 1,000."
    };
    let rows: Vec<_> = faults
        .into_iter()
        .map(|fault| {
            let kind = if fault.is_notice { "Notice" } else { "Fault" };
            view! {
                <tr>
                    <td data-label="Line"><Number of=signed(fault.line)/></td>
                    <td data-label="Column" class="text-break"><bdi>{fault.column}</bdi></td>
                    <td data-label="Kind">{kind}</td>
                    <td data-label="Message" class="text-break"><bdi>{fault.message}</bdi></td>
                </tr>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <Card title="Faults and notices" flush=true note=move || note>
                <table class="card-table">
                    <thead>
                        <tr>
                            <th scope="col">"Line"</th>
                            <th scope="col">"Column"</th>
                            <th scope="col">"Kind"</th>
                            <th scope="col">"Message"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <p class="card-footer"><a class="button button-small" href=href download="" data-turbo="false">"Download as CSV"</a></p>
            </Card>
        }
    })
}
