//! Who has a user name and a password.

use std::{collections::HashMap, fmt};

use async_trait::async_trait;
use oauth_core::{
    chosen_secret,
    model::{Secret, SecretHash, Subject, Tenant},
    store::{StoreError, Users},
};
use tokio::sync::OnceCell;

/// Some people. An application asks its own table of users here.
#[derive(Debug)]
pub(crate) struct People {
    people: HashMap<&'static str, Person>,
}

struct Person {
    password: &'static str,
    /// Made when it is first needed, as there are many people here and few sign in. An application has
    /// it in its table: the first sign-in takes twice as long here, by which a name can be told.
    hash: OnceCell<SecretHash>,
    second_factor: bool,
}

/// Without the password.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("second_factor", &self.second_factor).finish_non_exhaustive()
    }
}

impl People {
    /// Knows these names and passwords. People whose name is in `second_factor` prove more than a
    /// password elsewhere; a password alone is not enough for them.
    pub(crate) fn new(passwords: &[(&'static str, &'static str)], second_factor: &[&str]) -> Self {
        let people = passwords.iter().map(|(name, password)| {
            let (hash, second_factor) = (OnceCell::new(), second_factor.contains(name));
            (*name, Person { password, hash, second_factor })
        });
        Self { people: people.collect() }
    }
}

#[async_trait]
impl Users for People {
    async fn sign_in(
        &self,
        _: &Tenant,
        username: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, StoreError> {
        let Some(person) = self.people.get(username) else {
            // As slow as a wrong password, so that the time does not tell which names exist.
            chosen_secret::verify_nobody(password).await;
            return Ok(None);
        };
        let hash = async || chosen_secret::hash(&Secret::new(person.password)).await;
        let hash = person.hash.get_or_try_init(hash).await.map_err(StoreError::unavailable)?;
        let good = chosen_secret::verify(password, hash).await;
        Ok((good && !person.second_factor).then(|| Subject::from(username)))
    }
}
