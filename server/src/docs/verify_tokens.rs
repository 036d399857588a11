//! The page about token verification without the server, and about offline files.

use leptos::prelude::*;

use super::layout;

/// The title of the page.
pub const TITLE: &str = "Tokens and files";
/// The path of the page.
pub const PATH: &str = "/docs/tokens";
/// The sections of the page: anchor, title, and words for the search.
pub const SECTIONS: [(&str, &str, &str); 2] = [
    (
        "verify",
        "Verify a token without the server",
        "JWT JWKS RS256 PEM public key signature kid claims clock leeway Node Python PHP Java shell \
         pid key fp suspended eat leat ssi ssgpeat orv aco lma ama iat",
    ),
    ("files", "Machines without a network", "offline request response deactivation receipt file air-gapped"),
];

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

const NODE: &str = r#"import { verify } from "node:crypto";

const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));

export function claims(token, { pem, productId, key, fingerprint }) {
  const [head, body, signature] = token.split(".");
  const { alg, typ } = decode(head);
  const good = alg === "RS256" && typ === "JWT" &&
    verify("sha256", Buffer.from(`${head}.${body}`), pem, Buffer.from(signature, "base64url"));
  if (!good) throw new Error("not an activation token of this product");
  const claims = decode(body);
  if (claims.pid !== productId || claims.key !== key || claims.fp !== fingerprint)
    throw new Error("a token of another license or machine");
  return claims;
}

export function state({ suspended, eat, leat, ssgpeat }, now = Date.now() / 1000) {
  const over = (time) => time !== 0 && time <= now; // 0: never
  return suspended ? "suspended" : over(eat) ? "expired" : over(leat) || over(ssgpeat) ? "stale" : "active";
}"#;

const PYTHON: &str = r#"import jwt  # pip install "pyjwt[crypto]"

def claims(token, pem, product_id, key, fingerprint):
    # Without the option, PyJWT refuses a new token if the clock is a second behind.
    claims = jwt.decode(token, pem, algorithms=["RS256"], options={"verify_iat": False})
    if jwt.get_unverified_header(token).get("typ") != "JWT":
        raise ValueError("not an activation token")
    if (claims["pid"], claims["key"], claims["fp"]) != (product_id, key, fingerprint):
        raise ValueError("a token of another license or machine")
    return claims"#;

const PHP: &str = r"use Firebase\JWT\JWT; // composer require firebase/php-jwt
use Firebase\JWT\Key;

JWT::$leeway = 3600; // the claim aco; without it, a clock that is behind refuses a new token
$header = new stdClass();
$claims = JWT::decode($token, new Key($pem, 'RS256'), $header);
if (($header->typ ?? null) !== 'JWT') {
    throw new Exception('not an activation token');
}
if ([$claims->pid, $claims->key, $claims->fp] !== [$productId, $key, $fingerprint]) {
    throw new Exception('a token of another license or machine');
}";

const JAVA: &str = r#"// com.auth0:java-jwt
DecodedJWT token = JWT.require(Algorithm.RSA256(publicKey, null))
    .acceptLeeway(3600) // the claim aco
    .ignoreIssuedAt()   // a clock that is behind must not refuse a new token
    .withClaim("pid", productId).withClaim("key", key).withClaim("fp", fingerprint)
    .build().verify(text);
if (!"JWT".equals(token.getType())) throw new JWTVerificationException("not an activation token");

// io.jsonwebtoken:jjwt-api 0.12 or later, which does not check iat
Jws<Claims> token = Jwts.parser().verifyWith(publicKey).clockSkewSeconds(3600)
    .require("pid", productId).require("key", key).require("fp", fingerprint)
    .build().parseSignedClaims(text);
JwsHeader header = token.getHeader();
if (!"RS256".equals(header.getAlgorithm()) || !"JWT".equals(header.getType()))
    throw new JwtException("not an activation token");"#;

