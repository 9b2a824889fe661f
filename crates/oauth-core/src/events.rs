//! What an operator hears.

use std::{
    fmt::Debug,
    net::IpAddr,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

use crate::{
    clock::Timestamp,
    crypto::SigningAlgorithm,
    model::{ClientId, GrantId, Issuer, KeyId, ResourceId, Scope, Subject},
    store::StoreError,
    wire::ErrorCode,
};

/// Hears what happens. Nothing in an event is a secret; identifiers come from clients and may hold
/// anything, so a listener that writes text escapes them.
pub trait Events: Debug + Send + Sync + 'static {
    /// Something happened. Returns quickly and never fails: what it makes of the event is its own
    /// affair, and if it panics the request is answered all the same.
    fn record(&self, occasion: &Occasion<'_>, event: &Event<'_>);
}

impl<T: Events + ?Sized> Events for Arc<T> {
    fn record(&self, occasion: &Occasion<'_>, event: &Event<'_>) {
        (**self).record(occasion, event);
    }
}

/// Tells a listener. If it panics, that is not the caller's affair; the panic hook has told of it.
pub(crate) fn tell(events: &dyn Events, occasion: &Occasion<'_>, event: &Event<'_>) {
    let _told = panic::catch_unwind(AssertUnwindSafe(|| events.record(occasion, event)));
}

/// When and where it happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Occasion<'a> {
    /// When.
    pub at: Timestamp,
    /// Under which issuer.
    pub issuer: &'a Issuer,
    /// At which endpoint: `token`, `authorize`, `guard`, …
    pub endpoint: &'static str,
    /// From which address.
    pub peer: Option<IpAddr>,
}

/// What happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A resource owner allowed a client something; a code was issued.
    Allowed {
        /// To whom.
        client: &'a ClientId,
        /// By whom.
        subject: &'a Subject,
        /// The grant that came of it.
        grant: GrantId,
        /// What.
        scope: &'a Scope,
    },
    /// Tokens were issued.
    Issued {
        /// To whom.
        client: &'a ClientId,
        /// In whose name.
        subject: Option<&'a Subject>,
        /// Under which grant.
        grant: GrantId,
        /// By which grant type.
        grant_type: &'a str,
        /// What the access token allows.
        scope: &'a Scope,
        /// Whether a refresh token came with it.
        refresh_token: bool,
    },
    /// A request was refused.
    Refused {
        /// The client, once it is known.
        client: Option<&'a ClientId>,
        /// The error that was answered.
        error: ErrorCode,
        /// Why, in fixed words.
        reason: &'static str,
    },
    /// A guard refused a good token, because it is meant for other resources (RFC 8707 §2): those of
    /// another application, or of this one if nobody told it so.
    WrongAudience {
        /// Whose it is.
        client: &'a ClientId,
        /// What it is meant for.
        audience: &'a [ResourceId],
    },
    /// A code or refresh token was presented a second time; its grant was revoked.
    ReplayDetected {
        /// `authorization_code` or `refresh_token`.
        kind: &'static str,
        /// Whose it was.
        client: &'a ClientId,
        /// In whose name.
        subject: Option<&'a Subject>,
        /// The grant that ended.
        grant: GrantId,
    },
    /// Something was revoked.
    Revoked {
        /// `token`, `grant`, `client`, `subject` or `subject_client`.
        what: &'static str,
        /// Of which client, if of one; at the revocation endpoint that is who asked.
        client: Option<&'a ClientId>,
        /// In whose name it was, where that is known or what was revoked.
        subject: Option<&'a Subject>,
        /// Under which grant it was, where that is known.
        grant: Option<GrantId>,
        /// How much was live until then.
        count: u64,
    },
    /// Records that were over were removed.
    Purged {
        /// How many.
        count: u64,
    },
    /// Somebody guessed too often.
    Throttled {
        /// What was guessed: `client_secret`, `authorization_code`, `refresh_token`,
        /// `introspected_token`, `password`, `client_document` or `registration`.
        what: &'static str,
        /// In whose name: a client identifier or a user name.
        who: &'a str,
        /// For how many seconds it is refused.
        seconds: u32,
    },
    /// Somebody did not prove who they are on a sign-in page: the user name or the password was wrong.
    SignInFailed {
        /// In which name, as it is counted.
        who: &'a str,
    },
    /// A client registered itself, or changed or removed itself.
    Registered {
        /// Which.
        client: &'a ClientId,
        /// `registered`, `registered_again`, `changed`, `removed`, or `token_revoked`.
        what: &'static str,
    },
    /// A client was forgiven something. Whether its request was answered as asked is told by another
    /// event.
    Lenient {
        /// To whom.
        client: &'a ClientId,
        /// What, as the client's [`Dialect`](crate::model::Dialect) calls it: `grant_type_in_query`,
        /// `grant_type_alias`, `form_without_content_type`, `wildcard_scope`,
        /// `refresh_token_with_client_credentials`, `dangerous_pkce_optional`,
        /// `dangerous_password_grant` or `dangerous_implicit_grant`.
        what: &'static str,
    },
    /// A server was built with something switched on that gives up what RFC 9700 protects.
    Dangerous {
        /// What.
        what: &'static str,
    },
    /// A signing key was made.
    KeyMade {
        /// Its name.
        key: &'a KeyId,
        /// What it signs with.
        algorithm: SigningAlgorithm,
        /// From when on it signs. It is published from now on.
        signs_from: Timestamp,
    },
    /// A signing key was removed: the last token that it signed has expired.
    KeyRetired {
        /// Its name.
        key: &'a KeyId,
    },
    /// The application's own code or records asked for something that cannot be; the request was
    /// answered with `server_error`.
    Misconfigured {
        /// What.
        reason: &'a str,
    },
    /// A store could not do its work. The details are for the operator only.
    StoreFailed {
        /// What it said.
        error: &'a StoreError,
    },
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unheard;

