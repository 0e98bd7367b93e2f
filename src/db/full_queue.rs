//! Tests of the writer's queue when it is full.

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use crate::db::command::{Command, WriteTx};
    use crate::db::connection;
    use crate::db::writer::{QUEUE, Writer};
    use crate::error::{Error, Result};

    /// Holds the writer until it is let go.
    struct Stuck {
        begun: Sender<()>,
        go: Receiver<()>,
    }

    impl Command<()> for Stuck {
        type Output = ();

        fn apply(self, _: &mut WriteTx<'_, ()>) -> Result<()> {
            self.begun.send(()).unwrap();
            let _ = self.go.recv();
            Ok(())
        }
    }

    struct Quick;

    impl Command<()> for Quick {
        type Output = ();

        fn apply(self, tx: &mut WriteTx<'_, ()>) -> Result<()> {
            tx.execute("insert into t values (1)", [])?;
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_the_queue_cannot_hold_is_refused_at_once_and_not_done() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        let database = connection::open_writer(&path).unwrap();
        database.execute_batch("create table t (x)").unwrap();
        let (writer, _thread) = Writer::start(path, Box::new(|_| {})).unwrap();
        let ((begun, has_begun), (go, wait)) = (channel(), channel());
        let stuck = tokio::spawn({
            let writer = writer.clone();
            async move { writer.run(Stuck { begun, go: wait }).await }
        });
        while has_begun.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..QUEUE {
            let writer = writer.clone();
            waiting.spawn(async move { writer.run(Quick).await });
        }
        while writer.queued() < QUEUE {
            tokio::task::yield_now().await;
        }
        // The writer is still held: these are answered by nobody but the queue.
        for _ in 0..3 {
            let asked = tokio::time::timeout(Duration::from_secs(20), writer.run(Quick));
            assert!(matches!(asked.await.expect("no waiting"), Err(Error::Busy)));
        }
        go.send(()).unwrap();
        assert!(stuck.await.unwrap().is_ok());
        assert!(waiting.join_all().await.iter().all(Result::is_ok));
        let rows: i64 = database.query_row("select count(*) from t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, i64::try_from(QUEUE).unwrap());
    }
}
