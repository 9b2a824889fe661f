//! What a request is answered with: the server's parts, the time, and who asks.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use http::StatusCode;

use crate::{
    client_documents::DescribedClients,
    clock::{Clock, Timestamp},
    error::Error,
    events::{self, Event, Events, Occasion},
    http_types::{Request, Response, peer},
    keys::{AccessTokenClaims, KeyRing},
    model::{
        AccessTokenFormat, Client, ClientId, GrantId, Issuer, Resource, ResourceId, Scope, Tenant,
    },
    random::Random,
    store::{ClientStore, GrantStore, ReplayStore, StoreError, UnusedClients},
    throttle::{self, Guess, GuessAt, MemoryThrottle, Throttle, Turn, Turns},
    wire::{ErrorPage, Formats, Params, ReturnTo},
};

/// For how long things are good, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An authorization code.
    pub authorization_code: u32,
    /// An access token, unless the client has a lifetime of its own.
    pub access_token: u32,
    /// A refresh token that is not used.
    pub refresh_token_idle: u32,
    /// All refresh tokens of one grant, however often they are rotated.
    pub refresh_token_absolute: u32,
}

impl Default for Lifetimes {
    /// A minute, ten minutes, fourteen days, ninety days.
    fn default() -> Self {
        const DAY: u32 = 24 * 60 * 60;
        Self {
            authorization_code: 60,
            access_token: 600,
            refresh_token_idle: 14 * DAY,
            refresh_token_absolute: 90 * DAY,
        }
    }
}

/// The parts of one issuer's server that every room may use.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) issuer: Issuer,
    pub(crate) tenant: Tenant,
    pub(crate) authorize_path: String,
    /// The pages that a sign-in page may return to.
    pub(crate) pages: Vec<String>,
    pub(crate) clients: Arc<dyn ClientStore>,
    /// The same, where clients may be described by documents.
    pub(crate) described: Option<Arc<DescribedClients>>,
    /// Where clients register themselves, if they do.
    pub(crate) self_registered: Option<Arc<dyn UnusedClients>>,
    pub(crate) grants: Arc<dyn GrantStore>,
    pub(crate) replays: Option<Arc<dyn ReplayStore>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) events: Arc<dyn Events>,
    pub(crate) throttle: Arc<dyn Throttle>,
    /// Counts while the throttle cannot.
    pub(crate) throttle_in_need: MemoryThrottle,
    /// Whether the operator has heard that guessers cannot be told apart.
    pub(crate) told_of_no_peer: AtomicBool,
    /// For guesses that take long to check.
    pub(crate) turns: Turns,
    pub(crate) error_page: Arc<dyn ErrorPage>,
    pub(crate) formats: Formats,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) default_scope: Option<Scope>,
    pub(crate) implicit_grant: bool,
    pub(crate) resources: Vec<Resource>,
    pub(crate) keys: Option<KeyRing>,
    pub(crate) access_token_format: AccessTokenFormat,
    pub(crate) access_token_claims: Option<Arc<dyn AccessTokenClaims>>,
    /// Where JWT access tokens may be used whose client named no resource.
    pub(crate) default_audience: Option<ResourceId>,
    /// Those of them that this application serves and describes.
    pub(crate) described_resources: Arc<[ResourceId]>,
}

/// One request's view of the server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    parts: Arc<Parts>,
    now: Timestamp,
    peer: Option<IpAddr>,
    endpoint: &'static str,
}

impl Context {
    pub(crate) fn new(parts: &Arc<Parts>, endpoint: &'static str, peer: Option<IpAddr>) -> Self {
        Self { now: parts.clock.now(), parts: Arc::clone(parts), peer, endpoint }
    }

    pub(crate) fn of_request(
        parts: &Arc<Parts>,
        endpoint: &'static str,
        request: &Request,
    ) -> Self {
        Self::new(parts, endpoint, peer(request.extensions()))
    }

