//! Who has a user name and a password.

use std::collections::HashMap;

use async_trait::async_trait;
use oauth_core::{
    chosen_secret,
    model::{Secret, SecretHash, Subject, Tenant},
    random::RandomFailed,
    store::{StoreError, Users},
};

/// Some people. An application asks its own table of users here.
#[derive(Debug)]
pub(crate) struct People {
    people: HashMap<&'static str, Person>,
}

#[derive(Debug)]
struct Person {
    password: SecretHash,
    second_factor: bool,
}

impl People {
    /// Knows these names and passwords. People whose name is in `second_factor` prove more than a
    /// password elsewhere; a password alone is not enough for them.
    pub(crate) async fn new(
        passwords: &[(&'static str, &str)],
        second_factor: &[&str],
    ) -> Result<Self, RandomFailed> {
        let mut people = HashMap::new();
        for (name, password) in passwords {
            let password = chosen_secret::hash(&Secret::new(*password)).await?;
            people.insert(*name, Person { password, second_factor: second_factor.contains(name) });
        }
        Ok(Self { people })
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
        let good = chosen_secret::verify(password, &person.password).await;
        Ok((good && !person.second_factor).then(|| Subject::from(username)))
    }
}
