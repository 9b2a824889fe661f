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
        self.end("grant", None, &Revoke::Grant(grant)).await
    }

    /// Ends one token, and leaves its grant.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_token(&self, token: &str) -> Result<u64, Error> {
        self.end("token", None, &Revoke::Token(Digest::of(token))).await
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
        self.end("subject_client", Some(client), &revoke).await
    }

    /// Ends everything that the subject allowed anybody: after a change of password, or a ban.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_subject(&self, subject: &Subject) -> Result<u64, Error> {
        self.end("subject", None, &Revoke::Subject(subject.clone())).await
    }

    /// Ends everything that anybody allowed this client.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_client(&self, client: &ClientId) -> Result<u64, Error> {
        self.end("client", Some(client), &Revoke::Client(client.clone())).await
    }

    async fn end(
        &self,
        what: &'static str,
        client: Option<&ClientId>,
        revoke: &Revoke,
    ) -> Result<u64, Error> {
        let context = self.context.renewed();
        let count = context.grants().revoke(context.tenant(), revoke, context.now()).await?;
        context.record(&Event::Revoked { what, client, count });
        Ok(count)
    }
}
