//! What resource owners have allowed, for the host's own pages and for its operators.

use crate::{
    context::Context,
    error::Error,
    events::Event,
    model::{ClientId, Digest, Grant, GrantId, Subject},
    store::Revoke,
};

/// Lists what was allowed, and ends it. May be kept: each call looks at the clock anew.
#[derive(Clone, Debug)]
pub struct Grants {
    context: Context,
}

impl Grants {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }

    /// The grants under this request's server.
    pub fn of(context: &Context) -> Self {
        Self { context: context.clone() }
    }

    /// What the subject has allowed and not taken back, newest first.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot say.
    pub async fn of_subject(&self, subject: &Subject) -> Result<Vec<Grant>, Error> {
        let context = self.context.renewed();
        Ok(context.grants().grants(context.tenant(), subject, context.now()).await?)
    }

    /// Ends one grant. Returns how many were live, 0 or 1.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot; nothing is revoked then.
    pub async fn revoke(&self, grant: GrantId) -> Result<u64, Error> {
        self.end("grant", &Revoke::Grant(grant)).await
    }

    /// Ends one token, and leaves its grant.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_token(&self, token: &str) -> Result<u64, Error> {
        self.end("token", &Revoke::Token(Digest::of(token))).await
    }

    /// Ends everything that the subject allowed this client: "disconnect".
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_subject_client(
        &self,
        subject: &Subject,
        client: &ClientId,
    ) -> Result<u64, Error> {
        let revoke = Revoke::SubjectClient(subject.clone(), client.clone());
        self.end("subject_client", &revoke).await
    }

    /// Ends everything that the subject allowed anybody: after a change of password, or a ban.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_subject(&self, subject: &Subject) -> Result<u64, Error> {
        self.end("subject", &Revoke::Subject(subject.clone())).await
    }

    /// Ends everything that anybody allowed this client.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_client(&self, client: &ClientId) -> Result<u64, Error> {
        self.end("client", &Revoke::Client(client.clone())).await
    }

    async fn end(&self, what: &'static str, revoke: &Revoke) -> Result<u64, Error> {
        let context = self.context.renewed();
        let count = context.grants().revoke(context.tenant(), revoke, context.now()).await?;
        let (client, subject, grant) = match revoke {
            Revoke::Token(_) => (None, None, None),
            Revoke::Grant(grant) => (None, None, Some(*grant)),
            Revoke::Client(client) => (Some(client), None, None),
            Revoke::Subject(subject) => (None, Some(subject), None),
            Revoke::SubjectClient(subject, client) => (Some(client), Some(subject), None),
        };
        context.record(&Event::Revoked { what, client, subject, grant, count });
        Ok(count)
    }
}
