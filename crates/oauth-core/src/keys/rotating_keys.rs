//! Keys that take turns by themselves.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicI64, Ordering},
};

use async_lock::Mutex;

use super::{
    Host, InvalidKeys, LocalSigner, Schedule, SealingKey, Signer, Snapshot, schedule::REREAD,
    snapshot::Turn,
};
use crate::{
    clock::Timestamp,
    crypto::{InvalidKey, PrivateKey, SigningAlgorithm},
    events::Event,
    flights::Flights,
    jwt::thumbprint,
    model::{KeyId, Secret, StoredKey},
    store::{KeyStore, StoreError},
};

/// After how many seconds a store that has failed is asked again, while there are keys to go on
/// with.
const RETRY: u32 = 5;

/// How often random bytes are drawn that may be no key.
const DRAWS: usize = 3;

/// Keys that the server makes, keeps in a store, and replaces in time. Any number of nodes share
/// them. A node reads the store once a minute, when a request needs a key; while the store fails,
/// it goes on with the keys that it has.
///
/// **At rest** the store holds private keys: whoever reads it can sign tokens. Seal them
/// ([`sealed_with`](Self::sealed_with)), or guard the store as you would a private key.
#[derive(Debug)]
pub struct RotatingKeys {
    store: Arc<dyn KeyStore>,
    algorithms: Vec<SigningAlgorithm>,
    schedule: Schedule,
    sealing: Vec<SealingKey>,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    /// From then on the store is to be read again, in seconds since the epoch.
    read_again: AtomicI64,
    /// Held by the one that reads, while the others go on with what they have.
    reading: Mutex<()>,
    /// The first reading: whoever comes before it is done waits for it.
    first: Flights<(), Result<Arc<Snapshot>, Arc<StoreError>>>,
}

impl RotatingKeys {
    /// Keys for ES256 in this store. The first is made when it is first needed.
    pub fn new(store: impl KeyStore) -> Self {
        Self {
            store: Arc::new(store),
            algorithms: vec![SigningAlgorithm::Es256],
            schedule: Schedule::default(),
            sealing: Vec::new(),
            snapshot: RwLock::new(None),
            read_again: AtomicI64::new(i64::MIN),
            reading: Mutex::new(()),
            first: Flights::new(),
        }
    }

    /// The algorithms for which there are keys. Access tokens are signed with the first. The
    /// backend `rust-crypto` makes keys for ES256 and EdDSA only.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = SigningAlgorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// When keys take turns.
    #[must_use]
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// Seals private keys before they go into the store. A key that is not sealed is refused then,
    /// so begin with it, or remove the keys from the store when you do. Called more than once, the
    /// first key seals, and all of them open: put a new one in front of the old one.
    #[must_use]
    pub fn sealed_with(mut self, key: SealingKey) -> Self {
        self.sealing.push(key);
        self
    }

    pub(super) fn check(&self) -> Result<(), InvalidKeys> {
        if self.algorithms.is_empty() {
            return Err(InvalidKeys::None);
        }
        if !self.algorithms.iter().all(|algorithm| PrivateKey::can_generate(*algorithm)) {
            return Err(InvalidKeys::Algorithm);
        }
        self.schedule.check()
    }

    pub(super) fn first_algorithm(&self) -> Option<SigningAlgorithm> {
        self.algorithms.first().copied()
    }

    pub(super) fn longest_token(&self) -> u32 {
        self.schedule.longest_token
    }

    /// Whether the store answers.
    pub(super) async fn ready(&self, host: &Host) -> Result<(), StoreError> {
        self.store.keys(&host.tenant).await.map(drop)
    }

    /// The keys, read again if it is time. Whoever finds that it is reads; meanwhile the others have
    /// the keys from before, unless those are so old that the next may be in use.
    pub(super) async fn current(
        &self,
        host: &Host,
        now: Timestamp,
    ) -> Result<Arc<Snapshot>, StoreError> {
        // Before the keys, so that it is never that of newer ones.
        let again = self.read_again();
        // Boxed: reading is rare, and whoever signs would carry its future.
        let Some(known) = self.known() else {
            let read = Box::pin(self.first.join(&(), async {
                match self.known() {
                    Some(known) => Ok(known),
                    None => self.read(host, None, now).await.map_err(Arc::new),
                }
            }));
            return read.await.map_err(|error| error.again());
        };
        if !is_time(again, now) {
            return Ok(known);
        }
        let _reading = match self.reading.try_lock() {
            Some(own) => own,
            // Others come often enough; else the keys may be others by now.
            None if now < again.plus(2 * REREAD) => return Ok(known),
            None => {
                let own = Box::pin(self.reading.lock()).await;
                if !is_time(self.read_again(), now) {
                    return Ok(self.known().unwrap_or(known));
                }
                own
            }
        };
        match Box::pin(self.read(host, Some(&known), now)).await {
            Ok(read) => Ok(read),
            Err(error) => {
                self.read_again.store(now.plus(RETRY).unix(), Ordering::Release);
                host.record(&Event::StoreFailed { error: &error });
                Ok(known)
            }
        }
    }

    fn known(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the keys are to be read again.
    fn read_again(&self) -> Timestamp {
        Timestamp::from_unix(self.read_again.load(Ordering::Acquire))
    }

    async fn read(
        &self,
        host: &Host,
        known: Option<&Snapshot>,
        now: Timestamp,
    ) -> Result<Arc<Snapshot>, StoreError> {
        let mut stored = self.store.keys(&host.tenant).await?;
        for algorithm in &self.algorithms {
            match self.make_if_due(host, &mut stored, *algorithm, now).await {
                Ok(()) => {}
                Err(error) if stored.is_empty() => return Err(error),
                Err(error) => host.record(&Event::StoreFailed { error: &error }),
            }
        }
        let snapshot = Arc::new(self.turns(host, &stored, known, now).await?);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) =
            Some(Arc::clone(&snapshot));
        self.read_again.store(now.plus(REREAD).unix(), Ordering::Release);
        Ok(snapshot)
    }

