//! Words that use cases write into the database or send to other nodes, written out, so that renaming an
//! identifier changes none of them.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::bounded_text::Name;
use domain::customer::{CustomerRef, Identity};
use domain::license::{Limit, Reason};
use domain::mail_template::{TemplateKind, default_source};
use domain::permission::Role;
use domain::product::ProductSettings;
use domain::{Email, LicenseId, Timestamp};
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;
use service::activation::{activate, deactivate, verify};
use service::license::{NewLimits, change_limit, reinstate, renew, revoke, suspend, transfer};
use service::{
    BackgroundJob, Service, account, api_token, customer, customer_page, machine, mail, member, product,
    signing,
};

use crate::machine::support::{claims, request};
use test_support::{Seller, TestDatabase, host, license, on_both_databases, seller, texts};

/// Runs a use case of every kind that writes an event.
async fn write_events(service: &Service, seller: &Seller) {
    let actor = &seller.actor;
    let (id, key) = license(service, seller, 2).await;
    let reason = Reason::parse("reason", "late").expect("a reason");
    suspend(service, actor, id, Some(reason)).await.unwrap();
    reinstate(service, actor, id).await.unwrap();
    renew(
        service,
        actor,
        id,
        domain::license::Renewal::Until(Timestamp::from_millis(4_102_444_800_000)),
        None,
    )
    .await
    .unwrap();
    let limits = NewLimits { domains: Some(Limit::new(5)), machines: Some(Limit::new(5)) };
    change_limit(service, actor, id, limits).await.unwrap();
    activate(service, &key, &host("a.com"), None).await.unwrap();
    verify(service, &key, &host("a.com"), None).await.unwrap();
    verify(service, &key, &host("b.com"), None).await.unwrap();
    service.flush_all().await.unwrap();
    deactivate(service, &key, &host("a.com"), None).await.unwrap();
    let answer = machine::activate(service, request(seller, &key, "f"), None).await.unwrap();
    let token = claims(service, answer).await;
    machine::deactivate(service, token["aid"].as_str().unwrap().parse().unwrap(), None, None).await.unwrap();
    revoke(service, actor, id, None).await.unwrap();
    let settings = ProductSettings::with_name(Name::parse("name", &seller.product.name).expect("a name"));
    product::update(service, actor, seller.product.id, settings).await.unwrap();
    product::archive(service, actor, seller.product.id).await.unwrap();
    product::restore(service, actor, seller.product.id).await.unwrap();
    let unused = ProductSettings::with_name(Name::parse("name", "unused").expect("a name"));
    let unused = product::create(service, actor, unused).await.unwrap();
    product::delete(service, actor, unused.id).await.unwrap();
    signing::rotate(service, actor, seller.product.id).await.unwrap();
    change_mails(service, seller).await;
    change_webhooks(service, seller).await;
    Box::pin(connect_shop(service, seller)).await;
    let name = Name::parse("name", "shop").expect("a name");
    let made = api_token::create(service, actor, name, Role::Support).await.unwrap();
    assert!(made.token.starts_with("cs_"));
    let renamed = api_token::TokenChange {
        name: Some(api_token::TokenName::parse("name", "till").expect("a name")),
        revoke: false,
    };
    api_token::change(service, actor, made.id, renamed).await.unwrap();
    api_token::revoke(service, actor, made.id).await.unwrap();
    api_token::delete(service, actor, made.id).await.unwrap();
    write_customer_events(service, seller, id).await;
    write_customer_page_events(service, seller).await;
    write_member_events(service, seller).await;
    crate::operator::suspend_and_reinstate(service, seller).await;
    crate::second_factor::change_sign_in(service, seller).await;
    let email = Email::parse(&seller.email).expect("an address");
    account::reset_password(service, &email, "another password".to_owned()).await.unwrap();
}

/// Changes the settings and a template of mails to customers.
async fn change_mails(service: &Service, seller: &Seller) {
    let actor = &seller.actor;
    let settings =
        mail::CustomerMailSettings { sends_reminders: true, ..mail::CustomerMailSettings::default() };
    mail::change_customer_mail(service, actor, &settings).await.unwrap();
    mail::set_product_reminders(service, actor, seller.product.id, false).await.unwrap();
    let kind = TemplateKind::LicenseKey;
    mail::change_template(service, actor, kind, &default_source(kind)).await.unwrap();
}

