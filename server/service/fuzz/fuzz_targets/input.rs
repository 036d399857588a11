//! Keys, domains, and the bodies and files of activations: nothing that a client
//! sends may panic, and what is accepted keeps its promises.

#![no_main]

use domain::fields::Fields;
use domain::meter::Meters;
use domain::{DomainName, LicenseKey};
use libfuzzer_sys::fuzz_target;
use service::machine::{Proof, Request, TrialRequest, offline};

fuzz_target!(|data: &[u8]| {
    if let Ok(fields) = Fields::parse(data) {
        if let Ok(request) = Request::read(&fields) {
            assert!(!request.key.expose().is_empty());
            assert!(request.machine.metadata.len() <= 50);
            assert!(request.meters.iter().all(|(_, uses)| *uses >= 0));
        }
        let _ = TrialRequest::read(&fields);
        let _ = Proof::read(&fields);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = offline::read(text);
    if let Ok(domain) = DomainName::parse(text) {
        let again = DomainName::parse(domain.as_str()).expect("a normalised domain is a domain");
        assert_eq!(again.as_str(), domain.as_str());
    }
    if let Ok(key) = LicenseKey::parse(text) {
        let again = LicenseKey::parse(key.expose()).expect("a key is a key");
        assert!(again.expose() == key.expose());
        let _ = key.last_four();
    }
    if let Ok(meters) = Meters::parse(text) {
        assert!(Meters::parse(&meters.text()) == Ok(meters));
    }
});
