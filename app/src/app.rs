//! Root component and routes.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

use crate::component::Layout;
use crate::current_flash::CurrentFlash;
use crate::{context, page};

/// The root of every page.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // The customer's page has the seller's name in its title.
    let is_customer_page = context::is_customer_page();
    let formatter = move |title: String| {
        if is_customer_page { title } else { format!("{title} · Countersign") }
    };
    view! {
        <Title formatter/>
        <Router>
            <Provided>
                <Routes fallback=page::NotFound>
                    <Route path=path!("/set-up") view=page::SetUp/>
                    <Route path=path!("/sign-in") view=page::SignIn/>
                    <Route path=path!("/sign-in/code") view=page::SignInWithCode/>
                    <Route path=path!("/sign-in/reset") view=page::LostPassword/>
                    <Route path=path!("/reset/:token") view=page::NewPassword/>
                    <Route path=path!("/sign-up") view=page::SignUp/>
                    <Route path=path!("/sign-up/:token") view=page::SignUpByLink/>
                    <Route path=path!("/invitations/:token") view=page::Invitation/>
                    <Route path=path!("/suspended") view=page::Suspended/>
                    <Route path=path!("/manage") view=page::StartCustomerPage/>
                    <Route path=path!("/manage/:seller") view=page::CustomerPage/>
                    <Route path=path!("/manage/:seller/link/:token") view=page::CustomerLink/>
                    <Route path=path!("/manage/:seller/licenses/:id") view=page::CustomerPage/>
                    <Route path=path!("/manage/*path") view=page::NoCustomerPage/>
                    <ParentRoute path=path!("") view=Layout>
                        <Route path=path!("/") view=page::Overview/>
                        <Route path=path!("/welcome") view=page::Welcome/>
                        <Route path=path!("/licenses") view=page::Licenses/>
                        <Route path=path!("/licenses/new") view=page::IssueLicense/>
                        <Route path=path!("/licenses/issued") view=page::IssuedLicenses/>
                        <Route path=path!("/licenses/bulk") view=page::BulkChange/>
                        <Route path=path!("/licenses/jobs") view=page::BulkJobs/>
                        <Route path=path!("/licenses/jobs/:id") view=page::BulkJob/>
                        <Route path=path!("/licenses/import") view=page::ImportLicenses/>
                        <Route path=path!("/licenses/imports/:id") view=page::LicenseImport/>
                        <Route path=path!("/licenses/:id") view=page::License/>
                        <Route path=path!("/customers") view=page::Customers/>
                        <Route path=path!("/customers/:id") view=page::Customer/>
                        <Route path=path!("/organizations") view=page::Organizations/>
                        <Route path=path!("/organizations/:id") view=page::Organization/>
                        <Route path=path!("/tags") view=page::Tags/>
                        <Route path=path!("/audit") view=page::AuditLog/>
                        <Route path=path!("/search") view=page::Search/>
                        <Route path=path!("/products") view=page::Products/>
                        <Route path=path!("/products/new") view=page::NewProduct/>
                        <Route path=path!("/licenses/:id/offline") view=page::Offline/>
                        <Route path=path!("/licenses/:id/rules") view=page::LicenseRules/>
                        <Route path=path!("/license-templates") view=page::LicenseTemplates/>
                        <Route path=path!("/license-templates/new") view=page::NewLicenseTemplate/>
                        <Route path=path!("/license-templates/:id") view=page::LicenseTemplate/>
                        <Route path=path!("/license-templates/:id/edit") view=page::EditLicenseTemplate/>
                        <Route path=path!("/trial-policies") view=page::TrialPolicies/>
                        <Route path=path!("/trial-policies/:id") view=page::TrialPolicy/>
                        <Route path=path!("/products/:id") view=page::Product/>
                        <Route path=path!("/products/:id/domains") view=page::ProductDomains/>
                        <Route path=path!("/products/:id/machines") view=page::ProductMachines/>
                        <Route path=path!("/products/:id/meters") view=page::ProductMeters/>
                        <Route path=path!("/products/:id/customers") view=page::ProductCustomers/>
                        <Route path=path!("/products/:id/keys") view=page::ProductKeys/>
                        <Route path=path!("/products/:id/integrate") view=page::Integrate/>
                        <Route path=path!("/gallery") view=page::Gallery/>
                        <Route path=path!("/team") view=page::Team/>
                        <Route path=path!("/team/roles") view=page::Roles/>
                        <Route path=path!("/settings/tokens") view=page::ApiTokens/>
                        <Route path=path!("/settings/mail") view=page::Mail/>
                        <Route path=path!("/settings/mail/customers") view=page::CustomerMail/>
                        <Route path=path!("/settings/mail/templates/:kind") view=page::MailTemplate/>
                        <Route path=path!("/settings/customer-page") view=page::CustomerPageSettings/>
                        <Route path=path!("/settings/shops") view=page::Shops/>
                        <Route path=path!("/settings/shops/events/:id") view=page::ShopEvent/>
                        <Route path=path!("/settings/shops/:id") view=page::Shop/>
                        <Route path=path!("/settings/shops/:id/prices") view=page::ShopPrices/>
                        <Route path=path!("/settings/webhooks") view=page::Webhooks/>
                        <Route path=path!("/settings/webhooks/new") view=page::NewWebhook/>
                        <Route path=path!("/settings/webhooks/deliveries/:id") view=page::WebhookDelivery/>
                        <Route path=path!("/settings/webhooks/:id") view=page::Webhook/>
                        <Route path=path!("/settings/webhooks/:id/edit") view=page::EditWebhook/>
                        <Route path=path!("/account") view=page::OwnAccount/>
                        <Route path=path!("/operator/sellers") view=page::Sellers/>
                        <Route path=path!("/operator/health") view=page::Health/>
                        <Route path=path!("/operator/settings") view=page::ServerSettings/>
                        // Within the layout, so that the navigation leads on.
                        <Route path=path!("/*path") view=page::NotFound/>
                    </ParentRoute>
                </Routes>
            </Provided>
        </Router>
    }
}

/// Provides the contexts of all pages that depend on the router.
#[component]
fn Provided(children: Children) -> impl IntoView {
    CurrentFlash::provide();
    children()
}
