//! What is open to clients that nobody has looked at.

use super::{
    ApplicationType, ClientMetadata, InvalidClient, RefreshPolicy, Scope,
    client_keys::strangers_may_name,
    client_name::{is_shown_as_spelled, is_visible},
};

/// Ways to prove who one is that a client can register for by itself.
const METHODS: [&str; 4] = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

/// Grant types in which a person is asked each time, or was.
const GRANT_TYPES: [&str; 3] =
    ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];

/// What is open to clients that nobody has looked at: those that register themselves (RFC 7591), and
/// those that are described by a document at their identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms {
    /// The most that they may be granted.
    pub scope: Scope,
    /// The grant types that they may use.
    pub grant_types: Vec<String>,
    /// The grant types that there are, and may not be had by asking.
    pub closed_grant_types: Vec<String>,
    /// The ways in which they may prove who they are; the first is that of who does not say.
    pub methods: Vec<String>,
    /// Whether `jwks_uri`, and links for people, may lead to a loopback address. Such a `jwks_uri` is
    /// refused otherwise, and such links are left out: applications that run in a browser name the
    /// address at which they are developed.
    pub loopback: bool,
    /// Whether each may ask for all of the scope, even if it named less of it.
    pub whole_scope: bool,
    /// How their refresh tokens live.
    pub refresh_policy: RefreshPolicy,
}

impl Terms {
    /// The usual terms at a server with these grant types and methods of client authentication.
    pub fn usual<'a>(
        scope: Scope,
        grant_types: impl IntoIterator<Item = &'a str>,
        methods: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let named = grant_types.into_iter().map(str::to_owned);
        let (open, closed) = named.partition(|name| GRANT_TYPES.contains(&name.as_str()));
        let methods = methods.into_iter().chain(["none"]).filter(|name| METHODS.contains(name));
        let mut methods: Vec<_> = methods.map(str::to_owned).collect();
        // RFC 7591 §2: who does not say means this one.
        methods.sort_by_key(|name| name != "client_secret_basic");
        Self { scope, grant_types: open, closed_grant_types: closed, methods, ..Self::default() }
    }

    /// The same without secrets that both sides know, for clients that nothing can be told in
    /// confidence.
    #[must_use]
    pub fn without_shared_secrets(mut self) -> Self {
        self.methods.retain(|name| !name.starts_with("client_secret_"));
        self.methods.sort_by_key(|name| name != "none");
        self
    }

    /// Makes of what was asked for what is open. What there is not is left out, as RFC 7591 §3.2.1
    /// allows; what there is and is not open is refused.
    ///
    /// # Errors
    /// [`InvalidClient`] names the first thing that is refused.
    pub fn admit(&self, metadata: &mut ClientMetadata) -> Result<(), InvalidClient> {
        if let Some(name) = metadata.client_name.take() {
            let name: String = name.chars().filter(|c| is_shown_as_spelled(*c)).collect();
            metadata.client_name = Some(name.trim().to_owned()).filter(|name| is_visible(name));
        }
        if !self.loopback {
            metadata.about.forget_loopback();
            if !metadata.about.links().all(strangers_may_name) {
                return Err(InvalidClient::Link);
            }
        }
        self.method(metadata)?;
        self.grant_types(metadata)?;
        metadata.scope = self.scope(&metadata.scope)?;
        metadata.redirect_uris = once_each(std::mem::take(&mut metadata.redirect_uris));
        metadata.application_type.get_or_insert_with(|| application_type(&metadata.redirect_uris));
        Ok(())
    }

    fn method(&self, metadata: &mut ClientMetadata) -> Result<(), InvalidClient> {
        let not_open = InvalidClient::NotOpen("token_endpoint_auth_method");
        let first = self.methods.first().ok_or(not_open)?;
        let method = metadata.token_endpoint_auth_method.get_or_insert_with(|| first.clone());
        if !self.methods.contains(method) {
            return Err(not_open);
        }
        let keys = metadata.jwks.is_some() || metadata.jwks_uri.is_some();
        if method == "private_key_jwt" && !keys {
            return Err(InvalidClient::Keys);
        }
        match &metadata.jwks_uri {
            Some(uri) if !self.loopback && !strangers_may_name(uri) => Err(InvalidClient::Keys),
            _ => Ok(()),
        }
    }

    fn grant_types(&self, metadata: &mut ClientMetadata) -> Result<(), InvalidClient> {
        let closed = |name: &String| {
            self.closed_grant_types.contains(name) || name == "password" || name == "implicit"
        };
        let default = || vec!["authorization_code".to_owned()];
        let mut named = metadata.grant_types.take().unwrap_or_else(default);
        if named.iter().any(closed) {
            return Err(InvalidClient::NotOpen("grant_types"));
        }
        named.retain(|name| self.grant_types.contains(name));
        let named = once_each(named);
        if named.is_empty() {
            return Err(InvalidClient::NotOpen("grant_types"));
        }
        let code = named.iter().any(|name| name == "authorization_code");
        let types = metadata
            .response_types
            .get_or_insert_with(|| if code { vec!["code".to_owned()] } else { Vec::new() });
        types.dedup();
        if types.iter().any(|name| name != "code") {
            return Err(InvalidClient::NotOpen("response_types"));
        }
        if code == types.is_empty() {
            return Err(InvalidClient::Inconsistent);
        }
        metadata.grant_types = Some(named);
        Ok(())
    }

    fn scope(&self, asked: &str) -> Result<String, InvalidClient> {
        if asked.is_empty() {
            return Ok(self.scope.as_str().to_owned());
        }
        let scope = Scope::parse(asked)?.intersection(&self.scope);
        if scope.is_empty() {
            return Err(InvalidClient::NotOpen("scope"));
        }
        let scope = if self.whole_scope { &self.scope } else { &scope };
        Ok(scope.as_str().to_owned())
    }
}

