//! What is wrong with a form, in words, at the field that it belongs to.

use oauth_core::model::{ApplicationType, InvalidClient, InvalidRedirectUri, RedirectUri};

/// How much of a redirect URI is repeated, in characters.
const SHOWN: usize = 80;

/// What is wrong, by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// With the name.
    pub(crate) name: Option<&'static str>,
    /// With the kind.
    pub(crate) kind: Option<&'static str>,
    /// With the redirect URIs.
    pub(crate) redirect_uris: Option<RedirectFault>,
    /// With no field of the form.
    pub(crate) form: Option<String>,
}

/// What is wrong with the redirect URIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectFault {
    /// Which one it is, or its beginning.
    pub(crate) uri: Option<String>,
    /// What is wrong with it.
    pub(crate) words: &'static str,
}

impl Faults {
    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what the checks of a client found.
    pub(super) fn add(
        &mut self,
        invalid: InvalidClient,
        uris: &[&str],
        application_type: ApplicationType,
    ) {
        match invalid {
            InvalidClient::ClientName => {
                self.name = Some(
                    "Use at most 200 bytes and something that can be seen, without line breaks and without characters that turn the direction of writing around.",
                );
            }
            InvalidClient::RedirectUri(why) => {
                let broken = |uri: &&&str| RedirectUri::register(uri, application_type).is_err();
                let uri = uris.iter().find(broken).map(|uri| shortened(uri));
                let words = words(why, application_type);
                self.redirect_uris = Some(RedirectFault { uri, words });
            }
            InvalidClient::NoRedirectUri => {
                let words = "Enter at least one redirect URI.";
                self.redirect_uris = Some(RedirectFault { uri: None, words });
            }
            // Nothing that can be entered leads here; a client that the host has made may.
            other => self.form = Some(format!("This application cannot be saved: {other}.")),
        }
    }
}

fn shortened(uri: &str) -> String {
    match uri.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &uri[..end]),
        None => uri.to_owned(),
    }
}

fn words(why: InvalidRedirectUri, application_type: ApplicationType) -> &'static str {
    match why {
        InvalidRedirectUri::Fragment => "Leave out the # and what follows it.",
        InvalidRedirectUri::UserInfo => "Leave out the user name and password before the @.",
        InvalidRedirectUri::Wildcard => {
            "A * does not stand for other addresses here. Enter each one on a line of its own."
        }
        InvalidRedirectUri::Scheme if application_type == ApplicationType::Native => {
            "Begin with https://, or with http:// on a loopback address such as 127.0.0.1, or with a scheme of your own that has a dot in it, such as com.example.app:/callback."
        }
        InvalidRedirectUri::Scheme => {
            "Begin with https://. Only addresses on your own computer, such as http://localhost:3000/callback, may begin with http://."
        }
        InvalidRedirectUri::ReservedParameter => {
            "Leave out query parameters that the answer itself has, such as code, state, iss and error."
        }
        InvalidRedirectUri::TooLong => "Use at most 2048 bytes.",
        _ => {
            "Enter the whole address in its usual spelling, such as https://app.example/callback: host in lower case, no default port, no .. in the path, no spaces."
        }
    }
}

#[cfg(test)]
mod tests {
    use oauth_core::model::{ApplicationType, InvalidClient, InvalidRedirectUri};

    use super::{Faults, SHOWN};

    #[test]
    fn the_broken_one_is_named_in_short() {
        let long = format!("https://a.example/{}", "é".repeat(3000));
        let mut faults = Faults::default();
        let invalid = InvalidClient::RedirectUri(InvalidRedirectUri::TooLong);
        faults.add(invalid, &["https://a.example/cb", &long], ApplicationType::Web);
        let fault = faults.redirect_uris.unwrap();
        assert_eq!(fault.uri.unwrap().chars().count(), SHOWN + 1);
        assert_eq!(fault.words, "Use at most 2048 bytes.");
    }

    #[test]
    fn what_belongs_to_no_field_is_said_all_the_same() {
        let mut faults = Faults::default();
        faults.add(InvalidClient::PublicAndWeak, &[], ApplicationType::Web);
        assert!(faults.form.unwrap().contains("confidential clients"));
    }
}
