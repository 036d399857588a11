//! `countersign serve`.

use std::io::IsTerminal as _;

use domain::rate_limit::RateLimitScope;
use serde_json::{Value, json};
use service::{Service, live};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use super::context::{enable_mail, open_observed_service, user_message};
use super::output::{CommandResult, Output};
use crate::acme::{self, ChallengeAnswers};
use crate::config::{Config, LogFormat};
use crate::connection_limit::ConnectionLimit;
use crate::http_service::HttpService;
use crate::instance_lock::InstanceLock;
use crate::listeners::Listeners;
use crate::tls::Tls;
use crate::traces::Traces;
use crate::worker::{Workers, write_heartbeat};
use crate::{assets, listen, locales, metrics, redirect, router};

#[derive(clap::Args)]
pub struct Args {
    /// Address and port to listen on; has precedence over the setting `listen`
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<std::net::SocketAddr>,
    /// Wait until the server that runs on this SQLite database stops
    #[arg(long)]
    takeover: bool,
    /// Fill an empty instance with demo data first
    #[arg(long)]
    demo: bool,
}

pub async fn serve(settings: &Config, args: Args, output: Output) -> CommandResult {
    let mut settings = settings.clone();
    if let Some(listen) = args.listen {
        settings.listen = listen;
    }
    let traces = settings.traces()?.map(Traces::start).transpose()?;
    init_logging(&settings, traces.as_ref());
    // Idle and hostile connections each hold a file descriptor; the usual soft limit of 1,024 is
    // too low.
    if let Err(error) = rlimit::increase_nofile_limit(65_536) {
        tracing::warn!(%error, "open file limit could not be raised; connections may be refused under load");
    }
    let order = settings.acme();
    let tls = match (settings.certificate_files(), &order) {
        (Some(files), _) => Some(Tls::load(files).await?),
        (None, Some(order)) => Some(Tls::waiting(order.subject.names())?),
        (None, None) => None,
    };
    let mut lock = match settings.sqlite_file() {
        Some(file) => Some(InstanceLock::acquire(&file, args.takeover).await?),
        None => None,
    };
    let observer = traces.as_ref().map(|traces| traces.statement_observer(settings.sqlite_file().is_some()));
    let service = open_observed_service(&settings, observer).await?;
    let certificate = match order.zip(tls.as_ref()) {
        Some((order, tls)) => Some(acme::Worker::new(&service, order, tls.served()).await?),
        None => None,
    };
    let listeners = Listeners::open(&mut settings).await?;
    // Links in mails need the port that the system chose.
    enable_mail(&service, &settings)?;
    if let Some(folder) = &settings.locales_dir {
        service.set_locales(locales::load(folder)?);
    }
    if let Some(lock) = &mut lock {
        lock.announce(&settings.origin());
    }
    if !assets::are_embedded() {
        tracing::warn!("this build has no static assets; build with `cargo xtask build`");
    }
    // Before the address is printed, so that a stop right after it is an orderly one.
    let shutdown = shutdown_signal();
    let is_waiting = certificate.as_ref().is_some_and(acme::Worker::is_waiting);
    print_welcome(&service, &settings, Welcome { demo: args.demo, is_waiting, output }).await?;
    // Before the workers and the first request, which use the settings that it stores.
    let http_service = router::router(&service, &settings);
    let http_service = http_service.with_traces(traces.as_ref().map(Traces::requests));
    if settings.rate_limit_scope == RateLimitScope::Cluster {
        // The share is found before the first request, too.
        write_heartbeat(&service).await;
    }
    let workers = Workers::start(&service, settings.retention(), settings.backup_schedule());
    let limit = ConnectionLimit::new(&settings.trusted_proxies);
    let stop = async {
        shutdown.await;
        live::close(&service);
    };
    let beside = [
        serve_metrics(listeners.metrics, &service, &http_service, &settings),
        listeners.redirect.map(|listener| serve_redirect(listener, &service, &settings)),
        tls.as_ref().and_then(|tls| tls.watch(&service)),
        certificate.as_ref().map(acme::Worker::spawn),
    ];
    listen::serve(listeners.public, http_service, &limit, tls.as_ref().map(Tls::acceptor), stop).await;
    for task in beside.into_iter().flatten() {
        task.abort();
    }
    workers.stop().await;
    service.close().await;
    if let Some(traces) = traces {
        traces.shutdown().await;
    }
    drop(lock);
    tracing::info!("stopped");
    Ok(Value::Null)
}

