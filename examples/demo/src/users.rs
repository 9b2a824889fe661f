//! The one user.

use async_trait::async_trait;
use oauth_core::{
    chosen_secret,
    model::{Secret, SecretHash, Subject, Tenant},
    random::RandomFailed,
    store::{StoreError, Users},
};

/// Knows `demo`, whose password is `demo`. An application asks its own table of users here.
#[derive(Debug)]
pub struct DemoUsers {
    password: SecretHash,
}

impl DemoUsers {
    /// Hashes the password, as it would have been at registration.
    ///
    /// # Errors
    /// [`RandomFailed`] if there is no salt to be had.
    pub async fn new() -> Result<Self, RandomFailed> {
        Ok(Self { password: chosen_secret::hash(&Secret::new("demo")).await? })
    }
}

#[async_trait]
impl Users for DemoUsers {
    async fn sign_in(
        &self,
        _: &Tenant,
        username: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, StoreError> {
        if username != "demo" {
            // As slow as a wrong password, so that the time does not tell which names exist.
            chosen_secret::verify_nobody(password).await;
            return Ok(None);
        }
        let good = chosen_secret::verify(password, &self.password).await;
        Ok(good.then(|| Subject::from("demo")))
    }
}
