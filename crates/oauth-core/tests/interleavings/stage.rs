//! The real server on the shelf, who asks it at the same time, and what must hold after each step.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use oauth_core::{
    AuthorizationServer,
    clock::{Clock, Timestamp},
    events::Unheard,
    model::{
        Artefact, AuthorizationCode, Client, Digest, Grant, GrantId, Issued, RefreshPolicy,
        RefreshToken, Rotation, Scope, Subject, Tenant,
    },
    server::Mount,
    store::{ClientRegistry as _, GrantStore as _, MemoryStore, Spent},
    wire::Formats,
};

use crate::{
    schedule::{Answer, Gate, Log, Process, Scene},
    shelf::{Exchanges, Item, Shelf},
};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const GRANT: GrantId = GrantId::from_bytes([7; 16]);
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// What is presented.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Presented {
    Code,
    RefreshToken,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Who {
    /// Presents the credential.
    Presenter,
    /// Presents it, and then the refresh token that came of it.
    User,
    /// Ends the grant.
    Revoker,
    /// Lets time pass: longer than a code lives, than a grace lasts, than an access token lives. Then
    /// purges.
    Sweeper,
}

pub(crate) struct Stage {
    pub(crate) shelf: Shelf,
    server: AuthorizationServer,
    token: Mount,
    clock: Hand,
    presented: Presented,
    secret: String,
    rotation: Rotation,
    cast: Vec<Who>,
    /// How many had been given tokens when the revocation returned.
    before_revocation: Option<usize>,
    /// At how many ends the grant lived although somebody had been shown a spent key.
    pub(crate) survived: u64,
}

#[derive(Clone, Debug)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

impl Stage {
    pub(crate) fn new(
        exchanges: Exchanges,
        presented: Presented,
        rotation: Rotation,
        cast: &[Who],
    ) -> Self {
        let shelf = Shelf::new(exchanges);
        let clock = Hand(Arc::new(AtomicI64::new(NOW.unix())));
        let clients = MemoryStore::new();
        let app = Client::public("app").redirect_uri("https://app.example/cb").scope("read");
        let app = app.refresh_policy(RefreshPolicy { rotation, ..RefreshPolicy::default() });
        let app = app.build().unwrap();
        clients.register(&Tenant::default(), &app).now_or_never().unwrap().unwrap();
        let server = AuthorizationServer::builder("https://as.example", shelf.clone(), clients)
            .scopes(Scope::parse("read").unwrap())
            .clock(clock.clone())
            .events(Unheard)
            .build()
            .unwrap();
        let token = server.mounts().into_iter().find(|mount| mount.path() == "/token").unwrap();
        let secret = match presented {
            Presented::Code => Formats::default().authorization_code.encode(&[1; 32]),
            Presented::RefreshToken => Formats::default().refresh_token.encode(&[1; 32]),
        };
        let (secret, cast) = (secret.expose().to_owned(), cast.to_vec());
        Self {
            shelf,
            server,
            token,
            clock,
            presented,
            secret,
            rotation,
            cast,
            before_revocation: None,
            survived: 0,
        }
    }

    fn process(&self, who: Who) -> Process {
        let (token, presented, secret) = (self.token.clone(), self.presented, self.secret.clone());
        match who {
            Who::Presenter => Box::pin(async move { present(&token, presented, &secret).await }),
            Who::User => Box::pin(async move {
                match present(&token, presented, &secret).await {
                    Answer::Tokens(next) => present(&token, Presented::RefreshToken, &next).await,
                    refused => refused,
                }
            }),
            Who::Revoker => {
                let grants = self.server.grants().unwrap();
                Box::pin(async move {
                    grants.revoke(GRANT).await.unwrap();
                    Answer::Done
                })
            }
            Who::Sweeper => {
                let (clock, shelf) = (self.clock.clone(), self.shelf.clone());
                Box::pin(async move {
                    Gate::default().await;
                    clock.0.fetch_add(10_000, Ordering::SeqCst);
                    shelf.purge(clock.now(), u32::MAX).await.unwrap();
                    Answer::Done
                })
            }
        }
    }
}

async fn present(token: &Mount, presented: Presented, secret: &str) -> Answer {
    let body = match presented {
        Presented::Code => format!(
            "grant_type=authorization_code&client_id=app&code={secret}&code_verifier={VERIFIER}"
        ),
        Presented::RefreshToken => {
            format!("grant_type=refresh_token&client_id=app&refresh_token={secret}")
        }
    };
    let request = http::Request::post("https://as.example/token")
        .header("content-type", "application/x-www-form-urlencoded");
    let response = token.serve(request.body(Bytes::from(body)).unwrap()).await;
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    match response.status().as_u16() {
        200 => Answer::Tokens(body["refresh_token"].as_str().unwrap().to_owned()),
        400 if body["error"] == "invalid_grant" => Answer::Refused,
        other => panic!("{other}: {body}"),
    }
}

