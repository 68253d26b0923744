//! The local server: tables, secrets, keys, functions and the gateway in front of them.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use shared::app::App;
use shared::aws::connections::Connections;
use shared::aws::transport::Transport;
use shared::clock::Clock;
use shared::config::Config;
use shared::config::log_level::LogLevel;
use shared::domain::crypto::secret::Secret;
use shared::fault::Fault;
use shared::fetch::FetchDocument;
use shared::fetch::https::HttpsFetcher;
use shared::fetch::post::PostMessage;

use crate::aws::Aws;
use crate::background::{self, BackgroundFunction};
use crate::changed::Watched;
use crate::data_dir::DataDir;
use crate::destinations::Destinations;
use crate::error::StartError;
use crate::evaluate::REGION;
use crate::event_bus::EventBus;
use crate::fetch_map::{FetchMap, MappedFetcher, MappedPost};
use crate::front_page::FrontPage;
use crate::gateway::{Answering, Gateway, Pages};
use crate::in_process::InProcess;
use crate::mailbox::Mailbox;
use crate::mailbox_pages::MailboxPages;
use crate::parameters::parameters;
use crate::secrets::Secrets;
use crate::secrets_manager::SecretsManager;
use crate::service::{Service, listen};
use crate::stack::{Function, Stack};
use crate::streams::Streams;
use crate::tables::Tables;
use crate::webhook_receiver::{PostToReceiver, WebhookReceiver};
use crate::webhooks_page::WebhooksPage;
use crate::{aws_port, dynamodb, in_process, keys, registry, schedules, template};

/// The timeout of one response of the tables on this machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the first retry of a request to tables in this process waits: there is nothing that time would mend.
const BACKOFF: Duration = Duration::from_millis(1);

/// Wraps a function's way to AWS, given its name: how tests count its requests and inject faults.
pub type Wire = Arc<dyn Fn(&str, Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync>;

/// The options of a server. The default is a server in memory, on any free port.
#[derive(Clone)]
pub struct Options {
    /// The port of the gateway; 0 is any free one.
    pub port: u16,
    /// The folder for data; without it, everything is in memory.
    pub data: Option<PathBuf>,
    /// The issuer; the default is the gateway's address.
    pub issuer: Option<String>,
    /// Parameters of the template, by name; of several values for one name, the last one counts.
    pub set: Vec<(String, String)>,
    /// The address on which DynamoDB, Secrets Manager and SES are opened to other programs.
    pub aws: Option<(IpAddr, u16)>,
    /// The clock.
    pub clock: Clock,
    /// An external DynamoDB instead of the embedded one; its tables get unique names.
    pub dynamodb_endpoint: Option<String>,
    /// The first signing keys, in the form of the secret; without them, new ones are generated. Generating an RSA key takes
    /// longer than the rest of the start of a server in memory.
    pub signing_keys: Option<Secret>,
    /// Our client secret at the upstream provider.
    pub upstream_secret: Option<Secret>,
    /// Hosts whose documents come from this machine.
    pub fetch_map: FetchMap,
    /// Wraps every function's way to AWS.
    pub wire: Option<Wire>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            data: None,
            issuer: None,
            set: Vec::new(),
            aws: None,
            clock: Clock::System,
            dynamodb_endpoint: None,
            signing_keys: None,
            upstream_secret: None,
            fetch_map: FetchMap::default(),
            wire: None,
        }
    }
}

/// A running server.
pub struct Server {
    /// The gateway's address, such as `http://127.0.0.1:8788`.
    pub url: String,
    /// The address on which DynamoDB, Secrets Manager and SES are open to other programs.
    pub aws_address: Option<SocketAddr>,
    /// The stack of the template.
    pub stack: Stack,
    /// The state of each function of the template, by its name.
    pub apps: HashMap<String, Arc<App>>,
    /// A client for the tables without injected faults.
    pub dynamodb: Client,
    /// The way to AWS without injected faults.
    pub transport: Arc<dyn Transport>,
    /// The mail that was sent.
    pub mailbox: Arc<Mailbox>,
    /// The events that were put onto the bus.
    pub event_bus: Arc<EventBus>,
    /// The way of webhooks to the internet: that to the receiver on this machine, too.
    pub internet: Arc<dyn PostMessage>,
    background: BTreeMap<String, Arc<BackgroundFunction>>,
    streams: Arc<Streams>,
    services: Vec<Service>,
    has_external_tables: bool,
    data: Option<DataDir>,
}

