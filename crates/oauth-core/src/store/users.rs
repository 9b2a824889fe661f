//! The host's users.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Secret, Subject, Tenant};

/// Knows the users of the host by name and password. The sign-in page asks it.
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
}