fn grant() -> Grant {
    Grant {
        id: GRANT,
        client_id: "app".into(),
        subject: Some(Subject::from("alice")),
        scope: Scope::parse("read").unwrap(),
        resources: Vec::new(),
        redirect_uri: None,
        claims: serde_json::Map::new(),
        auth_time: None,
        created_at: NOW,
        expires_at: NOW.plus(1_000_000),
    }
}

fn item(key: Digest, artefact: Artefact, lifetime: u32) -> Issued {
    Issued { key, grant: GRANT, artefact, issued_at: NOW, expires_at: NOW.plus(lifetime) }
}

impl Scene for Stage {
    fn begin(&mut self) -> Vec<Process> {
        self.clock.0.store(NOW.unix(), Ordering::SeqCst);
        self.before_revocation = None;
        let mut records = self.shelf.records();
        *records = crate::shelf::Records::default();
        records.grants.insert(GRANT, (Arc::new(grant()), None));
        let code = Artefact::AuthorizationCode(AuthorizationCode {
            redirect_uri: None,
            code_challenge: Some(Digest::of(VERIFIER)),
        });
        let refresh = Artefact::RefreshToken(RefreshToken { predecessor: None, refresh_count: 0 });
        let key = Digest::of(&self.secret);
        match self.presented {
            Presented::Code => records.put(&[item(key, code, 60)]),
            Presented::RefreshToken => {
                records.put(&[item(key, refresh, 100_000)]);
                let spent = Some(Spent { at: NOW, successor_nonce: None, retries: 0 });
                let issued = Arc::new(item(Digest::of("the code"), code, 60));
                records.items.insert(issued.key, Item { issued, spent });
            }
        }
        drop(records);
        self.cast.iter().map(|who| self.process(*who)).collect()
    }

    fn check(&mut self, answers: &[Option<Answer>]) -> Result<(), String> {
        let records = self.shelf.records();
        let now = self.clock.now();
        let key = Digest::of(&self.secret);
        let is_live = |item: &&Item| {
            let found = records.find(&item.issued.key);
            let revoked = found.is_none_or(|found| found.revoked_at.is_some());
            item.spent.is_none() && !revoked && item.issued.expires_at > now
        };
        let refresh_token = |item: &Item| match &item.issued.artefact {
            Artefact::RefreshToken(token) => Some(token.predecessor),
            _ => None,
        };
        let live = records.items.values().filter(is_live).count();
        let all = || records.items.values();
        if all().filter(is_live).filter(|item| refresh_token(item).is_some()).count() > 1 {
            return Err("two live refresh tokens under one grant".to_owned());
        }
        let from = (self.presented == Presented::RefreshToken).then_some(key);
        let families = all().filter(|item| refresh_token(item) == Some(from)).count();
        if families > 1 {
            return Err("two families from one credential".to_owned());
        }
        if let Some(own) = records.items.get(&key)
            && own.spent.is_some() != (families == 1)
        {
            return Err("the credential is spent for nothing, or traded and not spent".to_owned());
        }
        let ended = |who: Who| {
            let roles = self.cast.iter().zip(answers);
            roles.filter(move |(own, _)| **own == who).filter_map(|(_, answer)| answer.as_ref())
        };
        let tokens = |answer: &&Answer| matches!(answer, Answer::Tokens(_));
        if ended(Who::Revoker).any(|answer| *answer == Answer::Done) {
            let given = answers.iter().flatten().filter(tokens).count();
            if *self.before_revocation.get_or_insert(given) != given {
                return Err("tokens were given after the revocation".to_owned());
            }
            if live > 0 {
                return Err("something is live after the revocation".to_owned());
            }
        }
        let presented: Vec<_> =
            ended(Who::Presenter).filter(|answer| **answer != Answer::Crashed).collect();
        let mut successors: Vec<_> = presented.iter().copied().filter(tokens).collect();
        if self.rotation == Rotation::Rotate {
            if successors.len() > 1 {
                return Err("two were given tokens".to_owned());
            }
            // Unless nobody was in time.
            if presented.len() > 1 && live > 0 {
                return Err("a replay was answered and the grant lives".to_owned());
            }
            self.survived +=
                u64::from(answers.iter().all(Option::is_some) && records.replay_seen && live > 0);
        }
        successors.dedup();
        if successors.len() > 1 {
            return Err("two successors of one token".to_owned());
        }
        Ok(())
    }

    fn log(&self) -> Log {
        Arc::clone(&self.shelf.log)
    }
}
