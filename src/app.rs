//! The handles a request is given; starts all tasks, stops them in order.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::sync::mpsc;
use tokio::task;
use tokio::time::MissedTickBehavior;

use crate::access::Access;
use crate::after_commit;
use crate::backups::Backups;
use crate::certificates::Certificates;
use crate::clock;
use crate::commands::Writer;
use crate::commands::epochs::BeginEpoch;
use crate::config::{Config, HttpBind};
use crate::data_dir::DataDir;
use crate::db::{self, Reader, migrations};
use crate::events::{Event, TokenHash};
use crate::files::{Files, Sounds};
use crate::jobs;
use crate::jobs::webhooks::Courier;
use crate::live::{Hub, Online, Presence, Signals, SocketThreads, Subscriptions, Typing};
use crate::model::{Epoch, Timestamp};
use crate::outbound;
use crate::outbound::opengraph::LinkedPages;
use crate::outbound::web_push::PushServices;
use crate::pages::{Marks, Pages};
use crate::passwords::Passwords;
use crate::pictures::Pictures;
use crate::pictures::workshop::Workshop;
use crate::queries;
use crate::tokens::TokenKey;
use crate::views::live::{dot_frame, present_frame, typing_frame};
use crate::web::icons::Icons;
use crate::web::limits::Limits;
use crate::web::requests::Requests;
use crate::web::server::{self, Server};
use crate::web::to_https;

/// Groups of events the announcer may be behind before the writer waits for it.
const ANNOUNCEMENTS: usize = 1_024;
/// Bytes of text that the program of a bot may answer at least.
const MOST_HEARD: u64 = 1024 * 1024;
/// How long requests under way may take to finish when the server stops.
const STOP_REQUESTS: Duration = Duration::from_secs(5);

/// What every request can reach. It can look up, send commands and listen; it cannot announce.
/// One pointer: every layer of the router keeps a copy, and every request makes more.
#[derive(Clone)]
pub struct App(Arc<Handles>);

/// The handles themselves, reached by their names through [`App`].
pub struct Handles {
    pub config: Config,
    pub reader: Reader,
    pub writer: Writer,
    pub access: Arc<Access>,
    pub live: Subscriptions,
    pub sockets: SocketThreads,
    pub typing: Arc<Typing>,
    pub presence: Arc<Presence>,
    pub online: Arc<Online>,
    pub passwords: Passwords,
    pub pictures: Pictures,
    pub workshop: Workshop,
    pub files: Files,
    pub backups: Backups,
    pub pages: Pages,
    pub sounds: Sounds,
    pub limits: Limits,
    pub icons: Icons,
    pub outbound: outbound::Client,
    pub linked_pages: LinkedPages,
    pub push_services: PushServices,
    pub tokens: TokenKey,
    /// What was answered since the start.
    pub requests: Requests,
    pub started_at: Timestamp,
    /// This start of the server, for readers who come back after the next one.
    pub epoch: Epoch,
}

impl Deref for App {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.0
    }
}

impl App {
    /// What a session token is known by, here and in the database.
    pub fn token_hash(&self, token: &[u8]) -> TokenHash {
        self.tokens.session_hash(token)
    }
}

/// A server that answers.
pub struct Running {
    pub app: App,
    pub address: SocketAddr,
    data_dir: DataDir,
    writer_thread: JoinHandle<()>,
    announcer: task::JoinHandle<()>,
    jobs: jobs::Worker,
    courier: Courier,
    signals: task::JoinHandle<()>,
    sweeper: task::JoinHandle<()>,
    orphans: task::JoinHandle<()>,
    nightly: task::JoinHandle<()>,
    server: Server,
    /// Leads people from http to the server.
    to_https: Option<Server>,
    /// Looks after the certificate.
    renewal: Option<task::JoinHandle<()>>,
}

