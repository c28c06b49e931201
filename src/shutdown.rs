//! SIGTERM and SIGINT: noticed at once, obeyed where nothing is left half done.

use tokio::sync::watch;
use tokio::time::Instant;

/// A signal that asks a run to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `kill`, or a cancelled job.
    Terminate,
    /// Ctrl-C, or a cancelled job.
    Interrupt,
}

impl Signal {
    /// The exit status that says so.
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Terminate => 143,
            Self::Interrupt => 130,
        }
    }

    /// The signal's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
        }
    }
}

/// Tells everybody who asks whether the run is to end: by which signal, and when it came.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<Option<(Signal, Instant)>>);

impl Shutdown {
    /// Listens for the signals. Needs a running tokio runtime.
    ///
    /// # Errors
    /// When the system does not let us.
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
