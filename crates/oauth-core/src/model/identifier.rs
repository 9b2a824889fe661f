//! Names of things: clients, subjects, keys, tenants, grants. Cheap to clone, compared byte by byte.

use std::{fmt, sync::Arc};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::clock::Timestamp;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: AsRef<str>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(Arc::from(text.as_ref()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

name!(
    /// A client's identifier (RFC 6749 §2.2).
    ClientId
);
name!(
    /// Who allowed it: the host's own, stable identifier of a resource owner (`sub`).
    Subject
);
name!(
    /// Names a signing key (`kid`, RFC 7517 §4.5).
    KeyId
);
name!(
    /// Whose clients, grants and tokens these are, where one application serves several issuers.
    /// Part of every key of every store; empty where there is only one.
    Tenant
);

impl Default for Tenant {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}

/// Names one grant: the second of its creation, and 96 random bits. Not a credential: it may be shown
/// and logged.
///
/// The time comes first so that grants of about the same time are neighbours in an index, where a
/// database then writes a few pages again and again and not others each time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId([u8; 16]);

impl GrantId {
    /// The name of a grant created at this time.
    pub fn new(created_at: Timestamp, random: [u8; 12]) -> Self {
        let mut bytes = [0; 16];
        let (time, rest) = bytes.split_at_mut(4);
        // The lower half of the seconds, which is all of them until 2106.
        time.copy_from_slice(&created_at.unix().to_be_bytes()[4..]);
        rest.copy_from_slice(&random);
        Self(bytes)
    }

    /// The identifier made of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the identifier.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads what [`Display`](fmt::Display) wrote; `None` if it is not that.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; 22];
        let written = BASE64_URL_SAFE_NO_PAD.encode_slice(self.0, &mut buffer);
        let text = written.ok().and_then(|n| std::str::from_utf8(&buffer[..n]).ok());
        f.write_str(text.unwrap_or_default())
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for GrantId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GrantId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a grant identifier"))
    }
}

#[cfg(test)]
mod tests {
    use super::GrantId;
    use crate::clock::Timestamp;

    #[test]
    fn later_grants_come_after_earlier_ones() {
        let earlier = GrantId::new(Timestamp::from_unix(1_800_000_000), [0xff; 12]);
        let later = GrantId::new(Timestamp::from_unix(1_800_000_001), [0; 12]);
        assert!(earlier < later);
        assert_eq!(earlier.as_bytes()[..4], [0x6b, 0x49, 0xd2, 0x00]);
    }

    #[test]
    fn a_grant_identifier_reads_what_it_writes() {
        let id = GrantId::new(Timestamp::from_unix(1_800_000_000), [7; 12]);
        assert_eq!(GrantId::parse(&id.to_string()), Some(id));
        assert_eq!(GrantId::parse("short"), None);
    }
}