impl Server {
    /// The name of the table with this id in the template, with or without `Table` at its end.
    ///
    /// # Panics
    ///
    /// When the template has no such table: only tests call this.
    #[expect(clippy::panic, reason = "only tests call this, for tables that exist")]
    pub fn table(&self, id: &str) -> &str {
        match self.stack.table(id) {
            Some(table) => &table.name,
            None => panic!("template.yaml has no table {id}"),
        }
    }

    /// Runs a function of a stream or a schedule now, concurrently with everything else.
    ///
    /// # Errors
    ///
    /// The function's fault.
    ///
    /// # Panics
    ///
    /// When the template has no such function: only tests call this.
    #[expect(clippy::panic, reason = "only tests call this, for functions that exist")]
    pub async fn run(&self, function: &str) -> Result<(), Fault> {
        match self.background.get(function) {
            Some(function) => {
                let (outcome, changed) = function.run_as_scheduled().await;
                self.streams.call_for(changed).await;
                outcome
            }
            None => panic!("no stream and no schedule calls {function}"),
        }
    }

    /// The place of the data, in a sentence.
    pub fn place(&self) -> String {
        place(self.data.as_ref())
    }

    /// Stops everything, and waits for running requests.
    pub async fn shutdown(self) {
        for service in self.services {
            service.stop().await;
        }
        if self.has_external_tables {
            dynamodb::delete_tables(&self.dynamodb, &self.stack.tables).await;
        }
    }
}

/// The log level of these options.
///
/// # Errors
///
/// As [`start`].
pub fn log_level(options: &Options) -> Result<LogLevel, StartError> {
    let values = parameters(template::deployed()?, "", &options.set)?;
    let level = values.get("LogLevel").and_then(|level| LogLevel::parse(level).ok());
    Ok(level.unwrap_or_default())
}

/// The id in the template of the secret with our client secret at the upstream provider.
const UPSTREAM_SECRET: &str = "UpstreamSecret";

