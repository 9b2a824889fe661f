//! What a client says about itself to people.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{InvalidClient, uri};

/// Longer URLs are refused, in bytes.
const URL_LIMIT: usize = 2048;

/// Longer texts are refused, in bytes.
const TEXT_LIMIT: usize = 200;

/// How many contacts there may be.
const CONTACTS: usize = 10;

/// What a client says about itself to people (RFC 7591 §2). Nothing of it is verified, and nothing
/// behind these URLs is ever fetched by the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ClientAbout {
    /// A page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Its privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Who is responsible for it, usually by e-mail address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Names the software, across its installations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

impl ClientAbout {
    pub(super) fn check(&self) -> Result<(), InvalidClient> {
        if !self.links().all(is_web_page) {
            return Err(InvalidClient::Link);
        }
        let software = [&self.software_id, &self.software_version].into_iter().flatten();
        let plain = |text: &String| text.len() <= TEXT_LIMIT && !text.chars().any(char::is_control);
        if self.contacts.len() > CONTACTS || !self.contacts.iter().chain(software).all(plain) {
            return Err(InvalidClient::About);
        }
        Ok(())
    }

    /// Leaves out what leads to the machine of whoever follows it.
    pub(super) fn forget_loopback(&mut self) {
        let is_here = |link: &mut String| {
            Url::parse(link).is_ok_and(|url| super::redirect_uri::is_loopback(&url))
        };
        for link in
            [&mut self.client_uri, &mut self.logo_uri, &mut self.tos_uri, &mut self.policy_uri]
        {
            drop(link.take_if(is_here));
        }
    }

    pub(super) fn links(&self) -> impl Iterator<Item = &str> {
        let links = [&self.client_uri, &self.logo_uri, &self.tos_uri, &self.policy_uri];
        links.into_iter().filter_map(Option::as_deref)
    }
}

/// Whether a person may be sent there: https, or http on this machine while it is developed. Not with
/// a user name, which is read as the host (RFC 3986 §7.6).
fn is_web_page(text: &str) -> bool {
    let url = Url::parse(text).ok().filter(|_| text.len() <= URL_LIMIT && uri::is_plain(text));
    url.is_some_and(|url| {
        url.username().is_empty()
            && url.password().is_none()
            && match url.scheme() {
                "https" => true,
                "http" => super::redirect_uri::is_loopback(&url),
                _ => false,
            }
    })
}