/// Makes, changes, rotates, resumes and deletes a webhook.
async fn change_webhooks(service: &Service, seller: &Seller) {
    use crate::webhook::{Receiver, URL, activate_domains, deliver, enable, make, status};
    use service::webhook::{self, WebhookChange};
    let (actor, receiver) = (&seller.actor, std::sync::Arc::<Receiver>::default());
    enable(service, &receiver);
    let shop = make(service, seller, URL, &["domainActivation.created"]).await;
    let off = WebhookChange {
        scheme: Some(domain::webhook::SignatureScheme::Standard),
        ..WebhookChange::default()
    };
    webhook::change(service, actor, shop.id, off).await.unwrap();
    webhook::rotate_secret(service, actor, shop.id, None, 0).await.unwrap();
    webhook::send_test(service, actor, shop.id, None).await.unwrap();
    receiver.answer(URL, [status(410)]);
    let (_, key) = license(service, seller, 1).await;
    activate_domains(service, &key, 1).await;
    deliver(service).await;
    let on = WebhookChange { is_enabled: Some(true), ..WebhookChange::default() };
    webhook::change(service, actor, shop.id, on).await.unwrap();
    webhook::delete(service, actor, shop.id).await.unwrap();
}

/// Connects a shop, has one of its events applied by hand, and deletes the connection.
async fn connect_shop(service: &Service, seller: &Seller) {
    use domain::purchase::{PriceId, PriceTerms, ShopProvider, ShopSettings};
    use service::purchase;
    use test_support::shop;
    let actor = &seller.actor;
    let settings = ShopSettings { issues_unmapped: false, ..shop::settings() };
    let made = shop::connect(service, seller, ShopProvider::Stripe, settings).await;
    let mut bought = shop::checkout("cs_1", "pi_1", "plink_1");
    bought["customer_details"] = Value::Null;
    let body = shop::stripe("evt_1", "checkout.session.completed", service.now().seconds(), bought);
    shop::send(service, made.id, &shop::sign(ShopProvider::Stripe, shop::SECRET, &body, service.now())).await;
    let price = PriceId::parse("price", "plink_1").expect("an id");
    purchase::set_price(service, actor, made.id, &price, PriceTerms::default()).await.unwrap();
    let page = purchase::show_page(service, actor, made.id, None, None).await.unwrap();
    purchase::repeat(service, actor, page.events[0].id).await.unwrap();
    purchase::delete(service, actor, made.id).await.unwrap();
}

/// Runs a use case of every kind that writes an event about a member. The seller is an owner again at the
/// end.
async fn write_member_events(service: &Service, seller: &Seller) {
    let actor = &seller.actor;
    let join = async |name: &str| {
        let made = member::invite(service, actor, crate::member::to_role(Role::Support)).await.unwrap();
        let new = crate::member::new_member(name);
        member::accept_invitation_as_new_user(service, &made.token, new).await.unwrap().1.user
    };
    let made = member::invite(service, actor, crate::member::to_role(Role::Viewer)).await.unwrap();
    member::withdraw_invitation(service, actor, made.id).await.unwrap();
    let (grace, jean, lise) = (join("grace").await, join("jean").await, join("lise").await);
    member::change_role(service, actor, grace, Role::Admin).await.unwrap();
    let admin = test_support::member(seller.account, grace, "grace", Role::Admin);
    let name = Name::parse("name", "shop").expect("a name");
    api_token::create(service, &admin, name, Role::Support).await.unwrap();
    member::remove(service, actor, grace, member::TokensOfRemoved::HandedOver).await.unwrap();
    let jean = test_support::member(seller.account, jean, "jean", Role::Support);
    member::leave(service, &jean).await.unwrap();
    member::transfer_ownership(service, actor, lise).await.unwrap();
    let lise = test_support::member(seller.account, lise, "lise", Role::Owner);
    member::change_role(service, &lise, seller.user, Role::Owner).await.unwrap();
}

/// Runs a use case of every kind that writes an event about a customer.
async fn write_customer_events(service: &Service, seller: &Seller, license: LicenseId) {
    let actor = &seller.actor;
    let email = |text| Email::parse(text).expect("an address");
    let mut customers = Vec::new();
    for address in ["grace@x.example", "jean@x.example"] {
        transfer(service, actor, license, None, Some(&email(address))).await.unwrap();
        customers.push(customer::find(service, actor, &CustomerRef::Email(email(address))).await.unwrap());
    }
    let named = Identity { name: Name::optional("name", "Grace").expect("a name"), email: None };
    customer::update(service, actor, customers[0], named, None).await.unwrap();
    customer::merge(service, actor, customers[0], customers[1]).await.unwrap();
    customer::erase(service, actor, customers[0]).await.unwrap();
    crate::people::write_events(service, seller).await;
    let groups =
        service::license::LicenseGroups { tags: Some(crate::people::tags("vip")), organization: None };
    service::license::set_groups(service, actor, license, groups).await.unwrap();
}

