//! Any `Authorization` header at a guarded route: nobody passes, and the challenge echoes nothing.

use http::{HeaderMap, HeaderValue, header};
use oauth_core::guard::{Guarded, Requirement};

use crate::{
    keys::halves,
    server::{Server, echoes_nothing, now},
};

/// Lines, each a header.
pub(super) fn check(input: &[u8]) {
    let server = Server::new();
    let mut headers = HeaderMap::new();
    let mut rest = input;
    while !rest.is_empty() {
        let (line, after) = halves(rest);
        rest = after;
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append(header::AUTHORIZATION, value);
    }
    let request = Guarded { headers: &headers, path: "/", peer: None, known: None };
    for guard in [server.server.guard(), server.server.guard_checking_revocation()] {
        let refused = now(guard.admit(request, &Requirement::all(["read"]))).expect_err("no token");
        let response = refused.to_response();
        assert!([400, 401].contains(&response.status().as_u16()), "{response:?}");
        assert!(response.headers().contains_key(header::WWW_AUTHENTICATE), "{response:?}");
        echoes_nothing(&response);
    }
}
