//! The clients that the scenarios know.

use oauth_core::model::{Client, ClientBuilder, Introspects, Secret, SecretHash};

/// The secret of every confidential client. Generated ones look like this.
pub const SECRET: &str = "s3cr3t-0123456789abcdefghijklmnopqrstuvwxyz";

/// The redirect URI of `web`.
pub const CALLBACK: &str = "https://client.example/cb";

fn confidential(id: &str) -> ClientBuilder {
    Client::confidential(id, SecretHash::of_generated(&Secret::new(SECRET)))
}

/// All of them:
///
/// - `web`, `other`: confidential, code and refresh, `read write openid offline_access`;
/// - `spa`, `spa2`: public, `https://spa.example/cb`; `native`: public on `http://127.0.0.1/cb`,
///   `http://localhost/cb` and `com.example.app:/cb`;
/// - `m2m`: confidential, client credentials, scope `api`, with a redirect URI but without `code`;
/// - `rs`: confidential, no grant type, may introspect any access token; `rs_a`: those for
///   `https://a.example`;
/// - `norefresh`: confidential, code only; `post`: authenticates with `client_secret_post`;
/// - `two`: confidential, two redirect URIs; `query`: one with a query; `nopkce`: PKCE optional.
pub fn all() -> Vec<Client> {
    let scope = "read write openid offline_access";
    let web = |id| confidential(id).redirect_uri(CALLBACK).scope(scope);
    let spa = |id| Client::public(id).redirect_uri("https://spa.example/cb").scope(scope);
    let a = "https://a.example".parse_resource();
    let builders = [
        web("web").name("Photo Printer"),
        web("other"),
        spa("spa"),
        spa("spa2"),
        Client::public("native")
            .native()
            .redirect_uri("http://127.0.0.1/cb")
            .redirect_uri("http://localhost/cb")
            .redirect_uri("com.example.app:/cb")
            .scope(scope),
        confidential("m2m")
            .grant_types(["client_credentials"])
            .redirect_uri("https://m2m.example/cb")
            .scope("api"),
        confidential("rs").grant_types([]).introspects(Introspects::Any),
        confidential("rs_a").grant_types([]).introspects(Introspects::Audience(vec![a])),
        web("norefresh").grant_types(["authorization_code"]),
        web("post").token_endpoint_auth_method("client_secret_post"),
        web("two").redirect_uri("https://client.example/cb2"),
        confidential("query").redirect_uri("https://client.example/cb?foo=bar").scope(scope),
        web("nopkce").dangerous_pkce_optional(),
    ];
    builders.into_iter().map(|builder| builder.build().expect("a sound client")).collect()
}

trait ParseResource {
    fn parse_resource(&self) -> oauth_core::model::ResourceId;
}

impl ParseResource for str {
    fn parse_resource(&self) -> oauth_core::model::ResourceId {
        oauth_core::model::ResourceId::parse(self).expect("a sound resource")
    }
}
