//! Page of the team: members, open invitations, and the form to invite.

mod invitations;
mod members;
mod membership;
mod roles;
mod sign_in_rule;

use domain::permission::Permission;
use leptos::prelude::*;

use crate::component::{ErrorState, FormMessage, FormState, MadeLink, PageTitle};
use crate::server_fn::member::{
    ChangeRole, LeaveAccount, RemoveMember, TeamPage, TransferOwnership, WithdrawInvitation, team_members,
};
use invitations::{InviteForm, OpenInvitations};
use members::Members;
use membership::OwnMembership;
use sign_in_rule::SignInRule;

pub use roles::Roles;

/// The page. Members without the permission see the list alone.
#[component]
pub fn Team() -> impl IntoView {
    let page = Resource::new(|| (), |()| team_members());
    view! {
        <PageTitle text="Team"/>
        <div class="page-header">
            <h1>"Team"</h1>
            <a class="button" href="/team/roles">"What each role may do"</a>
        </div>
        <FormMessage form={FormState::of::<ChangeRole>()}/>
        <FormMessage form={FormState::of::<RemoveMember>()}/>
        <FormMessage form={FormState::of::<TransferOwnership>()}/>
        <FormMessage form={FormState::of::<LeaveAccount>()}/>
        <FormMessage form={FormState::of::<WithdrawInvitation>()}/>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Parts page/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: TeamPage) -> impl IntoView {
    let TeamPage { team, link, role } = page;
    let may_manage = role.allows(Permission::ManageMembers);
    let others: Vec<_> = team
        .members
        .iter()
        .filter(|member| !member.is_self)
        .map(|member| (member.user.to_string(), member.name.clone()))
        .collect();
    let without = team.members.iter().filter(|member| !member.has_second_factor).count();
    let is_required = team.requires_second_factor;
    // The newest invitation is the first.
    let is_mailed = team.invitations.first().is_some_and(|invitation| invitation.mail.is_some());
    let link = link.map(|link| view! { <MadeLink link is_mailed/> });
    let manage = may_manage.then(|| {
        let invitations = team.invitations;
        view! {
            <OpenInvitations invitations role/>
            <InviteForm role/>
        }
    });
    view! {
        {link}
        <Members members=team.members role/>
        {manage}
        <SignInRule is_required without role/>
        <OwnMembership others role/>
    }
}
