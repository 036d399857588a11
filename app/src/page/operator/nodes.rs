//! The nodes of the instance, with their versions and heartbeats.

use domain::view::NodeRow;
use leptos::prelude::*;

use crate::component::{Badge, Card, RelativeTime, Tag, Tone};

/// Characters of a node's id that are shown. The start of an id is its time.
const SHOWN_ID_CHARS: usize = 12;

/// The table.
#[component]
pub fn Nodes(nodes: Vec<NodeRow>) -> impl IntoView {
    if nodes.is_empty() {
        return view! { <Card title="Nodes"><p class="muted">"No node has written a heartbeat yet."</p></Card> }
            .into_any();
    }
    let rows: Vec<_> = nodes.into_iter().map(row).collect();
    view! {
        <Card title="Nodes" flush=true>
            <table class="card-table">
                <caption class="visually-hidden">"Nodes"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Node"</th>
                        <th scope="col">"Version"</th>
                        <th scope="col">"Started"</th>
                        <th scope="col">"Last heartbeat"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </Card>
    }
    .into_any()
}

fn row(node: NodeRow) -> impl IntoView {
    let NodeRow { id, version, started_at, last_seen_at, is_alive, is_self } = node;
    let shown = id.get(id.len().saturating_sub(SHOWN_ID_CHARS)..).unwrap_or_default().to_owned();
    let this = is_self.then(|| view! { " " <Tag>"this node"</Tag> });
    let state = if is_alive {
        view! { <Badge tone=Tone::Success>"Running"</Badge> }.into_any()
    } else {
        view! { <Badge tone=Tone::Warning>"Silent"</Badge> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" title=id>{shown} {this}</th>
            <td data-label="Version">{version}</td>
            <td data-label="Started"><RelativeTime at=started_at/></td>
            <td data-label="Last heartbeat"><RelativeTime at=last_seen_at/></td>
            <td data-label="State">{state}</td>
        </tr>
    }
}
