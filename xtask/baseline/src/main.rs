//! The baseline server of `cargo xtask bench`: a minimal axum handler with a JSON request and a JSON
//! response, and the rate of RS256 signatures on one thread.

use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Request {
    #[allow(dead_code, reason = "the baseline includes parsing")]
    license_key: String,
    #[allow(dead_code, reason = "the baseline includes parsing")]
    domain: String,
}

#[derive(Serialize)]
struct Response {
    valid: bool,
    license: Option<u8>,
}

async fn constant_response(Json(_): Json<Request>) -> Json<Response> {
    Json(Response { valid: true, license: None })
}

/// Returns the RS256 signatures per second of this thread, with the key parsed once.
async fn sign_rate() -> String {
    let Ok(pair) = KeyPair::generate(KeySize::Rsa2048) else { return "0".into() };
    let (mut signature, random) = (vec![0; pair.public_modulus_len()], SystemRandom::new());
    let (started, mut signed) = (Instant::now(), 0u32);
    while started.elapsed() < Duration::from_secs(1) {
        if pair.sign(&RSA_PKCS1_SHA256, &random, &signed.to_le_bytes(), &mut signature).is_ok() {
            signed += 1;
        }
    }
    (f64::from(signed) / started.elapsed().as_secs_f64()).to_string()
}

#[tokio::main]
#[allow(clippy::print_stdout, reason = "the benchmark reads the address from standard output")]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let routes = Router::new().route("/", post(constant_response)).route("/sign-rate", get(sign_rate));
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |io| drop(io.set_nodelay(true))), routes).await
}
