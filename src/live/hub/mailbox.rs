//! What waits for one open page: the hub puts it in, the socket takes it out.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

use crate::live::topic::{CloseReason, Frame};

/// Frames a listener may be behind before it is sent away.
pub(super) const BACKLOG: usize = 256;
/// Bytes a listener may be behind. One frame may be larger; a second one behind it may not.
pub(super) const BACKLOG_BYTES: usize = 1024 * 1024;
/// Places for frames that an empty box keeps. Most pages are silent for hours, and there may be
/// thousands of them: a channel would keep room for 32 in each.
const KEPT: usize = 4;

/// The box of one listener.
pub(super) struct Mailbox {
    waiting: Mutex<Waiting>,
    /// Rings for each frame and for the end. One task waits for both, and looks at all there is
    /// before it waits.
    bell: Notify,
    ended: OnceLock<CloseReason>,
    is_present: AtomicBool,
    keeps_unread: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<Frame>,
    bytes: usize,
}

/// What a subscription brings next.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    Frame(Frame),
    End(CloseReason),
}

impl Default for Mailbox {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            bell: Notify::new(),
            ended: OnceLock::new(),
            // Whoever opens a page looks at it.
            is_present: AtomicBool::new(true),
            keeps_unread: AtomicBool::new(false),
        }
    }
}

impl Mailbox {
    /// Puts a frame behind those that wait. False if they are too many.
    pub(super) fn put(&self, frame: &Frame) -> bool {
        let size = frame.html.len();
        let mut waiting = self.waiting();
        let is_full = waiting.frames.len() >= BACKLOG || waiting.bytes + size > BACKLOG_BYTES;
        if is_full && !waiting.frames.is_empty() {
            return false;
        }
        waiting.bytes += size;
        waiting.frames.push_back(frame.clone());
        drop(waiting);
        self.bell.notify_one();
        true
    }

    /// The frame that waits longest, unless it is over.
    pub(super) fn take(&self) -> Option<Frame> {
        if self.ended().is_some() {
            return None;
        }
        let mut waiting = self.waiting();
        let frame = waiting.frames.pop_front()?;
        waiting.bytes -= frame.html.len();
        if waiting.frames.is_empty() {
            waiting.frames.shrink_to(KEPT);
        }
        Some(frame)
    }

    /// The next frame, or the end, which overtakes frames.
    pub(super) async fn next(&self) -> Delivery {
        loop {
            if let Some(reason) = self.ended() {
                return Delivery::End(reason);
            }
            if let Some(frame) = self.take() {
                return Delivery::Frame(frame);
            }
            self.bell.notified().await;
        }
    }

    /// Ends it. The first reason counts.
    pub(super) fn end(&self, reason: CloseReason) {
        let _ = self.ended.set(reason);
        self.bell.notify_one();
    }

    /// Why it is over, if it is.
    pub(super) fn ended(&self) -> Option<CloseReason> {
        self.ended.get().copied()
    }

    /// Waits for the end.
    pub(super) async fn over(&self) -> CloseReason {
        loop {
            if let Some(reason) = self.ended() {
                return reason;
            }
            self.bell.notified().await;
        }
    }

    /// Whether somebody looks at the page.
    pub(super) fn is_present(&self) -> bool {
        self.is_present.load(Ordering::Relaxed)
    }

    pub(super) fn set_present(&self, present: bool) {
        self.is_present.store(present, Ordering::Relaxed);
    }

    /// Somebody looks, and what they see counts as read.
    pub(super) fn is_reading(&self) -> bool {
        self.is_present() && !self.keeps_unread.load(Ordering::Relaxed)
    }

    /// From here on nothing is read by being looked at.
    pub(super) fn keep_unread(&self) {
        self.keeps_unread.store(true, Ordering::Relaxed);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
