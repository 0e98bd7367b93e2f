//! Where open pages are served: by a thread of its own. A message for thousands of pages is as many
//! writes, and who asks for a page meanwhile shall not queue behind them.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// One writes more than a hundred thousand frames a second, and requests need the other cores.
const THREADS: usize = 1;

/// Runs the conversations with open pages; breaks off those that are left when it is dropped.
pub struct SocketThreads(Option<Runtime>);

impl SocketThreads {
    /// Starts it.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start() -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(THREADS).thread_name("sockets").enable_time();
        builder.build().map(|runtime| Self(Some(runtime)))
    }

    /// Holds a conversation. What it waits for on the network may come from another runtime.
    pub fn spawn(&self, conversation: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(conversation);
        }
    }
}

impl Drop for SocketThreads {
    fn drop(&mut self) {
        // The last who held it may be one of the conversations, which cannot wait for itself.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
