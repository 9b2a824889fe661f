//! The paths that many tenants have in common, and the tenant in a path.

use crate::{server::site::well_known, wire::ReturnTo};

/// Longer names are of nobody, in bytes.
const NAME_LIMIT: usize = 255;

#[derive(Debug)]
pub(in crate::server) struct Paths {
    /// With a parameter in the place of the tenant.
    pub(super) common: String,
    /// Which segment that is.
    pub(super) position: usize,
    pub(super) endpoints: Vec<String>,
    pub(super) resources: Vec<String>,
}

impl Paths {
    /// What is mounted.
    pub(in crate::server) fn all(&self) -> Vec<String> {
        let below = self.endpoints.iter().map(|path| format!("{}{path}", self.common));
        let document = |path| format!("/.well-known/oauth-protected-resource{}{path}", self.common);
        let documents = self.resources.iter().map(document);
        below.chain(well_known(&self.common)).chain(documents).collect()
    }

    pub(in crate::server) fn return_to(&self, text: &str) -> Option<ReturnTo> {
        let name = self.name(text.split('?').next()?)?;
        ReturnTo::parse(text, &format!("{}/authorize", self.of(name)), &[])
    }

    /// The common path with the tenant's name in it.
    pub(in crate::server) fn of(&self, name: &str) -> String {
        let segments = self.common.split('/');
        let path: Vec<_> = segments.map(|s| if s.starts_with('{') { name } else { s }).collect();
        path.join("/")
    }

    /// The tenant's name in a path: of an endpoint, of an API beside it, or of a well-known
    /// document, which has two segments before the issuer's path.
    pub(super) fn name<'a>(&self, path: &'a str) -> Option<&'a str> {
        let well_known = if path.starts_with("/.well-known/") { 2 } else { 0 };
        let name = path.split('/').nth(self.position + well_known)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let is_name = (1..=NAME_LIMIT).contains(&name.len()) && !matches!(name, "." | "..");
        (is_name && name.bytes().all(plain)).then_some(name)
    }
}