/// Starts a server.
///
/// # Errors
///
/// The reason, as one clear sentence.
pub async fn start(options: Options) -> Result<Server, StartError> {
    let template = template::deployed()?;
    // Every mistake in the parameters is reported before anything is opened.
    parameters(template, "", &options.set)?;
    let data = options.data.as_deref().map(DataDir::open).transpose()?;
    let (listener, address) = listen(IpAddr::V4(Ipv4Addr::LOCALHOST), options.port, "--port").await?;
    let url = format!("http://{address}");

    let issuer = options.issuer.as_deref().unwrap_or(&url);
    let values = parameters(template, issuer, &options.set)?;
    let suffix = options.dynamodb_endpoint.as_ref().map(|_| format!("-{}", crate::random_id())).unwrap_or_default();
    let stack = Stack::new(template, values, &suffix)?;

    let tables_file = data.as_ref().map(DataDir::tables);
    let tables = match options.dynamodb_endpoint {
        Some(_) => None,
        None => Some(Tables::open(tables_file.as_deref())?),
    };
    let mut services: Vec<_> = tables.iter().map(Tables::sweep).collect();
    let mut secrets = Secrets::open(data.as_ref().map(DataDir::secrets), &stack.secrets)?;
    if let Some(given) = &options.upstream_secret {
        let secret = stack.secrets.iter().find(|secret| secret.logical_id == UPSTREAM_SECRET);
        secrets.give(secret.map_or(UPSTREAM_SECRET, |secret| &secret.arn), given.expose())?;
    }
    let aws = Arc::new(Aws { tables, secrets: SecretsManager::new(secrets) });
    let others: Arc<dyn Transport> = Arc::new(Connections::default());
    let transport: Arc<dyn Transport> = Arc::new(InProcess { aws: Arc::clone(&aws), others });
    let dynamodb_url = options.dynamodb_endpoint.as_deref().unwrap_or(in_process::ADDRESS);
    let dynamodb = dynamodb::client(dynamodb_url, Arc::clone(&transport));
    dynamodb::create_tables(&dynamodb, &stack.tables, tables_file.as_deref()).await?;

    let fetcher: Arc<dyn FetchDocument> =
        match MappedFetcher::new(options.fetch_map.clone(), Arc::new(HttpsFetcher::default())) {
            Ok(fetcher) => Arc::new(fetcher),
            Err(error) => return Err(StartError::new(format!("documents cannot be fetched: {error}."))),
        };
    let watched: Arc<dyn Transport> = Arc::new(Watched::new(Arc::clone(&transport), &stack));
    let mut apps = HashMap::new();
    for (name, function) in &stack.functions {
        let config = config(function, dynamodb_url, options.dynamodb_endpoint.is_none())?;
        let transport =
            options.wire.as_ref().map_or_else(|| Arc::clone(&watched), |wire| wire(name, Arc::clone(&watched)));
        apps.insert(name.clone(), Arc::new(App::new(config, options.clock.clone(), transport, Arc::clone(&fetcher))));
    }
    let rotate = apps.get("keys-rotate").ok_or_else(|| StartError::new("template.yaml has no function keys-rotate"))?;
    keys::generate_first(rotate, options.signing_keys.as_ref()).await?;

    let send = stack.functions.get("webhooks-send");
    let send = send.ok_or_else(|| StartError::new("template.yaml has no function webhooks-send"))?;
    // It is no part of the stack, so no fault that a test injects reaches it.
    let config = config(send, dynamodb_url, options.dynamodb_endpoint.is_none())?;
    let app = App::new(config, options.clock.clone(), Arc::clone(&transport), fetcher);
    let webhook_receiver = Arc::new(WebhookReceiver::new(app, dynamodb.clone()));
    let others: Arc<dyn PostMessage> =
        Arc::new(PostToReceiver { receiver: Arc::clone(&webhook_receiver), others: Arc::new(HttpsFetcher::default()) });
    let internet: Arc<dyn PostMessage> = match MappedPost::new(options.fetch_map, others) {
        Ok(internet) => Arc::new(internet),
        Err(error) => return Err(StartError::new(format!("webhooks cannot be sent: {error}."))),
    };
    let mailbox = Arc::new(Mailbox::new(options.clock.clone()));
    let event_bus = Arc::new(EventBus::default());
    let destinations = Destinations {
        mailbox: Arc::clone(&mailbox),
        event_bus: Arc::clone(&event_bus),
        internet: Arc::clone(&internet),
    };
    let background = background::prepare(&stack, &apps, &destinations).await?;
    let streams = Arc::new(Streams::new(&stack, &background));
    // Schedules do not run with a manual clock.
    if matches!(options.clock, Clock::System) {
        services.extend(schedules::start(&stack, &background, &streams));
    }
    let mut functions = BTreeMap::new();
    for endpoint in registry::endpoints() {
        if let Some(app) = apps.get(endpoint.name()) {
            endpoint.warm(app).await;
            let answering = Answering { app: Arc::clone(app), streams: Arc::clone(&streams), endpoint };
            functions.insert(answering.endpoint.name(), answering);
        }
    }
    let front_page = FrontPage::new(&url, &place(data.as_ref()), &stack.routes);
    let mailbox_pages = MailboxPages::new(Arc::clone(&mailbox));
    let webhooks = WebhooksPage::new(webhook_receiver, &url);
    let pages = Pages { front: front_page, mailbox: mailbox_pages, event_bus: Arc::clone(&event_bus), webhooks };
    let gateway = Gateway::new(&stack.routes, &functions, pages, options.clock.clone())?;

    let mut aws_address = None;
    if let Some((bind, port)) = options.aws {
        let (service, address) = aws_port::serve(bind, port, aws, destinations).await?;
        services.push(service);
        aws_address = Some(address);
    }
    services.push(gateway.serve(listener));
    // The gateway stops first, and the services that it needs stop last.
    services.reverse();
    let has_external_tables = options.dynamodb_endpoint.is_some();
    Ok(Server {
        url,
        aws_address,
        stack,
        apps,
        dynamodb,
        transport,
        mailbox,
        event_bus,
        internet,
        background,
        streams,
        services,
        has_external_tables,
        data,
    })
}

fn place(data: Option<&DataDir>) -> String {
    match data {
        Some(data) => format!("Data is stored in {}.", data.path().display()),
        None => "Data is stored in memory and lost when the server stops.".to_owned(),
    }
}

/// The configuration of a function: its environment in the template, with the address of AWS on this machine.
fn config(function: &Function, dynamodb_url: &str, is_embedded: bool) -> Result<Config, StartError> {
    let mut environment = function.environment.clone();
    for (name, value) in [
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", in_process::ADDRESS),
    ] {
        environment.insert(name.to_owned(), value.to_owned());
    }
    let config = Config::from_vars(|name| environment.get(name).cloned());
    let mut config = config.map_err(|mistakes| StartError::new(format!("{mistakes}.")))?;
    // A busy machine must not look like an unavailable table.
    config.aws.patience = PATIENCE;
    if is_embedded {
        config.aws.backoff = BACKOFF;
    }
    Ok(config)
}
