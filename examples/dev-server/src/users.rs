//! The users of the configuration file.

use std::collections::HashMap;

use async_trait::async_trait;
use oauth_core::{
    chosen_secret,
    model::{Secret, SecretHash, Subject, Tenant},
    random::RandomFailed,
    store::{StoreError, Users},
};

use crate::config::User;

#[derive(Debug)]
pub(crate) struct ConfiguredUsers {
    passwords: HashMap<String, SecretHash>,
}

impl ConfiguredUsers {
    pub(crate) async fn new(users: &[User]) -> Result<Self, RandomFailed> {
        let mut passwords = HashMap::new();
        for user in users {
            let hash = chosen_secret::hash(&Secret::new(&user.password)).await?;
            passwords.insert(user.username.clone(), hash);
        }
        Ok(Self { passwords })
    }
}

#[async_trait]
impl Users for ConfiguredUsers {
    async fn sign_in(
        &self,
        _: &Tenant,
        username: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, StoreError> {
        let Some(hash) = self.passwords.get(username) else {
            chosen_secret::verify_nobody(password).await;
            return Ok(None);
        };
        Ok(chosen_secret::verify(password, hash).await.then(|| Subject::from(username)))
    }
}