    /// The same view at a later moment, for what outlives a request.
    pub(crate) fn renewed(&self) -> Self {
        Self { now: self.parts.clock.now(), ..self.clone() }
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The issuer that is asked.
    pub fn issuer(&self) -> &Issuer {
        &self.parts.issuer
    }

    /// Whose clients, grants and users these are.
    pub fn tenant(&self) -> &Tenant {
        &self.parts.tenant
    }

    /// When the request began to be answered. It does not move meanwhile.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// From where it came.
    pub fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// The clients. Of those that a document describes it knows the ones that came lately, perhaps
    /// not as they are by now: for showing them.
    pub fn clients(&self) -> &dyn ClientStore {
        &*self.parts.clients
    }

    /// The grants.
    pub fn grants(&self) -> &dyn GrantStore {
        &*self.parts.grants
    }

    /// What was used once.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] if the host has named no
    /// [`replay_store`](crate::server::ServerBuilder::replay_store).
    pub fn replays(&self) -> Result<&dyn ReplayStore, Error> {
        let why = "something is good once only, and nobody remembers what was used: \
                   ServerBuilder::replay_store";
        self.parts.replays.as_deref().ok_or(Error::Misconfigured(why.into()))
    }

    /// The client that a request names. Documents that have to be fetched for it are counted.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot say, [`Error::Throttled`] if there were too many.
    pub(crate) async fn named_client(
        &self,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, Error> {
        let Some(described) = &self.parts.described else {
            return Ok(self.clients().find(self.tenant(), client_id).await?);
        };
        if let Some(client) = described.registered().find(self.tenant(), client_id).await? {
            return Ok(Some(client));
        }
        if described.may_be_described(client_id) && described.is_unread(client_id) {
            self.may_guess(GuessAt::ClientDocument, "").await?;
            self.guessed_wrong(GuessAt::ClientDocument, "").await;
        }
        Ok(described.described(client_id).await)
    }

    /// Whether tokens issued to the client at `issued_at` are still honoured. No document is fetched
    /// for it: what describes a client does not say so.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot say.
    pub(crate) async fn honours(
        &self,
        client_id: &ClientId,
        issued_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let described = self.parts.described.as_ref();
        let registered = described.map_or(self.clients(), |described| described.registered());
        Ok(match registered.find(self.tenant(), client_id).await? {
            Some(client) => client.honours(issued_at),
            None => described.is_some_and(|described| described.may_be_described(client_id)),
        })
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// [`Error::Random`] if there are none.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.parts.random.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A name for a grant that begins now.
    ///
    /// # Errors
    /// [`Error::Random`] if there are no random bytes.
    pub fn new_grant_id(&self) -> Result<GrantId, Error> {
        Ok(GrantId::new(self.now(), self.random()?))
    }

    /// Accepts the `return_to` of a sign-in page if it is an authorization request of this server,
    /// or [one of its pages](crate::server::ServerBuilder::sign_in_returns_to).
    pub fn return_to(&self, text: &str) -> Option<ReturnTo> {
        ReturnTo::parse(text, &self.parts.authorize_path, &self.parts.pages)
    }

    /// Tells the operator, and the person who is asking, of whom no client can be told.
    pub fn error_page(&self, error: &Error) -> Response {
        self.record_error(None, error);
        let refusal = error.refusal();
        // RFC 6749 §4.1.2.1: the resource owner is told; 401 would ask a browser for a password.
        let status = match error.status() {
            StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST,
            status => status,
        };
        let page = &self.parts.error_page;
        let mut response = page.render(status, refusal.code, refusal.description);
        error.add_retry_after(&mut response);
        response
    }

    /// Shows the person that a link leads away from here, to where nobody has looked.
    pub(crate) fn leaving_page(&self, host: &str, url: &str) -> Response {
        self.parts.error_page.leaving(host, url)
    }

    /// Tells the operator.
    pub fn record(&self, event: &Event<'_>) {
        let occasion = Occasion {
            at: self.now,
            issuer: &self.parts.issuer,
            endpoint: self.endpoint,
            peer: self.peer,
        };
        events::tell(&*self.parts.events, &occasion, event);
    }

    /// Whether a guess may be made.
    ///
    /// # Errors
    /// [`Error::Throttled`] if not yet.
    pub async fn may_guess(&self, at: GuessAt, who: &str) -> Result<(), Error> {
        let guess = self.guess(at, who);
        let wait = match self.parts.throttle.wait(&guess).await {
            Ok(wait) => wait,
            Err(error) => {
                self.store_failed(&error);
                self.parts.throttle_in_need.wait(&guess).await?
            }
        };
        match wait {
            None => Ok(()),
            Some(seconds) => {
                self.record(&Event::Throttled { what: at.as_str(), who, seconds });
                Err(Error::Throttled { retry_after: seconds })
            }
        }
    }

    /// As [`may_guess`](Self::may_guess), for what takes long to check: a password, or a secret that a
    /// person chose. Hold what comes back until a wrong guess [was counted](Self::guessed_wrong).
    ///
    /// # Errors
    /// As [`may_guess`](Self::may_guess).
    pub async fn turn_to_guess(&self, at: GuessAt, who: &str) -> Result<Turn, Error> {
        let turn = self.parts.turns.wait(&self.guess(at, who)).await;
        self.may_guess(at, who).await?;
        Ok(turn)
    }

    /// Counts a guess that was wrong.
    pub async fn guessed_wrong(&self, at: GuessAt, who: &str) {
        if self.peer.is_none() && !self.parts.told_of_no_peer.swap(true, Ordering::Relaxed) {
            let reason = "requests come without the address of their peer: to a throttle that counts \
                          by address all who guess are one, and strangers lock everybody out";
            self.record(&Event::Misconfigured { reason });
        }
        let guess = self.guess(at, who);
        if let Err(error) = self.parts.throttle.failed(&guess).await {
            self.store_failed(&error);
            // The one in memory has nothing to fail with.
            let _counted = self.parts.throttle_in_need.failed(&guess).await;
        }
    }

    /// Counts a code or a token that is not there, or says to wait. Asked once it was looked up: who knows
    /// one has not guessed, and the guesses of strangers that pass through a client or come from the same
    /// address are no reason to refuse what is good.
    pub(crate) async fn guessed_unknown(&self, at: GuessAt, who: &str) -> Result<(), Error> {
        self.may_guess(at, who).await?;
        self.guessed_wrong(at, who).await;
        Ok(())
    }

    fn guess<'a>(&'a self, at: GuessAt, who: &'a str) -> Guess<'a> {
        Guess { at, tenant: &self.parts.tenant, who, peer: self.peer.map(throttle::network) }
    }

    /// Tells the operator that a client was forgiven something.
    pub(crate) fn forgave(&self, client: &Client, what: &'static str) {
        self.record(&Event::Lenient { client: &client.client_id, what });
    }

    pub(crate) fn store_failed(&self, error: &StoreError) {
        self.record(&Event::StoreFailed { error });
    }

    /// Tells the operator why a request was not answered as asked.
    pub(crate) fn record_error(&self, client: Option<&ClientId>, error: &Error) {
        match error {
            Error::Store(error) => self.store_failed(error),
            Error::Throttled { .. } => {}
            Error::Misconfigured(reason) => self.record(&Event::Misconfigured { reason }),
            other => {
                let refusal = other.refusal();
                let (error, reason) = (refusal.code, refusal.description);
                self.record(&Event::Refused { client, error, reason });
            }
        }
    }

    /// What the server knows of a resource.
    pub fn resource(&self, identifier: &ResourceId) -> Option<&Resource> {
        self.parts.resources.iter().find(|own| own.identifier == *identifier)
    }

    /// The resources that the request names (RFC 8707 §2), each of which must be known.
    ///
    /// # Errors
    /// `invalid_target` if one is not.
    pub(crate) fn requested_resources(
        &self,
        params: &Params<'_>,
    ) -> Result<Vec<ResourceId>, Error> {
        let known = |named: &str| {
            let mut resources = self.parts.resources.iter();
            resources.find(|own| own.identifier.is_named(named)).map(|own| own.identifier.clone())
        };
        let mut named = Vec::new();
        for text in params.all("resource") {
            let unknown = Error::refused(
                crate::wire::ErrorCode::InvalidTarget,
                "the server knows no such resource",
            );
            let resource = known(text).ok_or(unknown)?;
            if !named.contains(&resource) {
                named.push(resource);
            }
        }
        Ok(named)
    }
}
