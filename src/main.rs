//! From the environment to an exit status.

use std::process::ExitCode;

use private_registries::{Environment, Exit};

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!(
            "error: private-registries takes no arguments: its inputs are environment variables, such as \
             INPUT_OPERATION=list (see the README)"
        );
        return ExitCode::from(Exit::Invalid.status());
    }
    let environment = Environment::of_process();
    // One thread: a run waits for the network, one write at a time.
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(private_registries::run(&environment));
            runtime.shutdown_background();
            ExitCode::from(exit.status())
        }
        Err(error) => {
            eprintln!("error: the runtime can't be started: {error}");
            ExitCode::FAILURE
        }
    }
}
