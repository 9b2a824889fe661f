//! From operations to calls: names, times, and which record is meant.

use oauth_core::{
    clock::Timestamp,
    model::{
        AccessToken, Artefact, AuthorizationCode, ClientId, Digest, Grant, GrantId, Issued,
        RefreshToken, Scope, Subject,
    },
    store::{Revoke, Spend},
};

use super::{
    model::{Call, Model, Seen},
    operation::{Draft, How, Kind, Operation, Pick, SUBJECTS, What},
};

/// When a history begins.
const BEGIN: Timestamp = Timestamp::from_unix(1_800_000_000);

/// When grants end whose items may outlive them, as no server lets them. A store that forgets need
/// not know of such a grant.
const NEVER: Timestamp = Timestamp::from_unix(i64::MAX);

/// From here on, a pick is made from every key that is there, be it of use or not.
const THERE: Pick = 100;

/// From here on, a pick is made from every key that was ever named, those that were purged or never
/// came to be included.
const NAMED: Pick = 200;

/// Everything that was named in a history so far, and the time.
pub(super) struct Names {
    history: String,
    count: u32,
    pub(super) now: Timestamp,
    /// The latest that it has been.
    pub(super) latest: Timestamp,
    pub(super) keys: Vec<(Digest, GrantId)>,
    grants: Vec<GrantId>,
    taken_keys: Vec<(Digest, GrantId)>,
}

impl Names {
    pub(super) fn new(history: &str) -> Self {
        let history = history.to_owned();
        Self {
            history,
            count: 0,
            now: BEGIN,
            latest: BEGIN,
            keys: Vec::new(),
            grants: Vec::new(),
            taken_keys: Vec::new(),
        }
    }

    pub(super) fn subjects() -> impl Iterator<Item = Subject> {
        (0..SUBJECTS).map(subject)
    }

    /// The calls that operations are, seen how things are. Operations that move the clock are none.
    pub(super) fn calls(&mut self, round: &[Operation], model: &Model) -> Vec<Call> {
        let purges = round.iter().any(|operation| matches!(operation, Operation::Purge { .. }));
        let mut round: Vec<_> = round.iter().collect();
        if model.forgets {
            // One moment for all, so that nothing is over for one call and not for another.
            for wait in round.extract_if(.., |one| matches!(one, Operation::Wait(_))) {
                self.call(wait, model);
            }
        }
        self.forget(model);
        // A key may come to be under another grant, once it is free, but not while it is presented.
        self.taken_keys = match round.len() {
            0 | 1 => self.keys.clone(),
            _ if purges => Vec::new(),
            _ => self.keys.iter().filter(|(key, _)| model.find(key).is_some()).copied().collect(),
        };
        round.into_iter().filter_map(|operation| self.call(operation, model)).collect()
    }

    /// Never speaks again of what may be gone.
    pub(super) fn forget(&mut self, model: &Model) {
        if !model.forgets {
            return;
        }
        let mut kept = model.clone();
        kept.purge(self.latest);
        self.keys.retain(|(key, _)| kept.items.contains_key(key) || !model.items.contains_key(key));
        self.grants.retain(|id| kept.grants.contains_key(id) || !model.grants.contains_key(id));
    }

    fn call(&mut self, operation: &Operation, model: &Model) -> Option<Call> {
        Some(match operation {
            Operation::Issue { grant, subject: by, client: to, lifetime, items } => {
                let id = grant.and_then(|pick| picked(&self.grants, pick).copied());
                let grant = Grant {
                    id: id.unwrap_or_else(|| self.fresh_grant()),
                    client_id: client(*to),
                    subject: by.map(subject),
                    scope: Scope::default(),
                    resources: Vec::new(),
                    redirect_uri: None,
                    claims: serde_json::Map::new(),
                    auth_time: None,
                    created_at: self.now,
                    expires_at: self.now.plus(*lifetime),
                };
                let end = if model.forgets { grant.expires_at } else { NEVER };
                let items = self.items(items, (grant.id, end), None);
                Call::Issue(grant, items)
            }
            Operation::Exchange { key, how, items } => {
                let of_use = |seen: &Seen| match how {
                    How::Once { .. } | How::Keep { .. } => seen.spent.is_none(),
                    How::Again { .. } => seen.spent.is_some_and(|s| s.successor_nonce.is_some()),
                };
                let (key, grant) = self.key(*key, model, of_use);
                let known = model.grants.get(&grant).filter(|_| model.forgets);
                let end = known.map_or(NEVER, |(grant, _)| grant.expires_at);
                let spend = self.spend(how, (&key, end), model);
                let items = self.items(items, (grant, end), Some(key));
                Call::Exchange { key, spend, items, at: self.now }
            }
            Operation::Revoke(what) => {
                let what = match *what {
                    What::Token(key) => Revoke::Token(self.key(key, model, |_| true).0),
                    What::Grant(pick) => Revoke::Grant(self.grant(pick)),
                    What::Client(to) => Revoke::Client(client(to)),
                    What::Subject(by) => Revoke::Subject(subject(by)),
                    What::SubjectClient(by, to) => Revoke::SubjectClient(subject(by), client(to)),
                };
                Call::Revoke { what, at: self.now }
            }
            Operation::Purge { limit } => Call::Purge { before: self.now, limit: *limit },
            Operation::Wait(seconds) => {
                self.now = Timestamp::from_unix(self.now.unix() + seconds);
                self.latest = self.latest.max(self.now);
                return None;
            }
        })
    }

