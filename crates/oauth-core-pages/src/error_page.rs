//! The error page of the server, in the host's looks.

use std::sync::Arc;

use http::StatusCode;
use oauth_core::{
    http_types::Response,
    wire::{ErrorCode, ErrorPage},
};

use crate::{response::page, theme::Theme, views};

#[derive(Debug)]
pub(crate) struct ThemedErrorPage {
    theme: Arc<Theme>,
}

impl ThemedErrorPage {
    pub(crate) fn new(theme: Arc<Theme>) -> Self {
        Self { theme }
    }
}

impl ErrorPage for ThemedErrorPage {
    fn render(&self, status: StatusCode, code: ErrorCode, description: &str) -> Response {
        let (heading, advice) = words(code);
        let message = format!("{advice} The reason: {description}.");
        let code = Some(code.as_str());
        page(status, &views::Error { theme: &self.theme, heading, message: &message, code })
    }

    fn leaving(&self, host: &str, url: &str) -> Response {
        page(StatusCode::OK, &views::Leaving { theme: &self.theme, host, url })
    }
}

/// What it is called, and what the person can do.
fn words(code: ErrorCode) -> (&'static str, &'static str) {
    match code {
        ErrorCode::InvalidClient => (
            "Unknown application",
            "The application that sent you here is not known. Go back to it, or tell its makers.",
        ),
        ErrorCode::AccessDenied => (
            "This form was not accepted",
            "Nothing has been done. Go back, reload the page and try again; cookies must be allowed.",
        ),
        ErrorCode::TemporarilyUnavailable => {
            ("Not available at the moment", "Nothing has been done. Try again in a few seconds.")
        }
        ErrorCode::ServerError => {
            ("Something went wrong", "It is not your fault, and trying again may not help.")
        }
        _ => (
            "This request cannot be answered",
            "Go back to the application that you came from and start again.",
        ),
    }
}
