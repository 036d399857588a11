//! `countersign`: see `countersign --help`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A tenth more verifications than by the system's allocator, with a thousand
/// licenses in memory and with a million.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    server::command::run()
}