/// Changes the customer's page, and frees and moves as a customer.
async fn write_customer_page_events(service: &Service, seller: &Seller) {
    let brand = domain::brand::Brand::parse("Maple", "Maple", "#1f5f56").expect("a brand");
    customer_page::change_brand(service, &seller.actor, brand.into()).await.unwrap();
    crate::customer_page::set_rule(service, seller, domain::CustomerRelease::Always).await;
    let (id, key) = license(service, seller, 2).await;
    activate(service, &key, &host("a.com"), None).await.unwrap();
    let opened = customer_page::open_by_key(service, None, key.expose(), None).await.unwrap();
    let session = opened.expect("an open page").0;
    let slot = crate::customer_page::slot_of(service, seller, id).await;
    customer_page::move_domain(service, &session, id, slot, &host("b.com"), None).await.unwrap();
    let slot = crate::customer_page::slot_of(service, seller, id).await;
    customer_page::free(service, &session, id, slot, None).await.unwrap();
    let shown = product::show(service, &seller.actor, seller.product.id).await.unwrap();
    let offline = domain::CustomerOffline::ForDays(7);
    let settings = ProductSettings { customer_offline: offline, ..shown.settings().unwrap() };
    product::update(service, &seller.actor, seller.product.id, settings).await.unwrap();
    let file = serde_json::json!({
        "key": key.expose(), "productId": seller.product.id, "fingerprint": "fp", "hostname": "lab",
        "os": "linux", "appVersion": "1", "userHash": "u",
    });
    let made = customer_page::activate_offline(service, &session, id, &file.to_string(), None).await.unwrap();
    assert!(matches!(made, customer_page::OfflineOutcome::Response(_)));
}

/// A kind and a JSON object as the kind and the object's property names.
fn with_property_names(event: &str) -> String {
    let (kind, payload) = event.split_once(' ').expect("a kind and a payload");
    let payload: Value = serde_json::from_str(payload).expect("JSON");
    let names: BTreeSet<&String> = payload.as_object().expect("an object").keys().collect();
    names.into_iter().fold(kind.to_owned(), |text, name| format!("{text} {name}"))
}

