//! Query plans: no statement scans a whole growing table, on SQLite and on PostgreSQL.

mod lists;

use std::collections::BTreeSet;

use domain::bounded_text::{Name, Notes};
use domain::customer::{CustomerRef, Identity};
use domain::event::Event;
use domain::license::{Limit, Metadata, NewLicense, Reason, Renewal};
use domain::machine::{Fingerprint, MachineRules, Seconds, TrialRules};
use domain::mail_template::TemplateKind;
use domain::permission::Role;
use domain::view::{
    ActivationCursors, AuditAction, AuditActor, AuditObject, AuditQuery, CustomerCursor, CustomerQuery,
    LicenseQuery, SellerCursor, SellerQuery, TimelineFilter,
};
use domain::{ActivationId, AppSubject, AuditEntryId, Email, KeyGrace, LicenseId, LicenseKey};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use service::activation::{activate, allow, deactivate, move_domain, status, verify, with_resolved_key};
use service::audit::{ChangedObject, last_change};
use service::license::{
    NewLimits, change_limit, check, mark_expired, mark_unused, reinstate, replace_key, retire_former_keys,
    reveal_key, reveal_keys, revoke, set_metadata, set_notes, show, show_from, suspend, timeline,
    timeline_from, transfer,
};
use service::machine::{self, TrialRequest};
use service::overview::overview;
use service::{
    Clock, RetentionPolicy, Service, account, audit, customer, customer_page, mail, member, new_id, node,
    operator, prune,
};

use crate::license_import;
use crate::machine::support::{claims, request, set_rules};
use test_support::shop;
use test_support::smtp::{Behavior, SmtpServer};
use test_support::{Seller, TestDatabase, host, license, new_operator, on_both_databases, seller, texts};

/// The statement that selects the licenses of products. Few rows are read by any index of the account, so that it is
/// explained with many.
const OF_PRODUCTS: &str = "l.template_id FROM";

/// Query plans from EXPLAIN. On PostgreSQL the planner settings match those of the service's connections.
struct Explain {
    db: DatabaseConnection,
    is_sqlite: bool,
}

impl Explain {
    async fn on(db: &TestDatabase) -> Self {
        let connection =
            Database::connect(sea_orm::ConnectOptions::new(&db.url).max_connections(1).to_owned());
        let this = Self { db: connection.await.unwrap(), is_sqlite: db.is_sqlite() };
        if !this.is_sqlite {
            for strategy in ["seqscan", "hashjoin", "mergejoin"] {
                this.run(&format!("SET enable_{strategy} = off")).await;
            }
            // A generic plan, because the parameter values are not available here.
            this.run("SET plan_cache_mode = force_generic_plan").await;
            // Otherwise the plan would lack all partitions of the logs: no id is below NULL.
            this.run("SET enable_partition_pruning = off").await;
        }
        this
    }

