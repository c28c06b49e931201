//! The thread that listens on loopback for as long as the server lives.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, MutexGuard};
use std::thread::{self, JoinHandle};

use tokio::runtime;
use tokio::sync::oneshot;

use crate::connection::serve;
use crate::options::Options;
use crate::state::{Shared, State};

/// A listening server; dropping it closes every connection and waits for the thread to end.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    base_path: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a free port.
    ///
    /// # Panics
    ///
    /// When the system has no free port or can't start a thread.
    pub(crate) fn start(options: Options) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on loopback");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("the address of a listener");

        let base_path = options.base_path.clone();
        let shared = Arc::new(Shared::new(options));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("fake-github".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || run(listener, shared, stopped)
            })
            .expect("a thread");
        Self { address, base_path, shared, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.base_path)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if the thread has ended already, and then there is nothing left to stop.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn run(listener: TcpListener, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a tokio runtime");
    runtime.spawn(accept(listener, shared));
    let _ = runtime.block_on(stopped);
    // The runtime is dropped here, and with it every connection, including those that hang.
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener that does not block");
    for connection in 1.. {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&shared), connection));
        }
    }
}
