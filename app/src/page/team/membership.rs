//! The own membership: the transfer of the ownership, and leaving.

use domain::permission::{Permission, Role};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, Dialog, FormState, PostForm, Select};
use crate::server_fn::member::{LeaveAccount, TransferOwnership};

/// The card. `others` are ids and names of the other members.
#[component]
pub fn OwnMembership(others: Vec<(String, String)>, role: Role) -> impl IntoView {
    let may_transfer = role.allows(Permission::ManageOwners) && !others.is_empty();
    let transfer = may_transfer.then(|| {
        view! {
            <Dialog id="transfer" label="Transfer the ownership…" title="Transfer the ownership?">
                <PostForm to=TransferOwnership::url() class="stack">
                    <p>"The other member becomes an owner, and you become an admin. You cannot undo this; the new owner can."</p>
                    <Select form={FormState::unsubmitted()} name="user" id="new-owner" label="New owner" options=others/>
                    <button class="button button-danger">"Transfer the ownership"</button>
                </PostForm>
            </Dialog>
        }
    });
    view! {
        <Card title="Your membership">
            <div class="actions">
                {transfer}
                <Dialog id="leave" label="Leave…" title="Leave this account?">
                    <PostForm to=LeaveAccount::url() class="stack">
                        <p>"You lose access at once and are signed out. API tokens that you made are withdrawn; to keep them, let an owner remove you and take them over. The last owner cannot leave."</p>
                        <button class="button button-danger">"Leave the account"</button>
                    </PostForm>
                </Dialog>
            </div>
        </Card>
    }
}
