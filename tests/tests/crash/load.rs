//! What clients do until the server vanishes, what they were told, and what must hold of it when
//! the server is back.

use oauth_core_tests::{Book, world::Tokens};
use tokio::task::JoinSet;

use crate::visitor::{Told, Visitor};

/// One sign-in, and what becomes of it.
pub(crate) enum Family {
    /// The code is redeemed.
    Redeemed { code: String, told: Option<Told> },
    /// The code is redeemed twice at once.
    Raced { code: String, told: Option<(Told, Told)> },
    /// The refresh token is rotated until the server vanishes.
    Rotated { tokens: Vec<Tokens>, told: Option<Told> },
    /// The refresh token is revoked, and with it the grant; or the access token alone.
    Revoked { tokens: Tokens, whole: bool, told: Option<Told> },
}

/// The sign-ins of a round.
pub(crate) struct Families(Vec<Vec<Family>>);

/// What was checked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checked {
    pub(crate) sign_ins: usize,
    /// How many of them ended in a request without an answer.
    pub(crate) unanswered: usize,
    /// How many of those requests had been done all the same.
    pub(crate) done: usize,
}

/// The clients at work, each with its list of sign-ins.
pub(crate) type Load = JoinSet<Vec<Family>>;

impl Families {
    /// Signs in, as often as the clients will have need of.
    pub(crate) async fn begin(visitor: &Visitor) -> Self {
        let mut lists = Vec::new();
        for client in 0..9 {
            let mut list = Vec::new();
            for number in 0..if client < 6 { 12 } else { 1 } {
                let code = visitor.code().await;
                list.push(match client {
                    0..3 => Family::Redeemed { code, told: None },
                    3 => Family::Raced { code, told: None },
                    _ => {
                        let tokens = visitor.redeem(&code).await.tokens().expect("tokens");
                        match client {
                            4..6 => Family::Revoked { tokens, whole: number % 2 == 0, told: None },
                            _ => Family::Rotated { tokens: vec![tokens], told: None },
                        }
                    }
                });
            }
            lists.push(list);
        }
        Self(lists)
    }

    /// Sends the clients to work.
    pub(crate) fn start(&mut self, visitor: &Visitor) -> Load {
        let mut load = JoinSet::new();
        for mut list in self.0.drain(..) {
            let visitor = visitor.clone();
            load.spawn(async move {
                for family in &mut list {
                    if visitor.is_stopped() || !family.act(&visitor).await {
                        break;
                    }
                }
                list
            });
        }
        load
    }

    /// Waits until each client has noticed that the server is gone, or has nothing left to do.
    pub(crate) async fn finish(&mut self, load: Load) {
        self.0 = load.join_all().await;
    }

    /// Asks the store and the server about everything.
    pub(crate) async fn check(&self, visitor: &Visitor, book: &Book) -> Checked {
        let mut checked = Checked::default();
        for family in self.0.iter().flatten() {
            let unanswered = family.check(visitor, book).await;
            checked.sign_ins += 1;
            checked.unanswered += usize::from(unanswered.is_some());
            checked.done += usize::from(unanswered == Some(true));
        }
        checked
    }

    /// The tokens that no longer work, by the word of the server.
    pub(crate) fn ended(&self) -> impl Iterator<Item = String> {
        self.0.iter().flatten().filter_map(|family| match family {
            Family::Revoked { tokens, told: Some(told), .. } if told.is_done() => {
                Some(tokens.access.clone())
            }
            _ => None,
        })
    }
}

impl Family {
    /// Does what there is to do, and says whether the server is still there.
    async fn act(&mut self, visitor: &Visitor) -> bool {
        match self {
            Self::Redeemed { code, told } => !told.insert(visitor.redeem(code).await).is_nothing(),
            Self::Raced { code, told } => {
                let both = tokio::join!(visitor.redeem(code), visitor.redeem(code));
                let (one, other) = told.insert(both);
                !one.is_nothing() && !other.is_nothing()
            }
            Self::Rotated { tokens, told } => {
                while !visitor.is_stopped() {
                    match visitor.refresh(&newest(tokens).refresh).await {
                        Told::Done(next) => tokens.push(next.expect("tokens")),
                        other => {
                            *told = Some(other);
                            break;
                        }
                    }
                }
                false
            }
            Self::Revoked { tokens, whole, told } => {
                let token = if *whole { &tokens.refresh } else { &tokens.access };
                !told.insert(visitor.revoke(token).await).is_nothing()
            }
        }
    }