on_both_databases! {
    async fn events_and_their_payloads(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        write_events(&service, &seller).await;
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT kind || ' ' || payload AS text FROM outbox_events";
        let events = texts(&connection, sql).await;
        let events: BTreeSet<String> = events.iter().map(|event| with_property_names(event)).collect();
        let expected = [
            "account.created user_id",
            "account.customer_page_changed color logo name",
            "account.owner_changed former_user_id user_id",
            "account.reinstated apps_were_stopped",
            "account.sign_in_rule_changed requires_second_factor",
            "account.suspended apps_stopped reason",
            "activation.created activation_id fingerprint license_id",
            "activation.created domain license_id",
            "activation.deleted domain license_id",
            "activation.deleted license_id machine",
            "activation.offline_response_issued activation_id ends_at license_id",
            "api_token.changed api_token_id",
            "api_token.created api_token_id",
            "api_token.deleted api_token_id",
            "api_token.handed_over api_token_id",
            "api_token.revoked api_token_id",
            "customer.created customer_id",
            "customer.deleted customer_id",
            "customer.erased customer_id",
            "customer.merged customer_id into_customer_id",
            "customer.merged customer_id licenses merged_customer_id",
            "customer.password_changed customer_id",
            "customer.password_reset_requested customer_id",
            "customer.updated customer_id",
            "license.groups_changed license_id",
            "license.issued license_id product_id",
            "license.limit_changed domain_limit license_id machine_limit",
            "license.reinstated license_id",
            "license.renewed expires_at license_id",
            "license.revoked license_id",
            "license.suspended license_id reason",
            "license.transferred customer_id former_customer_id license_id",
            "mail.settings_changed activation_notices reminders",
            "mail.settings_changed product_id reminders",
            "mail.template_changed kind",
            "member.added user_id",
            "member.invitation_withdrawn invitation_id",
            "member.invited invitation_id role",
            "member.joined invitation_id role user_id",
            "member.left role user_id",
            "member.removed role user_id",
            "member.role_changed former_role role user_id",
            "organization.created organization_id",
            "organization.deleted organization_id",
            "organization.updated organization_id",
            "product.archived product_id slug",
            "product.created product_id slug",
            "product.deleted product_id slug",
            "product.restored product_id slug",
            "product.updated product_id slug",
            "seller.invitation_withdrawn seller_invitation_id",
            "seller.invited seller_invitation_id",
            "shop_connection.created shop_connection_id",
            "shop_connection.deleted shop_connection_id",
            "shop_connection.event_repeated shop_connection_id",
            "shop_connection.updated shop_connection_id",
            "signing_key.rotated kid product_id",
            "tag.created tag_id",
            "tag.deleted tag_id",
            "tag.updated tag_id",
            "user.password_changed user_id",
            "user.password_reset user_id",
            "user.recovery_code_used user_id",
            "user.recovery_codes_renewed user_id",
            "user.renamed user_id",
            "user.second_factor_disabled user_id",
            "user.second_factor_enabled user_id",
            "user.sessions_ended user_id",
            "webhook.created webhook_id",
            "webhook.deleted webhook_id",
            "webhook.requested webhook_id",
            "webhook.resumed webhook_id",
            "webhook.secret_rotated webhook_id",
            "webhook.suspended webhook_id",
            "webhook.updated webhook_id",
        ];
        assert_eq!(events.iter().map(String::as_str).collect::<Vec<_>>(), expected);

        let sql = "SELECT DISTINCT actor_kind || ' ' || actor_name || ': ' || action AS text \
                   FROM audit_entries";
        let entries: BTreeSet<String> = texts(&connection, sql).await.into_iter().collect();
        let expected = [
            "app app: activation.created",
            "app app: activation.deleted",
            "customer customer: activation.created",
            "customer customer: activation.deleted",
            "customer customer: activation.offline_response_issued",
            "member ada: account.customer_page_changed",
            "member ada: account.owner_changed",
            "member ada: account.sign_in_rule_changed",
            "member ada: api_token.changed",
            "member ada: api_token.created",
            "member ada: api_token.deleted",
            "member ada: api_token.handed_over",
            "member ada: api_token.revoked",
            "member ada: customer.created",
            "member ada: customer.deleted",
            "member ada: customer.erased",
            "member ada: customer.merged",
            "member ada: customer.password_changed",
            "member ada: customer.password_reset_requested",
            "member ada: customer.updated",
            "member ada: license.groups_changed",
            "member ada: license.issued",
            "member ada: license.limit_changed",
            "member ada: license.reinstated",
            "member ada: license.renewed",
            "member ada: license.revoked",
            "member ada: license.suspended",
            "member ada: license.transferred",
            "member ada: mail.settings_changed",
            "member ada: mail.template_changed",
            "member ada: member.invitation_withdrawn",
            "member ada: member.invited",
            "member ada: member.removed",
            "member ada: member.role_changed",
            "member ada: organization.created",
            "member ada: organization.deleted",
            "member ada: organization.updated",
            "member ada: product.archived",
            "member ada: product.created",
            "member ada: product.deleted",
            "member ada: product.restored",
            "member ada: product.updated",
            "member ada: shop_connection.created",
            "member ada: shop_connection.deleted",
            "member ada: shop_connection.event_repeated",
            "member ada: shop_connection.updated",
            "member ada: signing_key.rotated",
            "member ada: tag.created",
            "member ada: tag.deleted",
            "member ada: tag.updated",
            "member ada: user.password_changed",
            "member ada: user.recovery_code_used",
            "member ada: user.recovery_codes_renewed",
            "member ada: user.renamed",
            "member ada: user.second_factor_disabled",
            "member ada: user.second_factor_enabled",
            "member ada: user.sessions_ended",
            "member ada: webhook.created",
            "member ada: webhook.deleted",
            "member ada: webhook.requested",
            "member ada: webhook.resumed",
            "member ada: webhook.secret_rotated",
            "member ada: webhook.updated",
            "member grace: api_token.created",
            "member grace: member.joined",
            "member jean: member.joined",
            "member jean: member.left",
            "member lise: member.joined",
            "member lise: member.role_changed",
            "member noor: account.created",
            "member noor: member.added",
            "member olga: product.created",
            "shell olga: account.reinstated",
            "shell olga: account.suspended",
            "shell olga: seller.invitation_withdrawn",
            "shell olga: seller.invited",
            "shell operator's shell: account.created",
            "shell operator's shell: member.added",
            "shell operator's shell: user.password_reset",
            "shop Shop: license.issued",
            "system Countersign: webhook.suspended",
        ];
        assert_eq!(entries.iter().map(String::as_str).collect::<Vec<_>>(), expected);

        let sql = "SELECT outcome AS text FROM daily_counts ORDER BY outcome";
        assert_eq!(texts(&connection, sql).await, ["activated", "invalid_domain", "valid"]);
        let sql = "SELECT DISTINCT algorithm AS text FROM signing_keys";
        assert_eq!(texts(&connection, sql).await, ["RS256"]);
    }
}

