//! The members, with the controls that the own role allows.

use domain::permission::{Role, may_assign};
use domain::view::{ApiTokenRow, MemberRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, Dialog, FormState, PostForm, RelativeTime, Select, Tag};
use crate::server_fn::member::{ChangeRole, RemoveMember};

/// The table. `role` is the role of the signed-in member.
#[component]
pub fn Members(members: Vec<MemberRow>, role: Role) -> impl IntoView {
    let rows: Vec<_> = members.into_iter().map(|member| row(member, role)).collect();
    view! {
        <Card title="Members" flush=true>
            <table class="card-table">
                <caption class="visually-hidden">"Members"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Member"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Joined"</th>
                        <th scope="col">"Last sign-in"</th>
                        <th scope="col">"API tokens"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </Card>
    }
}

fn row(member: MemberRow, own_role: Role) -> impl IntoView {
    let change = change_dialog(&member, own_role);
    let remove = remove_dialog(&member, own_role);
    let MemberRow {
        name, email, role, joined_at, last_sign_in_at, has_second_factor, tokens, is_self, ..
    } = member;
    let seen = match last_sign_in_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => "unknown".into_any(),
    };
    let tokens: Vec<String> = tokens.iter().map(token_name).collect();
    let tokens = if tokens.is_empty() { "–".to_owned() } else { tokens.join(", ") };
    let factors = if has_second_factor { "two factors" } else { "password alone" };
    let you = is_self.then(|| view! { " " <Tag>"you"</Tag> });
    view! {
        <tr>
            <th scope="row" class="name"><span dir="auto">{name}</span> {you} <span class="cell-note">{email}</span></th>
            <td data-label="Role">{role.label()}</td>
            <td data-label="Joined"><RelativeTime at=joined_at/></td>
            <td data-label="Last sign-in">{seen} <span class="cell-note">{factors}</span></td>
            <td data-label="API tokens" class="text-break">{tokens}</td>
            <td><div class="actions">{change} {remove}</div></td>
        </tr>
    }
}

/// Returns the name of a token as lists show it.
fn token_name(token: &ApiTokenRow) -> String {
    format!("{} (…{})", token.name, token.last_four)
}

/// Returns the roles that a member may get, in words.
pub fn role_options(own_role: Role, from: Option<Role>) -> Vec<(String, String)> {
    let allowed = Role::ALL.into_iter().filter(|to| may_assign(own_role, from, Some(*to)));
    let option =
        |role: Role| (role.as_str().to_owned(), format!("{} – {}", role.label(), role.description()));
    allowed.map(option).collect()
}

fn change_dialog(member: &MemberRow, own_role: Role) -> Option<impl IntoView + use<>> {
    let options = role_options(own_role, Some(member.role));
    let (user, role, name) = (member.user.to_string(), member.role, member.name.clone());
    let select_id = format!("role-of-{user}");
    (!options.is_empty()).then(|| {
        view! {
            <Dialog id=format!("change-{user}") label="Change role…" title=format!("Change the role of {name}?")
                button_label=format!("Change role… {name}") class="button button-small">
                <PostForm to=ChangeRole::url() class="stack">
                    <p>"The new role applies at once, also to open pages. Invitations and API tokens of this member that the new role may not make are withdrawn."</p>
                    <input type="hidden" name="user" value=user/>
                    <Select form={FormState::unsubmitted()} name="role" id=select_id label="New role" options value=role.as_str()/>
                    <button class="button button-primary">"Change the role"</button>
                </PostForm>
            </Dialog>
        }
    })
}

fn remove_dialog(member: &MemberRow, own_role: Role) -> Option<impl IntoView + use<>> {
    let may_remove = !member.is_self && may_assign(own_role, Some(member.role), None);
    let (user, name) = (member.user.to_string(), member.name.clone());
    let tokens: Vec<String> = member.tokens.iter().map(token_name).collect();
    let tokens_id = format!("tokens-of-{user}");
    may_remove.then(|| {
        let tokens = (!tokens.is_empty()).then(|| {
            let text = format!("The member made these API tokens: {}.", tokens.join(", "));
            let options = vec![
                ("withdrawn".to_owned(), "Withdraw them: systems that use them are refused at once".to_owned()),
                ("handed_over".to_owned(), "Hand them over to me: systems that use them work on".to_owned()),
            ];
            view! {
                <p>{text}</p>
                <Select form={FormState::unsubmitted()} name="tokens" id=tokens_id label="API tokens" options/>
            }
        });
        view! {
            <Dialog id=format!("remove-{user}") label="Remove…" title=format!("Remove {name} from the team?")
                button_label=format!("Remove… {name}") class="button button-small button-danger-outline">
                <PostForm to=RemoveMember::url() class="stack">
                    <p>"The member loses access at once: sessions in this account end, and open invitations that the member made are withdrawn. What the member did stays in the history."</p>
                    {tokens}
                    <input type="hidden" name="user" value=user/>
                    <button class="button button-danger">"Remove the member"</button>
                </PostForm>
            </Dialog>
        }
    })
}
