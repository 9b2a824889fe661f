//! A view, as the response that carries it.

use askama::Template;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use crate::{
    csp::{self, Forms},
    headers,
    theme::Theme,
};

/// What a response has to know about a view besides its text.
pub(crate) trait View: Template {
    /// Where its forms lead.
    const FORMS: Forms;

    /// How it looks.
    fn theme(&self) -> &Theme;
}

/// The page that shows this view, with every header that protects it.
pub(crate) fn page<V: View>(status: StatusCode, view: &V) -> Response<Bytes> {
    let theme = view.theme();
    let policy = csp::policy(theme.stylesheet().hash(), theme.logo(), V::FORMS);
    let mut headers = headers::security_headers(policy);
    // Writing a view into a string fails only if a value of the view cannot write itself, and all
    // of them are text; should it happen, a bare page is better than half of one.
    let (status, body) = view.render().map_or_else(
        |_| {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/plain; charset=utf-8"),
            );
            (StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be shown.".to_owned())
        },
        |body| (status, body),
    );
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use http::StatusCode;
    use sha2::{Digest as _, Sha256};

    use super::page;
    use crate::{theme::Theme, views::SignedOut};

    #[test]
    fn the_policy_admits_the_style_that_is_in_the_page() {
        let theme = Theme::builder("Example").accent("#ffcc00").build().unwrap();
        let response = page(StatusCode::OK, &SignedOut { theme: &theme, sign_in: "/" });
        let body = std::str::from_utf8(response.body()).unwrap();
        let (_, rest) = body.split_once("<style>").unwrap();
        let (style, rest) = rest.split_once("</style>").unwrap();
        assert!(!rest.contains("<style"));
        assert!(style.contains("#ffcc00"));
        let hash = BASE64_STANDARD.encode(Sha256::digest(style));
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{policy}");
        assert!(!body.contains("style=") && !body.contains("<script"));
    }
}
