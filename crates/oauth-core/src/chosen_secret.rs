//! Secrets that people choose: hashed slowly, away from the async worker, a few at a time.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use async_lock::{Semaphore, SemaphoreGuardArc};

use crate::{
    model::{Secret, SecretHash},
    random::{Random, RandomFailed, SystemRandom},
};

/// Each hash takes 19 MiB and tens of milliseconds of one core; more at a time would only let a
/// crowd of wrong passwords take the memory.
static HASHING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(4)));

/// Does the work when it is its turn. The turn ends with the work: a hash that has begun goes on when
/// whoever asked has gone, and counts for as long.
async fn in_turn<T: Send + 'static>(
    hashing: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let turn: SemaphoreGuardArc = hashing.acquire_arc().await;
    blocking::unblock(move || {
        let done = work();
        drop(turn);
        done
    })
    .await
}

/// Hashes a secret that a person chose, with argon2id at the parameters that OWASP recommends.
///
/// # Errors
/// [`RandomFailed`] if there is no salt to be had.
pub async fn hash(secret: &Secret) -> Result<SecretHash, RandomFailed> {
    let secret = Secret::new(secret.expose());
    in_turn(&HASHING, move || {
        let mut salt = [0; 16];
        SystemRandom.fill(&mut salt)?;
        let hash = Argon2::default().hash_password_with_salt(secret.expose().as_bytes(), &salt);
        hash.map(|hash| SecretHash::Argon2id(hash.to_string())).map_err(|_| RandomFailed)
    })
    .await
}

/// Whether the secret is the one that was hashed. An empty secret never is.
pub async fn verify(secret: &Secret, hash: &SecretHash) -> bool {
    if secret.expose().is_empty() {
        return false;
    }
    match hash {
        SecretHash::Sha256(digest) => secret.digest() == *digest,
        SecretHash::Argon2id(hash) => {
            let (secret, hash) = (Secret::new(secret.expose()), hash.clone());
            in_turn(&HASHING, move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    Argon2::default().verify_password(secret.expose().as_bytes(), &hash).is_ok()
                })
            })
            .await
        }
    }
}

/// Takes as long as [`verify`] does with a secret that a person chose. For user names that nobody
/// has, so that the time of the answer does not tell.
pub async fn verify_nobody(secret: &Secret) {
    let nobody = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    verify(secret, &SecretHash::Argon2id(nobody.to_owned())).await;
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::{Arc, mpsc},
        task::Poll,
    };

    use async_lock::Semaphore;

    use super::{hash, in_turn, verify};
    use crate::model::{Secret, SecretHash};

    #[tokio::test]
    async fn work_that_has_begun_counts_when_nobody_waits_for_it_any_more() {
        let hashing = Arc::new(Semaphore::new(1));
        let ((begun, began), (end, ended)) = (mpsc::channel(), mpsc::channel::<()>());
        let mut left = Box::pin(in_turn(&hashing, move || {
            begun.send(()).unwrap();
            ended.recv().unwrap();
        }));
        poll_fn(|task| {
            assert!(left.as_mut().poll(task).is_pending());
            Poll::Ready(())
        })
        .await;
        began.recv().unwrap();
        drop(left);
        assert!(hashing.try_acquire().is_none(), "it is still at work");
        end.send(()).unwrap();
        hashing.acquire().await;
    }

    #[tokio::test]
    async fn cla_011_only_the_chosen_secret_matches_and_an_empty_one_never_does() {
        let chosen = hash(&Secret::new("correct horse")).await.unwrap();
        assert!(verify(&Secret::new("correct horse"), &chosen).await);
        assert!(!verify(&Secret::new("correct hors"), &chosen).await);
        assert!(!verify(&Secret::new(""), &hash(&Secret::new("")).await.unwrap()).await);
        assert!(!verify(&Secret::new(""), &SecretHash::of_generated(&Secret::new(""))).await);
        assert!(!verify(&Secret::new("x"), &SecretHash::Argon2id("garbage".into())).await);
    }
}
