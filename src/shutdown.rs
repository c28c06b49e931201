//! SIGTERM and SIGINT, which are noticed at once and obeyed where nothing is left half done.

use tokio::sync::watch;
use tokio::time::Instant;

/// A signal that asks a run to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `kill`, or a cancelled job.
    Terminate,
    /// Ctrl-C, or a cancelled job.
    Interrupt,
}

impl Signal {
    /// Returns the exit status for it (128 plus the signal's number).
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Terminate => 143,
            Self::Interrupt => 130,
        }
    }

    /// Returns the signal's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
        }
    }
}

/// Says whether the run was asked to stop: by which signal, and when.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<Option<(Signal, Instant)>>);

impl Shutdown {
    /// Starts listening for the signals. Needs a running tokio runtime.
    ///
    /// # Errors
    /// When the system refuses to install the handlers.
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (teller, told) = watch::channel(None);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(async move {
            let signal = tokio::select! {
                _ = terminate.recv() => Signal::Terminate,
                _ = interrupt.recv() => Signal::Interrupt,
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
