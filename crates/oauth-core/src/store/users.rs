//! The host's users.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::StoreError;
use crate::{
    clock::Timestamp,
    model::{Secret, Subject, Tenant},
};

/// Knows the users of the host by name and password. The pages ask it.
///
/// An implementation takes as long for a name that nobody has as for a wrong password:
/// [`chosen_secret`](crate::chosen_secret) has what it takes.
#[async_trait]
pub trait Users: Debug + Send + Sync + 'static {
    /// The user with this name, if this is the password; `None` in every other case.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot say. Never for a wrong password.
    async fn sign_in(
        &self,
        tenant: &Tenant,
        username: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, StoreError>;

    /// Whether a session of this user that began at `auth_time` is over before its time: because the
    /// user is gone or shut out, or has another password since. The pages ask with every request of
    /// somebody who is signed in; no session is, unless an implementation says so. What was granted
    /// already is ended by [`revoke_subject`](crate::server::Grants::revoke_subject).
    ///
    /// # Errors
    /// [`StoreError`] if it cannot say.
    async fn session_is_over(
        &self,
        _tenant: &Tenant,
        _subject: &Subject,
        _auth_time: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }
}

#[async_trait]
impl<T: Users + ?Sized> Users for Arc<T> {
    async fn sign_in(
        &self,
        tenant: &Tenant,
        username: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, StoreError> {
        (**self).sign_in(tenant, username, password).await
    }

    async fn session_is_over(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        auth_time: Timestamp,
    ) -> Result<bool, StoreError> {
        (**self).session_is_over(tenant, subject, auth_time).await
    }
}
