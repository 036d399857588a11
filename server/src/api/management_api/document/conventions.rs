//! What all operations have in common by the management API contract, 1.3 and 1.6: the errors of their method,
//! and the idempotency key.

use domain::Scope;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required, ResponseBuilder};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::api::examples::JSON;
use crate::api::management_api::body::max_bytes;
use crate::api::management_api::error::{ConflictCode, ErrorSchema, ManagementError};

/// Adds the errors of each method, and the header of idempotency keys.
pub fn apply(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    components.schemas.insert(ErrorSchema::name().into_owned(), ErrorSchema::schema());
    for (path, item) in &mut document.paths.paths {
        if let Some(operation) = &mut item.get {
            add_errors(operation, path, false);
        }
        if let Some(operation) = &mut item.delete {
            add_errors(operation, path, false);
            add_clash(operation, path);
        }
        for operation in [&mut item.post, &mut item.patch].into_iter().flatten() {
            add_errors(operation, path, true);
        }
    }
}

fn add_errors(operation: &mut Operation, path: &str, may_have_body: bool) {
    let has_id = path.contains('{');
    let scope = required_scope(operation);
    let needs_token = operation.security.is_some();
    let has_query = operation.parameters.iter().flatten().any(is_in_query);
    if may_have_body || has_query || operation.responses.responses.contains_key("400") {
        let wrong = ManagementError::field("name", "must have at most 256 characters");
        add(operation, &wrong, "A field or parameter is missing or wrong. `message` names it.");
    }
    if needs_token {
        add(operation, &ManagementError::Unauthorized, "The token is missing, unknown, expired or revoked.");
        let refused =
            scope.map_or_else(|| ManagementError::Forbidden(ROLE.to_owned()), ManagementError::MissingScope);
        add(operation, &refused, "The token lacks the scope, or its role does not allow this.");
    }
    if has_id || operation.responses.responses.contains_key("404") {
        add(operation, &ManagementError::NotFound, "There is no such object in the account.");
    }
    if may_have_body {
        add(operation, &ManagementError::TooSlow, "The body did not arrive within 8 seconds.");
        add(operation, &ManagementError::TooLarge(max_bytes(path) / 1024), "The body is too large.");
    }
    if may_have_body && needs_token {
        let message = "The first request with this Idempotency-Key still runs.".to_owned();
        let running = ManagementError::Conflict(ConflictCode::IdempotencyKeyInUse, message);
        add(operation, &running, "The request clashes. `code` gives the reason.");
        add(operation, &ManagementError::IdempotencyKeyReused, "The key was used for another request.");
        add_idempotency_key(operation);
    }
    add(operation, &ManagementError::RateLimited(1), "The token exceeded its rate limit.");
}

fn is_in_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
}

/// Adds the error of a deletion that names the status 409: other objects use this one, or a customer frees a machine
/// too early.
fn add_clash(operation: &mut Operation, path: &str) {
    if !operation.responses.responses.contains_key("409") {
        return;
    }
    let (code, message) = if path.starts_with("/v3/me/") {
        let message =
            "The machine works without a network until 2026-05-05T08:49:17.936Z. It can be freed then.";
        (ConflictCode::DeactivationLimitReached, message)
    } else {
        (ConflictCode::ResourceInUse, "Another object uses this one.")
    };
    let clash = ManagementError::Conflict(code, message.to_owned());
    add(operation, &clash, "The deletion clashes. `code` gives the reason.");
}

const ROLE: &str = "The access token’s role does not allow this.";

/// Returns the scope that the security requirement of an operation names.
fn required_scope(operation: &Operation) -> Option<Scope> {
    let requirement = serde_json::to_value(operation.security.as_ref()?.first()?).ok()?;
    Scope::parse(requirement["bearer"][0].as_str()?).ok().flatten()
}

/// Adds an error with its example. The operation's own text for the status stays.
fn add(operation: &mut Operation, error: &ManagementError, description: &str) {
    let (status, code, message) = error.parts();
    let example = ExampleBuilder::new().value(Some(serde_json::json!({ "message": message, "code": code })));
    let responses = &mut operation.responses.responses;
    let response = responses
        .entry(status.as_str().to_owned())
        .or_insert_with(|| RefOr::T(ResponseBuilder::new().description(description).build()));
    if let RefOr::T(response) = response {
        let content = response
            .content
            .entry(JSON.to_owned())
            .or_insert_with(|| Content::new(Some(Ref::from_schema_name(ErrorSchema::name()))).into());
        if let RefOr::T(content) = content {
            content.examples.entry(code.to_owned()).or_insert_with(|| example.into());
        }
    }
}

fn add_idempotency_key(operation: &mut Operation) {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(255))
        .pattern(Some("^[!-~]+$"))
        .build();
    let parameter = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A text of your choice. A repeated request with it gets the first answer, for 24 hours.",
        ))
        .schema(Some(schema))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::document;

    fn responses(path: &str, method: &str) -> Value {
        let document = serde_json::to_value(document()).expect("JSON");
        document["paths"][path][method]["responses"].clone()
    }

    fn examples(responses: &Value, status: &str) -> Value {
        responses[status]["content"]["application/json"]["examples"].clone()
    }

    #[test]
    fn a_deletion_shows_the_clash_that_it_names() {
        let clash = examples(&responses("/v3/products/{id}", "delete"), "409");
        assert_eq!(clash["RESOURCE_IN_USE"]["value"]["code"], "RESOURCE_IN_USE");
        assert!(responses("/v3/licenses/{id}", "delete").get("409").is_none());
    }

    #[test]
    fn parameters_of_paths_are_unknown_and_not_wrong() {
        let deletion = responses("/v3/licenses/{id}/metadata/{metadataId}", "delete");
        assert!(deletion.get("404").is_some() && deletion.get("400").is_none(), "{deletion}");
        assert!(responses("/v3/licenses", "get").get("400").is_some());
    }

    #[test]
    fn bodies_of_bulk_requests_may_be_larger() {
        for (path, limit) in [("/v3/licenses", "64 KiB"), ("/v3/licenses/bulk", "1024 KiB")] {
            let too_large = examples(&responses(path, "post"), "413");
            let message = too_large["PAYLOAD_TOO_LARGE"]["value"]["message"].as_str().expect("a message");
            assert!(message.contains(limit), "{message}");
        }
    }
}
