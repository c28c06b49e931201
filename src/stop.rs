//! SIGTERM and SIGINT: noticed at once, obeyed where nothing is left half done.

use std::sync::Arc;

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

/// Tells everybody who asks whether the run is to end.
#[derive(Clone, Debug)]
pub struct Stop {
    told: watch::Receiver<Option<(Signal, Instant)>>,
    /// Keeps the channel open when nobody listens for signals.
    _teller: Arc<watch::Sender<Option<(Signal, Instant)>>>,
}

impl Stop {
    /// Listens for the signals. Needs a running tokio runtime.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn on_signals() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (teller, told) = watch::channel(None);
        let teller = Arc::new(teller);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let listener = Arc::clone(&teller);
        tokio::spawn(async move {
            let signal = tokio::select! {
                _ = terminate.recv() => Signal::Terminate,
                _ = interrupt.recv() => Signal::Interrupt,
            };
            let _ = listener.send(Some((signal, Instant::now())));
        });
        Ok(Self { told, _teller: teller })
    }

    /// The signal that came, if one did.
    pub fn signal(&self) -> Option<Signal> {
        self.told.borrow().map(|(signal, _)| signal)
    }

    /// Resolves once a signal has come, with the moment when it came.
    pub async fn requested(&self) -> Instant {
        let mut told = self.told.clone();
        let came = told.wait_for(Option::is_some).await.ok().and_then(|told| told.map(|(_, at)| at));
        match came {
            Some(at) => at,
            None => std::future::pending().await,
        }
    }
}

impl Default for Stop {
    /// One that is never told to stop.
    fn default() -> Self {
        let (teller, told) = watch::channel(None);
        Self { told, _teller: Arc::new(teller) }
    }
}
