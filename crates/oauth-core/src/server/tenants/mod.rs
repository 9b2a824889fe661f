//! Many issuers under one path with a parameter, each resolved when it is first asked for.

mod builder;
mod paths;
mod resolving;
mod verifier;

use std::fmt;

use async_trait::async_trait;

pub use self::builder::TenantsBuilder;
pub(super) use self::{resolving::Tenants, verifier::TenantsVerifier};
use super::AuthorizationServer;
use crate::store::StoreError;

/// Knows the tenants.
#[async_trait]
pub trait ResolveTenant: fmt::Debug + Send + Sync + 'static {
    /// The server of a tenant; `None` if there is no such tenant. Its issuer's path is the common
    /// path with the tenant's name in it, else nobody is served. Servers over one store each have a
    /// [`tenant`](super::ServerBuilder::tenant) of their own: what tells their clients and grants
    /// apart is that, and not the issuer.
    ///
    /// Asked once, until the server is dropped for want of room or
    /// [forgotten](AuthorizationServer::forget), which this process does for itself alone. What a
    /// server is to remember beyond that is shared, and handed to each: the store of what is used
    /// [once](super::ServerBuilder::replay_store), the throttle, the key of the pages' sessions.
    ///
    /// `tenant` is 1 to 255 of the bytes that a path has as they are (RFC 3986 §2.3), not `.` or `..`,
    /// and chosen by whoever asks.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot say. Requests for the tenant are answered with 503 then, all that
    /// wait for this one answer; as no server is known, no event tells of it, so log it here.
    async fn resolve(&self, tenant: &str) -> Result<Option<AuthorizationServer>, StoreError>;
}

#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
#[expect(clippy::unwrap_used, reason = "a rig that does not stand ends the test")]
mod tests {
    use std::{
        collections::VecDeque,
        sync::{
            Arc, Mutex,
            atomic::{AtomicU32, Ordering},
        },
    };

    use async_trait::async_trait;
    use futures_util::future::join_all;
    use tokio::{join, task::yield_now};

    use super::{ResolveTenant, TenantsBuilder};
    use crate::{
        AuthorizationServer,
        server::InvalidServer,
        store::{MemoryStore, StoreError},
    };

    /// What it says of the only tenant, one after the other, having let others run.
    #[derive(Clone, Debug, Default)]
    struct Says {
        answers: Arc<Mutex<VecDeque<Option<AuthorizationServer>>>>,
        asked: Arc<AtomicU32>,
    }

    #[async_trait]
    impl ResolveTenant for Says {
        async fn resolve(&self, _: &str) -> Result<Option<AuthorizationServer>, StoreError> {
            let answer = self.answers.lock().unwrap().pop_front();
            self.asked.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
            answer.ok_or_else(|| StoreError::unavailable("down"))
        }
    }

    /// A server of the tenant, told apart by its `authorize_path`.
    fn server(own: &str) -> AuthorizationServer {
        let store = MemoryStore::new();
        let builder = AuthorizationServer::builder("https://as.example/t/a", store.clone(), store);
        builder.authorize_path(own).build().unwrap()
    }

    fn many(
        answers: impl IntoIterator<Item = Option<AuthorizationServer>>,
    ) -> (AuthorizationServer, Says) {
        let says = Says::default();
        says.answers.lock().unwrap().extend(answers);
        (AuthorizationServer::per_tenant("/t/{tenant}", says.clone()).build().unwrap(), says)
    }

    async fn path(of: &AuthorizationServer) -> Option<String> {
        let server = of.at("/t/a").await.ok()??;
        Some(server.metadata()?.get("authorization_endpoint")?.as_str()?.to_owned())
    }

    #[tokio::test]
    async fn a_tenant_that_is_forgotten_while_it_is_resolved_is_resolved_anew() {
        let (of, says) = many([Some(server("/old")), Some(server("/new")), Some(server("/x"))]);
        let forgets = async {
            of.forget("a");
            path(&of).await
        };
        let (old, new) = join!(path(&of), forgets);
        assert!(old.unwrap().ends_with("/old"), "it was under way");
        assert!(new.unwrap().ends_with("/new"));
        let after = path(&of).await.unwrap();
        assert!(!after.ends_with("/old"), "{after}");
        assert!(says.asked.load(Ordering::Relaxed) <= 3);
    }

    #[tokio::test]
    async fn a_crowd_hears_together_that_a_tenant_cannot_be_resolved() {
        let (of, says) = many([]);
        let crowd = join_all((0..100).map(|_| of.at("/t/a"))).await;
        assert!(crowd.into_iter().all(|heard| heard.is_err()));
        assert_eq!(says.asked.load(Ordering::Relaxed), 1);
        says.answers.lock().unwrap().push_back(Some(server("/new")));
        let crowd = join_all((0..100).map(|_| path(&of))).await;
        assert!(crowd.into_iter().all(|heard| heard.is_some()));
        assert_eq!(says.asked.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_common_path_has_one_parameter_which_is_a_whole_segment() {
        let build = |path: &str| {
            TenantsBuilder::new(path.to_owned(), Arc::new(Says::default())).build().map(drop)
        };
        for good in ["/{tenant}", "/t/{tenant}/oauth"] {
            assert_eq!(build(good), Ok(()), "{good}");
        }
        for bad in ["/", "/t", "/{a}/{b}", "/{a}-{b}", "/x{a}", "/{a}x", "/{*a}", "/{}", "/{a:b}"] {
            assert_eq!(build(bad), Err(InvalidServer::NotAPath(bad.to_owned())), "{bad}");
        }
    }
}
