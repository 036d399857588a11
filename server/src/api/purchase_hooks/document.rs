//! The receivers in the OpenAPI document: one operation for each provider, with the header of its signature.

use domain::purchase::{ShopProvider, TOLERANCE_SECONDS};
use serde_json::{Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Content, Object, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Required, Response, ResponseBuilder,
};

use super::error::HookError;
use crate::api::examples::JSON;

/// The group of these operations.
const TAG: &str = "Shop events";
const ABOUT: &str = "Events of shops, which the provider of a shop posts to this server. The provider signs them, so \
                     that no access token is needed. Connect a shop in the dashboard to get its address and to set \
                     its signing secret.";
const ABOUT_RECEIVED: &str = "The event is stored: it was applied, now or before, is deferred until the operator \
                              reinstates the seller, or cannot be read and is logged with the reason.";
/// The connection of the examples.
const CONNECTION: &str = "0199a1c2-0000-7a40-9c1b-0000000005c0";

/// Returns the operations of all providers.
pub fn document() -> OpenApi {
    let paths = ShopProvider::ALL.into_iter().fold(PathsBuilder::new(), |paths, provider| {
        paths.path(
            format!("/hooks/{provider}/{{connection}}"),
            PathItem::new(HttpMethod::Post, operation(provider)),
        )
    });
    let tag = TagBuilder::new().name(TAG).description(Some(ABOUT)).build();
    OpenApiBuilder::new().paths(paths.build()).tags(Some([tag])).build()
}

fn operation(provider: ShopProvider) -> Operation {
    let label = provider.label();
    let description = format!(
        "{label} posts to this address, which the dashboard shows with the shop. The signature over the bytes of the \
         body is the only credential. An event is applied once, however often it comes; {label} sends it again after \
         any other status than 200. These events are read, and others change nothing: `{}`.",
        provider.events().join("` `")
    );
    let mut operation = OperationBuilder::new()
        .tag(TAG)
        .operation_id(Some(format!("receive{}Event", label.replace(' ', ""))))
        .summary(Some(format!("Receive an event of {label}")))
        .description(Some(description))
        .parameter(connection())
        .parameter(signature(provider))
        .request_body(Some(body(provider)))
        .response("200", received());
    for (error, meaning) in [
        (HookError::UnreadableBody, "The body broke off."),
        (HookError::BadSignature, "The signature is missing, wrong or too old."),
        (HookError::UnknownConnection, "No shop of this provider is connected at the address."),
        (HookError::TooSlow, "The body did not arrive in time."),
        (HookError::TooLarge, "The body is too large."),
        (HookError::RateLimited(1), "Too many requests came from the client’s network to this connection."),
        (
            HookError::BacklogFull,
            "Nothing was done: too many events of a suspended seller wait, or the database is not available.",
        ),
    ] {
        let (status, code, message) = error.parts();
        operation = operation.response(status.as_str(), refused(meaning, code, &message));
    }
    operation.build()
}

/// The connection in the path.
fn connection() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .build();
    ParameterBuilder::new()
        .name("connection")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The id of the connected shop."))
        .schema(Some(schema))
        .example(Some(CONNECTION.into()))
        .build()
}

/// The header with the signature.
fn signature(provider: ShopProvider) -> Parameter {
    let digits = "5f".repeat(32);
    let (name, form, example) = match provider {
        ShopProvider::Stripe => (
            "Stripe-Signature",
            "`t=<time>,v1=<digits>`, over time, `.` and body",
            format!("t=1790000000,v1={digits}"),
        ),
        ShopProvider::Paddle => (
            "Paddle-Signature",
            "`ts=<time>;h1=<digits>`, over time, `:` and body",
            format!("ts=1790000000;h1={digits}"),
        ),
        ShopProvider::LemonSqueezy => ("X-Signature", "the digits alone, over the body", digits),
    };
    let timely = match provider {
        ShopProvider::Stripe | ShopProvider::Paddle => {
            format!(" The time is in seconds, and at most {TOLERANCE_SECONDS} from this server’s clock.")
        }
        ShopProvider::LemonSqueezy => String::new(),
    };
    let description =
        format!("HMAC-SHA256 with the signing secret of the shop, in hexadecimal digits: {form}.{timely}");
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .example(Some(example.into()))
        .build()
}

