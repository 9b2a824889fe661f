//! Forms prove that this server wrote them, for this browser or session (RFC 6749 §10.12).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{context::Context, error::Error, wire::ErrorCode};
use subtle::ConstantTimeEq as _;

use crate::{browser::Browser, keys::Keys, sessions::SignedIn};

/// For whom a form is made. A token of one is nothing in the hands of another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holder<'a> {
    /// A browser in which nobody has to be signed in.
    Browser(&'a Browser),
    /// A session.
    Session(&'a SignedIn),
}

impl<'a> Holder<'a> {
    fn parts(self) -> [&'a [u8]; 2] {
        match self {
            Self::Browser(browser) => [b"browser", browser.id()],
            Self::Session(signed_in) => [b"session", signed_in.session_id.as_bytes()],
        }
    }
}

/// The refusal of a form that this server did not write for whoever sent it.
pub(crate) const fn forged() -> Error {
    Error::refused(
        ErrorCode::AccessDenied,
        "the form was not made for this browser, session and request",
    )
}

/// The token of a form for one purpose.
pub(crate) fn token(
    keys: &Keys,
    context: &Context,
    holder: Holder<'_>,
    purpose: &str,
) -> Result<String, Error> {
    let [kind, id] = holder.parts();
    let mac = keys.seal(context, &[kind, id, purpose.as_bytes()])?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(mac))
}

/// Checks the token of a form.
pub(crate) fn check(
    keys: &Keys,
    context: &Context,
    holder: Holder<'_>,
    purpose: &str,
    received: Option<&str>,
) -> Result<(), Error> {
    let expected = token(keys, context, holder, purpose)?;
    let same = received.is_some_and(|text| text.as_bytes().ct_eq(expected.as_bytes()).into());
    if same { Ok(()) } else { Err(forged()) }
}

/// The token of a form that counts once: `name.mac`. The name becomes that of what the form makes,
/// of which there is one at most; the MAC binds it to the session and to the purpose.
pub(crate) fn single_use_token(
    keys: &Keys,
    context: &Context,
    signed_in: &SignedIn,
    purpose: &[&str],
    name: [u8; 16],
) -> Result<String, Error> {
    let mut parts = Holder::Session(signed_in).parts().to_vec();
    parts.extend(purpose.iter().map(|part| part.as_bytes()));
    parts.push(&name);
    let mac = BASE64_URL_SAFE_NO_PAD.encode(keys.seal(context, &parts)?);
    Ok(format!("{}.{mac}", BASE64_URL_SAFE_NO_PAD.encode(name)))
}

/// Checks the token of a form that counts once; the name in it.
pub(crate) fn check_single_use(
    keys: &Keys,
    context: &Context,
    signed_in: &SignedIn,
    purpose: &[&str],
    received: Option<&str>,
) -> Result<[u8; 16], Error> {
    let received = received.ok_or(forged())?;
    let (name, _) = received.split_once('.').ok_or(forged())?;
    let name = BASE64_URL_SAFE_NO_PAD.decode(name).ok().and_then(|name| name.try_into().ok());
    let name = name.ok_or(forged())?;
    let expected = single_use_token(keys, context, signed_in, purpose, name)?;
    let same: bool = received.as_bytes().ct_eq(expected.as_bytes()).into();
    if same { Ok(name) } else { Err(forged()) }
}
