//! Faults of the server's own certificate.

use super::super::tls::fixture::{Certificate, Files, start, write};
use super::{Outcome, doctor, migrated, set_mode};
use test_support::TestDatabase;

/// Runs the doctor with a public address that does not answer.
fn examined(db: &TestDatabase, files: &Files, host: &str) -> Outcome {
    let [certificate, key] = files.settings();
    let public_url = format!("https://{host}:1");
    doctor(db, &[certificate, key, ("COUNTERSIGN_PUBLIC_URL", public_url.as_str())])
}

#[test]
fn faults_of_the_certificate_are_found() {
    let db = migrated();
    let files = Files::of(&Certificate::new());
    let found = examined(&db, &files, "127.0.0.1");
    found.assert("tls_certificate_valid");
    for code in
        ["tls_certificate_of_other_name", "tls_key_readable", "tls_key_mismatch", "tls_files_unusable"]
    {
        assert!(!found.has(code), "{code}: {}", found.document);
    }
    examined(&db, &files, "127.0.0.2").assert("tls_certificate_of_other_name");
    set_mode(&files.key, "640");
    assert!(!examined(&db, &files, "127.0.0.1").has("tls_key_readable"), "a group may read it");
    for mode in ["644", "660", "604"] {
        set_mode(&files.key, mode);
        examined(&db, &files, "127.0.0.1").assert("tls_key_readable");
    }
    files.write(&Certificate::ending_in(2020));
    examined(&db, &files, "127.0.0.1").assert("tls_certificate_expired");
    write(&files.key, &Certificate::new().key_pem);
    examined(&db, &files, "127.0.0.1").assert("tls_key_mismatch");
    write(&files.key, "no key");
    examined(&db, &files, "127.0.0.1").assert("tls_files_unusable");
    std::fs::remove_file(&files.certificate).expect("removed");
    examined(&db, &files, "127.0.0.1").assert("tls_files_unusable");
}

#[test]
fn running_server_with_tls_is_asked_by_tls() {
    let db = TestDatabase::sqlite();
    let files = Files::of(&Certificate::new());
    let server = start(&db, &files);
    let address = server.address.to_string();
    let [certificate, key] = files.settings();
    doctor(&db, &[certificate, key, ("COUNTERSIGN_LISTEN", address.as_str())]).assert("server_ready");
}