    fn spend(&mut self, how: &How, (key, end): (&Digest, Timestamp), model: &Model) -> Spend {
        match *how {
            How::Once { grace } => {
                let nonce = self.fresh();
                let artefact = model.find(key).map(|seen| seen.issued.artefact);
                let predecessor = match artefact {
                    Some(Artefact::RefreshToken(token)) => token.predecessor,
                    _ => None,
                };
                Spend::Once { successor_nonce: grace.then(|| half(&nonce)), predecessor }
            }
            How::Again { grace, retries } => Spend::Again { since: self.now.minus(grace), retries },
            How::Keep { lifetime } => Spend::Keep { expires_at: self.now.plus(lifetime).min(end) },
        }
    }

    fn items(
        &mut self,
        drafts: &[Draft],
        (grant, end): (GrantId, Timestamp),
        predecessor: Option<Digest>,
    ) -> Vec<Issued> {
        let mut items = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let taken = draft.taken.and_then(|pick| picked(&self.taken_keys, pick).copied());
            let key = match taken {
                Some((key, _)) => key,
                None => self.fresh(),
            };
            if taken.is_none() {
                self.keys.push((key, grant));
            }
            let artefact = match draft.kind {
                Kind::Code => Artefact::AuthorizationCode(AuthorizationCode {
                    redirect_uri: None,
                    code_challenge: None,
                }),
                Kind::Access => Artefact::AccessToken(AccessToken {
                    scope: Scope::default(),
                    audience: Vec::new(),
                }),
                Kind::Refresh => {
                    Artefact::RefreshToken(RefreshToken { predecessor, refresh_count: self.count })
                }
            };
            let expires_at = self.now.plus(draft.lifetime).min(end);
            items.push(Issued { key, grant, artefact, issued_at: self.now, expires_at });
        }
        items
    }

    fn key(
        &mut self,
        pick: Pick,
        model: &Model,
        of_use: impl Fn(&Seen) -> bool,
    ) -> (Digest, GrantId) {
        let fits = |key: &Digest| match model.find(key) {
            Some(seen) => pick >= THERE || of_use(&seen),
            None => pick >= NAMED,
        };
        let fitting: Vec<_> = self.keys.iter().filter(|(key, _)| fits(key)).copied().collect();
        let Some((key, named)) = picked(&fitting, pick).or(self.keys.last()).copied() else {
            return (self.fresh(), GrantId::from_bytes([0; 16]));
        };
        (key, model.find(&key).map_or(named, |seen| seen.issued.grant))
    }

    fn grant(&mut self, pick: Pick) -> GrantId {
        picked(&self.grants, pick).copied().unwrap_or(GrantId::from_bytes([0; 16]))
    }

    fn fresh_grant(&mut self) -> GrantId {
        let id = GrantId::from_bytes(half(&self.fresh()));
        self.grants.push(id);
        id
    }

    fn fresh(&mut self) -> Digest {
        self.count += 1;
        Digest::of(&format!("{} {}", self.history, self.count))
    }
}

/// Counted from the newest, and around.
fn picked<T>(all: &[T], pick: Pick) -> Option<&T> {
    all.iter().rev().nth(usize::from(pick).checked_rem(all.len())?)
}

fn half(digest: &Digest) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    bytes
}

fn subject(number: u8) -> Subject {
    Subject::from(format!("subject {number}"))
}

fn client(number: u8) -> ClientId {
    ClientId::from(format!("client {number}"))
}
