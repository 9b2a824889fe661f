//! Scope values: what is read is written as it was read, and the operations are those of sets.

use oauth_core::model::Scope;

use crate::keys::halves;

pub(super) fn check(input: &[u8]) {
    let (one, other) = halves(input);
    let parse = |bytes| std::str::from_utf8(bytes).ok().and_then(|text| Scope::parse(text).ok());
    let Some(scope) = parse(one) else { return };
    assert!(scope.as_str().bytes().all(|b| b == b' ' || b.is_ascii_graphic()), "{scope:?}");
    assert!(!scope.as_str().contains(['"', '\\']), "{scope:?}");
    assert_eq!(Scope::parse(scope.as_str()), Ok(scope.clone()));
    let tokens: Vec<_> = scope.iter().collect();
    assert_eq!(tokens.join(" "), scope.as_str());
    assert!(tokens.iter().all(|token| tokens.iter().filter(|own| own == &token).count() == 1));
    let Some(other) = parse(other) else { return };
    let (both, all) = (scope.intersection(&other), scope.union(&other));
    assert!(both.is_subset(&scope) && both.is_subset(&other));
    assert!(scope.is_subset(&all) && other.is_subset(&all));
    assert_eq!(all.iter().count() + both.iter().count(), tokens.len() + other.iter().count());
    let rest = scope.without(&other.iter().collect::<Vec<_>>());
    assert_eq!(rest.iter().count() + both.iter().count(), tokens.len());
}
