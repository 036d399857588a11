//! The commands of the binary.

mod audit;
mod backup;
mod check;
mod config;
mod context;
mod customer;
mod demo;
mod doctor;
mod healthcheck;
mod license;
mod master_key;
mod migrate;
mod output;
mod product;
mod serve;
mod token;
mod user;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use output::Output;

/// A license server: a dashboard for sellers, and an API that their customers' apps call to
/// activate and verify
#[derive(Parser)]
#[command(name = "countersign", version)]
struct Cli {
    /// TOML file of settings
    #[arg(long, global = true, env = "COUNTERSIGN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// <sqlite://path> or postgres://…; has precedence over the setting `database_url`
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Print one JSON document to standard output, for scripts
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Args),
    /// Migrate the schema of the database
    Migrate,
    /// Fill an empty instance with demo data and print a sign-in
    Demo(demo::Args),
    /// Write a verified copy of the SQLite database, also while the server runs
    Backup(backup::BackupArgs),
    /// Restore a backup into the place of a missing SQLite database
    Restore(backup::RestoreArgs),
    /// Replace the master key
    #[command(subcommand)]
    MasterKey(master_key::MasterKeyCommand),
    /// Compare all counters with a full count; scans whole tables
    Check,
    /// Verify the audit log
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Print the settings in force with secrets redacted
    Config,
    /// Check whether a running server is ready
    Healthcheck,
    /// Check the installation and say what to do; changes nothing
    Doctor,
    /// Add users and reset passwords
    #[command(subcommand)]
    User(user::UserCommand),
    /// Create, change, archive, delete, list and show products
    #[command(subcommand)]
    Product(product::ProductCommand),
    /// Issue, show and change licenses
    #[command(subcommand)]
    License(license::LicenseCommand),
    /// List, show, change, merge, erase and export customers
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    /// Create, list and revoke API tokens
    #[command(subcommand)]
    Token(token::TokenCommand),
}

/// Runs the command of the command line.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let output = Output { json: cli.json };
    let settings = match Config::load(cli.config.as_deref(), cli.database_url) {
        Ok(settings) => settings,
        Err(sentence) if matches!(cli.command, Command::Doctor) => {
            return doctor::settings_are_invalid(sentence).print(output);
        }
        Err(sentence) => return output.print(Err(sentence)),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.print(Err(format!("The runtime can't be started: {error}."))),
    };
    let is_doctor = matches!(cli.command, Command::Doctor);
    let status = runtime.block_on(dispatch(cli.command, &settings, cli.config.as_deref(), output));
    if is_doctor {
        // A thread may still wait for a disk that does not answer.
        runtime.shutdown_background();
    }
    status
}

async fn dispatch(
    command: Command,
    settings: &Config,
    config_file: Option<&Path>,
    output: Output,
) -> ExitCode {
    let result = match command {
        // It has an exit status of its own.
        Command::Doctor => return Box::pin(doctor::examine(settings, config_file)).await.print(output),
        Command::Serve(args) => serve::serve(settings, args, output).await,
        Command::Migrate => migrate::migrate(settings).await,
        Command::Demo(args) => demo::demo(settings, args).await,
        Command::Backup(args) => backup::create(settings, args).await,
        Command::Restore(args) => backup::restore(settings, args).await,
        Command::MasterKey(command) => master_key::run(settings, command).await,
        Command::Check => check::check(settings).await,
        Command::Audit(command) => audit::run(settings, command).await,
        Command::Config => config::print(settings),
        Command::Healthcheck => healthcheck::healthcheck(settings).await,
        Command::User(command) => user::run(settings, command).await,
        Command::Product(command) => product::run(settings, command).await,
        Command::License(command) => license::run(settings, command).await,
        Command::Customer(command) => customer::run(settings, command).await,
        Command::Token(command) => token::run(settings, command).await,
    };
    output.print(result)
}
