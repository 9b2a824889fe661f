//! The `oauth2` crate as the client.

use oauth_core_tests::{
    World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::ISSUER,
};
use oauth2::{
    AccessToken, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IntrospectionUrl, PkceCodeChallenge, RedirectUrl,
    RefreshToken, RequestTokenError, RevocationUrl, Scope, StandardRevocableToken,
    TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl,
    basic::{
        BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicTokenResponse, BasicTokenType,
    },
};
use serde_json::Value;

scenarios! {
    async fn a_confidential_client(setup) {
        let world = setup.start().await;
        walks(&world, "web", Some(SECRET), CALLBACK).await;
    }

    async fn a_public_client(setup) {
        let world = setup.start().await;
        walks(&world, "spa", None, "https://spa.example/cb").await;
    }

    async fn a_client_for_itself(setup) {
        let world = setup.start().await;
        let http = |request| carried(&world, request);
        let client = client(&world, "m2m", Some(SECRET)).await;
        let tokens = client.exchange_client_credentials().request_async(&http).await;
        let token = tokens.expect("a token").access_token().clone();
        assert_eq!(world.get("/resource", token.secret()).await.json()["client_id"], "m2m");
        assert!(is_active(&world, &token).await);
        let revoked = StandardRevocableToken::AccessToken(token.clone());
        let revoked = client.revoke_token(revoked).expect("a way").request_async(&http).await;
        revoked.expect("revoked");
        assert!(!is_active(&world, &token).await);
        assert_eq!(world.get("/resource", token.secret()).await.status, 401);
    }
}

/// A client that knows every endpoint.
type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;

/// Gets a code, tokens and the resource; refreshes; replays; revokes.
async fn walks(world: &World, id: &str, secret: Option<&str>, callback: &str) {
    let http = |request| carried(world, request);
    let callback = RedirectUrl::new(callback.to_owned()).expect("a redirect URI");
    let client = client(world, id, secret).await.set_redirect_uri(callback);
    let refresh = async |token: &RefreshToken| {
        client.exchange_refresh_token(token).request_async(&http).await
    };

    let first = signs_in(world, &client).await;
    assert_eq!(first.token_type(), &BasicTokenType::Bearer);
    assert!(first.expires_in().is_some());
    assert_eq!(world.get("/read", first.access_token().secret()).await.json()["sub"], "alice");

    let first = first.refresh_token().expect("a refresh token");
    let second = refresh(first).await.expect("new tokens");
    assert!(is_active(world, second.access_token()).await);

    // A refresh token that comes back takes everything with it.
    is_refused(refresh(first).await);
    assert!(!is_active(world, second.access_token()).await);
    is_refused(refresh(second.refresh_token().expect("a refresh token")).await);

    let tokens = signs_in(world, &client).await;
    let token = tokens.refresh_token().expect("a refresh token");
    for _known_then_unknown in 0..2 {
        let revoked = StandardRevocableToken::RefreshToken(token.clone());
        let revoked = client.revoke_token(revoked).expect("a way").request_async(&http).await;
        revoked.expect("revoked");
        assert!(!is_active(world, tokens.access_token()).await);
    }
    is_refused(refresh(token).await);
}

/// The client, with the endpoints of the metadata.
async fn client(world: &World, id: &str, secret: Option<&str>) -> Client {
    let answer = world.get("/.well-known/oauth-authorization-server", "").await;
    let metadata: Value = answer.json();
    assert_eq!(metadata["issuer"], ISSUER);
    let endpoint = |name: &str| metadata[name].as_str().expect(name).to_owned();
    let client = BasicClient::new(ClientId::new(id.to_owned()))
        .set_auth_uri(AuthUrl::new(endpoint("authorization_endpoint")).expect("an address"))
        .set_token_uri(TokenUrl::new(endpoint("token_endpoint")).expect("an address"))
        .set_introspection_url(
            IntrospectionUrl::new(endpoint("introspection_endpoint")).expect("an address"),
        )
        .set_revocation_url(
            RevocationUrl::new(endpoint("revocation_endpoint")).expect("an address"),
        );
    match secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.to_owned())),
        None => client,
    }
}

async fn signs_in(world: &World, client: &Client) -> BasicTokenResponse {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("read".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let params: Vec<_> = url.query_pairs().into_owned().collect();
    let params: Vec<_> =
        params.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let callback = client.redirect_uri().expect("a redirect URI");
    let mut answer = world.authorize(&params).await.redirected(callback);
    assert_eq!(answer["iss"], ISSUER);
    assert_eq!(&answer["state"], state.secret());
    let code = AuthorizationCode::new(answer.remove("code").expect("a code"));
    let http = |request| carried(world, request);
    let exchange = client.exchange_code(code).set_pkce_verifier(verifier);
    exchange.request_async(&http).await.expect("tokens")
}

async fn is_active(world: &World, token: &AccessToken) -> bool {
    let http = |request| carried(world, request);
    let resource_server = client(world, "rs", Some(SECRET)).await;
    let answer = resource_server.introspect(token).request_async(&http).await;
    answer.expect("an answer").active()
}

#[track_caller]
fn is_refused<E: std::error::Error>(
    answer: Result<BasicTokenResponse, RequestTokenError<E, BasicErrorResponse>>,
) {
    match answer {
        Err(RequestTokenError::ServerResponse(refusal)) => {
            assert_eq!(refusal.error(), &BasicErrorResponseType::InvalidGrant);
        }
        other => unreachable!("{other:?}"),
    }
}

/// Carries a request to where the world listens.
async fn carried(world: &World, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().expect("a path").as_str();
    let request = world.request(parts.method, path).headers(parts.headers).body(body);
    let answer = request.send().await?;
    let mut response = HttpResponse::default();
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}