impl Events for Unheard {
    fn record(&self, _: &Occasion<'_>, _: &Event<'_>) {}
}

#[cfg(feature = "tracing")]
pub use self::tracing_events::TracingEvents;

#[cfg(feature = "tracing")]
mod tracing_events {
    use std::error::Error;

    use tracing::{debug, error, info, warn};

    use super::{Event, Events, Occasion};

    /// Writes events to [`tracing`], under the target `oauth_core::events`. Values that come from
    /// outside are written with their control characters escaped.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct TracingEvents;

    const TARGET: &str = "oauth_core::events";

    impl Events for TracingEvents {
        fn record(&self, on: &Occasion<'_>, event: &Event<'_>) {
            let (endpoint, issuer) = (on.endpoint, on.issuer.as_str());
            let peer = on.peer.map(tracing::field::display);
            match *event {
                Event::Allowed { client, subject, grant, scope } => {
                    info!(target: TARGET, issuer, endpoint, peer, ?client, ?subject, %grant, %scope, "allowed");
                }
                Event::Issued { client, subject, grant, grant_type, scope, refresh_token } => {
                    let subject = subject.map(tracing::field::debug);
                    info!(target: TARGET, issuer, endpoint, peer, ?client, subject, %grant, ?grant_type, %scope, refresh_token, "issued");
                }
                Event::Refused { client, error, reason } => {
                    let client = client.map(tracing::field::debug);
                    debug!(target: TARGET, issuer, endpoint, peer, client, %error, reason, "refused");
                }
                Event::WrongAudience { client, audience } => {
                    info!(target: TARGET, issuer, endpoint, peer, ?client, ?audience, "token for other resources refused");
                }
                Event::ReplayDetected { kind, client, subject, grant } => {
                    let subject = subject.map(tracing::field::debug);
                    warn!(target: TARGET, issuer, endpoint, peer, kind, ?client, subject, %grant, "replay detected, grant revoked");
                }
                Event::Revoked { what, client, subject, grant, count } => {
                    let client = client.map(tracing::field::debug);
                    let subject = subject.map(tracing::field::debug);
                    let grant = grant.map(tracing::field::display);
                    info!(target: TARGET, issuer, endpoint, peer, what, client, subject, grant, count, "revoked");
                }
                Event::Purged { count } => {
                    debug!(target: TARGET, issuer, endpoint, count, "purged");
                }
                Event::Throttled { what, who, seconds } => {
                    warn!(target: TARGET, issuer, endpoint, peer, what, ?who, seconds, "throttled");
                }
                Event::SignInFailed { who } => {
                    info!(target: TARGET, issuer, endpoint, peer, ?who, "sign-in failed");
                }
                Event::Registered { client, what } => {
                    info!(target: TARGET, issuer, endpoint, peer, ?client, what, "registration");
                }
                Event::Lenient { client, what } => {
                    debug!(target: TARGET, issuer, endpoint, peer, ?client, what, "lenient");
                }
                Event::Dangerous { what } => {
                    warn!(target: TARGET, issuer, what, "switched on, and dangerous");
                }
                Event::KeyMade { key, algorithm, signs_from } => {
                    info!(target: TARGET, issuer, ?key, %algorithm, signs_from = signs_from.unix(), "signing key made");
                }
                Event::KeyRetired { key } => {
                    info!(target: TARGET, issuer, ?key, "signing key retired");
                }
                Event::Misconfigured { reason } => {
                    error!(target: TARGET, issuer, endpoint, ?reason, "misconfigured");
                }
                Event::StoreFailed { error } => {
                    let source = error.source().map(tracing::field::display);
                    error!(target: TARGET, issuer, endpoint, peer, %error, source, "store failed");
                }
            }
        }
    }
}
