//! Who is signed in.

mod cookie_sessions;

use std::fmt::{self, Debug};

use async_trait::async_trait;
use http::HeaderMap;
use oauth_core::{clock::Timestamp, context::Context, error::Error, model::Subject};

pub use self::cookie_sessions::CookieSessions;

/// Knows who is signed in. [`CookieSessions`] does, and a host that has sessions already implements
/// it over them:
///
/// ```
/// use async_trait::async_trait;
/// use http::{HeaderMap, header};
/// use oauth_core::{clock::Timestamp, context::Context, error::Error};
/// use oauth_core_pages::{Sessions, SignedIn};
///
/// # struct Row { user: String, email: String, signed_in_at: i64 }
/// # #[derive(Debug)] struct Database;
/// # impl Database {
/// #     async fn session(&self, _: &str) -> Result<Option<Row>, oauth_core::store::StoreError> {
/// #         Ok(None)
/// #     }
/// # }
/// #[derive(Debug)]
/// struct OwnSessions(Database);
///
/// #[async_trait]
/// impl Sessions for OwnSessions {
///     async fn current(
///         &self,
///         _: &Context,
///         headers: &HeaderMap,
///     ) -> Result<Option<SignedIn>, Error> {
///         let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
///         let id = cookies.and_then(|text| text.split("; ").find_map(|c| c.strip_prefix("sid=")));
///         let Some(id) = id else { return Ok(None) };
///         Ok(self.0.session(id).await?.map(|row| SignedIn {
///             subject: row.user.into(),
///             account: row.email,
///             auth_time: Timestamp::from_unix(row.signed_in_at),
///             session_id: id.to_owned(),
///         }))
///     }
/// }
/// ```
#[async_trait]
pub trait Sessions: Debug + Send + Sync + 'static {
    /// Who sent a request with these headers; `None` if nobody is signed in there, or not any more.
    ///
    /// # Errors
    /// [`Error::Store`] if it cannot say.
    async fn current(
        &self,
        context: &Context,
        headers: &HeaderMap,
    ) -> Result<Option<SignedIn>, Error>;
}

/// Somebody who is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who, to the server.
    pub subject: Subject,
    /// Who, to themselves: the name that the pages show.
    pub account: String,
    /// When they proved it.
    pub auth_time: Timestamp,
    /// What tells this session from all others, such as its identifier; never shown. Forms are
    /// bound to it, so it changes with every sign-in.
    pub session_id: String,
}

/// Without the identifier of the session.
impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("subject", &self.subject)
            .field("account", &self.account)
            .field("auth_time", &self.auth_time)
            .finish_non_exhaustive()
    }
}
