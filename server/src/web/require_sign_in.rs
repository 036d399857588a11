//! Redirects anonymous browsers to `/sign-in`, and all browsers to `/set-up` while no user exists. The
//! customer's page is open to all.

use std::sync::atomic::Ordering;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::sign_up::SignUpPolicy;

use super::current_member::CurrentMember;
use super::state::WebState;
use super::unavailable::unavailable;

/// Passes the request on, or redirects the browser.
pub async fn require_sign_in(State(web): State<WebState>, request: Request, next: Next) -> Response {
    let current = request.extensions().get::<CurrentMember>();
    let signed_in = current.is_some_and(|current| current.member.is_some());
    let only_page = current.and_then(CurrentMember::only_page);
    if !super::render::wants_page(&request) {
        return next.run(request).await;
    }
    let path = request.uri().path();
    if app::is_customer_page_path(path) {
        return next.run(request).await;
    }
    // The token in the path is the permission.
    let with_token = [app::INVITATION_PATH, app::RESET_PATH, app::SIGN_UP_PATH];
    let has_token = with_token.into_iter().any(|start| path.starts_with(start));
    if signed_in && has_token {
        return next.run(request).await;
    }
    if let Some(page) = only_page {
        return if path == page { next.run(request).await } else { Redirect::to(page).into_response() };
    }
    if signed_in {
        // Not the page of a lost password, to which notices by mail lead. Where everyone may sign up, users may too.
        let is_for_guests = match path {
            "/sign-in" | "/sign-in/code" | "/set-up" | app::SUSPENDED_PATH => true,
            app::SIGN_UP_PAGE => web.service.sign_up_policy() != SignUpPolicy::Open,
            _ => false,
        };
        return if is_for_guests { Redirect::to("/").into_response() } else { next.run(request).await };
    }
    let setup_needed = match needs_setup(&web).await {
        Ok(setup_needed) => setup_needed,
        Err(error) => {
            tracing::error!(%error, "sign-in check failed; users could not be queried");
            return unavailable(request.headers());
        }
    };
    match (setup_needed, path) {
        (true, "/set-up") | (false, "/sign-in" | "/sign-in/code" | "/sign-in/reset" | app::SIGN_UP_PAGE) => {
            next.run(request).await
        }
        (true, _) => Redirect::to("/set-up").into_response(),
        (false, _) if has_token => next.run(request).await,
        (false, "/set-up" | "/") => Redirect::to("/sign-in").into_response(),
        (false, _) => {
            let target = request.uri().path_and_query().map_or("/", |p| p.as_str());
            let next: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
            Redirect::to(&format!("/sign-in?next={next}")).into_response()
        }
    }
}

async fn needs_setup(web: &WebState) -> service::Result<bool> {
    if web.is_set_up.load(Ordering::Relaxed) {
        return Ok(false);
    }
    let setup_needed = web.service.needs_setup().await?;
    if !setup_needed {
        web.is_set_up.store(true, Ordering::Relaxed);
    }
    Ok(setup_needed)
}
