//! Page of a template: the form, a preview, a test mail, and the way back to the default.

use domain::mail_template::{TemplateKind, TemplateSource};
use domain::view::{MailPreview, TemplateView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use crate::component::{
    Badge, Card, ErrorState, Field, FormMessage, FormState, PageTitle, PostForm, TextArea, Tone,
};
use crate::server_fn::customer_mail::{
    PreviewMailTemplate, ResetMailTemplate, SaveMailTemplate, SendTemplateSample, TemplatePage,
    load_mail_template,
};

/// The page.
#[component]
pub fn MailTemplate() -> impl IntoView {
    let params = use_params_map();
    let kind = move || params.read().get("kind").unwrap_or_default();
    let page = Resource::new(kind, load_mail_template);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Parts page/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Mail template"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: TemplatePage) -> impl IntoView {
    let TemplatePage { template, refused, sends_mail } = page;
    let (kind, is_own, has_draft) = (template.kind, template.is_own, template.has_draft);
    let version = template.version.clone();
    let other = refused.is_some().then(|| view! { <OtherVersion source=template.source.clone()/> });
    let preview = template.preview.clone();
    view! {
        <PageTitle text=kind.label()/>
        <p class="breadcrumb"><a href="/settings/mail/customers">"Mails to customers"</a></p>
        <h1>{kind.label()}</h1>
        <InUse is_own has_draft/>
        <div class="columns">
            <div>
                <Edit template refused/>
                {other}
                <Preview preview/>
            </div>
            <div>
                <Variables kind/>
                {sends_mail.then(|| view! { <Sample kind/> })}
                {(is_own || has_draft).then(|| view! { <Reset kind is_own version/> })}
            </div>
        </div>
    }
}

#[component]
fn InUse(is_own: bool, has_draft: bool) -> impl IntoView {
    let used = if is_own { "Customers get your own text." } else { "Customers get the default text." };
    let draft = has_draft.then(|| {
        view! {
            <Badge tone=Tone::Warning>"Draft"</Badge>
            " This page shows a draft. It is in use once you save it. "
        }
    });
    view! { <p class="muted">{draft} {used}</p> }
}

#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Edit(template: TemplateView, refused: Option<TemplateSource>) -> impl IntoView {
    // Both buttons post the same fields.
    let previewed = FormState::of::<PreviewMailTemplate>();
    let form = if previewed.was_rejected() { previewed } else { FormState::of::<SaveMailTemplate>() };
    // After a conflict, the member's own text. The version is that of the page, so that saving again replaces it.
    let source = refused.unwrap_or(template.source);
    view! {
        <Card title="Template">
            <PostForm to=SaveMailTemplate::url() novalidate=true>
                <FormMessage form/>
                <input type="hidden" name="kind" value=template.kind.as_str()/>
                <input type="hidden" name="version" value=template.version/>
                <Field form name="subject" label="Subject" value=source.subject/>
                <TextArea form name="text" label="Text" value=source.text rows=12/>
                <TextArea
                    form
                    name="html"
                    label="HTML"
                    value=source.html
                    rows=8
                    hint="Optional: without it, the HTML is made from the text. Only simple tags such as p, strong, ul and a."
                />
                <div class="actions">
                    <button class="button button-primary">"Save"</button>
                    <button class="button" formaction=PreviewMailTemplate::url()>"Preview"</button>
                </div>
            </PostForm>
        </Card>
    }
}

/// What another member has stored meanwhile, to compare.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn OtherVersion(source: TemplateSource) -> impl IntoView {
    let TemplateSource { subject, text, html } = source;
    let html = (!html.is_empty()).then(|| {
        view! { <h3>"HTML"</h3> <pre class="code-block" tabindex="0">{html}</pre> }
    });
    view! {
        <Card title="The other version" id="other-version">
            <p><strong dir="auto">{subject}</strong></p>
            <pre class="code-block" tabindex="0">{text}</pre>
            {html}
        </Card>
    }
}

/// The mail with sample values. The HTML is in a frame without scripts, forms or access to this page, and
/// under the policy of this page.
#[component]
fn Preview(preview: Option<MailPreview>) -> impl IntoView {
    let body = match preview {
        Some(MailPreview { subject, text, html }) => {
            let document = format!("<!doctype html><html lang=\"en\"><title>Preview</title>{html}</html>");
            view! {
                <p><strong dir="auto">{subject}</strong></p>
                <iframe class="mail-preview" title="HTML of the mail" sandbox="" srcdoc=document></iframe>
                <h3>"Plain text"</h3>
                <pre class="code-block" tabindex="0">{text}</pre>
            }
            .into_any()
        }
        None => view! { <p class="muted">"The draft has errors. Save it to see them."</p> }.into_any(),
    };
    view! { <Card title="Preview with sample values" id="preview">{body}</Card> }
}

#[component]
fn Variables(kind: TemplateKind) -> impl IntoView {
    let rows: Vec<_> = kind
        .variables()
        .iter()
        .map(|variable| {
            let name = format!("{{{{ {} }}}}", variable.as_str());
            view! { <li><div><code>{name}</code> <span class="muted">{variable.description()}</span></div></li> }
        })
        .collect();
    view! { <Card title="Variables"><ul class="item-list">{rows}</ul></Card> }
}

#[component]
fn Sample(kind: TemplateKind) -> impl IntoView {
    view! {
        <Card title="Test mail">
            <PostForm to=SendTemplateSample::url()>
                <FormMessage form={FormState::of::<SendTemplateSample>()}/>
                <input type="hidden" name="kind" value=kind.as_str()/>
                <p class="muted">"With the preview’s text and values."</p>
                <button class="button">"Send a test mail to me"</button>
            </PostForm>
        </Card>
    }
}

#[component]
fn Reset(kind: TemplateKind, is_own: bool, version: String) -> impl IntoView {
    let (title, text, button) = if is_own {
        ("Default text", "Your own text and its draft are deleted.", "Reset to the default")
    } else {
        ("Draft", "The draft is deleted.", "Discard the draft")
    };
    view! {
        <Card title>
            <PostForm to=ResetMailTemplate::url()>
                <FormMessage form={FormState::of::<ResetMailTemplate>()}/>
                <input type="hidden" name="kind" value=kind.as_str()/>
                <input type="hidden" name="version" value=version/>
                <p class="muted">{text}</p>
                <button class="button button-danger-outline">{button}</button>
            </PostForm>
        </Card>
    }
}
