//! The page about token verification without the server, and about offline files.

use leptos::prelude::*;

use super::layout;

const REQUEST: &str = r#"{
  "key": "LIC-A3F9-K2M7-P8X1-Q4R6",
  "productId": "0199…",
  "fingerprint": "9f86d081884c7d65…",
  "hostname": "lab-3",
  "os": "linux",
  "appVersion": "1.4.0",
  "userHash": "5e884898da280471…"
}"#;

const RESPONSE: &str = r#"{
  "activationId": "0199…",
  "key": "LIC-A3F9-K2M7-P8X1-Q4R6",
  "productId": "0199…",
  "fingerprint": "9f86d081884c7d65…"
}"#;

const NODE: &str = r#"import { createPublicKey, verify } from "node:crypto";

export function claims(token, pem) {
  const [head, body, signature] = token.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url"));
  const good = header.alg === "RS256" &&
    verify("sha256", Buffer.from(`${head}.${body}`), createPublicKey(pem), Buffer.from(signature, "base64url"));
  if (!good) throw new Error("not a token of this product");
  return JSON.parse(Buffer.from(body, "base64url"));
}"#;

const PYTHON: &str = r#"import jwt  # pip install "pyjwt[crypto]"

claims = jwt.decode(token, pem, algorithms=["RS256"], options={"verify_iat": False})"#;

const SHELL: &str = r#"head=${TOKEN%.*}; signature=${TOKEN##*.}
pad() { s=$1; while [ $(( ${#s} % 4 )) -ne 0 ]; do s="$s="; done; printf %s "$s" | tr -- '-_' '+/'; }
pad "$signature" | base64 -d > signature.bin
printf %s "$head" | openssl dgst -sha256 -verify public.pem -signature signature.bin"#;

/// Claims and their use in an app.
const CLAIMS: [(&str, &str); 9] = [
    ("fp", "The machine’s fingerprint: refuse a token whose fp is not the one you compute."),
    ("pid", "The product’s id, as your app sent it."),
    ("key", "The license key, as your app sent it; empty in a trial."),
    ("eat", "When the license ends, in unix seconds; 0 is never. There is no exp claim."),
    ("suspended", "Whether the seller has suspended the license."),
    (
        "ssi, ssgpeat",
        "How often to sync, in seconds, and when the grace after a missed sync ends; 0 is none.",
    ),
    ("leat", "Expiry of the activation’s lease. Sync before it to keep the activation. 0 means no lease."),
    ("orv", "When an offline response must have been loaded; 0 is any time."),
    ("lma, ama", "The license’s and this activation’s meters."),
];

/// Renders the page.
pub fn page() -> String {
    let claims: Vec<_> = CLAIMS
        .into_iter()
        .map(|(name, meaning)| view! { <tr><td><code>{name}</code></td><td>{meaning}</td></tr> })
        .collect();
    let body = view! {
        <h1>"Tokens and files"</h1>
        <section>
            <h2>"Verify a token without the server"</h2>
            <p>
                "An activation token is a JWT (RFC 7519), signed with RS256 by the product’s own key. Put the product’s public key (PEM, on the product’s page) into your app; then no network and no server are needed to check a token. Where there is a network, the key that a token’s "
                <code>"kid"</code> " names is at " <a href="/.well-known/jwks.json">"/.well-known/jwks.json"</a>
                ": keys that were rotated stay there until the seller retires them."
            </p>
            <ol>
                <li>"Accept RS256 only, and the header’s " <code>"typ"</code> " " <code>"JWT"</code> " only: a receipt has another type."</li>
                <li>"Check the signature over the first two parts with the product’s key."</li>
                <li>"Check the claims below. Keep the token; sync replaces it."</li>
            </ol>
            <h3>"Node.js"</h3>
            <pre tabindex="0"><code>{NODE}</code></pre>
            <h3>"Python"</h3>
            <pre tabindex="0"><code>{PYTHON}</code></pre>
            <h3>"Shell"</h3>
            <pre tabindex="0"><code>{SHELL}</code></pre>
            <div class="table-wrapper" tabindex="0" role="region" aria-label="Claims">
                <table>
                    <thead><tr><th scope="col">"Claim"</th><th scope="col">"What to do about it"</th></tr></thead>
                    <tbody>{claims}</tbody>
                </table>
            </div>
        </section>
        <section>
            <h2>"Machines without a network"</h2>
            <p>
                "The app writes a request file: the JSON that it would send to activate, as it is or in base 64. The seller loads it on the license’s page (or posts it to "
                <a href="/docs#activateOffline">"offline-activate"</a>
                ") and sends the response file back. The response is an activation token; the app verifies it as above, with "
                <code>"orv"</code> " beside the other claims. It has no lease and asks for no sync."
            </p>
            <pre tabindex="0"><code>{REQUEST}</code></pre>
            <p>
                "To free the slot, the app deletes its token first and then writes a deactivation file. The answer to it is a signed receipt: its header has the type "
                <code>"deactivation+jwt"</code> ", and its claims are " <code>"deactivated"</code> ", " <code>"suspended"</code>
                " and an " <code>"eat"</code> " in the past."
            </p>
            <pre tabindex="0"><code>{RESPONSE}</code></pre>
        </section>
    };
    layout::render("Tokens and files", body.into_any())
}