/// Spawns the task that serves the metrics, if they are on.
fn serve_metrics(
    listener: Option<TcpListener>,
    service: &Service,
    http_service: &HttpService,
    settings: &Config,
) -> Option<JoinHandle<()>> {
    let (listener, requests) = listener.zip(http_service.metrics().cloned())?;
    let exporter = metrics::Exporter::new(service, requests);
    Some(tokio::spawn(metrics::serve(listener, exporter, settings.metrics_token.clone())))
}

/// Spawns the task that redirects to the public address. Its connections have a limit of their own.
fn serve_redirect(listener: TcpListener, service: &Service, settings: &Config) -> JoinHandle<()> {
    let limit = ConnectionLimit::new(&settings.trusted_proxies);
    let answers = settings.acme().map(|_| ChallengeAnswers::new(service));
    tokio::spawn(redirect::serve(listener, settings.origin(), limit, answers))
}

fn init_logging(settings: &Config, traces: Option<&Traces>) {
    // Validated with the settings.
    let filter = EnvFilter::try_new(log_filter(&settings.log)).unwrap_or_default();
    if let Some(traces) = traces {
        let lines =
            fmt::layer::<Registry>().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
        let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.log_format {
            LogFormat::Text => Box::new(lines),
            LogFormat::Json => Box::new(lines.json()),
        };
        // The filter is of the log alone: its level does not matter to traces.
        tracing_subscriber::registry().with(lines.with_filter(filter)).with(traces.layer()).init();
        return;
    }
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match settings.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}

/// Adds the directives of noisy libraries to a plain level. A filter with directives of its own, and
/// the levels `debug` and `trace`, show everything.
fn log_filter(setting: &str) -> String {
    if setting.contains('=') || matches!(setting.to_ascii_lowercase().as_str(), "debug" | "trace") {
        return setting.to_owned();
    }
    // sea_orm_migration logs several lines per migration; tower_sessions warns of each unknown cookie.
    format!("{setting},sea_orm_migration=warn,tower_sessions=error,tower_sessions_core=error")
}

/// What the first lines tell.
struct Welcome {
    /// Whether an empty instance gets demo data.
    demo: bool,
    /// Whether the first certificate was not issued yet.
    is_waiting: bool,
    output: Output,
}

/// Prints the address and how to sign in: as lines, or as one JSON document.
#[allow(clippy::print_stdout, reason = "the operator reads this output")]
async fn print_welcome(service: &Service, settings: &Config, welcome: Welcome) -> Result<(), String> {
    let Welcome { demo, is_waiting, output } = welcome;
    let origin = settings.origin();
    let mut lines = Vec::new();
    let mut document = json!({ "address": origin });
    if let Some(address) = settings.metrics_listen {
        lines.push(format!("Metrics are at http://{address}/metrics"));
        document["metrics"] = json!(format!("http://{address}/metrics"));
    }
    if let Some(address) = settings.redirect_listen {
        lines.push(format!("Requests to http://{address} are redirected to {origin}"));
        document["redirect"] = json!(format!("http://{address}"));
    }
    if is_waiting {
        lines.push(
            "The first certificate is ordered now. Until it arrives, browsers warn of this address; the log tells more."
                .to_owned(),
        );
        document["certificate"] = json!("waiting");
    }
    let setup_needed = service.needs_setup().await.map_err(|e| user_message(&e))?;
    if demo && setup_needed {
        let demo = service::demo::create(service, 300, |_, _| {}).await.map_err(|e| user_message(&e))?;
        lines.push(format!("Sign in as {} with the password {}", demo.email, demo.password));
        lines.push(format!("A key to try: {} on {}", demo.key, demo.domain));
        document["demo"] =
            json!({ "email": demo.email, "password": demo.password, "key": demo.key, "domain": demo.domain });
    } else if demo {
        lines.push("This instance already has data. The demo did not change it.".to_owned());
    } else if setup_needed {
        let code = service.setup_code();
        lines.push(format!("Set it up at {origin}/set-up with the code {code}"));
        document["set_up"] = json!({ "url": format!("{origin}/set-up"), "code": code });
    }
    if output.json {
        println!("{document}");
    } else {
        println!("Countersign listens on {origin}");
        for line in lines {
            println!("{line}");
        }
    }
    Ok(())
}

/// Returns a future that resolves at Ctrl-C or SIGTERM. From the call on, SIGTERM does not end the process.
fn shutdown_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    async move {
        let interrupt = tokio::signal::ctrl_c();
        #[cfg(unix)]
        match terminate {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => drop(interrupt.await),
        }
        #[cfg(not(unix))]
        drop(interrupt.await);
        tracing::info!("shutdown requested; requests in progress are finished first");
    }
}
