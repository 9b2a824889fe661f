//! Which tool a message of the Model Context Protocol calls.

use serde_json::Value;

use crate::json;

/// A body that is not one JSON-RPC message, or that another reader might understand differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one JSON-RPC message, with each member once")]
pub struct NoMessage;

/// The tool that a message calls (`tools/call`); `None` if it calls none. For guards before servers
/// whose tools differ in what they need: see `guard_tools` of `oauth-core-axum`.
///
/// # Errors
/// [`NoMessage`] for what is no JSON object, has a member twice at any level, or is deeper than 16:
/// whoever serves the tools must not find another name in it. A batch is none, either; there are none
/// since the protocol's version of 2025-06-18.
pub fn called_tool(body: &[u8]) -> Result<Option<String>, NoMessage> {
    let message = json::object(body).ok_or(NoMessage)?;
    if message.get("method").and_then(Value::as_str) != Some("tools/call") {
        return Ok(None);
    }
    let name = message.get("params").and_then(|params| params.get("name"));
    name.and_then(Value::as_str).map(|name| Some(name.to_owned())).ok_or(NoMessage)
}

#[cfg(test)]
mod tests {
    use super::{NoMessage, called_tool};

    #[test]
    fn a_message_calls_a_tool_or_none() {
        let call =
            r#"{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"n\u0061me":"delete"}}"#;
        assert_eq!(called_tool(call.as_bytes()), Ok(Some("delete".to_owned())));
        for other in [
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            r#"{"method":"prompts/get","params":{"name":"delete"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{"name":"delete"}}"#,
        ] {
            assert_eq!(called_tool(other.as_bytes()), Ok(None), "{other}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_no_message() {
        for body in [
            "",
            "null",
            r#"[{"method":"tools/call","params":{"name":"delete"}}]"#,
            r#"{"method":"tools/call","params":{"name":"count","name":"delete"}}"#,
            r#"{"method":"tools/call","params":{"name":"count","n\u0061me":"delete"}}"#,
            r#"{"method":"tools/list","method":"tools/call","params":{"name":"delete"}}"#,
            r#"{"method":"tools/call","params":{"name":"count"},"params":{"name":"delete"}}"#,
            r#"{"method":"tools/call","params":["delete"]}"#,
            r#"{"method":"tools/call","params":{"name":7}}"#,
            r#"{"method":"tools/call"}"#,
            "{\"method\":\"tools/list\"}\n{\"method\":\"tools/call\",\"params\":{\"name\":\"delete\"}}",
            "\u{feff}{\"method\":\"tools/list\"}",
        ] {
            assert_eq!(called_tool(body.as_bytes()), Err(NoMessage), "{body}");
        }
    }
}
