//! The signals that ask a run to end: noticed at once, obeyed where nothing is left half done.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// What still runs so long after a signal is stuck: a run ends within seven seconds.
const STUCK: Duration = Duration::from_secs(10);

/// A signal that asks a run to end.
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
    /// The exit status that says so.
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Terminate => 143,
            Self::Interrupt => 130,
            Self::HangUp => 129,
            Self::Quit => 131,
        }
    }

    /// The signal's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
            Self::HangUp => "SIGHUP",
            Self::Quit => "SIGQUIT",
        }
    }
}

/// Tells everybody who asks whether the run is to end: by which signal, and when it came.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<Option<(Signal, Instant)>>);

impl Shutdown {
    /// Listens for the signals, but not for a hang-up that whoever started us wants to be ignored, as `nohup` does. Needs a
    /// running tokio runtime.
    ///
    /// # Errors
    /// When the system does not let us.
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

    /// Ends the process for good where a signal came and the run can't obey it: whoever reads its output has stopped
    /// reading, so that its one thread waits for ever to print.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn enforce() -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let enforce = async {
            let Ok(shutdown) = Self::listen() else { return };
            let came = shutdown.requested().await;
            tokio::time::sleep_until(came + STUCK).await;
            let status = shutdown.signal().map_or(1, Signal::exit_status);
            #[expect(clippy::disallowed_methods, reason = "nothing else can be done any more")]
            std::process::exit(i32::from(status));
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(enforce)).map(drop)
    }

    /// The signal that came, if one did.
    pub fn signal(&self) -> Option<Signal> {
        self.0.borrow().map(|(signal, _)| signal)
    }

    /// Resolves once a signal has come, with the moment when it came.
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
