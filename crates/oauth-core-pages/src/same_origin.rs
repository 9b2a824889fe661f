//! Forms that another site sent are refused by what the browser says about them (Fetch Metadata
//! §2.3, Fetch §3.2), before their tokens are looked at.

use http::{HeaderMap, header};
use oauth_core::{context::Context, error::Error};

use crate::csrf::forged;

/// Checks the headers of a form post.
///
/// The pages say `Referrer-Policy: no-referrer`, under which browsers send `Origin: null` with
/// their forms; so `null` says nothing, and `Sec-Fetch-Site` or the form's token decides.
pub(crate) fn check(context: &Context, headers: &HeaderMap) -> Result<(), Error> {
    let ours = context.issuer().origin().as_bytes();
    let site_is_ours = headers
        .get_all("sec-fetch-site")
        .iter()
        .all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    let origin_is_ours = headers
        .get_all(header::ORIGIN)
        .iter()
        .all(|origin| origin.as_bytes() == ours || origin.as_bytes() == b"null");
    if site_is_ours && origin_is_ours { Ok(()) } else { Err(forged()) }
}
