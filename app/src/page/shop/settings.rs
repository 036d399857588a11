//! The settings of a connection: what happens to licenses.

use domain::permission::Permission;
use domain::purchase::ShopReaction;
use domain::view::ShopConnectionView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    Card, Checkbox, Fact, Facts, Field, FormMessage, FormState, PostForm, RequirePermission, Select,
};
use crate::server_fn::shop::ChangeShop;

/// What is set, and the form that changes it.
#[component]
pub fn Settings(connection: ShopConnectionView, mail_is_on: bool) -> impl IntoView {
    let unmapped = if connection.issues_unmapped { "get a license of the product" } else { "are ignored" };
    let keys = match (connection.sends_keys, mail_is_on) {
        (false, _) => "are not mailed",
        (true, true) => "are mailed to the buyer",
        (true, false) => "would be mailed, but this server sends no mail",
    };
    let tests = connection.provider.marks_test_events().then(|| {
        let tests = if connection.accepts_test_events { "are applied as others are" } else { "are ignored" };
        view! { <Fact name="Test events">{tests}</Fact> }
    });
    let shown = connection.clone();
    let stored = StoredValue::new(connection);
    view! {
        <Card title="What happens to licenses">
            <Facts>
                <Fact name="Prices without terms">{unmapped}</Fact>
                <Fact name="After a failed payment">{shown.on_payment_failed.label()}</Fact>
                <Fact name="After a full refund">{shown.on_refund.label()}</Fact>
                <Fact name="When a subscription ends">{shown.on_cancellation.label()}</Fact>
                <Fact name="Days of grace">{shown.grace_days.to_string()}</Fact>
                <Fact name="Keys">{keys}</Fact>
                {tests}
            </Facts>
            <RequirePermission to=Permission::ManageWebhooks>
                <Change connection=stored.get_value()/>
            </RequirePermission>
        </Card>
    }
}

#[component]
fn Change(connection: ShopConnectionView) -> impl IntoView {
    let form = FormState::of::<ChangeShop>();
    let (id, is_open) = (connection.id.to_string(), form.was_rejected());
    let reactions = |may_revoke: bool| -> Vec<(String, String)> {
        let all = ShopReaction::ALL.into_iter().filter(|it| may_revoke || *it != ShopReaction::Revoke);
        all.map(|it| (it.as_str().to_owned(), it.label().to_owned())).collect()
    };
    let tests = connection.provider.marks_test_events().then(|| {
        view! {
            <Checkbox form name="accepts_test_events" label="Accept test events"
                checked=connection.accepts_test_events
                hint="Purchases in the provider’s test mode get licenses, too. Otherwise they are ignored."/>
        }
    });
    view! {
        <details open=is_open>
            <summary>"Change"</summary>
            <PostForm to=ChangeShop::url() novalidate=true>
                <FormMessage form/>
                <input type="hidden" name="id" value=id/>
                <Field form name="name" label="Name" value=connection.name/>
                <Checkbox form name="issues_unmapped" label="Issue licenses for prices without terms"
                    checked=connection.issues_unmapped
                    hint="Only if this shop sells nothing but the product."/>
                <Select form name="on_payment_failed" label="After a failed payment" options=reactions(false)
                    value=connection.on_payment_failed.as_str()
                    hint="The next payment lifts the suspension. One of yours stays."/>
                <Select form name="on_refund" label="After a full refund" options=reactions(true)
                    value=connection.on_refund.as_str()/>
                <Select form name="on_cancellation" label="When a subscription ends" options=reactions(false)
                    value=connection.on_cancellation.as_str()
                    hint="Without a suspension, the license expires with its paid period."/>
                <Field form name="grace_days" label="Days of grace" kind="number"
                    value=connection.grace_days.to_string()
                    hint="After the end of a paid period, because providers charge some hours later."/>
                <Checkbox form name="sends_keys" label="Mail the key to the buyer" checked=connection.sends_keys/>
                {tests}
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </details>
    }
}
