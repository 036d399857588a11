//! Words that are stored, signed or sent, written out, so that renaming an identifier changes none of them.

use domain::activation::{Kind, Verification};
use domain::bounded_text::Name;
use domain::development::DevelopmentHosts;
use domain::event::Event;
use domain::json_fields::Fields;
use domain::license::{Limit, Reason, Standing, State};
use domain::license_key::{HEX_KEY_BYTES, KEY_BYTES};
use domain::machine::{Fingerprint, MachineRules, MetadataEntry, TrialRules, fingerprint_of};
use domain::mail::{MailKind, MailState};
use domain::mail_template::{TemplateKind, Variable};
use domain::meter::{Meters, Totals, Uses};
use domain::permission::Role;
use domain::product::Slug;
use domain::purchase::{ShopOutcome, ShopProvider, ShopReaction};
use domain::sign_up::SignUpPolicy;
use domain::token::{Claims, LicenseMeter, MeterUses, Receipt};
use domain::view::{
    ActivationRow, ApiTokenRow, Condition, CurrentUser, HitKind, LicenseQuery, LicenseRow, LicenseView,
    MailPage, Overview, Page, PageCursor, ProductOption, ProductView, SearchResults, SigningKeyView, Sort,
    TemplateView, Timeline,
};
use domain::webhook::{DeliveryState, SignatureScheme, WebhookEvent, WebhookStatus};
use domain::{DomainName, Email, KeyFormat, KeyPrefix, LicenseId, LicenseKey, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("JSON")
}

/// Reads JSON, writes it again, and compares the texts.
fn round_trip<T: Serialize + DeserializeOwned>(text: &str) {
    let value: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(json(&value), text);
}

#[test]
fn standings() {
    let all = [
        (Standing::Active, "active"),
        (Standing::Suspended, "suspended"),
        (Standing::Expired, "expired"),
        (Standing::Revoked, "revoked"),
    ];
    for (standing, word) in all {
        assert_eq!(standing.as_str(), word);
        assert_eq!(standing.to_string(), word);
        assert_eq!(word.parse(), Ok(standing));
        assert_eq!(json(&standing), format!("\"{word}\""));
        round_trip::<Standing>(&format!("\"{word}\""));
    }
    assert_eq!(Standing::ALL.map(|standing| standing.to_string()), all.map(|(_, word)| word.to_owned()));
}

