//! The management API in the OpenAPI document: the operations of all resources, what they have in common by the
//! contract, and examples.

mod conventions;
mod examples;
mod list_parameters;

use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

pub(super) use list_parameters::{filter_parameters, list_parameters};

use super::{
    accounts, activation, activation_log, event_log, license, license_template, me, organization, product,
    roles, tag, tokens, trial_activation, trial_policy, user, webhook,
};

/// The groups of operations, in the order of the reference.
#[derive(OpenApi)]
#[openapi(tags(
    (name = "Licenses", description = "Make, find, change, renew and export licenses. A license is named by its id or its key."),
    (name = "License templates", description = "The rules that new licenses begin with. `/v3/license-policies` is the same resource."),
    (name = "Products", description = "What a seller sells."),
    (name = "Users", description = "The customers who hold licenses."),
    (name = "Organizations", description = "The companies of customers."),
    (name = "Activations", description = "The machines and domains that hold slots of licenses."),
    (name = "Trials", description = "The machines that try a product, and the policies by which they do."),
    (name = "Webhooks", description = "Events that the server posts to a seller's systems, and the log of deliveries."),
    (name = "Logs", description = "What members, tokens and apps did."),
    (name = "Tags", description = "Words that group users and licenses."),
    (name = "Access", description = "Sign-in, access tokens, roles and the account."),
))]
struct Groups;

/// The operations of each resource.
const RESOURCES: [fn() -> Document; 16] = [
    accounts::Document::openapi,
    activation::Document::openapi,
    activation_log::Document::openapi,
    event_log::Document::openapi,
    license::Document::openapi,
    license_template::Document::openapi,
    me::Document::openapi,
    organization::Document::openapi,
    product::Document::openapi,
    roles::Document::openapi,
    tag::Document::openapi,
    tokens::Document::openapi,
    trial_activation::Document::openapi,
    trial_policy::Document::openapi,
    user::Document::openapi,
    webhook::Document::openapi,
];

/// Returns the operations of the management API with their schemas and examples.
pub fn document() -> Document {
    let mut document = RESOURCES.iter().fold(Groups::openapi(), |all, resource| all.merge_from(resource()));
    conventions::apply(&mut document);
    examples::apply(&mut document);
    document
}