const SHELL: &str = r#"decode() {
  text=$(printf %s "$1" | tr -- -_ +/)
  while [ $((${#text} % 4)) -ne 0 ]; do text="$text="; done
  printf %s "$text" | openssl base64 -d -A
}
signed=${TOKEN%.*}
decode "${TOKEN##*.}" >signature.bin
printf %s "$signed" | openssl dgst -sha256 -verify public.pem -signature signature.bin || exit 1
header=$(decode "${signed%.*}" | jq --raw-output '"\(.alg) \(.typ)"')
[ "$header" = 'RS256 JWT' ] || exit 1
decode "${signed#*.}" | jq '{pid, key, fp, suspended, eat, leat, ssgpeat, orv}'"#;

/// Claims and their use in an app.
const CLAIMS: [(&str, &str); 11] = [
    ("pid", "The product’s id, as your app sent it. Refuse a token with another one."),
    ("key", "The license key, as your app sent it; empty in a trial. Refuse a token with another one."),
    ("fp", "The machine’s fingerprint. Refuse a token whose fp is not the one that you compute."),
    ("suspended", "Whether the seller has suspended the license. Stop if it is true."),
    ("eat", "When the license ends, in unix seconds; 0 is never. Stop after it. There is no exp claim."),
    ("leat", "When the activation’s lease ends; 0 means no lease. Sync before it. Stop after it."),
    ("ssi", "How often to sync, in seconds; 0 means that no sync is required."),
    ("ssgpeat", "When the grace after a missed sync ends; 0 means no end. Stop after it."),
    (
        "orv",
        "Until when an offline response may be loaded for the first time; 0 is any time. A token that is loaded stays valid.",
    ),
    ("aco", "How many seconds a machine’s clock may differ from the server’s. See below."),
    ("lma, ama", "The license’s and this activation’s meters."),
];

/// Renders the page.
pub fn page() -> String {
    let [(verify, verify_title, _), (files, files_title, _)] = SECTIONS;
    let claims: Vec<_> = CLAIMS
        .into_iter()
        .map(|(name, meaning)| view! { <tr><td><code>{name}</code></td><td>{meaning}</td></tr> })
        .collect();
    let body = view! {
        <h1>{TITLE}</h1>
        <section id=verify>
            <h2>{verify_title}</h2>
            <p>
                "An activation token is a JWT (RFC 7519), signed with RS256 by the product’s own key. Put the product’s public key (PEM, on the product’s page) into your app. The app then checks a token without a network. Accept no key of another product. Where there is a network, the product’s keys are at "
                <code>"/.well-known/jwks/PRODUCT-ID"</code>
                ", and a token’s " <code>"kid"</code> " names its key. Keys that were rotated stay there until the seller retires them."
            </p>
            <ol>
                <li>"Require the algorithm " <code>"RS256"</code> ", whatever the token’s header says."</li>
                <li>"Check the signature over the first two parts with the product’s key."</li>
                <li>"Require that the header’s " <code>"typ"</code> " is exactly " <code>"JWT"</code> ". The receipt of a deactivation is signed with the same key, and has another type."</li>
                <li>"Require your own " <code>"pid"</code> ", " <code>"key"</code> " and " <code>"fp"</code> "."</li>
                <li>"Judge " <code>"suspended"</code> ", " <code>"eat"</code> ", " <code>"leat"</code> " and " <code>"ssgpeat"</code> " at each start, with a network and without."</li>
                <li>"Keep the server’s last answer, and go by it in an outage. If it was " <code>"REVOKED_LICENSE"</code> ", stop: never return to an older token."</li>
            </ol>
            <h3>"Node.js"</h3>
            <pre tabindex="0"><code>{NODE}</code></pre>
            <h3>"Python"</h3>
            <pre tabindex="0"><code>{PYTHON}</code></pre>
            <h3>"PHP"</h3>
            <pre tabindex="0"><code>{PHP}</code></pre>
            <h3>"Java"</h3>
            <pre tabindex="0"><code>{JAVA}</code></pre>
            <h3>"Shell, with openssl and jq"</h3>
            <pre tabindex="0"><code>{SHELL}</code></pre>
            <h3>"Claims"</h3>
            <div class="table-wrapper" tabindex="0" role="region" aria-label="Claims">
                <table>
                    <thead><tr><th scope="col">"Claim"</th><th scope="col">"What to do about it"</th></tr></thead>
                    <tbody>{claims}</tbody>
                </table>
            </div>
            <h3>"Clocks"</h3>
            <p>
                "On a machine whose clock is behind, a new token’s " <code>"iat"</code>
                " lies in the future. Some libraries refuse such a token. Allow a leeway of " <code>"aco"</code>
                " seconds, or do not check " <code>"iat"</code> "."
            </p>
            <ul>
                <li>"Python, PyJWT: " <code>"options={\"verify_iat\": False}"</code> ", or " <code>"leeway=3600"</code> "."</li>
                <li>"PHP, firebase/php-jwt: " <code>"JWT::$leeway = 3600"</code> "."</li>
                <li>"Java, auth0 java-jwt: " <code>"acceptLeeway(3600)"</code> " and " <code>"ignoreIssuedAt()"</code> ". jjwt: " <code>"clockSkewSeconds(3600)"</code> "; it does not check " <code>"iat"</code> "."</li>
                <li>"JavaScript, jose, and Rust, jsonwebtoken: nothing. Neither compares " <code>"iat"</code> " unless configured to."</li>
            </ul>
            <p>
                "Right after a sync, " <code>"iat"</code>
                " is the server’s time. Judge the other times by it if the machine’s clock differs by no more than " <code>"aco"</code> "."
            </p>
        </section>
        <section id=files>
            <h2>{files_title}</h2>
            <p>
                "The app writes a request file: the JSON that it would send to activate, as it is or in base 64. The seller loads it on the license’s page (or posts it to "
                <a href="/docs/machine-api#activateOffline">"offline-activate"</a>
                ") and sends the response file back. The response is an activation token; the app verifies it as above. When it loads the response for the first time, it also requires that "
                <code>"orv"</code> " is 0 or in the future. The response has no lease and asks for no sync. If the seller allows it, customers make responses on their page. Such a response ends: its "
                <code>"eat"</code> " is the end of the response or of the license, whichever is first."
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
    layout::render(TITLE, PATH, "", body.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_section_has_its_anchor_and_title() {
        let page = page();
        for (id, title, _) in SECTIONS {
            assert_eq!(page.matches(&format!("<section id=\"{id}\">")).count(), 1, "{id}");
            assert!(page.contains(&format!("<h2>{title}</h2>")), "{title}");
        }
    }
}
