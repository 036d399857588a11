//! API tokens of members and of former members.

use domain::view::ApiTokenRow;
use leptos::prelude::*;

use crate::component::Card;

/// Returns the name of a token as lists show it.
pub fn token_name(token: &ApiTokenRow) -> String {
    format!("{} (…{})", token.name, token.last_four)
}

/// The active tokens whose makers have left. Renders nothing if there are none.
#[component]
pub fn FormerMembersTokens(tokens: Vec<(String, ApiTokenRow)>) -> impl IntoView {
    (!tokens.is_empty()).then(|| {
        let rows: Vec<_> = tokens
            .into_iter()
            .map(|(maker, token)| {
                let name = token_name(&token);
                view! {
                    <li>
                        <div>
                            <strong class="item-title">{name}</strong>
                            <span class="muted">"made by " {maker} " · " {token.role.as_str()}</span>
                        </div>
                    </li>
                }
            })
            .collect();
        view! {
            <Card title="API tokens of former members">
                <p>"These tokens work on. Withdraw those that none of your systems uses."</p>
                <ul class="item-list">{rows}</ul>
                <a class="button" href="/settings/tokens">"Go to API tokens"</a>
            </Card>
        }
    })
}
