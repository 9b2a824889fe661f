//! The keys behind cookies and forms, all made from one.

use std::{fmt, sync::OnceLock};

use cookie::Key;
use oauth_core::{context::Context, crypto::hmac_sha256, error::Error};

/// The key that the host gave, or one drawn when it is first needed, and what is derived from it.
#[derive(Default)]
pub(crate) struct Keys {
    given: Option<[u8; 32]>,
    derived: OnceLock<Derived>,
}

struct Derived {
    cookies: Key,
    forms: [u8; 32],
}

impl Keys {
    /// Keys made from this one.
    pub(crate) fn given(key: [u8; 32]) -> Self {
        Self { given: Some(key), derived: OnceLock::new() }
    }

    /// Signs cookies.
    pub(crate) fn cookies(&self, context: &Context) -> Result<&Key, Error> {
        self.derived(context).map(|derived| &derived.cookies)
    }

    /// The MAC of `parts` for a form under this issuer and tenant. Every part counts, and where it
    /// ends: no two lists of parts give the same message.
    pub(crate) fn seal(&self, context: &Context, parts: &[&[u8]]) -> Result<[u8; 32], Error> {
        let here = [context.issuer().as_str().as_bytes(), context.tenant().as_str().as_bytes()];
        let mut message = Vec::new();
        for part in here.iter().chain(parts) {
            message.extend_from_slice(&(part.len() as u64).to_be_bytes());
            message.extend_from_slice(part);
        }
        Ok(hmac_sha256(&self.derived(context)?.forms, &message)?)
    }

    fn derived(&self, context: &Context) -> Result<&Derived, Error> {
        if let Some(derived) = self.derived.get() {
            return Ok(derived);
        }
        let root = match self.given {
            Some(key) => key,
            None => context.random()?,
        };
        let forms = hmac_sha256(&root, b"oauth-core-pages: forms")?;
        let derived = Derived { cookies: Key::derive_from(&root), forms };
        Ok(self.derived.get_or_init(|| derived))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}