/// Opens the data directory, brings the database up to date and starts to answer.
///
/// # Errors
/// One sentence for the operator: directory in use, newer schema, address taken.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let data_dir = DataDir::open(&config.data_dir)?;
    let secrets = data_dir.secrets()?;
    let path = data_dir.database()?;
    let mut connection = db::connection::open_writer(&path)?;
    if let Some(copy) = migrations::apply(&mut connection, Some(&data_dir.backups()))? {
        tracing::info!(copy = %copy.display(), "the database was migrated; a copy was kept");
    }
    let is_demo = queries::demos::is_demo(&connection)?;
    if is_demo != config.demo {
        bail!("{}", wrong_place(is_demo, &config.data_dir));
    }
    drop(connection);

    let reader = Reader::open(&path)?;
    let access = Arc::new(Access::default());
    let history = reader.read(queries::access::history).context("reading who may see what")?;
    access.learn(&history);

    let (publisher, live) = Hub::open();
    let typing = Arc::new(Typing::new(publisher.for_signals(), typing_frame));
    let marks = Arc::new(Marks::default());
    let shown_on = marks.clone();
    let presence = Presence::new(publisher.for_signals(), live.clone(), present_frame)
        .telling(Box::new(move |room_id| shown_on.presence_changed(room_id)));
    let presence = Arc::new(presence);
    let (sharing, shown_to) = (access.clone(), marks.clone());
    let online = Arc::new(Online::new(
        publisher.for_signals(),
        live.clone(),
        dot_frame,
        Box::new(move |user_id| {
            let partners = sharing.ping_partners(user_id);
            shown_to.dots_changed(&partners);
            partners
        }),
    ));
    let signals =
        Signals { typing: typing.clone(), presence: presence.clone(), online: online.clone() };
    let sweeping = task::spawn(sweep_signals(signals.clone()));
    let (announce, announcements) = mpsc::channel::<Vec<Event>>(ANNOUNCEMENTS);
    let (writer, writer_thread) = db::Writer::start(path, {
        let (access, marks) = (access.clone(), marks.clone());
        Box::new(move |events| {
            access.learn(&events);
            marks.learn(&events);
            if announce.blocking_send(events).is_err() {
                tracing::error!("nobody announces any more");
            }
        })
    })?;
    let epoch = Epoch(rand::random());
    if let Err(error) = writer.run(BeginEpoch { epoch }).await {
        tracing::warn!(%error, "this start could not be written down; who comes back is sent lists anew");
    }
    let bells = jobs::Bells::default();
    let announcer = task::spawn(after_commit::announce(
        announcements,
        publisher,
        reader.clone(),
        access.clone(),
        signals.clone(),
        bells.clone(),
    ));
    let files = Files::open_folder(data_dir.files()).context("reading the stored files")?;
    let backups = Backups::new(data_dir.path().to_owned(), reader.clone(), files.clone());
    let workshop = Workshop::open();
    let outbound = if config.demo {
        outbound::Client::among_strangers(&config.reachable_networks)
    } else {
        outbound::Client::new(&config.reachable_networks)
    };
    let secret = config.secret_key_base.clone().unwrap_or(secrets.secret_key_base);
    let tokens = TokenKey::new(secret);
    let linked_pages = LinkedPages::new(outbound.clone(), &config);
    let pictures = Pictures::default();
    let push_services = PushServices::new(
        outbound.clone(),
        config.vapid_private_key.as_deref().unwrap_or(&secrets.vapid_private_key),
        config.vapid_public_key.as_deref(),
        config.base_url.as_ref().map(|url| url.origin.as_str()),
        &config.push_services,
    )?;
    let tools = jobs::Tools {
        reader: reader.clone(),
        writer: writer.clone(),
        files: files.clone(),
        workshop: workshop.clone(),
        outbound: outbound.clone(),
        tokens: tokens.clone(),
        most_heard: config.max_upload().max(MOST_HEARD),
        files_enabled: config.files_enabled,
        quota: config.quota(),
        linked_pages: linked_pages.clone(),
        push_services: push_services.clone(),
        presence: presence.clone(),
        badge: crate::views::assets::BADGE_96,
        pictures: pictures.clone(),
    };
    let courier = Courier::start(tools.clone(), bells.webhooks.clone());
    let jobs = jobs::Worker::start(tools, bells);

    let pages = Pages::new(marks, config.page_cache_mb * 1024 * 1024);
    let app = App(Arc::new(Handles {
        limits: Limits::new(config.rate_limits),
        icons: Icons::default(),
        config,
        reader,
        writer,
        access,
        live,
        sockets: SocketThreads::start().context("a thread for the sockets")?,
        typing,
        presence,
        online,
        passwords: Passwords::start()?,
        pictures,
        workshop,
        sounds: Sounds::in_folder(data_dir.sounds()),
        files,
        backups,
        outbound,
        linked_pages,
        push_services,
        pages,
        tokens,
        requests: Requests::default(),
        started_at: clock::now(),
        epoch,
    }));
    let sweeper = task::spawn(jobs::sweep::run(app.reader.clone(), app.writer.clone()));
    let (reader, writer) = (app.reader.clone(), app.writer.clone());
    let orphans = task::spawn(jobs::orphans::run(reader, writer, app.files.clone()));
    let (at, kept) = (app.config.backup_at, app.config.backups_kept as usize);
    let nightly = task::spawn(jobs::nightly_backup::run(app.backups.clone(), at, kept));
    let (address, server, to_https, renewal) = listen(&app, &data_dir).await?;
    Ok(Running {
        app,
        address,
        data_dir,
        writer_thread,
        announcer,
        jobs,
        courier,
        signals: sweeping,
        sweeper,
        orphans,
        nightly,
        server,
        to_https,
        renewal,
    })
}

