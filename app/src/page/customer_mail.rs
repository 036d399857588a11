//! Page of mails to customers: the sender, reminders, announcements, and the templates.

use domain::view::{CustomerMailView, ProductReminders, TemplateRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    Badge, Card, Checkbox, ErrorState, Field, FormMessage, FormState, Notice, PageTitle, PostForm,
    StoredValues, Tab, Tabs, Tone,
};
use crate::server_fn::customer_mail::{
    ChangeCustomerMail, CustomerMailPage, SetProductReminders, load_customer_mail,
};

/// The page.
#[component]
pub fn CustomerMail() -> impl IntoView {
    let page = Resource::new(|| (), |()| load_customer_mail());
    view! {
        <PageTitle text="Mails to customers"/>
        <h1>"Mails to customers"</h1>
        <MailTabs is_list=false/>
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

/// The tabs of the pages of mail.
#[component]
pub fn MailTabs(
    /// Whether the list of mails is the current page.
    is_list: bool,
) -> impl IntoView {
    let tab =
        |href: &str, label: &str, is_current| Tab { href: href.into(), label: label.into(), is_current };
    let tabs = vec![
        tab("/settings/mail", "Mails", is_list),
        tab("/settings/mail/customers", "Mails to customers", !is_list),
    ];
    view! { <Tabs label="Mail" tabs/> }
}

#[component]
fn Parts(page: CustomerMailPage) -> impl IntoView {
    let CustomerMailPage { settings, templates, sends_mail } = page;
    let off = (!sends_mail).then(|| {
        view! {
            <Notice tone=Tone::Neutral>
                <p>"This server sends no mail. These settings count once it does."</p>
            </Notice>
        }
    });
    let products = settings.products.clone();
    let products = (settings.sends_reminders && !products.is_empty()).then(|| view! { <Products products/> });
    view! {
        {off}
        <Settings settings/>
        {products}
        <Templates templates/>
    }
}

#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Settings(settings: CustomerMailView) -> impl IntoView {
    let checkbox = |is_on: bool| if is_on { "on" } else { "" }.to_owned();
    let stored = vec![
        ("sender_name", settings.sender_name.clone()),
        ("reply_to", settings.reply_to.clone()),
        ("sends_reminders", checkbox(settings.sends_reminders)),
        ("announces_activations", checkbox(settings.announces_activations)),
    ];
    let form = FormState::of::<ChangeCustomerMail>().with_stored(&stored);
    view! {
        <Card title="Sender, reminders and notices">
            <PostForm to=ChangeCustomerMail::url() novalidate=true>
                <FormMessage form/>
                <StoredValues form stored/>
                <Field
                    form
                    name="sender_name"
                    label="Sender name"
                    value=settings.sender_name
                    hint="Stands beside the address of this server. Empty: the name of this server."
                />
                <Field
                    form
                    name="reply_to"
                    label="Address for replies"
                    kind="email"
                    value=settings.reply_to
                    hint="Replies of customers go there. Empty: to the address of this server."
                />
                <Checkbox
                    form
                    name="sends_reminders"
                    label="Remind customers before a license expires"
                    checked=settings.sends_reminders
                    hint="30, 7 and 1 days before, each once. Suspended and revoked licenses get none."
                />
                <Checkbox
                    form
                    name="announces_activations"
                    label="Tell customers when a domain or a machine is activated"
                    checked=settings.announces_activations
                    hint="At most six mails per license and day. The last one says that there are further activations."
                />
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </Card>
    }
}

#[component]
fn Products(products: Vec<ProductReminders>) -> impl IntoView {
    let rows: Vec<_> = products.into_iter().map(product_row).collect();
    view! {
        <Card title="Reminders by product">
            <FormMessage form={FormState::of::<SetProductReminders>()}/>
            <ul class="item-list">{rows}</ul>
        </Card>
    }
}

fn product_row(row: ProductReminders) -> impl IntoView {
    let ProductReminders { product, name, sends_reminders } = row;
    let (tone, state, button) = if sends_reminders {
        (Tone::Success, "On", "Switch off")
    } else {
        (Tone::Neutral, "Off", "Switch on")
    };
    let label = format!("{button}: {name}");
    view! {
        <li>
            <div><strong class="item-title" dir="auto">{name}</strong> " " <Badge tone>{state}</Badge></div>
            <PostForm to=SetProductReminders::url() class="action">
                <input type="hidden" name="product" value=product.to_string()/>
                {(!sends_reminders).then(|| view! { <input type="hidden" name="sends" value="on"/> })}
                <button class="button button-small" aria-label=label>{button}</button>
            </PostForm>
        </li>
    }
}

#[component]
fn Templates(templates: Vec<TemplateRow>) -> impl IntoView {
    let rows: Vec<_> = templates.iter().map(template_row).collect();
    view! {
        <Card title="Templates">
            <ul class="item-list">{rows}</ul>
        </Card>
    }
}

fn template_row(row: &TemplateRow) -> impl IntoView + use<> {
    let TemplateRow { kind, is_own, has_draft } = *row;
    let state = if is_own { "your own text" } else { "the default text" };
    let draft = has_draft.then(|| view! { " " <Badge tone=Tone::Warning>"Draft"</Badge> });
    view! {
        <li>
            <div>
                <a class="item-title" href=format!("/settings/mail/templates/{}", kind.as_str())>{kind.label()}</a>
                {draft} " " <span class="muted">{state}</span>
            </div>
        </li>
    }
}
