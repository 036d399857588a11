//! `countersign`: see `countersign --help`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Serves about a tenth more verifications per second than the system allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    server::command::run()
}