/// Answers at `BIND`: with a certificate that is looked after, and a second listener that leads people
/// to it, if there is a name to have one for; in the clear otherwise.
async fn listen(
    app: &App,
    data_dir: &DataDir,
) -> anyhow::Result<(SocketAddr, Server, Option<Server>, Option<task::JoinHandle<()>>)> {
    let bind = app.config.address();
    let cannot = |setting: &str, bind| format!("{setting} {bind} cannot be used");
    let listener = server::listen(bind).await.with_context(|| cannot("BIND", bind))?;
    let address = listener.local_addr()?;
    let router = crate::web::router(app.clone());
    let tls = &app.config.tls;
    let Some((domain, url)) = tls.host().zip(app.config.base_url.as_ref()) else {
        return Ok((address, server::start(listener, router, None), None, None));
    };
    let certificates = Certificates::open(data_dir.certificates(), domain, &tls.acme_directory)?;
    let to_https = match tls.http_bind {
        HttpBind::Off => None,
        HttpBind::At(bind) => {
            let plain = server::listen(bind).await.with_context(|| cannot("HTTP_BIND", bind))?;
            tracing::info!(address = %plain.local_addr()?, to = url.origin, "http leads to https");
            Some(server::start(plain, to_https::router(&url.origin), None))
        }
    };
    let server = server::start(listener, router, Some(certificates.server_config()?));
    let renewal = task::spawn(certificates.keep(app.outbound.clone()));
    Ok((address, server, to_https, Some(renewal)))
}

/// The made-up people of a demo and real ones never share a place.
fn wrong_place(is_demo: bool, data_dir: &Path) -> String {
    let path = data_dir.display();
    if is_demo {
        format!(
            "{path} holds a demo, where anybody is let in. Use it with “campfire demo {path}”, or choose another DATA_DIR."
        )
    } else {
        format!("{path} holds a place of real people, which cannot be shown as a demo.")
    }
}

/// Every second: who has stopped writing, who has left.
async fn sweep_signals(Signals { typing, presence, online }: Signals) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        seconds.tick().await;
        typing.sweep();
        presence.sweep();
        online.sweep();
    }
}

impl Running {
    /// Stops in the order that loses nothing: no new requests, sockets are told to come back,
    /// requests under way finish, the writer applies what is queued, the announcer says it.
    pub async fn stop(self) {
        let Running {
            app,
            data_dir,
            writer_thread,
            announcer,
            jobs,
            courier,
            signals,
            sweeper,
            orphans,
            nightly,
            server,
            to_https,
            renewal,
            ..
        } = self;
        app.live.stop();
        sweeper.abort();
        orphans.abort();
        nightly.abort();
        app.backups.stop();
        if let Some(renewal) = renewal {
            renewal.abort();
        }
        let aside = async {
            if let Some(to_https) = to_https {
                to_https.stop(STOP_REQUESTS).await;
            }
        };
        tokio::join!(server.stop(STOP_REQUESTS), aside);
        jobs.stop().await;
        courier.stop().await;
        signals.abort();
        drop(app);
        // Every handle of the writer is gone now, unless a request outlived its time; its
        // commands are refused or applied, never half of it.
        let written = task::spawn_blocking(move || writer_thread.join());
        match tokio::time::timeout(STOP_REQUESTS, written).await {
            Ok(_) => {
                let _ = tokio::time::timeout(Duration::from_secs(1), announcer).await;
            }
            Err(_) => tracing::warn!("a request did not end in time; leaving without it"),
        }
        drop(data_dir);
        tracing::info!("stopped");
    }
}
