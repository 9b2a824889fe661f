//! The authorization endpoint (RFC 6749 §3.1), which belongs to the host.
//!
//! A handler of the host's own receives an [`AuthorizationRequest`] once everything about it has
//! been checked, asks whoever is signed in, and answers with [`allow`](AuthorizationRequest::allow)
//! or [`deny`](AuthorizationRequest::deny). What fails a check never gets there: before the
//! redirect URI is proven it is an error page, afterwards a 303 with `error`, `state` and `iss`.
//! The query is the state: nothing is stored until the answer.

mod answer;
mod approval;
mod checks;
mod prompt;
mod request;
mod target;

pub use self::{approval::Approval, prompt::Prompt, request::AuthorizationRequest};
