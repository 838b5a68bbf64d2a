//! All that a test begins anew: the services with their states, what is planned for requests, and what was noted of them.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};

use crate::document::Document;
use crate::error::Error;
use crate::faults::Faults;
use crate::generated::PROVIDERS;
use crate::lock::lock;
use crate::options::Options;
use crate::planned::Plans;
use crate::provider::Provider;
use crate::record::Log;
use crate::schema::Unknown;

/// One of them, from one beginning to the next.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) options: Options,
    /// Each with its document, as requests are checked against it.
    pub(crate) services: Vec<(&'static Document, Box<dyn Provider>)>,
    pub(crate) plans: Mutex<Plans>,
    /// How often faults were met that requests ask for.
    pub(crate) faults: Mutex<Faults>,
    pub(crate) log: Mutex<Log>,
    /// How often each operation was asked for, refusals counted in.
    pub(crate) counts: Mutex<BTreeMap<String, u64>>,
}

impl World {
    /// A new one. It has a clock of its own, so that what a former one was told does not hold.
    fn new(mut options: Options) -> Result<Self, Error> {
        options.clock = crate::clock::Clock::default();
        if let Some(time) = options.time {
            let time = time.try_into();
            let time = time.map_err(|error| Error::Setting(format!("time: {error}")))?;
            options.clock.set(time);
        }
        let unknown = Unknown::of(options.strict);
        let services = PROVIDERS.iter().map(|make| {
            let provider = make(&options)?;
            // Read now, so that no request finds that one cannot be.
            Ok((provider.document(unknown)?, provider))
        });
        Ok(Self {
            services: services.collect::<Result<_, Error>>()?,
            options,
            plans: Mutex::default(),
            faults: Mutex::default(),
            log: Mutex::default(),
            counts: Mutex::default(),
        })
    }

    pub(crate) fn providers(&self) -> impl Iterator<Item = &dyn Provider> {
        self.services.iter().map(|(_, provider)| &**provider)
    }

    /// All that the services remember, by their names.
    pub(crate) fn state(&self) -> Value {
        let states = self
            .providers()
            .map(|provider| (provider.name().to_owned(), provider.state()));
        Value::Object(states.collect::<Map<_, _>>())
    }
}

/// The one that is now, and with what it began.
#[derive(Debug)]
pub(crate) struct Worlds {
    begun: Options,
    now: Mutex<Arc<World>>,
}

impl Worlds {
    pub(crate) fn new(options: Options) -> Result<Self, Error> {
        Ok(Self {
            now: Mutex::new(Arc::new(World::new(options.clone())?)),
            begun: options,
        })
    }

    /// The one that is now. A request keeps to it: one that is under way does nothing to the next.
    pub(crate) fn now(&self) -> Arc<World> {
        Arc::clone(&lock(&self.now))
    }

    /// What the server was started with.
    pub(crate) fn begun(&self) -> &Options {
        &self.begun
    }

    /// Begins anew.
    pub(crate) fn reset(&self, options: Options) -> Result<(), Error> {
        let next = Arc::new(World::new(options)?);
        *lock(&self.now) = next;
        Ok(())
    }
}
