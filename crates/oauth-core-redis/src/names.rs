//! Names of keys. What is between braces decides the slot, so nothing else may bring braces in.

use std::fmt::Display;

use oauth_core::model::{ClientId, Digest, GrantId, Subject, Tenant};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a prefix cannot have as it is.
const PREFIX: &AsciiSet = &CONTROLS.add(b'%').add(b'{').add(b'}');

/// Whatever the prefix, the tenants and the names in them are: different things have different keys.
#[derive(Debug)]
pub(crate) struct Names {
    prefix: String,
}

impl Names {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: utf8_percent_encode(prefix, PREFIX).to_string() }
    }

    pub(crate) fn grant(&self, tenant: &Tenant, id: &GrantId) -> String {
        self.name("grant", tenant, id)
    }

    pub(crate) fn due(&self, tenant: &Tenant, id: &GrantId) -> String {
        self.name("due", tenant, id)
    }

    pub(crate) fn item(&self, tenant: &Tenant, key: &Digest) -> String {
        self.name("item", tenant, key)
    }

    pub(crate) fn subject(&self, tenant: &Tenant, subject: &Subject) -> String {
        self.name("subject", tenant, encoded(subject.as_str()))
    }

    pub(crate) fn client(&self, tenant: &Tenant, client_id: &ClientId) -> String {
        self.name("client", tenant, encoded(client_id.as_str()))
    }

    pub(crate) fn clients(&self, tenant: &Tenant) -> String {
        self.name("clients", tenant, "")
    }

    pub(crate) fn listed(&self, tenant: &Tenant) -> String {
        self.name("listed", tenant, "")
    }

    pub(crate) fn signing(&self, tenant: &Tenant) -> String {
        self.name("signing", tenant, "")
    }

    pub(crate) fn used(&self, tenant: &Tenant, key: &Digest) -> String {
        self.name("used", tenant, key)
    }

    pub(crate) fn unused(&self) -> String {
        format!("{}:unused", self.prefix)
    }

    /// Nothing is ever there.
    pub(crate) fn nothing(&self) -> String {
        format!("{}:nothing", self.prefix)
    }

    fn name(&self, kind: &str, tenant: &Tenant, name: impl Display) -> String {
        format!("{}:{kind}:{{{}/{name}}}", self.prefix, encoded(tenant.as_str()))
    }
}

fn encoded(text: &str) -> impl Display {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

#[cfg(test)]
mod tests {
    use oauth_core::model::{Digest, GrantId};

    use super::Names;

    #[test]
    fn what_belongs_to_a_grant_has_one_tag_whatever_its_names_are() {
        for prefix in ["", "oauth", "{a}", "a:grant", "%7Ba%7D"] {
            let names = Names::new(prefix);
            for tenant in ["", "a", "}", "{a}/", "a/b"] {
                let (tenant, id) = (tenant.into(), GrantId::from_bytes([7; 16]));
                let tag = |key: String| {
                    let (_, rest) = key.split_once('{').unwrap();
                    rest.split_once('}').unwrap().0.to_owned()
                };
                let grant = tag(names.grant(&tenant, &id));
                assert_eq!(grant, tag(names.due(&tenant, &id)));
                assert!(grant.ends_with(&id.to_string()) && grant.len() > 22, "{grant}");
            }
        }
    }

    #[test]
    fn different_things_have_different_names() {
        let (one, other) = (Names::new("{a}"), Names::new("%7Ba%7D"));
        assert_ne!(one.nothing(), other.nothing());
        let one = Names::new("a");
        assert_ne!(
            one.item(&"a/b".into(), &Digest::of("")),
            one.item(&"a".into(), &Digest::of(""))
        );
        assert_ne!(
            one.subject(&"a".into(), &"b/c".into()),
            one.subject(&"a/b".into(), &"c".into())
        );
        assert_ne!(one.subject(&"a".into(), &"b".into()), one.client(&"a".into(), &"b".into()));
    }
}
