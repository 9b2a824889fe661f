//! How far a token must reach.

use std::{fmt, marker::PhantomData};

use crate::model::Scope;

/// The scope that a route requires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    names: Vec<String>,
    any: bool,
}

impl Requirement {
    /// Any token will do.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every one of these scope tokens.
    pub fn all<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), any: false }
    }

    /// At least one of these scope tokens.
    pub fn any<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), any: true }
    }

    /// What the type requires.
    pub fn of<S: RequiredScope>() -> Self {
        let mut names = Vec::new();
        S::names(&mut names);
        Self { names: names.into_iter().map(str::to_owned).collect(), any: S::ANY }
    }

    /// Whether the scope reaches as far.
    pub fn is_met_by(&self, scope: &Scope) -> bool {
        let mut names = self.names.iter();
        if self.any && !self.names.is_empty() {
            names.any(|name| scope.contains(name))
        } else {
            names.all(|name| scope.contains(name))
        }
    }
}

/// The scope that a client would ask for.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.join(" "))
    }
}

/// A type that names a required scope: one made by [`scope!`](crate::scope), a tuple of such types
/// (all of them), [`AnyOf`] such a tuple, or `()` (any token will do).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a scope",
    note = "declare one with `oauth_core::scope!(pub Read = \"photos:read\")`"
)]
pub trait RequiredScope: Send + Sync + 'static {
    /// Whether one of the names is enough.
    const ANY: bool = false;

    /// Adds the scope tokens.
    fn names(names: &mut Vec<&'static str>);

    /// Whether the scope reaches as far.
    fn is_met_by(scope: &Scope) -> bool;
}

impl RequiredScope for () {
    fn names(_: &mut Vec<&'static str>) {}

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
            fn names(names: &mut Vec<&'static str>) {
                $($name::names(names);)+
            }

            fn is_met_by(scope: &Scope) -> bool {
                $($name::is_met_by(scope))&&+
            }
        }

        impl<$($name: RequiredScope),+> RequiredScope for AnyOf<($($name,)+)> {
            const ANY: bool = true;

            fn names(names: &mut Vec<&'static str>) {
                $($name::names(names);)+
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
            fn names(names: &mut ::std::vec::Vec<&'static str>) {
                names.push($scope);
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
        assert!(Requirement::none().is_met_by(&Scope::default()));
        assert_eq!(Requirement::of::<(Read, Write)>().to_string(), "read write");
    }
}
