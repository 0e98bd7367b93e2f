//! What the operator asks at the machine: of the running server over a socket in the data
//! directory, which only its owner may open, or, while the server is stopped, of the database.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::backups::{Backups, Occasion, Taken};
use crate::commands::Writer;
use crate::commands::profiles::{MakeAdministrator, ResetPassword};
use crate::commands::transfers::MakeRecoveryLink;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::db::{self, Reader, migrations};
use crate::error::{Error, Result};
use crate::files::Files;
use crate::model::{EmailAddress, User};
use crate::tokens::{self, TokenKey};
use crate::{app, queries};

/// Longest question or answer, in bytes; an answer lists people.
const MAX_LINE: u64 = 16 * 1024 * 1024;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a backup may take.
const BACKUP_PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
const SOCKET: &str = "control.sock";

/// What can be asked. Passwords come as digests only.
#[derive(Serialize, Deserialize)]
pub enum Ask {
    Users,
    ResetPassword {
        email_address: String,
        password_digest: String,
    },
    RecoveryLink {
        email_address: String,
    },
    MakeAdministrator {
        email_address: String,
    },
    /// In this folder, by its whole path; where nightly ones are if none is named.
    Backup {
        folder: Option<PathBuf>,
    },
}

impl Ask {
    fn patience(&self) -> Duration {
        match self {
            Ask::Backup { .. } => BACKUP_PATIENCE,
            _ => PATIENCE,
        }
    }
}

/// What is answered.
#[derive(Serialize, Deserialize)]
pub enum Reply {
    Users(Vec<User>),
    Link(String),
    Backup(Taken),
    Done,
    /// No active person has that address.
    Nobody,
    Failed(String),
}

/// Asks whoever holds the data directory, or holds it for the moment.
///
/// # Errors
/// One sentence for the operator.
pub async fn ask(config: &Config, ask: Ask) -> anyhow::Result<Reply> {
    let folder = &config.data_dir;
    if !folder.join("campfire.db").is_file() {
        bail!(
            "There is no Campfire database in {}. Name its directory with --data-dir.",
            folder.display()
        );
    }
    match DataDir::open_if_free(folder)? {
        Some(held) => ask_the_database(config, &held, ask).await,
        None => ask_the_server(&folder.join(SOCKET), &ask).await.with_context(|| {
            format!(
                "The server that uses {} does not answer; try again in a moment",
                folder.display()
            )
        }),
    }
}

async fn ask_the_database(config: &Config, held: &DataDir, ask: Ask) -> anyhow::Result<Reply> {
    let path = held.database()?;
    if !migrations::is_current(&db::connection::open_writer(&path)?)? {
        bail!("The database is of another version of Campfire. Start the server once, then retry.");
    }
    let secret = config.secret_key_base.clone();
    let secret = secret.map_or_else(|| held.secrets().map(|s| s.secret_key_base), Ok)?;
    let reader = Reader::open(&path)?;
    // Nobody listens while the server is stopped.
    let (writer, thread) = db::Writer::start(path, Box::new(|_| {}))?;
    let files = Files::open_folder(held.files()).context("reading the stored files")?;
    let operator = Operator {
        backups: Backups::new(held.path().to_owned(), reader.clone(), files),
        reader,
        writer,
        tokens: TokenKey::new(secret),
        origin: origin(config, &config.address().to_string()),
    };
    let reply = operator.answer(ask).await;
    drop(operator);
    let _ = thread.join();
    Ok(reply)
}

async fn ask_the_server(socket: &Path, ask: &Ask) -> anyhow::Result<Reply> {
    let asked = async {
        let mut stream = UnixStream::connect(socket).await?;
        stream.write_all(&line(ask)?).await?;
        let mut answer = String::new();
        if BufReader::new(stream).take(MAX_LINE).read_line(&mut answer).await? == 0 {
            bail!("it ended meanwhile");
        }
        Ok(serde_json::from_str(&answer)?)
    };
    timeout(ask.patience(), asked).await?
}

