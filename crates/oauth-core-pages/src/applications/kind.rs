//! The kinds of applications, as their makers know them.

use oauth_core::model::{ApplicationType, Client, ClientBuilder, SecretHash};

/// Where an application runs, and so whether it can keep a secret (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// On a server: confidential.
    Server,
    /// In a browser: public.
    Browser,
    /// On a person's device: public, native (RFC 8252).
    Native,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Server, Self::Browser, Self::Native];

    /// Reads what the form says.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.value() == value)
    }

    /// The kind of a registered application.
    pub(crate) fn of(client: &Client) -> Self {
        match (client.is_public(), client.application_type) {
            (false, _) => Self::Server,
            (true, ApplicationType::Web) => Self::Browser,
            (true, ApplicationType::Native) => Self::Native,
        }
    }

    /// As the form spells it.
    pub(crate) const fn value(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Browser => "browser",
            Self::Native => "native",
        }
    }

    /// What it is called.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Server => "Web server app",
            Self::Browser => "Browser app",
            Self::Native => "Native app",
        }
    }

    /// What is meant.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::Server => "Runs on your server and keeps a client secret there.",
            Self::Browser => "Runs as JavaScript in the browser. It has no secret.",
            Self::Native => "Installed on a phone or computer, or a command-line tool. No secret.",
        }
    }

    /// Begins a client of this kind, with the secret if it has one.
    pub(crate) fn begin(self, client_id: &str, hash: SecretHash) -> ClientBuilder {
        match self {
            Self::Server => Client::confidential(client_id, hash),
            Self::Browser => Client::public(client_id),
            Self::Native => Client::public(client_id).native(),
        }
    }

    /// Whether it has a secret.
    pub(crate) const fn has_secret(self) -> bool {
        matches!(self, Self::Server)
    }

    /// How its redirect URIs are checked.
    pub(crate) const fn application_type(self) -> ApplicationType {
        match self {
            Self::Server | Self::Browser => ApplicationType::Web,
            Self::Native => ApplicationType::Native,
        }
    }
}