/// The body: an event as the provider documents it.
fn body(provider: ShopProvider) -> RequestBody {
    let example = match provider {
        ShopProvider::Stripe => json!({
            "id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1_790_000_000,
            "data": { "object": {
                "id": "in_1", "object": "invoice", "customer_email": "bea@example.com",
                "lines": { "data": [{ "quantity": 1, "pricing": { "price_details": { "price": "price_1" } } }] },
            } },
        }),
        ShopProvider::Paddle => json!({
            "event_id": "evt_1", "event_type": "transaction.completed", "occurred_at": "2026-09-21T14:13:20.000Z",
            "data": {
                "id": "txn_1", "status": "completed", "customer_id": "ctm_1",
                "items": [{ "price": { "id": "pri_1" }, "quantity": 1 }],
            },
        }),
        ShopProvider::LemonSqueezy => json!({
            "meta": { "event_name": "order_created" },
            "data": { "type": "orders", "id": "1", "attributes": {
                "status": "paid", "user_email": "bea@example.com", "updated_at": "2026-09-21T14:13:20.000Z",
                "first_order_item": { "variant_id": 42, "quantity": 1 },
            } },
        }),
    };
    let mut content = Content::new(Some(ObjectBuilder::new().schema_type(Type::Object).build()));
    content.example = Some(example);
    RequestBodyBuilder::new()
        .description(Some(
            "The event as the provider documents it, at most 256 KiB. The example is shortened.",
        ))
        .required(Some(Required::True))
        .content(JSON, content)
        .build()
}

fn received() -> Response {
    let flag = ObjectBuilder::new().schema_type(Type::Boolean).description(Some("Always `true`.")).build();
    let schema = ObjectBuilder::new().property("received", flag).required("received").build();
    answer(ABOUT_RECEIVED, schema, "received", json!({ "received": true }))
}

fn refused(meaning: &str, code: &str, message: &str) -> Response {
    let text = |description: &str| {
        ObjectBuilder::new().schema_type(Type::String).description(Some(description)).build()
    };
    let schema = ObjectBuilder::new()
        .property("error", text("Machine-readable error code."))
        .required("error")
        .property("message", text("A sentence for people."))
        .required("message")
        .build();
    answer(meaning, schema, code, json!({ "error": code, "message": message }))
}

fn answer(meaning: &str, schema: Object, name: &str, example: Value) -> Response {
    let mut content = Content::new(Some(schema));
    content.examples.insert(name.to_owned(), ExampleBuilder::new().value(Some(example)).into());
    ResponseBuilder::new().description(meaning).content(JSON, content).build()
}

#[cfg(test)]
mod tests {
    use domain::purchase::SignatureHeader;

    use super::*;

    #[test]
    fn each_provider_has_an_operation_with_its_header() {
        let document = serde_json::to_value(document()).expect("JSON");
        for provider in ShopProvider::ALL {
            let operation = &document["paths"][format!("/hooks/{provider}/{{connection}}")]["post"];
            assert_eq!(operation["tags"], json!([TAG]));
            let header = &operation["parameters"][1];
            let name = header["name"].as_str().expect("a name");
            assert_eq!(name.to_lowercase(), provider.signature_header());
            let example = header["example"].as_str().expect("an example");
            assert!(SignatureHeader::parse(provider, example).is_some(), "{provider}: {example}");
        }
        assert_eq!(document["paths"].as_object().map(serde_json::Map::len), Some(ShopProvider::ALL.len()));
    }
}
