//! The binary: passes the environment and the command line to the library, and exits with its status.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use private_registries::{Colour, Environment, Exit};

fn main() -> ExitCode {
    let environment = Environment::of_process();
    if let Some(page) = private_registries::page(&environment, Colour::choose(&environment, io::stdout().is_terminal()))
    {
        // A closed pipe means that the reader has seen enough.
        let _ = writeln!(io::stdout(), "{page}");
        return ExitCode::SUCCESS;
    }
    // One thread is enough: a run mostly waits for the network, and writes one change at a time.
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(private_registries::run(&environment));
            runtime.shutdown_background();
            ExitCode::from(exit.status())
        }
        Err(error) => {
            eprintln!("error: the runtime can't be started: {error}");
            ExitCode::from(Exit::Failed.status())
        }
    }
}