    async fn run(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    /// Inserts copies of licenses with other values, as JSON. Generated columns are left out.
    async fn insert_licenses(&self, values: &str, from: &str) {
        let sql = "SELECT column_name::text AS text FROM information_schema.columns WHERE table_name = 'licenses' \
                   AND table_schema = current_schema() AND is_generated = 'NEVER'";
        let columns = texts(&self.db, sql).await;
        let record: Vec<String> = columns.iter().map(|column| format!("(r).{column}")).collect();
        self.run(&format!(
            "INSERT INTO licenses ({}) SELECT {} FROM (SELECT jsonb_populate_record(NULL::licenses, \
             to_jsonb(l) || jsonb_build_object({values})) AS r FROM {from}) AS copies",
            columns.join(", "),
            record.join(", ")
        ))
        .await;
    }

    async fn plan(&self, sql: &str) -> Vec<String> {
        let (explain, column) = if self.is_sqlite {
            (format!("EXPLAIN QUERY PLAN {sql}"), "detail")
        } else {
            let values = (1..100).take_while(|n| sql.contains(&format!("${n}"))).count();
            let values =
                if values == 0 { String::new() } else { format!("({})", vec!["NULL"; values].join(", ")) };
            self.run(&format!("PREPARE explained AS {sql}")).await;
            (format!("EXPLAIN EXECUTE explained{values}"), "QUERY PLAN")
        };
        let rows =
            self.db.query_all_raw(Statement::from_string(self.db.get_database_backend(), explain)).await;
        let rows = rows.unwrap_or_else(|e| panic!("{sql}: {e}"));
        if !self.is_sqlite {
            self.run("DEALLOCATE explained").await;
        }
        rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
    }
}

/// Tables that grow with sales or with time.
const TABLES: [&str; 34] = [
    "licenses",
    "activations",
    "customer_terms",
    "customers",
    "audit_entries",
    "audit_seals",
    "audit_amendments",
    "outbox_events",
    "daily_counts",
    "trials",
    "license_refusals",
    "license_metadata",
    "license_meters",
    "bulk_job_items",
    "former_license_keys",
    "license_import_chunks",
    "license_import_faults",
    "mails",
    "password_resets",
    "customer_links",
    "license_reminders",
    "idempotent_requests",
    "customer_metadata",
    "customer_tags",
    "license_tags",
    "organizations",
    "tags",
    "audit_changes",
    "webhook_deliveries",
    "webhook_attempts",
    "license_expiry_events",
    "purchases",
    "purchase_references",
    "shop_events",
];

/// Returns whether a line of a plan is a full scan of a growing table.
fn reads_whole(line: &str) -> bool {
    let whole =
        |table: &&str| ["Seq Scan on", "SCAN"].iter().any(|how| line.contains(&format!("{how} {table}")));
    TABLES.iter().any(whole)
}

/// Returns whether a name is that of a growing table, or of its partition on PostgreSQL.
fn is_growing(name: &str) -> bool {
    let logs = ["audit_entries_", "audit_changes_", "outbox_events_"];
    TABLES.contains(&name) || logs.iter().any(|log| name.starts_with(log))
}

/// Returns whether a plan reads all rows of a seller in a growing table: its only condition is the account.
fn reads_all_of_a_seller(plan: &[String]) -> bool {
    let mut grows = false;
    plan.iter().any(|line| {
        // PostgreSQL prints the table first and the index condition on the next line. A bitmap index scan
        // prints an index instead of a table.
        let names = line.contains("SEARCH ") || line.contains(" on ");
        if names && !line.contains("Bitmap Index Scan") {
            let words: Vec<&str> = line.split(' ').collect();
            grows = words.windows(2).any(|two| ["SEARCH", "on"].contains(&two[0]) && is_growing(two[1]));
        }
        let postgres = line.trim().strip_prefix("Index Cond: (account_id = $");
        grows && (line.ends_with("(account_id=?)") || postgres.is_some_and(|rest| rest.len() == 2))
    })
}

/// Runs the use cases of sellers, apps and workers.
async fn run_use_cases(service: &Service, clock: &Clock, seller: &Seller) {
    let actor = &seller.actor;
    let (id, key) = license(service, seller, 2).await;
    for domain in ["a.com", "b.com", "c.com", "a.com"] {
        activate(service, &key, &host(domain), None).await.unwrap();
    }
    for domain in ["a.com", "c.com", "d.com"] {
        verify(service, &key, &host(domain), None).await.unwrap();
    }
    service.flush_all().await.unwrap();
    status(service, &key).await.unwrap().unwrap();
    deactivate(service, &key, &host("b.com"), None).await.unwrap();

    let trial = Some(TrialRules::of_days(14, Limit::new(2)));
    let rules = MachineRules { lease: Some(Seconds::new(100)), trial, ..MachineRules::default() };
    set_rules(service, seller, rules, "exports").await;
    let asked = request(seller, &key, "a");
    let token_claims = claims(service, machine::activate(service, asked.clone(), None).await.unwrap()).await;
    let activation_id: ActivationId = token_claims["aid"].as_str().unwrap().parse().unwrap();
    machine::activate(service, asked.clone(), None).await.unwrap();
    machine::activate(service, request(seller, &key, "b"), None).await.unwrap();
    let metered =
        machine::ActivationRequest { meters: vec![("exports".into(), 3)], ..request(seller, &key, "a") };
    machine::sync(service, activation_id, &metered).await.unwrap();
    machine::increment(service, "exports", activation_id, 1).await.unwrap();
    clock.set(service.now().plus_seconds(1000));
    machine::sync(service, activation_id, &asked).await.unwrap();
    clock.set(service.now().plus_seconds(1000));
    machine::activate(service, request(seller, &key, "b"), None).await.unwrap();
    clock.set(service.now().plus_seconds(1000));
    machine::expire_leases(service).await.unwrap();
    let token_claims = claims(service, machine::activate(service, asked.clone(), None).await.unwrap()).await;
    machine::deactivate(service, token_claims["aid"].as_str().unwrap().parse().unwrap(), None, None)
        .await
        .unwrap();
    let trial = TrialRequest {
        raw_product_id: seller.product.number.to_string(),
        fingerprint: Fingerprint::parse("a").unwrap(),
        machine: asked.machine,
    };
    machine::start_trial(service, &trial, None).await.unwrap();

    let limits = NewLimits { domains: Some(Limit::new(5)), machines: Some(Limit::new(5)) };
    change_limit(service, actor, id, limits).await.unwrap();
    suspend(service, actor, id, None).await.unwrap();
    reinstate(service, actor, id).await.unwrap();
    reveal_key(service, actor, id).await.unwrap();
    let shown = show(service, actor, id).await.unwrap();
    let from = shown.domains.rows.first().and_then(|row| row.id);
    let cursors = ActivationCursors { domains: shown.domains.more, machines: shown.machines.more };
    show_from(service, actor, id, &cursors).await.unwrap();
    timeline(service, actor, id).await.unwrap();
    timeline_from(service, actor, id, TimelineFilter::Changes, Some(AuditEntryId(new_id()))).await.unwrap();
    let subject = AppSubject::parse("a.com").unwrap();
    check(service, actor, id, &subject).await.unwrap();
    check(service, actor, id, &AppSubject::parse("build-7").unwrap()).await.unwrap();
    allow(service, actor, id, &host("z.com")).await.unwrap();
    if let Some(from) = from {
        move_domain(service, actor, id, from, &host("y.com")).await.unwrap();
    }
    let notes = Notes::optional("notes", "Reseller").unwrap();
    set_notes(service, actor, id, notes.as_ref(), None).await.unwrap();
    let fields = Metadata::parse("order = 1").unwrap();
    set_metadata(service, actor, id, &fields, &Metadata::default()).await.unwrap();
    replace_key(service, actor, id, KeyGrace::parse("7").unwrap()).await.unwrap();
    with_resolved_key(service, key, |key| async move { status(service, &key).await }).await.unwrap();
    retire_former_keys(service, actor, id).await.unwrap();
    manage_customers(service, seller, id).await;
    read_people(service, seller).await;
    list_trials(service, seller).await;
    revoke(service, actor, id, None).await.unwrap();
    overview(service, actor, 30).await.unwrap();
    read_audit_log(service, clock, seller, id).await;
    service::product::list(service, actor).await.unwrap();
    prune(service, RetentionPolicy { events: 30, audit: Some(30) }).await.unwrap();
    mark_expired(service).await.unwrap();
    service::search::fold_pending_terms(service).await.unwrap();
    license(service, seller, 1).await;
    clock.set(service.now().plus_days(91));
    mark_unused(service, None).await.unwrap();
    Box::pin(import_licenses(service, seller)).await;
    send_mails(service, clock, seller).await;
    send_webhooks(service, clock, seller).await;
    Box::pin(sell_in_shops(service, seller)).await;
    manage_members(service, seller).await;
}

/// Runs the use cases of organizations and tags, and the lists of the management API.
async fn read_people(service: &Service, seller: &Seller) {
    use domain::filter::{FieldKind, FilterField, Folding, ListRequest, ListSort, Operator, parse_filter};
    static FIELDS: [FilterField; 10] = [
        FilterField::id("id"),
        FilterField::new("email", FieldKind::Email),
        FilterField::in_any_case("name"),
        FilterField::in_any_case("tag"),
        FilterField::id("organizationId"),
        FilterField::new("metadata.key", FieldKind::PairKey(Folding::Lower)),
        FilterField::id("resourceId"),
        FilterField::id("actorId"),
        FilterField::id("licenseId"),
        FilterField::new("licenseKey", FieldKind::Key),
    ];
    let actor = &seller.actor;
    crate::people::write_events(service, seller).await;
    let initech = crate::people::create_organization(service, seller, "Initech").await;
    let gold = crate::people::create_tag(service, seller, "gold").await;
    let new = customer::NewCustomer {
        organization: Some(initech),
        metadata: crate::people::fields(&[("order", "1")]),
        tags: crate::people::tags("gold"),
        ..crate::people::named("Bea", "Buyer", "bea.plan@x.example")
    };
    let bea = crate::people::create(service, seller, new).await.id;
    for (query_organization, query_tag) in [(Some(initech), None), (None, Some(gold))] {
        let query =
            LicenseQuery { organization: query_organization, tag: query_tag, ..LicenseQuery::default() };
        service::license::list(service, actor, &query).await.unwrap();
    }
    service::organization::page(service, actor, &domain::view::OrganizationQuery::default()).await.unwrap();
    service::organization::view(service, actor, initech).await.unwrap();
    service::tag::page(service, actor, None).await.unwrap();
    let id = bea.to_string();
    let filters = |field: usize| {
        let (operator, value) = match FIELDS[field].kind {
            FieldKind::Id => (Operator::Equal, id.as_str()),
            FieldKind::Key => (Operator::EndsWith, "A1B2"),
            _ => (Operator::Equal, "bea"),
        };
        parse_filter(&FIELDS[field], operator, [value]).unwrap().into_iter().collect::<Vec<_>>()
    };
    for field in ["createdAt", "updatedAt", "name", "email"] {
        for after in [None, Some(bea.0)] {
            let sort = ListSort { field, descending: after.is_some() };
            let request = ListRequest {
                page: 1,
                limit: 10,
                sort,
                after,
                search: None,
                count: true,
                filters: Vec::new(),
            };
            customer::list_records(service, actor, &request).await.unwrap();
        }
    }
    for n in 0..FIELDS.len() {
        let sort = ListSort { field: "createdAt", descending: false };
        let search = (n == 0).then(|| "bea".to_owned());
        let request =
            ListRequest { page: 1, limit: 10, sort, after: None, search, count: false, filters: filters(n) };
        match n {
            0..=5 => drop(customer::list_records(service, actor, &request).await.unwrap()),
            6 | 7 => drop(service::event_log::list(service, actor, &request).await.unwrap()),
            9 => {
                service::event_log::list_subscriptions(service, actor, &request).await.unwrap();
                service::activation_log::list(service, actor, &request).await.unwrap();
            }
            _ => drop(service::activation_log::list(service, actor, &request).await.unwrap()),
        }
    }
    service::event_log::list(
        service,
        actor,
        &ListRequest {
            page: 1,
            limit: 10,
            sort: ListSort { field: "createdAt", descending: true },
            after: None,
            search: None,
            count: true,
            filters: Vec::new(),
        },
    )
    .await
    .unwrap();
    search_licenses(service, seller).await;
    service::tag::delete(service, actor, gold).await.unwrap();
    service::organization::delete(service, actor, initech).await.unwrap();
    customer::delete(service, actor, bea).await.unwrap();
}

/// Runs the look-ups of the list of licenses of the management API: its search, and filters that name licenses. Not that
/// by e-mail address: for few rows PostgreSQL joins in any order.
async fn search_licenses(service: &Service, seller: &Seller) {
    use domain::filter::{FilterField, ListRequest, ListSort, Operator, parse_filter};
    static FIELDS: [FilterField; 8] = [
        FilterField::id("licenseTemplateId"),
        FilterField::id("id"),
        FilterField::id("userId"),
        FilterField::id("organizationId"),
        FilterField::text("key"),
        FilterField::text("organization.name"),
        FilterField::text("tag"),
        FilterField::text("domain"),
    ];
    let actor = &seller.actor;
    let product = service::product::show_record(service, actor, seller.product.id).await.unwrap();
    let template = product.template.unwrap().id.to_string();
    let request = || ListRequest::first(10, ListSort { field: "createdAt", descending: false });
    for text in ["bea", "gold", "initech", "www.example.com", template.as_str()] {
        let request = ListRequest { search: Some(text.to_owned()), ..request() };
        service::license::list_records(service, actor, &request).await.unwrap();
    }
    for field in &FIELDS {
        let filter = parse_filter(field, Operator::Equal, [template.as_str()]).unwrap();
        let request = ListRequest { filters: filter.into_iter().collect(), ..request() };
        service::license::list_records(service, actor, &request).await.unwrap();
    }
}

/// Reads the list of trials in its orders.
async fn list_trials(service: &Service, seller: &Seller) {
    use domain::filter::{ListRequest, ListSort};
    for field in ["createdAt", "updatedAt"] {
        for descending in [false, true] {
            let request = ListRequest {
                page: 1,
                limit: 10,
                sort: ListSort { field, descending },
                after: None,
                search: None,
                count: true,
                filters: Vec::new(),
            };
            service::trial::list(service, &seller.actor, &request).await.unwrap();
        }
    }
}

/// Runs the use cases that queue mails, and the worker that sends them.
async fn send_mails(service: &Service, clock: &Clock, seller: &Seller) {
    let (actor, server) = (&seller.actor, SmtpServer::start().await);
    server.enable(service);
    let email = Email::parse("grace@x.example").unwrap();
    let new = NewLicense {
        customer_email: Some(email.clone()),
        sends_keys: true,
        ..NewLicense::for_product(seller.product.id)
    };
    let id = service::license::issue(service, actor, new).await.unwrap()[0].id;
    service::license::send_key(service, actor, id, Some("form")).await.unwrap();
    mail::of_license(service, actor, id).await.unwrap();
    write_to_customers(service, clock, seller, id).await;
    let invited = member::invite(service, actor, crate::mail::invitation_to("jean@x.example")).await.unwrap();
    member::list(service, actor).await.unwrap();
    member::withdraw_invitation(service, actor, invited.id).await.unwrap();
    account::request_password_reset(service, &seller.email, None).unwrap();
    server.behave([Behavior::Refuse("550 no such user")]);
    // The link of the new password is queued in the background.
    while server.received().iter().all(|mail| mail.header("Subject") != Some("Set a new password")) {
        crate::mail::send_all(service).await;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let start = "http://127.0.0.1:3000/reset/";
    let received = server.received();
    let link = received.iter().rfind(|mail| mail.text().contains(start)).unwrap().link(start);
    let token = link.strip_prefix(start).unwrap();
    account::show_password_reset(service, token).await.unwrap();
    let new_password = "zwölf Äpfel im Korb".to_owned();
    account::reset_password_by_link(service, token, new_password, None).await.unwrap();
    let page = mail::list(service, actor, None).await.unwrap();
    mail::list(service, actor, Some(page.mails[0].id)).await.unwrap();
    let failed = page.mails.iter().find(|mail| mail.can_retry).expect("a refused mail");
    mail::retry(service, actor, failed.id).await.unwrap();
    mail::send_test(service, actor).await.unwrap();
    crate::mail::send_all(service).await;
    open_customer_page(service, seller, &server).await;
    let customer = customer::find(service, actor, &CustomerRef::Email(email)).await.unwrap();
    let mut export = customer::export(service, actor, customer).await.unwrap();
    while let Some(part) = export.next().await {
        part.unwrap();
    }
    customer::erase(service, actor, customer).await.unwrap();
    clock.set(service.now().plus_days(31));
    prune(service, RetentionPolicy { events: 30, audit: Some(30) }).await.unwrap();
}

/// Runs the use cases on webhooks, and the workers that deliver events. The pages of the log are those of
/// `store/filter`.
async fn send_webhooks(service: &Service, clock: &Clock, seller: &Seller) {
    use crate::webhook::{Receiver, URL, activate_domains, deliver, deliveries, enable, make, status};
    use service::webhook::{self, Replay};
    let (actor, receiver) = (&seller.actor, std::sync::Arc::<Receiver>::default());
    enable(service, &receiver);
    let shop = make(service, seller, URL, &["*", "activation.updated"]).await;
    let (id, key) = license(service, seller, 5).await;
    receiver.answer(URL, [status(500), status(410)]);
    activate_domains(service, &key, 2).await;
    machine::activate(service, request(seller, &key, "hooked"), None).await.unwrap();
    deactivate(service, &key, &host("d0.example.com"), None).await.unwrap();
    for _ in 0..3 {
        clock.set(service.now().plus_seconds(10));
        deliver(service).await;
    }
    let page = webhook::list_deliveries(service, actor, shop.id, None, None).await.unwrap();
    for state in domain::webhook::DeliveryState::ALL {
        webhook::list_deliveries(service, actor, shop.id, Some(state), Some(page.deliveries[0].id))
            .await
            .unwrap();
    }
    let shown = webhook::show_delivery(service, actor, deliveries(service, seller, &shop).await[0].id).await;
    webhook::show_log_entry(service, actor, shown.unwrap().attempts[0].id).await.unwrap();
    let replay = Replay { from: Clock::System.now().plus_days(-1), to: None, only_failed: true };
    webhook::replay(service, actor, shop.id, replay).await.unwrap();
    deliver(service).await;
    let until = Renewal::Until(service.now().plus_days(5));
    service::license::renew(service, actor, id, until, None).await.unwrap();
    webhook::queue_expiry_events(service).await.unwrap();
    webhook::list_failing(service, actor).await.unwrap();
    webhook::delete(service, actor, shop.id).await.unwrap();
    deliver(service).await;
}

/// Runs the use cases on shops with events of every kind.
async fn sell_in_shops(service: &Service, seller: &Seller) {
    use domain::purchase::{PriceId, PriceTerms, ShopOutcome, ShopProvider};
    use serde_json::json;
    use service::purchase;
    let actor = &seller.actor;
    let made = shop::connect(service, seller, ShopProvider::Stripe, shop::settings()).await;
    let price = PriceId::parse("price", "price_1").unwrap();
    purchase::set_price(service, actor, made.id, &price, PriceTerms::default()).await.unwrap();
    let (id, now) = (made.id, service.now().seconds());
    let refund = json!({"id": "ch_1", "payment_intent": "pi_1", "refunded": true});
    let failed = json!({"id": "in_2", "billing_reason": "subscription_cycle", "subscription": "sub_1"});
    for (n, (name, object)) in [
        ("charge.refunded", refund),
        ("checkout.session.completed", shop::checkout("cs_1", "pi_1", "plink_1")),
        ("invoice.paid", shop::invoice("in_1", "subscription_create", "sub_1", "price_1", now + 2_592_000)),
        ("invoice.payment_failed", failed),
        ("invoice.paid", shop::invoice("in_2", "subscription_cycle", "sub_1", "price_1", now + 5_184_000)),
        ("charge.dispute.closed", json!({"id": "du_1", "payment_intent": "pi_1", "status": "won"})),
        ("charge.updated", json!({"id": "ch_1"})),
    ]
    .into_iter()
    .enumerate()
    {
        // One after the other, so that the failure is after the first payment.
        let created = now + i64::try_from(n).unwrap();
        let body = shop::stripe(&format!("evt_{n}"), name, created, object);
        shop::send(service, id, &shop::sign(ShopProvider::Stripe, shop::SECRET, &body, service.now())).await;
    }
    let of_paddle = shop::connect(service, seller, ShopProvider::Paddle, shop::settings()).await;
    let buyer = json!({"id": "ctm_1", "email": "plan.buyer@x.example", "name": "Bea"});
    for (n, (name, data)) in [
        ("transaction.completed", shop::transaction("txn_1", "web", "sub_1", service.now())),
        ("customer.created", buyer),
        ("transaction.completed", shop::transaction("txn_2", "web", "sub_2", service.now())),
    ]
    .into_iter()
    .enumerate()
    {
        let body = shop::paddle(&format!("evt_{n}"), name, service.now(), data);
        let signed = shop::sign(ShopProvider::Paddle, shop::SECRET, &body, service.now());
        shop::send(service, of_paddle.id, &signed).await;
    }
    purchase::list_page(service, actor).await.unwrap();
    let page = purchase::show_page(service, actor, id, None, None).await.unwrap();
    let before = page.events.first().map(|event| event.id);
    purchase::show_page(service, actor, id, Some(ShopOutcome::Ignored), before).await.unwrap();
    let ignored = page.events.iter().find(|event| event.outcome.can_repeat()).unwrap();
    purchase::show_event(service, actor, ignored.id).await.unwrap();
    purchase::repeat(service, actor, ignored.id).await.unwrap();
    purchase::remove_price(service, actor, id, page.prices[0].id).await.unwrap();
    purchase::prune_log(service, 2).await.unwrap();
    purchase::delete(service, actor, id).await.unwrap();
    purchase::delete(service, actor, of_paddle.id).await.unwrap();
}

/// Runs the use cases of the customer's page.
async fn open_customer_page(service: &Service, seller: &Seller, server: &SmtpServer) {
    let rule = service::product::show(service, &seller.actor, seller.product.id).await.unwrap();
    let settings = domain::product::ProductSettings {
        customer_release: domain::CustomerRelease::Always,
        customer_offline: domain::CustomerOffline::ForDays(7),
        ..rule.settings().unwrap()
    };
    service::product::update(service, &seller.actor, seller.product.id, settings).await.unwrap();
    let page = crate::customer_page::open_by_mail(service, server, "grace@x.example").await;
    let list = customer_page::list(service, &page, None).await.unwrap();
    customer_page::list(service, &page, Some(list.licenses[0].id)).await.unwrap();
    let id = list.licenses[0].id;
    let key = reveal_key(service, &seller.actor, id).await.unwrap();
    let key = key.expose().to_owned();
    let by_key = customer_page::open_by_key(service, Some("ada"), &key, None).await.unwrap().unwrap().0;
    activate(service, &LicenseKey::parse(&key).unwrap(), &host("a.com"), None).await.unwrap();
    let shown = customer_page::show(service, &by_key, None, &ActivationCursors::default()).await.unwrap();
    let activation = shown.domains.unwrap().rows[0].id.unwrap();
    let to = host("b.com");
    customer_page::move_domain(service, &by_key, id, activation, &to, None).await.unwrap();
    replace_key(service, &seller.actor, id, KeyGrace::parse("7").unwrap()).await.unwrap();
    let former = customer_page::open_by_key(service, None, &key, None).await.unwrap().unwrap().0;
    customer_page::show(service, &former, None, &ActivationCursors::default()).await.unwrap();
    let shown = customer_page::show(service, &page, Some(id), &ActivationCursors::default()).await.unwrap();
    let activation = shown.domains.unwrap().rows[0].id.unwrap();
    customer_page::free(service, &page, id, activation, None).await.unwrap();
    let file = serde_json::json!({
        "key": key, "productId": seller.product.id, "fingerprint": "offline", "hostname": "lab", "os": "linux",
        "appVersion": "1", "userHash": "u",
    });
    customer_page::activate_offline(service, &page, id, &file.to_string(), None).await.unwrap();
    let brand = domain::brand::Brand::parse("Maple", "", "#1f5f56").unwrap();
    customer_page::change_brand(service, &seller.actor, brand.into()).await.unwrap();
    customer_page::settings(service, &seller.actor).await.unwrap();
    customer_page::style_sheet(service, "ada").await.unwrap();
}

/// Runs the use cases of templates and settings, and the worker that reminds customers and announces
/// activations.
async fn write_to_customers(service: &Service, clock: &Clock, seller: &Seller, license: LicenseId) {
    let actor = &seller.actor;
    // The worker reads audit entries by their ids, which have the present time.
    let later = clock.now();
    clock.set(Clock::System.now());
    let settings = mail::CustomerMailSettings {
        sends_reminders: true,
        announces_activations: true,
        ..mail::CustomerMailSettings::default()
    };
    mail::change_customer_mail(service, actor, &settings).await.unwrap();
    mail::show_customer_mail(service, actor).await.unwrap();
    mail::set_product_reminders(service, actor, seller.product.id, false).await.unwrap();
    mail::set_product_reminders(service, actor, seller.product.id, true).await.unwrap();
    for kind in TemplateKind::ALL {
        let source = mail::show_template(service, actor, kind).await.unwrap().source;
        mail::save_template_draft(service, actor, kind, &source).await.unwrap();
        mail::change_template(service, actor, kind, &source).await.unwrap();
        mail::save_template_draft(service, actor, kind, &source).await.unwrap();
        mail::send_template_sample(service, actor, kind).await.unwrap();
        mail::reset_template(service, actor, kind).await.unwrap();
    }
    mail::list_templates(service, actor).await.unwrap();
    let until = Renewal::Until(service.now().plus_days(5));
    service::license::renew(service, actor, license, until, None).await.unwrap();
    let mut turns = mail::ReminderTurns::default();
    let first = mail::queue_reminders(service, &mut turns).await.unwrap();
    assert!(matches!(first, mail::Reminders::Queued(1..)), "{first:?}");
    mail::queue_reminders(service, &mut turns).await.unwrap();
    let limits = NewLimits { domains: Some(Limit::new(5)), machines: Some(Limit::new(5)) };
    change_limit(service, actor, license, limits).await.unwrap();
    let key = reveal_key(service, actor, license).await.unwrap();
    let key = domain::LicenseKey::parse(key.expose()).unwrap();
    activate(service, &key, &host("announced.com"), None).await.unwrap();
    machine::activate(service, request(seller, &key, "announced"), None).await.unwrap();
    clock.set(service.now().plus_seconds(1000));
    let mut turns = mail::NoticeTurns::default();
    while mail::announce_activations(service, &mut turns).await.unwrap() {}
    assert_eq!(mail::notices_of_license(service, actor, license).await.unwrap().len(), 2);
    // The first reminder depends on the last renewal.
    clock.set(service.now().plus_days(20));
    let until = Renewal::Until(service.now().plus_days(20));
    service::license::renew(service, actor, license, until, None).await.unwrap();
    mail::queue_reminders(service, &mut mail::ReminderTurns::default()).await.unwrap();
    clock.set(later);
    // The next use cases need a license in force.
    service::license::renew(service, actor, license, Renewal::Never, None).await.unwrap();
}

/// Runs the use cases on members.
async fn manage_members(service: &Service, seller: &Seller) {
    let actor = &seller.actor;
    for name in ["grace", "jean"] {
        let made = member::invite(service, actor, crate::member::to_role(Role::Viewer)).await.unwrap();
        member::show_invitation(service, &made.token).await.unwrap();
        let new = crate::member::new_member(name);
        let (account, user) = member::accept_invitation_as_new_user(service, &made.token, new).await.unwrap();
        member::switch_account(service, user.user, account).await.unwrap();
        service::account::member(service, user.user, Some(account)).await.unwrap();
        member::change_role(service, actor, user.user, Role::Support).await.unwrap();
        member::list(service, actor).await.unwrap();
        member::remove(service, actor, user.user, member::TokensOfRemoved::Withdrawn).await.unwrap();
        let made = member::invite(service, actor, crate::member::to_role(Role::Viewer)).await.unwrap();
        member::withdraw_invitation(service, actor, made.id).await.unwrap();
    }
    let made = member::invite(service, actor, crate::member::to_role(Role::Viewer)).await.unwrap();
    let new = crate::member::new_member("next");
    let (_, next) = member::accept_invitation_as_new_user(service, &made.token, new).await.unwrap();
    member::transfer_ownership(service, actor, next.user).await.unwrap();
    member::leave(service, actor).await.unwrap();
}

/// Runs the use cases on the audit log, with every filter.
async fn read_audit_log(service: &Service, clock: &Clock, seller: &Seller, license: LicenseId) {
    let actor = &seller.actor;
    clock.set(service.now().plus_seconds(1000));
    while audit::seal_batch(service).await.unwrap() {}
    audit::verify_all(service, actor).await.unwrap();
    audit::verify_portion(service, actor, Some(2)).await.unwrap();
    let actors =
        [AuditActor::Principal(seller.user.0), AuditActor::Apps, AuditActor::Customers, AuditActor::Server];
    let objects = [AuditObject::License(license), AuditObject::Product(seller.product.id)];
    let actions = [Event::ActivationCreated, Event::LicenseIssued].map(AuditAction::Event);
    let all = AuditQuery::default();
    let mut queries = vec![all.clone(), AuditQuery { before: Some(AuditEntryId(new_id())), ..all.clone() }];
    queries.extend(actors.map(|actor| AuditQuery { actor: Some(actor), ..all.clone() }));
    queries.extend(objects.map(|object| AuditQuery { object: Some(object), ..all.clone() }));
    queries.extend(actions.map(|action| AuditQuery { action: Some(action), ..all.clone() }));
    for query in queries {
        audit::list(service, actor, &query).await.unwrap();
    }
    let mut export = audit::export(service, actor, &all).await.unwrap();
    while export.next_batch().await.unwrap().is_some() {}
}

/// Runs the use cases of the operator.
async fn operate(service: &Service, olga: &Seller, seller: &Seller) {
    let by = service::account::member(service, olga.user, None).await.unwrap();
    let cursor = |backward| Some(SellerCursor { backward, slug: "b".to_owned() });
    for cursor in [None, cursor(false), cursor(true)] {
        for search in ["", "ada"] {
            let query = SellerQuery { search: search.to_owned(), cursor: cursor.clone() };
            operator::list_sellers(service, &by, &query).await.unwrap();
        }
    }
    let reason = Reason::parse("reason", "Not paid").unwrap();
    let provider = domain::purchase::ShopProvider::Stripe;
    let shop = shop::connect(service, seller, provider, shop::settings()).await.id;
    operator::suspend_seller(service, &by, seller.account, &reason, true).await.unwrap();
    let object = serde_json::json!({"id": "ch_1"});
    let body = shop::stripe("evt_deferred", "charge.updated", service.now().seconds(), object);
    shop::send(service, shop, &shop::sign(provider, shop::SECRET, &body, service.now())).await;
    operator::reinstate_seller(service, &by, seller.account).await.unwrap();
    assert_eq!(service::purchase::apply_deferred(service).await.unwrap(), 1);
    service::purchase::delete(service, &seller.actor, shop).await.unwrap();
    node::heartbeat(service).await.unwrap();
    operator::health(service, &by).await.unwrap();
    service::metrics::stored(service).await.unwrap();
    node::remove(service).await.unwrap();
}

/// Runs the use cases on imports.
async fn import_licenses(service: &Service, seller: &Seller) {
    let text = "license_key,customer_email,metadata: order\nOLD-SHOP-0001,grace@x.example,1\nshort,,";
    let id = license_import::support::upload(service, seller, text).await;
    license_import::support::import(service, seller, id, false).await;
    service::license_import::list(service, &seller.actor).await.unwrap();
    service::license_import::faults(service, &seller.actor, id).await.unwrap();
    service::license_import::remove(service, &seller.actor, id).await.unwrap();
    license_import::support::run(service, seller, id).await;
    service::license_import::run_pending(service).await.unwrap();
    service::license_import::prune(service).await.unwrap();
}

/// Runs the use cases on customers.
async fn manage_customers(service: &Service, seller: &Seller, license: LicenseId) {
    let actor = &seller.actor;
    let mut customers = Vec::new();
    for address in ["grace@x.example", "jean@x.example"] {
        let email = Email::parse(address).unwrap();
        transfer(service, actor, license, None, Some(&email)).await.unwrap();
        customers.push(customer::find(service, actor, &CustomerRef::Email(email)).await.unwrap());
    }
    let [keep, other] = customers[..] else { panic!("two customers") };
    let cursor = |backward| CustomerCursor { backward, id: keep };
    for cursor in [None, Some(cursor(false)), Some(cursor(true))] {
        for search in ["", "x.ex"] {
            customer::list(service, actor, &CustomerQuery { search: search.to_owned(), cursor })
                .await
                .unwrap();
        }
    }
    customer::suggest(service, actor, "x.ex").await.unwrap();
    customer::show(service, actor, keep, Some(license)).await.unwrap();
    let named = Identity { name: Name::optional("name", "Grace").unwrap(), email: None };
    customer::update(service, actor, keep, named, None).await.unwrap();
    for object in [
        ChangedObject::License(license),
        ChangedObject::Product(seller.product.id),
        ChangedObject::Customer(keep),
        ChangedObject::Account,
        ChangedObject::Template(TemplateKind::LicenseKey),
    ] {
        last_change(service, actor, object, &[Event::CustomerUpdated], None).await.unwrap();
    }
    customer::merge(service, actor, keep, other).await.unwrap();
    let mut export = customer::export(service, actor, keep).await.unwrap();
    while let Some(part) = export.next().await {
        part.unwrap();
    }
    reveal_keys(service, actor, &[license]).await.unwrap();
    let reason = Reason::parse("reason", "Grace asked").unwrap();
    suspend(service, actor, license, Some(reason)).await.unwrap();
    customer::erase(service, actor, keep).await.unwrap();
}

/// Asserts that lookups of activations use both the license and the subject as index conditions.
async fn assert_found_by_both(db: &TestDatabase, explain: &Explain, statements: &BTreeSet<String>) {
    let (of_many, by_both) = if db.is_sqlite() {
        ("CROSS JOIN activations", "(license_id=? AND kind=? AND subject=?)")
    } else {
        ("CROSS JOIN LATERAL (SELECT id FROM activations", "(subject = (e.value")
    };
    let mut seen = 0;
    for sql in statements {
        if !(sql.starts_with("SELECT \"activations\"") && sql.contains(of_many)) {
            continue;
        }
        seen += 1;
        let plan = explain.plan(sql).await;
        // Index conditions only, not filters on rows that were already read.
        let sought = plan.iter().filter(|line| line.contains("SEARCH") || line.contains("Index Cond:"));
        let sought = sought.map(String::as_str).collect::<Vec<_>>().join("\n");
        assert!(sought.contains(by_both), "{sql}\n{}", plan.join("\n"));
    }
    assert_eq!(seen, 2, "one for domains, one for machines");
}

on_both_databases! {
    async fn no_use_case_scans_a_whole_table(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let (service, statements) = db.open_watched_at(clock.clone()).await;
        let (olga, seller) = (new_operator(&service, "olga").await, seller(&service, "ada").await);
        // Statements on the logs read several partitions.
        service::partition::make_ahead(&service).await.unwrap();
        statements.take();
        Box::pin(run_use_cases(&service, &clock, &seller)).await;
        operate(&service, &olga, &seller).await;
        let explain = Explain::on(&db).await;
        let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
        let is_query = |sql: &String| verbs.iter().any(|verb| sql.starts_with(verb));
        // A text of several statements is explained statement by statement.
        let each = |text: String| text.split(";\n").map(ToOwned::to_owned).collect::<Vec<_>>();
        let statements: BTreeSet<_> =
            statements.take().into_iter().flat_map(each).filter(is_query).collect();
        assert!(statements.len() > 50, "{}", statements.len());
        let mut scans = Vec::new();
        for sql in statements {
            // This statement deletes the oldest events, in batches.
            if sql.starts_with("DELETE FROM outbox_events") || sql.contains(OF_PRODUCTS) {
                continue;
            }
            let plan = explain.plan(&sql).await;
            let text = plan.join("\n");
            if plan.iter().any(|line| reads_whole(line)) || reads_all_of_a_seller(&plan) {
                scans.push(format!("{sql}\n{text}"));
            }
            if sql.starts_with("SELECT id, expires_at, CASE") {
                assert!(text.contains("ix_licenses_account_state_expires"), "{sql}\n{text}");
            }
            if sql.contains("WHERE actor_kind = 'customer'") || sql.contains("AND actor_kind = 'customer'") {
                // The small table of PostgreSQL may be read by another index of the account.
                assert!(!db.is_sqlite() || text.contains("ix_audit_entries_by_customer"), "{sql}\n{text}");
            }
            // The last change of an account reads the range of a day; others have an object.
            let is_of_day = sql.contains("\"id\" >= ") && ["license_id", "product_id", "customer_id"].iter().all(|id| !sql.contains(&format!("\"{id}\" =")));
            if sql.starts_with("SELECT \"audit_entries\"") && is_of_day {
                assert!(text.contains("account_id=? AND id>?") || text.contains("AND (id >= $"), "{sql}\n{text}");
            } else if sql.starts_with("SELECT \"audit_entries\"") {
                let by = |id: &str| sql.contains(&format!("\"{id}\" ="));
                let index = match (by("customer_id"), by("product_id")) {
                    (true, _) => "ix_audit_entries_customer",
                    (_, true) => "ix_audit_entries_product",
                    _ => "ix_audit_entries_license",
                };
                assert!(text.contains(index), "{sql}\n{text}");
            }
        }
        assert!(scans.is_empty(), "{}", scans.join("\n\n"));
    }

    /// A license may have 100,000 activations, so a plan must not read all of them to find one. This must
    /// also be true when most licenses have one activation and when the tables are small.
    async fn an_activation_is_found_by_license_and_subject(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let seller = seller(&service, "ada").await;
        let explain = Explain::on(&db).await;
        let mut keys = Vec::new();
        for n in 0..60 {
            let (_, key) = license(&service, &seller, 1).await;
            activate(&service, &key, &host(&format!("d{n}.example.com")), None).await.unwrap();
            keys.push(key);
        }
        // The statistics contain no machine yet.
        explain.run("ANALYZE").await;
        for key in keys {
            machine::activate(&service, request(&seller, &key, "a"), None).await.unwrap();
        }
        let statements = BTreeSet::from_iter(statements.take());
        assert_found_by_both(&db, &explain, &statements).await;
        if !db.is_sqlite() {
            // Enough rows that several indexes have similar costs.
            explain.insert_licenses(
                "'id', gen_random_uuid(), 'key_digest', '\\x' || md5(n::text)",
                "(SELECT * FROM licenses LIMIT 1) l, generate_series(1, 1000) n",
            ).await;
            explain.run(
                "INSERT INTO activations SELECT (jsonb_populate_record(NULL::activations, to_jsonb(a) || jsonb_build_object( \
                 'id', gen_random_uuid(), 'license_id', l.id))).* \
                 FROM (SELECT * FROM activations LIMIT 1) a, licenses l WHERE octet_length(l.key_digest) = 16",
            ).await;
        }
        explain.run("ANALYZE").await;
        assert_found_by_both(&db, &explain, &statements).await;
    }

    async fn the_counters_agree_with_a_full_count(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 3).await;
        for domain in ["a.com", "b.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
        }
        deactivate(&service, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(service::consistency_check::check(&service).await.unwrap(), []);
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&raw, "UPDATE licenses SET domains_used = 3").await.unwrap();
        let found = service::consistency_check::check(&service).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].of, found[0].counted, found[0].found), (id.0, 3, 1));
    }
}
