//! The signals that ask a run to stop, which are noticed at once and obeyed where nothing is left half done.

use tokio::sync::watch;
use tokio::time::Instant;

/// A signal that asks a run to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `kill`, or a cancelled job.
    Terminate,
    /// Ctrl-C, or a cancelled job.
    Interrupt,
    /// The terminal was closed, or the connection to it broke.
    HangUp,
    /// Ctrl-\.
    Quit,
}

impl Signal {
    /// Returns the exit status for it (128 plus the signal's number).
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Terminate => 143,
            Self::Interrupt => 130,
            Self::HangUp => 129,
            Self::Quit => 131,
        }
    }

    /// Returns the signal's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
            Self::HangUp => "SIGHUP",
            Self::Quit => "SIGQUIT",
        }
    }
}

/// Says whether the run was asked to stop: by which signal, and when.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<Option<(Signal, Instant)>>);

impl Shutdown {
    /// Starts listening for the signals, except for a hang-up that the parent process ignores, as `nohup` does. Needs a
    /// running tokio runtime.
    ///
    /// # Errors
    /// When the system refuses to install the handlers.
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (teller, told) = watch::channel(None);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut quit = signal(SignalKind::quit())?;
        let mut hang_up = if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) };
        tokio::spawn(async move {
            let signal = tokio::select! {
                _ = terminate.recv() => Signal::Terminate,
                _ = interrupt.recv() => Signal::Interrupt,
                _ = quit.recv() => Signal::Quit,
                Some(()) = async { hang_up.as_mut()?.recv().await } => Signal::HangUp,
            };
            let _ = teller.send(Some((signal, Instant::now())));
        });
        Ok(Self(told))
    }

    /// Returns the signal, if one was received.
    pub fn signal(&self) -> Option<Signal> {
        self.0.borrow().map(|(signal, _)| signal)
    }

    /// Waits for a signal, and returns when it was received.
    pub async fn requested(&self) -> Instant {
        let mut told = self.0.clone();
        let came = told.wait_for(Option::is_some).await.ok().and_then(|told| told.map(|(_, at)| at));
        match came {
            Some(at) => at,
            None => std::future::pending().await,
        }
    }
}

/// Whether this process was started to ignore a hang-up, where the system tells:
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // SIGHUP is 1, the lowest bit.
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}
