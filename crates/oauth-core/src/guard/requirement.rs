//! How far a token must reach.

use std::{fmt, marker::PhantomData};

use crate::model::Scope;

/// The scope that a route requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement(Needed);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Needed {
    Token(String),
    All(Vec<Needed>),
    Any(Vec<Needed>),
}

impl Requirement {
    /// Any token will do.
    pub fn none() -> Self {
        Self(Needed::All(Vec::new()))
    }

    /// Every one of these scope tokens.
    pub fn all<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self(Needed::All(tokens(names)))
    }

    /// At least one of these scope tokens: of none of them, no token will do.
    pub fn any<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self(Needed::Any(tokens(names)))
    }

    /// What the type requires.
    pub fn of<S: RequiredScope>() -> Self {
        S::requirement()
    }

    /// Every one of these requirements.
    pub fn all_of(requirements: impl IntoIterator<Item = Self>) -> Self {
        Self(Needed::All(requirements.into_iter().map(|own| own.0).collect()))
    }

    /// At least one of these requirements.
    pub fn any_of(requirements: impl IntoIterator<Item = Self>) -> Self {
        Self(Needed::Any(requirements.into_iter().map(|own| own.0).collect()))
    }

    /// Whether the scope reaches as far.
    pub fn is_met_by(&self, scope: &Scope) -> bool {
        self.0.is_met_by(scope)
    }
}

fn tokens<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Vec<Needed> {
    names.into_iter().map(|name| Needed::Token(name.into())).collect()
}

impl Needed {
    fn is_met_by(&self, scope: &Scope) -> bool {
        match self {
            Self::Token(name) => scope.contains(name),
            Self::All(all) => all.iter().all(|own| own.is_met_by(scope)),
            Self::Any(any) => any.iter().any(|own| own.is_met_by(scope)),
        }
    }

    fn add_names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Token(name) if names.contains(&name.as_str()) => {}
            Self::Token(name) => names.push(name),
            Self::All(inner) | Self::Any(inner) => {
                inner.iter().for_each(|own| own.add_names(names))
            }
        }
    }
}

/// As [`Requirement::none`].
impl Default for Requirement {
    fn default() -> Self {
        Self::none()
    }
}

/// The scope that a client would ask for.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Vec::new();
        self.0.add_names(&mut names);
        f.write_str(&names.join(" "))
    }
}

/// A type that names a required scope: one made by [`scope!`](crate::scope), a tuple of such types
/// (all of them), [`AnyOf`] such a tuple, or `()` (any token will do).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a scope",
    note = "declare one with `oauth_core::scope!(pub Read = \"photos:read\")`"
)]
pub trait RequiredScope: Send + Sync + 'static {
    /// As a value.
    fn requirement() -> Requirement;

    /// Whether the scope reaches as far.
    fn is_met_by(scope: &Scope) -> bool;
}

impl RequiredScope for () {
    fn requirement() -> Requirement {
        Requirement::none()
    }

    fn is_met_by(_: &Scope) -> bool {
        true
    }
}

/// At least one of the scopes of a tuple: `AnyOf<(Read, Write)>`.
#[derive(Debug)]
pub struct AnyOf<T>(PhantomData<fn() -> T>);

macro_rules! tuples {
    ($(($($name:ident),+))*) => {$(
        impl<$($name: RequiredScope),+> RequiredScope for ($($name,)+) {
            fn requirement() -> Requirement {
                Requirement::all_of([$($name::requirement()),+])
            }

            fn is_met_by(scope: &Scope) -> bool {
                $($name::is_met_by(scope))&&+
            }
        }

        impl<$($name: RequiredScope),+> RequiredScope for AnyOf<($($name,)+)> {
            fn requirement() -> Requirement {
                Requirement::any_of([$($name::requirement()),+])
            }

            fn is_met_by(scope: &Scope) -> bool {
                $($name::is_met_by(scope))||+
            }
        }
    )*};
}

tuples!((A)(A, B)(A, B, C)(A, B, C, D));

/// Declares types that name scopes, for `Bearer<Read>`.
///
/// ```
/// oauth_core::scope!(pub Read = "photos:read");
/// oauth_core::scope!(Write = "photos:write");
/// ```
#[macro_export]
macro_rules! scope {
    ($(#[$doc:meta])* $visibility:vis $name:ident = $scope:literal) => {
        $(#[$doc])*
        #[doc = concat!("The scope `", $scope, "`.")]
        #[derive(Debug)]
        $visibility enum $name {}

        impl $crate::guard::RequiredScope for $name {
            fn requirement() -> $crate::guard::Requirement {
                $crate::guard::Requirement::all([$scope])
            }

            fn is_met_by(scope: &$crate::model::Scope) -> bool {
                scope.contains($scope)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{AnyOf, RequiredScope, Requirement};
    use crate::model::Scope;

    crate::scope!(Read = "read");
    crate::scope!(Write = "write");

    #[test]
    fn types_and_values_require_the_same() {
        let (read, both) = (Scope::parse("read").unwrap(), Scope::parse("write read").unwrap());
        assert!(Read::is_met_by(&read) && <()>::is_met_by(&read));
        assert!(!<(Read, Write)>::is_met_by(&read) && <(Read, Write)>::is_met_by(&both));
        assert!(AnyOf::<(Write, Read)>::is_met_by(&read));
        assert!(!Requirement::of::<(Read, Write)>().is_met_by(&read));
        assert!(Requirement::of::<AnyOf<(Read, Write)>>().is_met_by(&read));
        assert!(Requirement::any(["x", "read"]).is_met_by(&read));
        assert!(!Requirement::any::<&str>([]).is_met_by(&both), "none of these is never there");
        assert!(Requirement::none().is_met_by(&Scope::default()));
        assert_eq!(Requirement::of::<(Read, Write)>().to_string(), "read write");
    }

    #[test]
    fn what_is_nested_stays_so() {
        crate::scope!(Admin = "admin");
        let scopes = ["read", "write", "admin", "read write", "write admin", "read admin"];
        for scope in scopes.map(|text| Scope::parse(text).unwrap()) {
            type Either = AnyOf<(Read, (Write, Admin))>;
            type Both = (Read, AnyOf<(Write, Admin)>);
            assert_eq!(Requirement::of::<Either>().is_met_by(&scope), Either::is_met_by(&scope));
            assert_eq!(Requirement::of::<Both>().is_met_by(&scope), Both::is_met_by(&scope));
        }
        let twice = Requirement::of::<AnyOf<((Read, Write), (Read, Admin))>>();
        assert_eq!(twice.to_string(), "read write admin");
    }
}
