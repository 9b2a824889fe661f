//! What can be entered about an application, new or not.

use crate::{
    applications::{Draft, Faults},
    scope_words::ScopeLine,
};

/// The fields that registering and editing have in common.
#[derive(Debug)]
pub(crate) struct ApplicationFields<'a> {
    /// What was entered.
    pub(crate) draft: &'a Draft,
    /// What is wrong with it.
    pub(crate) faults: &'a Faults,
    /// What it may ask for.
    pub(crate) scopes: Vec<ScopeBox<'a>>,
}

/// One scope that can be ticked.
#[derive(Clone, Debug)]
pub(crate) struct ScopeBox<'a> {
    /// The name of the field.
    pub(crate) field: String,
    /// What it means.
    pub(crate) line: ScopeLine<'a>,
    /// Whether it is ticked.
    pub(crate) ticked: bool,
}