#[tokio::test]
async fn job_names_in_background_leases() {
    let db = TestDatabase::postgres().await;
    let service = db.open().await;
    for job in [
        BackgroundJob::SigningKeys,
        BackgroundJob::MachineLeases,
        BackgroundJob::ExpiryMarks,
        BackgroundJob::UnusedMarks,
        BackgroundJob::Sweep,
        BackgroundJob::Backup,
        BackgroundJob::SlotRecount,
        BackgroundJob::TermFolding,
        BackgroundJob::BulkJobs,
        BackgroundJob::AuditSeals,
        BackgroundJob::Mail,
        BackgroundJob::CustomerMail,
        BackgroundJob::ExpiryEvents,
        BackgroundJob::DeferredShopEvents,
    ] {
        assert!(service.try_acquire(job).await.unwrap());
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT job AS text FROM background_leases";
        let expected = match job {
            BackgroundJob::SigningKeys => "signing_keys",
            BackgroundJob::MachineLeases => "machine_leases",
            BackgroundJob::ExpiryMarks => "lapses",
            BackgroundJob::UnusedMarks => "unused_marks",
            BackgroundJob::Sweep => "sweep",
            BackgroundJob::Backup => "backup",
            BackgroundJob::SlotRecount => "slot_recount",
            BackgroundJob::TermFolding => "term_folding",
            BackgroundJob::BulkJobs => "bulk_jobs",
            BackgroundJob::AuditSeals => "audit_seals",
            BackgroundJob::Mail => "mail",
            BackgroundJob::CustomerMail => "customer_mail",
            BackgroundJob::ExpiryEvents => "expiry_events",
            BackgroundJob::DeferredShopEvents => "deferred_shop_events",
        };
        assert_eq!(texts(&connection, sql).await, [expected]);
        connection.close().await.unwrap();
        service.release_all().await.unwrap();
    }
}

#[tokio::test]
async fn notifications_to_other_nodes() {
    let db = TestDatabase::postgres().await;
    let service = db.open().await;
    let seller = seller(&service, "ada").await;
    let mut listener = PgListener::connect(&db.url).await.unwrap();
    listener.listen("countersign_changes").await.unwrap();
    let (id, _) = license(&service, &seller, 1).await;
    let notification = tokio::time::timeout(Duration::from_secs(10), listener.recv()).await.unwrap();
    assert_eq!(notification.unwrap().payload(), format!("+{id}"));
    suspend(&service, &seller.actor, id, None).await.unwrap();
    let notification = tokio::time::timeout(Duration::from_secs(10), listener.recv()).await.unwrap();
    assert_eq!(notification.unwrap().payload(), id.to_string());
}

/// Nodes of two versions must not migrate at once: they wait for the same advisory lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn advisory_lock_of_migrations() {
    let db = TestDatabase::postgres().await;
    // One connection: the lock belongs to it.
    let mut options = sea_orm::ConnectOptions::new(&db.url);
    options.min_connections(1).max_connections(1);
    let holder = Database::connect(options).await.unwrap();
    holder.execute_unprepared("SELECT pg_advisory_lock(824756606486)").await.unwrap();
    let other = TestDatabase { url: db.url.clone(), ..TestDatabase::sqlite() };
    let opening = tokio::spawn(async move { other.open().await });
    let sql = "SELECT classid || ' ' || objid AS text FROM pg_locks WHERE locktype = 'advisory' \
               AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let mut waiting = Vec::new();
    for _ in 0..400 {
        waiting = texts(&holder, sql).await;
        if !waiting.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(waiting, ["192 122885654"]);
    holder.execute_unprepared("SELECT pg_advisory_unlock(824756606486)").await.unwrap();
    opening.await.unwrap();
}