/// Who does not say where it runs and comes back to the device, runs there (RFC 8252 §7).
fn application_type(redirect_uris: &[String]) -> ApplicationType {
    if redirect_uris.iter().any(|uri| !uri.starts_with("https:")) {
        ApplicationType::Native
    } else {
        ApplicationType::Web
    }
}

/// The list without what is in it already, in the same order.
fn once_each<T: PartialEq>(list: Vec<T>) -> Vec<T> {
    let mut once = Vec::new();
    for item in list {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::Terms;
    use crate::model::{ApplicationType, ClientMetadata, InvalidClient, Scope};

    fn terms() -> Terms {
        let grants = ["authorization_code", "refresh_token", "client_credentials"];
        let methods = ["client_secret_post", "client_secret_basic", "of_the_host"];
        Terms::usual(Scope::parse("read write").unwrap(), grants, methods)
    }

    fn admit(json: &str) -> Result<ClientMetadata, InvalidClient> {
        let mut metadata: ClientMetadata = serde_json::from_str(json).unwrap();
        terms().admit(&mut metadata).map(|()| metadata)
    }

    #[test]
    fn who_says_nothing_gets_the_defaults_of_the_rfc() {
        let metadata = admit(r#"{"redirect_uris":["https://a.example/cb"]}"#).unwrap();
        assert_eq!(metadata.token_endpoint_auth_method.as_deref(), Some("client_secret_basic"));
        assert_eq!(metadata.grant_types.unwrap(), ["authorization_code"]);
        assert_eq!(metadata.response_types.unwrap(), ["code"]);
        assert_eq!(metadata.scope, "read write");
        assert_eq!(metadata.application_type, Some(ApplicationType::Web));
    }

    #[test]
    fn what_there_is_not_is_left_out() {
        let metadata = admit(
            r#"{"redirect_uris":["http://127.0.0.1/cb","http://127.0.0.1/cb"],"scope":"read admin",
                "token_endpoint_auth_method":"none","client_name":"Goo\u202egle\n",
                "grant_types":["authorization_code","refresh_token","urn:x:unheard_of"]}"#,
        )
        .unwrap();
        assert_eq!(metadata.grant_types.unwrap(), ["authorization_code", "refresh_token"]);
        assert_eq!(metadata.scope, "read");
        assert_eq!(metadata.client_name.as_deref(), Some("Google"));
        assert_eq!(metadata.redirect_uris, ["http://127.0.0.1/cb"]);
        assert_eq!(metadata.application_type, Some(ApplicationType::Native));
    }

    #[test]
    fn who_names_some_of_the_scope_may_get_all_of_it_and_who_names_none_of_it_nothing() {
        let terms = super::Terms { whole_scope: true, ..terms() };
        let ask = |scope: &str| terms.scope(scope);
        assert_eq!(ask("read admin").unwrap(), "read write");
        assert_eq!(ask("admin").unwrap_err(), InvalidClient::NotOpen("scope"));
    }

    #[test]
    fn reg_011_reg_012_what_is_not_open_is_refused() {
        let not_open = [
            (r#"{"scope":"admin"}"#, "scope"),
            (r#"{"grant_types":["client_credentials"]}"#, "grant_types"),
            (r#"{"grant_types":["authorization_code","password"]}"#, "grant_types"),
            (r#"{"grant_types":["implicit"],"response_types":["code"]}"#, "grant_types"),
            (r#"{"grant_types":[]}"#, "grant_types"),
            (r#"{"grant_types":["urn:x:unheard_of"]}"#, "grant_types"),
            (r#"{"response_types":["token"]}"#, "response_types"),
            (r#"{"token_endpoint_auth_method":"of_the_host"}"#, "token_endpoint_auth_method"),
            (r#"{"token_endpoint_auth_method":"private_key_jwt"}"#, "token_endpoint_auth_method"),
        ];
        for (json, what) in not_open {
            assert_eq!(admit(json).unwrap_err(), InvalidClient::NotOpen(what), "{json}");
        }
        for json in [
            r#"{"grant_types":["refresh_token"],"response_types":["code"]}"#,
            r#"{"grant_types":["authorization_code"],"response_types":[]}"#,
        ] {
            assert_eq!(admit(json).unwrap_err(), InvalidClient::Inconsistent, "{json}");
        }
    }

    #[test]
    fn without_shared_secrets_there_is_nobody_to_tell_one() {
        let terms = terms().without_shared_secrets();
        assert_eq!(terms.methods, ["none"]);
        let keys = Terms::usual(Scope::default(), [], ["private_key_jwt", "client_secret_basic"]);
        assert_eq!(keys.without_shared_secrets().methods, ["none", "private_key_jwt"]);
    }
}
