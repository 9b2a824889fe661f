//! Whether a resource owner has allowed it already.

use oauth_core::{
    Approval, AuthorizationRequest,
    error::Error,
    http_types::Response,
    model::{Grant, ResourceId, Scope, Subject},
    server::Grants,
};

use crate::sessions::SignedIn;

/// Allows what the subject has allowed this client before, without a page; `None` if there is something
/// to ask. A withdrawal ends the grants that it finds, and the new one may come just after it: it stays
/// only if those on which it stands are there even then.
pub(crate) async fn allow_if_remembered(
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Option<Response>, Error> {
    let subject = &signed_in.subject;
    let Some(before) = remembered(request, subject).await? else { return Ok(None) };
    let name = request.context().new_grant_id()?;
    let approval = Approval::new(subject.clone()).auth_time(signed_in.auth_time).once(name);
    let response = request.allow(approval).await;
    let still = are_still_there(request, subject, &before).await;
    if let Ok(true) = still {
        return Ok(Some(response));
    }
    Grants::of(request.context()).revoke(name).await?;
    still.map(|_| None)
}

/// The grants by which the subject has allowed this client already all that the request asks for, so
/// that it need not be shown again.
///
/// Only of a confidential client, and only a code, because then it proves who it is when it fetches
/// its tokens; anybody can call himself by the name of a public one, and use a token that comes
/// without that proof (RFC 6749 §10.2, RFC 8252 §8.6). And only where the answer goes to the host
/// that the page showed: a client may have changed its redirect URIs since.
async fn remembered(
    request: &AuthorizationRequest,
    subject: &Subject,
) -> Result<Option<Vec<Grant>>, Error> {
    let unproven = request.client().is_public() || request.is_implicit();
    if unproven || request.prompt().consent {
        return Ok(None);
    }
    let mut grants = Grants::of(request.context()).of_subject(subject).await?;
    let host = request.redirect_uri().display_host();
    let was_shown = |grant: &Grant| {
        grant.redirect_uri.as_ref().is_some_and(|shown| shown.display_host() == host)
    };
    grants.retain(|grant| grant.client_id == request.client().client_id && was_shown(grant));
    let covered = covers(&grants, request.scope(), request.resources());
    Ok(covered.then_some(grants))
}

/// Whether some of `before` are still there, and by themselves all that is needed. What was allowed
/// meanwhile may stand on what was withdrawn in between.
async fn are_still_there(
    request: &AuthorizationRequest,
    subject: &Subject,
    before: &[Grant],
) -> Result<bool, Error> {
    let mut grants = Grants::of(request.context()).of_subject(subject).await?;
    grants.retain(|grant| before.iter().any(|own| own.id == grant.id));
    Ok(covers(&grants, request.scope(), request.resources()))
}

/// Whether these grants together cover the scope, at each resource; where none is named, only
/// grants count that name none either.
fn covers(grants: &[Grant], scope: &Scope, resources: &[ResourceId]) -> bool {
    let all_of = |counts: &dyn Fn(&Grant) -> bool| {
        let mut counting = grants.iter().filter(|grant| counts(grant)).peekable();
        let any = counting.peek().is_some();
        let allowed = counting.fold(Scope::default(), |all, grant| all.union(&grant.scope));
        any && scope.is_subset(&allowed)
    };
    if resources.is_empty() {
        return all_of(&|grant| grant.resources.is_empty());
    }
    resources.iter().all(|resource| all_of(&|grant| grant.resources.contains(resource)))
}

#[cfg(test)]
mod tests {
    use oauth_core::{
        clock::Timestamp,
        model::{Grant, GrantId, ResourceId, Scope},
    };

    use super::covers;

    fn resource(name: &str) -> ResourceId {
        ResourceId::parse(&format!("https://{name}.example/")).unwrap()
    }

    fn grant(scope: &str, resources: &[&str]) -> Grant {
        Grant {
            id: GrantId::from_bytes([0; 16]),
            client_id: "web".into(),
            subject: Some("ada".into()),
            scope: Scope::parse(scope).unwrap(),
            resources: resources.iter().map(|name| resource(name)).collect(),
            redirect_uri: None,
            claims: Default::default(),
            auth_time: None,
            created_at: Timestamp::from_unix(0),
            expires_at: Timestamp::from_unix(1),
        }
    }

    #[test]
    fn csr_006_grants_cover_what_they_name_and_where() {
        let covered = |grants: &[Grant], scope: &str, resources: &[&str]| {
            let resources: Vec<_> = resources.iter().map(|name| resource(name)).collect();
            covers(grants, &Scope::parse(scope).unwrap(), &resources)
        };
        let two = [grant("read", &[]), grant("write", &[])];
        assert!(covered(&two, "write read", &[]));
        assert!(!covered(&two, "read admin", &[]));
        assert!(!covered(&two, "read", &["a"]));
        assert!(!covered(&[], "", &[]));
        let apart = [grant("read", &["a"]), grant("write", &["a", "b"])];
        assert!(covered(&apart, "read write", &["a"]));
        assert!(covered(&apart, "write", &["a", "b"]));
        assert!(!covered(&apart, "read", &["b"]));
        assert!(!covered(&apart, "read", &[]));
    }
}
