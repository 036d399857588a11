//! Tests of the web interface.

mod audit;
mod bulk;
mod compression;
mod customer;
mod customer_mail;
mod customer_page;
mod export;
mod import;
mod live;
mod mail;
mod navigation;
mod operator;
mod page_size;
mod product;
mod roles;
mod rules;
mod second_factor;
mod security_headers;
mod server_fn;
mod shop;
mod sign_in;
mod sign_up;
mod team;
mod tenant_isolation;
mod webhook;

use axum::body::Body;
use http::Request;

use crate::test_app::{TestApp, TestResponse};
use test_support::{PASSWORD, Seller};

/// A browser without JavaScript that submits forms and stores cookies.
pub struct Browser<'a> {
    app: &'a TestApp,
    cookies: Vec<(String, String)>,
    /// The scheme and host of the address bar.
    pub origin: &'static str,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: Vec::new(), origin: "http://localhost" }
    }

    /// Returns a browser that is signed in as a seller.
    pub async fn of(app: &'a TestApp, seller: &Seller) -> Self {
        let mut browser = Self::new(app);
        let response = browser
            .submit("/sign-in", "/_fn/sign_in", &[("email", &seller.email), ("password", PASSWORD)])
            .await;
        assert_eq!((response.status.as_u16(), response.header("location")), (303, "/"));
        browser
    }

    pub async fn get(&mut self, uri: &str) -> TestResponse {
        let request = Request::get(uri).header("accept", "text/html");
        self.send(request, Body::empty()).await
    }

    /// Submits a form of the page `page`.
    pub async fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> TestResponse {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(action)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("host", "localhost")
            .header("origin", self.origin)
            .header("sec-fetch-site", "same-origin")
            .header("referer", format!("{}{page}", self.origin));
        self.send(request, form.into()).await
    }

    /// Sends any request with the stored cookies.
    pub async fn send(&mut self, request: http::request::Builder, body: Body) -> TestResponse {
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let response = self.app.send(request.header("cookie", cookies.join("; ")).body(body).unwrap()).await;
        for cookie in response.headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            if !attributes.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        response
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.retain(|(n, _)| n != name);
        self.cookies.push((name.to_owned(), value.to_owned()));
    }
}