    /// Checks everything, and returns whether what got no answer was done.
    async fn check(&self, visitor: &Visitor, book: &Book) -> Option<bool> {
        match self {
            Self::Redeemed { code, told } => {
                let spent = book.is_spent(code).await;
                match told {
                    None => assert!(!spent, "spent before it was sent"),
                    Some(Told::Done(tokens)) => {
                        assert!(spent, "answered and not spent");
                        let tokens = tokens.as_ref().expect("tokens");
                        assert!(visitor.passes(&tokens.access).await, "an answered access token");
                        assert!(visitor.is_active(&tokens.refresh).await, "an answered token");
                    }
                    Some(Told::Refused) => panic!("a live code was refused"),
                    Some(Told::Nothing) => {}
                }
                assert_eq!(visitor.redeem(code).await.is_done(), !spent, "a code after the crash");
                told.as_ref()?.is_nothing().then_some(spent)
            }
            Self::Raced { code, told } => {
                let spent = book.is_spent(code).await;
                if let Some((one, other)) = told {
                    raced(visitor, book, spent, [one, other]).await;
                }
                assert_eq!(visitor.redeem(code).await.is_done(), !spent, "a code after the crash");
                let (one, other) = told.as_ref()?;
                (one.is_nothing() && other.is_nothing()).then_some(spent)
            }
            Self::Rotated { tokens, told } => {
                for token in tokens {
                    assert!(visitor.passes(&token.access).await, "an answered access token");
                }
                for token in &tokens[..tokens.len() - 1] {
                    assert!(book.is_spent(&token.refresh).await, "answered and not spent");
                }
                let last = &newest(tokens).refresh;
                let spent = book.is_spent(last).await;
                match told {
                    None => assert!(!spent, "spent before it was sent"),
                    Some(Told::Done(_) | Told::Refused) => panic!("a live token was refused"),
                    Some(Told::Nothing) => {}
                }
                assert_eq!(visitor.refresh(last).await.is_done(), !spent, "the last refresh token");
                told.as_ref().map(|_| spent)
            }
            Self::Revoked { tokens, whole, told } => {
                let token = if *whole { &tokens.refresh } else { &tokens.access };
                let revoked = book.is_revoked(token).await;
                match told {
                    None => assert!(!revoked, "revoked before it was asked for"),
                    Some(Told::Done(_)) => assert!(revoked, "a revocation was undone"),
                    Some(Told::Refused) => panic!("a revocation was refused"),
                    Some(Told::Nothing) => {}
                }
                assert_eq!(visitor.passes(&tokens.access).await, !revoked);
                let live = !(*whole && revoked);
                assert_eq!(visitor.is_active(&tokens.refresh).await, live);
                assert_eq!(visitor.refresh(&tokens.refresh).await.is_done(), live);
                told.as_ref()?.is_nothing().then_some(revoked)
            }
        }
    }
}

/// Two redemptions of one code at once: at most one has tokens, and when the other was told that it
/// came second, they are revoked.
async fn raced(visitor: &Visitor, book: &Book, spent: bool, told: [&Told; 2]) {
    let done: Vec<_> = told.iter().filter(|told| told.is_done()).collect();
    assert!(done.len() <= 1, "two redemptions of one code");
    let refused = told.iter().any(|told| matches!(told, Told::Refused));
    assert!(spent || (!refused && done.is_empty()), "answered and not spent");
    if let [Told::Done(Some(tokens))] = done[..] {
        let revoked = book.is_revoked(&tokens.access).await;
        assert!(revoked || !refused, "a replay was answered and the grant not revoked");
        assert_eq!(visitor.passes(&tokens.access).await, !revoked);
    }
}

fn newest(tokens: &[Tokens]) -> &Tokens {
    tokens.last().expect("at least the first")
}
