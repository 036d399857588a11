//! The binary's commands.

mod check;
mod config;
mod context;
mod demo;
mod healthcheck;
mod license;
mod migrate;
mod output;
mod product;
mod serve;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use output::{CommandResult, Output};

/// A license server: a dashboard for sellers, and an API that their customers'
/// apps call to activate and verify.
#[derive(Parser)]
#[command(name = "countersign", version)]
struct Cli {
    /// A TOML file of settings.
    #[arg(long, global = true, env = "COUNTERSIGN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// <sqlite://path> or postgres://…; goes before the setting `database_url`.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// One JSON document on standard output, for scripts.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::Args),
    /// Bring the database's schema up to date.
    Migrate,
    /// Fill an empty instance with believable data, and print a sign-in.
    Demo(demo::Args),
    /// Compare the counters with a full count; reads whole tables.
    Check,
    /// Print the settings in force, with secrets masked.
    Config,
    /// Ask a running server whether it is ready.
    Healthcheck,
    /// People who sign in.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Products.
    #[command(subcommand)]
    Product(product::ProductCommand),
    /// Licenses.
    #[command(subcommand)]
    License(license::LicenseCommand),
    /// Bearer tokens for the seller's own systems.
    #[command(subcommand)]
    Token(token::TokenCommand),
}

/// Runs the command that was typed.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let output = Output { json: cli.json };
    let settings = match Config::load(cli.config.as_deref(), cli.database_url) {
        Ok(settings) => settings,
        Err(sentence) => return output.print(Err(sentence)),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.print(Err(format!("The runtime can't be started: {error}."))),
    };
    let answer = runtime.block_on(dispatch(cli.command, &settings, output));
    output.print(answer)
}

async fn dispatch(command: Command, settings: &Config, output: Output) -> CommandResult {
    match command {
        Command::Serve(args) => serve::serve(settings, args, output).await,
        Command::Migrate => migrate::migrate(settings).await,
        Command::Demo(args) => demo::demo(settings, args).await,
        Command::Check => check::check(settings).await,
        Command::Config => config::print(settings),
        Command::Healthcheck => healthcheck::healthcheck(settings).await,
        Command::User(verb) => user::run(settings, verb).await,
        Command::Product(verb) => product::run(settings, verb).await,
        Command::License(verb) => license::run(settings, verb).await,
        Command::Token(verb) => token::run(settings, verb).await,
    }
}
