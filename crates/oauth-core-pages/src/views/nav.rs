//! Links between the pages of whoever is signed in.

/// The links, and which of the pages this is.
#[derive(Clone, Debug)]
pub(crate) struct Nav {
    /// The path of the page of connected applications.
    pub(crate) connected_apps: String,
    /// The path of the page of own applications.
    pub(crate) applications: String,
    /// Where the person is.
    pub(crate) here: Here,
}

/// Where the person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Here {
    /// On the page of connected applications.
    ConnectedApps,
    /// On the page of own applications.
    Applications,
    /// On a page that begins there.
    BelowApplications,
}