#[test]
fn states() {
    let at = Timestamp::from_millis(5);
    for (state, word) in [
        (State::Active, "active"),
        (State::Suspended { at, reason: None }, "suspended"),
        (State::Revoked { at, reason: None }, "revoked"),
    ] {
        assert_eq!(state.as_str(), word);
        assert_eq!(State::from_storage(word, Some(at), None), Ok(state));
    }
    assert!(State::from_storage("expired", Some(at), None).is_err());
    round_trip::<State>(r#""Active""#);
    round_trip::<State>(r#"{"Suspended":{"at":5,"reason":"late"}}"#);
    round_trip::<State>(r#"{"Revoked":{"at":5,"reason":null}}"#);
}

#[test]
fn activation_kinds() {
    for (kind, word) in [(Kind::Domain, "domain"), (Kind::Machine, "machine")] {
        assert_eq!(kind.as_str(), word);
        assert_eq!(kind.to_string(), word);
        assert_eq!(Kind::from_storage(word), Ok(kind));
        assert_eq!(json(&kind), format!("\"{word}\""));
    }
    assert!(Kind::from_storage("seat").is_err());
}

#[test]
fn verification_outcomes() {
    for (outcome, word) in [
        (Verification::Valid, "valid"),
        (Verification::InvalidDomain, "invalid_domain"),
        (Verification::Suspended, "suspended"),
        (Verification::Revoked, "revoked"),
        (Verification::Expired, "expired"),
    ] {
        assert_eq!(outcome.as_str(), word);
    }
}

#[test]
fn roles() {
    let all = [
        (Role::Owner, "owner"),
        (Role::Admin, "admin"),
        (Role::Support, "support"),
        (Role::Viewer, "viewer"),
    ];
    for (role, word) in all {
        assert_eq!(role.as_str(), word);
        assert_eq!(role.to_string(), word);
        assert_eq!(word.parse(), Ok(role));
        assert_eq!(json(&role), format!("\"{word}\""));
    }
    assert_eq!(Role::ALL.map(Role::as_str), all.map(|(_, word)| word));
}

#[allow(clippy::too_many_lines, reason = "a list")]
#[test]
fn events() {
    let all = [
        (Event::AccountCreated, "account.created"),
        (Event::MemberAdded, "member.added"),
        (Event::MemberSignedIn, "member.signed_in"),
        (Event::MemberSignInFailed, "member.sign_in_failed"),
        (Event::MemberInvited, "member.invited"),
        (Event::InvitationWithdrawn, "member.invitation_withdrawn"),
        (Event::MemberJoined, "member.joined"),
        (Event::MemberRoleChanged, "member.role_changed"),
        (Event::MemberRemoved, "member.removed"),
        (Event::MemberLeft, "member.left"),
        (Event::OwnerChanged, "account.owner_changed"),
        (Event::PasswordReset, "user.password_reset"),
        (Event::PasswordResetRequested, "user.password_reset_requested"),
        (Event::PasswordChanged, "user.password_changed"),
        (Event::UserRenamed, "user.renamed"),
        (Event::SecondFactorEnabled, "user.second_factor_enabled"),
        (Event::SecondFactorDisabled, "user.second_factor_disabled"),
        (Event::RecoveryCodesRenewed, "user.recovery_codes_renewed"),
        (Event::RecoveryCodeUsed, "user.recovery_code_used"),
        (Event::SessionsEnded, "user.sessions_ended"),
        (Event::SignInRuleChanged, "account.sign_in_rule_changed"),
        (Event::CustomerPageChanged, "account.customer_page_changed"),
        (Event::AccountSuspended, "account.suspended"),
        (Event::AccountReinstated, "account.reinstated"),
        (Event::SellerInvited, "seller.invited"),
        (Event::SellerInvitationWithdrawn, "seller.invitation_withdrawn"),
        (Event::ProductCreated, "product.created"),
        (Event::ProductUpdated, "product.updated"),
        (Event::ProductArchived, "product.archived"),
        (Event::ProductRestored, "product.restored"),
        (Event::ProductDeleted, "product.deleted"),
        (Event::SlotsRecounted, "product.slots_recounted"),
        (Event::LicenseTemplateCreated, "license_template.created"),
        (Event::LicenseTemplateUpdated, "license_template.updated"),
        (Event::LicenseTemplateDeleted, "license_template.deleted"),
        (Event::TrialPolicyCreated, "trial_policy.created"),
        (Event::TrialPolicyUpdated, "trial_policy.updated"),
        (Event::TrialPolicyDeleted, "trial_policy.deleted"),
        (Event::LicenseIssued, "license.issued"),
        (Event::LicenseKeyRevealed, "license.key_revealed"),
        (Event::LicenseKeysExported, "license.keys_exported"),
        (Event::LicenseKeySent, "license.key_sent"),
        (Event::ExpiryReminderSent, "license.expiry_reminder_sent"),
        (Event::LicenseSuspended, "license.suspended"),
        (Event::LicenseReinstated, "license.reinstated"),
        (Event::LicenseRevoked, "license.revoked"),
        (Event::LicenseRevocationUndone, "license.revocation_undone"),
        (Event::LicenseRenewed, "license.renewed"),
        (Event::LicenseLimitChanged, "license.limit_changed"),
        (Event::LicenseRulesChanged, "license.rules_changed"),
        (Event::LicenseMeterReset, "license.meter_reset"),
        (Event::LicenseTransferred, "license.transferred"),
        (Event::LicenseKeyReplaced, "license.key_replaced"),
        (Event::FormerKeysRetired, "license.former_keys_retired"),
        (Event::LicenseNotesChanged, "license.notes_changed"),
        (Event::LicenseMetadataChanged, "license.metadata_changed"),
        (Event::LicenseDeleted, "license.deleted"),
        (Event::LicenseGroupsChanged, "license.groups_changed"),
        (Event::LicenseRemoved, "license.removed"),
        (Event::CustomerCreated, "customer.created"),
        (Event::CustomerUpdated, "customer.updated"),
        (Event::CustomerMerged, "customer.merged"),
        (Event::CustomerErased, "customer.erased"),
        (Event::CustomerDeleted, "customer.deleted"),
        (Event::CustomerPasswordChanged, "customer.password_changed"),
        (Event::CustomerPasswordResetRequested, "customer.password_reset_requested"),
        (Event::OrganizationCreated, "organization.created"),
        (Event::OrganizationUpdated, "organization.updated"),
        (Event::OrganizationDeleted, "organization.deleted"),
        (Event::TagCreated, "tag.created"),
        (Event::TagUpdated, "tag.updated"),
        (Event::TagDeleted, "tag.deleted"),
        (Event::ActivationCreated, "activation.created"),
        (Event::ActivationDeleted, "activation.deleted"),
        (Event::ActivationExpired, "activation.lease_expired"),
        (Event::OfflineResponseIssued, "activation.offline_response_issued"),
        (Event::TrialStarted, "trial.started"),
        (Event::TrialExtended, "trial.extended"),
        (Event::TrialExpiryChanged, "trial.expiry_changed"),
        (Event::TrialDeleted, "trial.deleted"),
        (Event::SigningKeyRotated, "signing_key.rotated"),
        (Event::SigningKeyRetired, "signing_key.retired"),
        (Event::ApiTokenCreated, "api_token.created"),
        (Event::ApiTokenRevoked, "api_token.revoked"),
        (Event::ApiTokenChanged, "api_token.changed"),
        (Event::ApiTokenDeleted, "api_token.deleted"),
        (Event::ApiTokenHandedOver, "api_token.handed_over"),
        (Event::BulkJobStarted, "bulk_job.started"),
        (Event::BulkJobStopped, "bulk_job.stopped"),
        (Event::LicenseImportStarted, "license_import.started"),
        (Event::LicenseImportStopped, "license_import.stopped"),
        (Event::LicenseImportRemoved, "license_import.removed"),
        (Event::AuditLogExported, "audit_log.exported"),
        (Event::MailRequested, "mail.requested"),
        (Event::MailSettingsChanged, "mail.settings_changed"),
        (Event::MailTemplateChanged, "mail.template_changed"),
        (Event::WebhookCreated, "webhook.created"),
        (Event::WebhookUpdated, "webhook.updated"),
        (Event::WebhookDeleted, "webhook.deleted"),
        (Event::WebhookSecretRotated, "webhook.secret_rotated"),
        (Event::WebhookSuspended, "webhook.suspended"),
        (Event::WebhookResumed, "webhook.resumed"),
        (Event::WebhookRequested, "webhook.requested"),
        (Event::ShopConnectionCreated, "shop_connection.created"),
        (Event::ShopConnectionUpdated, "shop_connection.updated"),
        (Event::ShopConnectionDeleted, "shop_connection.deleted"),
        (Event::ShopEventRepeated, "shop_connection.event_repeated"),
    ];
    for (event, word) in all {
        assert_eq!(event.as_str(), word);
        assert_eq!(event.to_string(), word);
        assert_eq!(Event::from_storage(word), Some(event));
        assert_eq!(json(&event), format!("\"{word}\""));
    }
    assert_eq!(Event::ALL, all.map(|(event, _)| event));
}

#[test]
fn rules_of_licenses() {
    use domain::license::Visibility;
    use domain::license_rules::{
        ExpiryStart, FingerprintMatching, LeasingStrategy, LicenseKind, LicenseRules, RuleOverrides,
    };
    assert_eq!(ExpiryStart::ALL.map(ExpiryStart::as_str), ["creation", "activation", "rolling"]);
    let kinds: Vec<_> = LicenseKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(kinds, ["node-locked", "hosted-floating", "on-premise-floating"]);
    let matching: Vec<_> = FingerprintMatching::ALL.iter().map(|matching| matching.as_str()).collect();
    assert_eq!(matching, ["exact", "fuzzy", "loose"]);
    let leasing: Vec<_> = LeasingStrategy::ALL.iter().map(|strategy| strategy.as_str()).collect();
    assert_eq!(leasing, ["per-machine", "per-instance"]);
    assert_eq!(Visibility::from_storage("user,activation").to_storage(), "activation,user");
    let rules = r#"{"kind":"node-locked","start":"rolling","clock_offset":-1,"expiring_soon":60,"client_lease":false,"addresses":{"ranges":["10.0.0.0/8"]}}"#;
    assert_eq!(LicenseRules::from_storage(Some(rules)).to_storage().as_deref(), Some(rules));
    let own = r#"{"allow_vm":false,"deactivations":-1,"kind":"hosted-floating","interval":"P1D","interval_seconds":86400,"start":"activation","echoed":{"max_release":"1.2"}}"#;
    assert_eq!(RuleOverrides::from_storage(Some(own)).to_storage().as_deref(), Some(own));
}

#[test]
fn sort_orders_and_cursors() {
    let all = [(Sort::Newest, "newest"), (Sort::Oldest, "oldest"), (Sort::Expiry, "expiry")];
    for (sort, word) in all {
        assert_eq!(sort.as_str(), word);
        assert_eq!(word.parse(), Ok(sort));
        assert_eq!(json(&sort), format!("\"{word}\""));
    }
    assert_eq!(Sort::ALL.map(Sort::as_str), all.map(|(_, word)| word));
    for text in ["f.5.00000000000000000000000000000001", "b.-5.00000000000000000000000000000001"] {
        assert_eq!(text.parse::<PageCursor>().map(|cursor| cursor.to_string()), Ok(text.to_owned()));
    }
    let id: LicenseId = "00000000-0000-0000-0000-000000000001".parse().expect("an id");
    assert_eq!(id.to_string(), "00000000-0000-0000-0000-000000000001");
    let cursor = PageCursor { backward: true, value: 5, id };
    assert_eq!(cursor.to_string(), "b.5.00000000000000000000000000000001");
}

#[test]
fn license_keys() {
    for (format, word) in [(KeyFormat::Prefixed, "prefixed"), (KeyFormat::Hex, "hex")] {
        assert_eq!(format.as_str(), word);
        assert!(KeyFormat::parse(word) == Ok(format));
        assert_eq!(json(&format), format!("\"{word}\""));
    }
    assert!(KeyFormat::parse("") == Ok(KeyFormat::Prefixed));
    assert_eq!(KeyPrefix::default().as_str(), "LIC");
    let random: [u8; KEY_BYTES] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23];
    let key = LicenseKey::from_random(&KeyPrefix::default(), random);
    assert_eq!(key.expose(), "LIC-04HM-ASW9-NF6Y-Y093");
    let random: [u8; HEX_KEY_BYTES] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17];
    let key = LicenseKey::hex_from_random(random);
    assert_eq!(key.expose(), "000102-030405-060708-090A0B-0C0D0E-0F1011");
}

#[test]
fn limits_times_and_lists() {
    assert_eq!(Limit::UNLIMITED.to_string(), "unlimited");
    assert_eq!(Limit::parse("x", "unlimited"), Ok(Limit::UNLIMITED));
    assert_eq!(Limit::parse("x", ""), Ok(Limit::UNLIMITED));
    assert_eq!((Limit::UNLIMITED.to_storage(), Limit::new(5).to_storage()), (None, Some(5)));
    round_trip::<Limit>("null");
    round_trip::<Limit>("5");
    let time = Timestamp::from_millis(1_768_473_000_000);
    assert_eq!(time.rfc3339(), "2026-01-15T10:30:00Z");
    assert_eq!(time.to_string(), "2026-01-15T10:30:00Z");
    assert_eq!(time.date(), "2026-01-15");
    assert_eq!(time.day(), 20_468);
    round_trip::<Timestamp>("1768473000000");
    let hosts = DevelopmentHosts::parse(true, "dev.*, *.vercel.app").expect("patterns");
    assert_eq!(hosts.patterns(), "dev.*\n*.vercel.app");
    let fingerprint = Fingerprint::parse("aB").expect("a fingerprint");
    let locked = MachineRules { user_locked: true, ..MachineRules::default() };
    assert_eq!(locked.subject(&fingerprint, "user"), "aB\u{1f}user");
    assert_eq!(MachineRules::default().subject(&fingerprint, "user"), "aB");
    assert_eq!(fingerprint_of("aB\u{1f}user"), "aB");
}

#[test]
fn meters() {
    let lines = "Exports\nruns = 100\nseats = 5 floating";
    let meters = Meters::parse(lines).expect("meters");
    assert_eq!(meters.text(), lines);
    assert_eq!(meters.all()[0].id(), "exports");
    let exports = r#"{"name":"Exports","allowed":null,"floating":false}"#;
    let runs = r#"{"name":"runs","allowed":100,"floating":false}"#;
    let seats = r#"{"name":"seats","allowed":5,"floating":true}"#;
    assert_eq!(json(&meters), format!("[{exports},{runs},{seats}]"));
    round_trip::<Meters>(&format!("[{exports},{runs},{seats}]"));
    round_trip::<Totals>(r#"{"exports":{"total":1,"gross":2}}"#);
    round_trip::<Uses>(r#"{"exports":1}"#);
    round_trip::<Vec<MetadataEntry>>(r#"[{"key":"a","value":"b"}]"#);
}

#[test]
fn token_claims() {
    assert_eq!(
        json(&Claims::default()),
        concat!(
            r#"{"aid":"","lid":"","pid":"","key":"","fp":"","os":"","fms":"","iat":0,"eat":0,"orv":0,"#,
            r#""name":"","email":"","company":"","type":"","suspended":false,"fc":0,"ls":"","ld":0,"#,
            r#""leat":0,"ssi":0,"ssgpeat":0,"aco":0,"lcat":0,"laat":0,"#,
            r#""pmd":[],"lmd":[],"umd":[],"amd":[],"lma":[],"ama":[]}"#,
        )
    );
    let receipt = Receipt {
        aid: "a".into(),
        lid: "l".into(),
        pid: "p",
        fp: "f",
        iat: 5,
        eat: 4,
        suspended: true,
        deactivated: true,
    };
    assert_eq!(
        json(&receipt),
        r#"{"aid":"a","lid":"l","pid":"p","fp":"f","iat":5,"eat":4,"suspended":true,"deactivated":true}"#
    );
    let meter = LicenseMeter { name: "runs".into(), allowed_uses: -1, total_uses: 2, gross_uses: 3 };
    assert_eq!(json(&meter), r#"{"name":"runs","allowedUses":-1,"totalUses":2,"grossUses":3}"#);
    let uses = MeterUses { name: "runs".into(), uses: 2 };
    assert_eq!(json(&uses), r#"{"name":"runs","uses":2}"#);
}

#[test]
fn names_of_refused_fields() {
    assert_eq!(DomainName::parse("").err().map(|e| e.field), Some("domain"));
    assert_eq!(Email::parse("").err().map(|e| e.field), Some("email"));
    assert_eq!(LicenseKey::parse("").err().map(|e| e.field), Some("license_key"));
    assert_eq!(KeyPrefix::parse("").err().map(|e| e.field), Some("key_prefix"));
    assert_eq!(KeyFormat::parse("x").err().map(|e| e.field), Some("key_format"));
    assert_eq!(Slug::parse("").err().map(|e| e.field), Some("slug"));
    assert_eq!(Fingerprint::parse("").err().map(|e| e.field), Some("fingerprint"));
    assert_eq!(DevelopmentHosts::parse(true, "*").err().map(|e| e.field), Some("development_hosts"));
    assert_eq!(Meters::parse("=").err().map(|e| e.field), Some("meters"));
    assert_eq!(TrialRules::parse("x", "").err().map(|e| e.field), Some("trial_days"));
    assert_eq!(TrialRules::parse("", "x").err().map(|e| e.field), Some("trial_limit"));
    assert_eq!(Timestamp::parse_expiry("x").err().map(|e| e.field), Some("expires_at"));
    assert_eq!(Fields::parse(b"[]").err().map(|e| e.field), Some("body"));
    assert_eq!("x".parse::<Standing>().err().map(|e| e.field), Some("standing"));
    assert_eq!("x".parse::<Role>().err().map(|e| e.field), Some("role"));
    assert_eq!("x".parse::<Sort>().err().map(|e| e.field), Some("sort"));
    assert_eq!("x".parse::<PageCursor>().err().map(|e| e.field), Some("cursor"));
}

#[test]
fn small_values_are_plain_json() {
    round_trip::<Name>(r#""Ada""#);
    round_trip::<Reason>(r#""late""#);
    round_trip::<Email>(r#""ada@example.com""#);
    round_trip::<Slug>(r#""my-plugin""#);
    round_trip::<KeyPrefix>(r#""LIC""#);
    round_trip::<domain::Period>(r#""P1Y6M""#);
    round_trip::<LicenseId>(r#""00000000-0000-0000-0000-000000000001""#);
    assert_eq!(json(&DomainName::parse("a.com").expect("a domain")), r#""a.com""#);
}

#[test]
fn views_of_accounts_and_products() {
    let id = "00000000-0000-0000-0000-000000000001";
    round_trip::<CurrentUser>(r#"{"name":"Ada","email":"ada@example.com","account":"ada","role":"owner"}"#);
    round_trip::<ApiTokenRow>(&format!(
        concat!(
            r#"{{"id":"{id}","name":"shop","last_four":"abcd","role":"support","scopes":["license:read"],"#,
            r#""has_chosen_scopes":true,"created_at":1,"updated_at":2,"expires_at":3,"last_used_at":4,"revoked_at":5}}"#
        ),
        id = id
    ));
    round_trip::<ProductOption>(&format!(r#"{{"id":"{id}","name":"Plugin","archived":true}}"#));
    round_trip::<SigningKeyView>(r#"{"kid":"k","pem":"p","created_at":1,"rotated_at":2,"retired_at":3}"#);
    let rules = concat!(
        r#"{"allow_vm":true,"allow_container":false,"user_locked":true,"deactivations":3,"#,
        r#""sync":{"interval":3600,"grace":60},"lease":300,"trial":{"length":1209600,"limit":5}}"#
    );
    round_trip::<MachineRules>(rules);
    round_trip::<ProductView>(&format!(
        concat!(
            r#"{{"id":"{id}","number":7,"name":"Plugin","slug":"plugin","domain_limit":1,"machine_limit":2,"#,
            r#""validity":"P365D","key_prefix":"LIC","slot_scope":"host","free_development_hosts":true,"development_hosts":"dev.*","#,
            r#""key_format":"hex","machines":{rules},"meters":[],"customer_release":"Never","customer_offline":{{"ForDays":7}},"trials":3,"licenses":4,"created_at":5,"archived_at":6}}"#
        ),
        id = id,
        rules = rules
    ));
}

#[test]
fn views_of_licenses() {
    let id = "00000000-0000-0000-0000-000000000001";
    let row = format!(
        r#"{{"i":"{id}","k":"Q4R6","s":"active","p":"Plugin","c":"Ada","u":1,"l":2,"m":5,"n":6,"e":3,"a":4,"v":7}}"#
    );
    round_trip::<LicenseRow>(&row);
    round_trip::<Overview>(&format!(
        concat!(
            r#"{{"notices":[],"days":[{{"day":1,"valid":2,"refused":3}}],"licenses":4,"#,
            r#""activations":{{"current":5,"previous":6}},"verifications":{{"current":7,"previous":8}},"#,
            r#""refused":{{"current":9,"previous":10}},"reasons":[{{"reason":"limit_reached","#,
            r#""count":{{"current":11,"previous":12}},"latest":[{{"license":"{id}","last_four":"Q4R6","#,
            r#""customer":"Ada","subject":"a.com","stored_subject":"a.com","count":13,"last_at":14}}]}}],"#,
            r#""expiring":[{row}],"suspended":[{row}],"latest":[]}}"#
        ),
        id = id,
        row = row
    ));
    let cursor = format!(r#"{{"backward":true,"value":1,"id":"{id}"}}"#);
    round_trip::<Page<LicenseRow>>(&format!(r#"{{"items":[{row}],"previous":{cursor},"next":{cursor}}}"#));
    round_trip::<LicenseQuery>(&format!(
        r#"{{"search":"a","product":"{id}","standing":"active","condition":"at_limit","customer":"{id}","sort":"oldest","cursor":{cursor}}}"#
    ));
    for condition in ["expiring", "unused"] {
        round_trip::<Condition>(&format!(r#""{condition}""#));
    }
    round_trip::<Timeline>(&format!(
        concat!(
            r#"{{"entries":[{{"id":"{id}","event":"license.issued","action":"license.issued","detail":"d","#,
            r#""actor":"Ada","at":1}}],"more":"{id}"}}"#
        ),
        id = id
    ));
    let activation = format!(
        concat!(
            r#"{{"id":"{id}","kind":"machine","subject":"f","unicode":null,"activated_at":1,"verification_count":2,"#,
            r#""last_verified_at":3,"takes_slot":true,"machine":{{"hostname":"h","os":"linux","app_version":"1","ip":"::1","#,
            r#""last_synced_at":4,"lease_ends":5,"offline":true,"response":{{"EndsAt":6}},"uses":{{"runs":6}}}}}}"#
        ),
        id = id
    );
    round_trip::<ActivationRow>(&activation);
    round_trip::<LicenseView>(&format!(
        concat!(
            r#"{{"id":"{id}","masked_key":"LIC-…","standing":"suspended","standing_since":1,"#,
            r#""standing_reason":"late","product_id":"{id}","product":"Plugin","customer_id":"{id}","#,
            r#""customer_name":"Ada","customer_email":"ada@example.com","organization":["{id}","Initech"],"tags":["vip"],"domains_used":1,"domain_limit":2,"machines_used":3,"#,
            r#""machine_limit":null,"expires_at":4,"created_at":5,"verification_count":6,"#,
            r#""last_verified_at":7,"deactivations":8,"meters":[["runs",9,10]],"#,
            r#""domains":{{"rows":[],"more":null}},"machines":{{"rows":[{activation}],"more":"c"}},"#,
            r#""refused":[{{"kind":"domain","subject":"a.com","unicode":null,"hostname":null,"reason":"invalid_domain","#,
            r#""count":2,"ip":"::1","last_at":3}}],"notes":"n","metadata":[["order","1"]],"metadata_readers":[["order"],[]],"rules":[{{"label":"Virtual machines","text":"allowed","is_own":true}}],"former_keys":[{{"last_four":"Q4R6","#,
            r#""replaced_at":1,"valid_until":2}}],"form_token":"t"}}"#
        ),
        id = id,
        activation = activation
    ));
}

#[test]
fn hits_of_a_search() {
    let words = ["license", "domain", "machine", "customer", "product"];
    for (kind, word) in HitKind::ALL.into_iter().zip(words) {
        assert_eq!(json(&kind), format!("\"{word}\""));
    }
    let id = "00000000-0000-0000-0000-000000000001";
    round_trip::<SearchResults>(&format!(
        concat!(
            r#"{{"hits":[{{"kind":"domain","target":{{"license":"{id}"}},"title":"a.com","detail":"d","#,
            r#""standing":"active"}}],"more":["customer"],"unknown_key":"Q4R6"}}"#
        ),
        id = id
    ));
}

#[test]
fn templates_of_mails() {
    let kinds = [
        (TemplateKind::LicenseKey, "license_key"),
        (TemplateKind::ExpiryReminder, "expiry_reminder"),
        (TemplateKind::ActivationNotice, "activation_notice"),
    ];
    for (kind, word) in kinds {
        assert_eq!(kind.as_str(), word);
        assert_eq!(word.parse(), Ok(kind));
        assert_eq!(json(&kind), format!("\"{word}\""));
    }
    assert_eq!(TemplateKind::ALL, kinds.map(|(kind, _)| kind));
    let names = Variable::ALL.map(Variable::as_str);
    let expected = [
        "seller",
        "product",
        "customer_name",
        "license_key",
        "key_ending",
        "expires_on",
        "time_left",
        "activated",
        "activated_at",
    ];
    assert_eq!(names, expected, "stored templates contain them");
    assert_eq!(domain::reminder::REMINDER_DAYS, [1, 7, 30], "stored in the marks of reminders");
    round_trip::<TemplateView>(concat!(
        r#"{"kind":"license_key","version":"1-a","source":{"subject":"s","text":"t","html":"h"},"is_own":true,"#,
        r#""has_draft":false,"preview":{"subject":"s","text":"t","html":"h"}}"#
    ));
}

#[test]
fn sign_up_policies() {
    for (policy, word) in [
        (SignUpPolicy::Closed, "closed"),
        (SignUpPolicy::Invitation, "invitation"),
        (SignUpPolicy::Open, "open"),
    ] {
        round_trip::<SignUpPolicy>(&format!("\"{word}\""));
        assert_eq!(json(&policy), format!("\"{word}\""));
    }
}

#[test]
fn mails() {
    let kinds = [
        (MailKind::Invitation, "invitation"),
        (MailKind::PasswordReset, "password_reset"),
        (MailKind::SignUp, "sign_up"),
        (MailKind::SellerInvitation, "seller_invitation"),
        (MailKind::NewBrowser, "new_browser"),
        (MailKind::PasswordChanged, "password_changed"),
        (MailKind::SecondFactorChanged, "second_factor_changed"),
        (MailKind::LicenseKey, "license_key"),
        (MailKind::CustomerLink, "customer_link"),
        (MailKind::ExpiryReminder, "expiry_reminder"),
        (MailKind::ActivationNotice, "activation_notice"),
        (MailKind::Test, "test"),
    ];
    for (kind, word) in kinds {
        assert_eq!(kind.as_str(), word);
        assert_eq!(word.parse(), Ok(kind));
        assert_eq!(json(&kind), format!("\"{word}\""));
    }
    assert_eq!(MailKind::ALL, kinds.map(|(kind, _)| kind));
    let states = [(MailState::Queued, "queued"), (MailState::Sent, "sent"), (MailState::Failed, "failed")];
    for (state, word) in states {
        assert_eq!(state.as_str(), word);
        assert_eq!(word.parse(), Ok(state));
        assert_eq!(json(&state), format!("\"{word}\""));
    }
    assert_eq!(MailState::ALL, states.map(|(state, _)| state));
    let id = "00000000-0000-0000-0000-000000000001";
    round_trip::<MailPage>(&format!(
        concat!(
            r#"{{"sender":"a@b.example","mails":[{{"id":"{id}","kind":"test","subject":"s","created_at":1,"#,
            r#""status":{{"state":"queued","recipient":"ada@example.com","since":2,"next_attempt_at":3,"#,
            r#""attempts":4,"error":"e"}},"can_retry":false}}],"older":"{id}"}}"#
        ),
        id = id
    ));
}

#[test]
fn webhooks() {
    for (status, word) in [
        (WebhookStatus::Healthy, "healthy"),
        (WebhookStatus::Unhealthy, "unhealthy"),
        (WebhookStatus::Suspended, "suspended"),
    ] {
        assert_eq!((status.as_str(), word.parse()), (word, Ok(status)));
        assert_eq!(json(&status), format!("\"{word}\""));
    }
    for (state, word) in [
        (DeliveryState::Pending, "pending"),
        (DeliveryState::Succeeded, "succeeded"),
        (DeliveryState::Failed, "failed"),
        (DeliveryState::Skipped, "skipped"),
    ] {
        assert_eq!((state.as_str(), word.parse()), (word, Ok(state)));
        assert_eq!(json(&state), format!("\"{word}\""));
    }
    for (scheme, word) in [(SignatureScheme::V3, "v3"), (SignatureScheme::Standard, "standard")] {
        assert_eq!((scheme.as_str(), word.parse()), (word, Ok(scheme)));
        assert_eq!(json(&scheme), format!("\"{word}\""));
    }
}

/// The names of the contract, in its order.
#[test]
fn events_of_webhooks() {
    let names: Vec<&str> = WebhookEvent::ALL.iter().map(|event| event.as_str()).collect();
    let expected = [
        "license.created",
        "license.updated",
        "license.deleted",
        "license.renewed",
        "license.extended",
        "license.expiresAt.updated",
        "license.subscription.updated",
        "license.first-activated",
        "license.activation.limit-reached",
        "license.expired",
        "license.expiring-soon",
        "license.suspended",
        "license.resumed",
        "license.revoked",
        "license.approved",
        "activation.created",
        "activation.updated",
        "activation.deleted",
        "activation.lease-expired",
        "domainActivation.created",
        "domainActivation.deleted",
        "trialActivation.created",
        "trialActivation.deleted",
        "trialActivation.extended",
        "trialActivation.expiresAt.updated",
        "user.created",
        "user.updated",
        "user.deleted",
        "user.reset-password-request",
        "organization.created",
        "organization.updated",
        "organization.deleted",
        "product.created",
        "product.updated",
        "product.deleted",
        "licenseTemplate.created",
        "licenseTemplate.updated",
        "licenseTemplate.deleted",
        "trialPolicy.created",
        "trialPolicy.updated",
        "trialPolicy.deleted",
        "webhook.created",
        "webhook.updated",
        "webhook.deleted",
    ];
    assert_eq!(names, expected);
}

#[test]
fn shops() {
    for (provider, word) in [
        (ShopProvider::Stripe, "stripe"),
        (ShopProvider::Paddle, "paddle"),
        (ShopProvider::LemonSqueezy, "lemonsqueezy"),
    ] {
        assert_eq!((provider.as_str(), word.parse()), (word, Ok(provider)));
        assert_eq!(json(&provider), format!("\"{word}\""));
    }
    for (reaction, word) in [
        (ShopReaction::Nothing, "nothing"),
        (ShopReaction::Suspend, "suspend"),
        (ShopReaction::Revoke, "revoke"),
    ] {
        assert_eq!((reaction.as_str(), word.parse()), (word, Ok(reaction)));
        assert_eq!(json(&reaction), format!("\"{word}\""));
    }
    let outcomes = [
        (ShopOutcome::Issued, "issued"),
        (ShopOutcome::Renewed, "renewed"),
        (ShopOutcome::Suspended, "suspended"),
        (ShopOutcome::Reinstated, "reinstated"),
        (ShopOutcome::Revoked, "revoked"),
        (ShopOutcome::Linked, "linked"),
        (ShopOutcome::Unchanged, "unchanged"),
        (ShopOutcome::Ignored, "ignored"),
        (ShopOutcome::Waiting, "waiting"),
        (ShopOutcome::Failed, "failed"),
        (ShopOutcome::Deferred, "deferred"),
    ];
    for (outcome, word) in outcomes {
        assert_eq!((outcome.as_str(), word.parse()), (word, Ok(outcome)));
        assert_eq!(json(&outcome), format!("\"{word}\""));
    }
    assert_eq!(ShopOutcome::ALL, outcomes.map(|(outcome, _)| outcome));
}
