//! Raw HTTP/1.1 requests of the load generator.

/// Appends a GET request. `headers` are complete lines, each ending in CRLF.
pub fn write_get(out: &mut Vec<u8>, path: &str, headers: &str) {
    out.extend_from_slice(b"GET ");
    out.extend_from_slice(path.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\nHost: bench\r\n");
    out.extend_from_slice(headers.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Appends a POST request with a JSON body.
pub fn write_post(out: &mut Vec<u8>, path: &str, body: &str) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body.as_bytes());
}

/// Appends a `/verify` request for a license key on its domain.
pub fn write_verify(out: &mut Vec<u8>, (key, domain): &(String, String)) {
    write_get(out, &format!("/verify?license_key={key}&domain={domain}"), "");
}