fn line(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

fn origin(config: &Config, bind: &str) -> String {
    config.base_url.as_ref().map_or_else(|| format!("http://{bind}"), |url| url.origin.clone())
}

/// Does what was asked.
#[derive(Clone)]
struct Operator {
    reader: Reader,
    writer: Writer,
    backups: Backups,
    tokens: TokenKey,
    origin: String,
}

impl Operator {
    async fn answer(&self, ask: Ask) -> Reply {
        match self.act(ask).await {
            Ok(reply) => reply,
            Err(Error::NotFound) => Reply::Nobody,
            Err(error) => Reply::Failed(error.to_string()),
        }
    }

    async fn act(&self, ask: Ask) -> Result<Reply> {
        match ask {
            Ask::Users => Ok(Reply::Users(self.reader.read(queries::users::everybody)?)),
            Ask::ResetPassword { email_address, password_digest } => {
                let email_address = address(&email_address)?;
                self.writer.run(ResetPassword { email_address, password_digest }).await?;
                tracing::info!("the operator set a password");
                Ok(Reply::Done)
            }
            Ask::RecoveryLink { email_address } => {
                let token = tokens::fresh();
                let token_hash = self.tokens.transfer_hash(&token);
                let email_address = address(&email_address)?;
                self.writer.run(MakeRecoveryLink { token_hash, email_address }).await?;
                tracing::info!("the operator made a sign-in link");
                Ok(Reply::Link(format!("{}/session/transfers/{token}", self.origin)))
            }
            Ask::MakeAdministrator { email_address } => {
                let email_address = address(&email_address)?;
                self.writer.run(MakeAdministrator { email_address }).await?;
                tracing::info!("the operator made somebody an administrator");
                Ok(Reply::Done)
            }
            Ask::Backup { folder } => {
                let backups = self.backups.clone();
                let folder = folder.unwrap_or_else(|| backups.folder());
                let take = move || backups.take(&folder, Occasion::Asked);
                let taken = tokio::task::spawn_blocking(take).await.map_err(anyhow::Error::from)?;
                Ok(match taken {
                    Ok(taken) => {
                        let place = taken.place.display();
                        tracing::info!(%place, "the operator had a backup made");
                        Reply::Backup(taken)
                    }
                    Err(error) => Reply::Failed(format!("{error:#}")),
                })
            }
        }
    }
}

fn address(text: &str) -> Result<EmailAddress> {
    EmailAddress::parse(text).map_err(|refused| Error::refused("email_address", refused))
}

/// The running server's side of the socket.
pub struct Control {
    path: PathBuf,
    listening: JoinHandle<()>,
}

impl Control {
    /// Listens from now on. Without it the server still serves, so a failure is only a warning.
    pub fn open(running: &app::Running) -> Option<Self> {
        let config = &running.app.config;
        let path = config.data_dir.join(SOCKET);
        let listener = match listener(&path) {
            Ok(listener) => listener,
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(error, "the operator's commands will need the server stopped");
                return None;
            }
        };
        let operator = Operator {
            reader: running.app.reader.clone(),
            writer: running.app.writer.clone(),
            backups: running.app.backups.clone(),
            tokens: running.app.tokens.clone(),
            origin: origin(config, &running.address.to_string()),
        };
        Some(Self { path, listening: tokio::spawn(serve(listener, operator)) })
    }

    /// Stops listening and takes the socket away.
    pub async fn close(self) {
        self.listening.abort();
        let _ = self.listening.await;
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Nobody else may open the socket at any moment: it gets its name after its mode.
fn listener(path: &Path) -> anyhow::Result<UnixListener> {
    let beside = path.with_extension("new");
    let _ = std::fs::remove_file(&beside);
    let listener = UnixListener::bind(&beside)
        .with_context(|| format!("a socket at {} cannot be made", path.display()))?;
    std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&beside, path)?;
    Ok(listener)
}

/// A backup takes its time; other questions are answered meanwhile. Those that are not answered
/// when this ends never are.
async fn serve(listener: UnixListener, operator: Operator) {
    let mut conversations = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = conversations.join_next() => continue,
        };
        let Ok((stream, _)) = stream else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let operator = operator.clone();
        conversations.spawn(async move {
            if let Err(error) = converse(stream, &operator).await {
                let error = format!("{error:#}");
                tracing::warn!(error, "the operator's question could not be answered");
            }
        });
    }
}

async fn converse(mut stream: UnixStream, operator: &Operator) -> anyhow::Result<()> {
    let (from, mut to) = stream.split();
    let mut asked = String::new();
    let reading = async { BufReader::new(from).take(MAX_LINE).read_line(&mut asked).await };
    timeout(PATIENCE, reading).await??;
    let ask: Ask = serde_json::from_str(&asked)?;
    let reply = timeout(ask.patience(), operator.answer(ask)).await?;
    timeout(PATIENCE, to.write_all(&line(&reply)?)).await??;
    Ok(())
}