    /// Makes the next key if it is time, unless another node is faster.
    async fn make_if_due(
        &self,
        host: &Host,
        stored: &mut Vec<StoredKey>,
        algorithm: SigningAlgorithm,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let own = stored.iter().filter(|key| key.alg == algorithm.as_str());
        let newest = own.max_by_key(|key| key.signs_from);
        let Some(signs_from) = self.schedule.due(newest.map(|key| key.signs_from), now) else {
            return Ok(());
        };
        let key = self.make(host, algorithm, now, signs_from).await?;
        let predecessor = newest.map(|key| key.kid.clone());
        match self.store.succeed(&host.tenant, predecessor.as_ref(), &key).await {
            Ok(true) => {
                host.record(&Event::KeyMade { key: &key.kid, algorithm, signs_from });
                stored.push(key);
            }
            Ok(false) | Err(StoreError::Conflict) => {
                *stored = self.store.keys(&host.tenant).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn make(
        &self,
        host: &Host,
        algorithm: SigningAlgorithm,
        created_at: Timestamp,
        signs_from: Timestamp,
    ) -> Result<StoredKey, StoreError> {
        let key = generate(host, algorithm).await?;
        let kid = thumbprint(key.public_key());
        let material = match self.sealing.first() {
            None => key.to_pem(),
            Some(sealing) => {
                let sealed = sealing.seal(&host.tenant, &kid, &key.to_pem(), &host.random()?);
                sealed.ok_or_else(|| StoreError::unavailable(InvalidKey))?
            }
        };
        let alg = algorithm.as_str().to_owned();
        Ok(StoredKey { kid, alg, material, created_at, signs_from })
    }

    /// The turns of the keys. Those that have retired are removed; those that cannot be read are
    /// left out, and the operator hears of them.
    async fn turns(
        &self,
        host: &Host,
        stored: &[StoredKey],
        known: Option<&Snapshot>,
        now: Timestamp,
    ) -> Result<Snapshot, StoreError> {
        let mut turns = Vec::with_capacity(stored.len());
        let mut unreadable = None;
        for key in stored {
            let retires_at = self.retires_at(key, stored);
            if retires_at.is_some_and(|retires_at| retires_at <= now) {
                self.remove(host, &key.kid).await;
                continue;
            }
            let signer = match known.and_then(|known| known.known(&key.kid)) {
                Some(signer) => Some(signer),
                None => self.open(host, key),
            };
            match signer {
                Some(signer) => turns.push(Turn::new(signer, key.signs_from, retires_at)),
                None => {
                    let error = StoreError::corrupt(InvalidKey);
                    host.record(&Event::StoreFailed { error: &error });
                    unreadable = Some(error);
                }
            }
        }
        match unreadable {
            Some(error) if turns.is_empty() => Err(error),
            _ => Ok(Snapshot { turns }),
        }
    }

    /// When a key retires: some time after the next of its algorithm signs. One of an algorithm that
    /// was given up retires when its turn would have been over.
    fn retires_at(&self, key: &StoredKey, stored: &[StoredKey]) -> Option<Timestamp> {
        let later = stored.iter().filter(|o| o.alg == key.alg && o.signs_from > key.signs_from);
        let given_up = !self.algorithms.iter().any(|own| own.as_str() == key.alg);
        let successor = later.map(|other| other.signs_from).min();
        let over = successor.or(given_up.then(|| key.signs_from.plus(self.schedule.period)));
        over.map(|over| self.schedule.retires(over))
    }

    /// If it cannot be removed, the next one to read the store does it.
    async fn remove(&self, host: &Host, key: &KeyId) {
        match self.store.remove(&host.tenant, key).await {
            Ok(true) => host.record(&Event::KeyRetired { key }),
            Ok(false) => {}
            Err(error) => host.record(&Event::StoreFailed { error: &error }),
        }
    }

    fn open(&self, host: &Host, key: &StoredKey) -> Option<Arc<dyn Signer>> {
        let algorithm = SigningAlgorithm::parse(&key.alg)?;
        let read = |pem: &Secret| PrivateKey::from_pem(algorithm, pem).ok();
        let private = if self.sealing.is_empty() {
            read(&key.material)?
        } else {
            let mut opened = self
                .sealing
                .iter()
                .filter_map(|own| own.open(&host.tenant, &key.kid, &key.material));
            read(&opened.next()?)?
        };
        Some(Arc::new(LocalSigner::new(private).named(key.kid.as_str())))
    }
}

async fn generate(host: &Host, algorithm: SigningAlgorithm) -> Result<PrivateKey, StoreError> {
    let failed = |error| StoreError::unavailable(error);
    if matches!(algorithm, SigningAlgorithm::Ps256 | SigningAlgorithm::Rs256) {
        let made = blocking::unblock(move || PrivateKey::generate_rsa(algorithm));
        return made.await.map_err(failed);
    }
    for _ in 1..DRAWS {
        if let Ok(key) =
            PrivateKey::from_random(algorithm, &zeroize::Zeroizing::new(host.random()?))
        {
            return Ok(key);
        }
    }
    PrivateKey::from_random(algorithm, &host.random()?).map_err(failed)
}

/// Whether it is time to read keys that are to be read `again`. A clock that went back does not keep them
/// from being read.
fn is_time(again: Timestamp, now: Timestamp) -> bool {
    now >= again || now < again.minus(REREAD)
}
