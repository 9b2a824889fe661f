//! What may happen to a store, before it is known to which records.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
};

/// Operations that happen at the same time; one alone happens by itself.
pub(super) type Round = Vec<Operation>;

/// Something that happens. What it happens to is picked from what there is then, by a number: 0 is
/// the newest.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    Issue {
        grant: Option<Pick>,
        subject: Option<u8>,
        client: u8,
        lifetime: u32,
        items: Vec<Draft>,
    },
    Exchange {
        key: Pick,
        how: How,
        items: Vec<Draft>,
    },
    Revoke(What),
    Purge {
        limit: u32,
    },
    /// The clock is moved, now and then backwards.
    Wait(i64),
}

pub(super) type Pick = u8;

/// An item to be. With `taken`, under a key that there is already.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) lifetime: u32,
    pub(super) taken: Option<Pick>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Code,
    Access,
    Refresh,
}

#[derive(Clone, Debug)]
pub(super) enum How {
    /// With `grace` a nonce is kept. The predecessor is the token's own.
    Once {
        grace: bool,
    },
    Again {
        grace: u32,
        retries: u32,
    },
    Keep {
        lifetime: u32,
    },
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Token(Pick),
    Grant(Pick),
    Client(u8),
    Subject(u8),
    SubjectClient(u8, u8),
}

/// How many clients and subjects there are.
pub(super) const CLIENTS: u8 = 2;
pub(super) const SUBJECTS: u8 = 2;

/// The most that happens at the same time, and in one history.
const WIDTH: usize = 4;
const ROUNDS: usize = 24;

/// Histories in which one thing happens after the other.
pub(super) fn sequential() -> impl Strategy<Value = Vec<Round>> {
    vec(vec(operation(), 1), 1..=ROUNDS)
}

/// Histories in which some things happen at the same time.
pub(super) fn concurrent() -> impl Strategy<Value = Vec<Round>> {
    let round = prop_oneof![vec(operation(), 1), vec(operation(), 2..=WIDTH)];
    vec(round, 1..=ROUNDS)
}

fn operation() -> impl Strategy<Value = Operation> {
    let items = || vec(draft(), 0..=2);
    let issue = (
        proptest::option::weighted(0.1, pick()),
        proptest::option::weighted(0.8, 0..SUBJECTS),
        0..CLIENTS,
        lifetime(),
        vec(draft(), 0..=3),
    )
        .prop_map(|(grant, subject, client, lifetime, items)| Operation::Issue {
            grant,
            subject,
            client,
            lifetime,
            items,
        });
    let exchange = (pick(), how(), items()).prop_map(|(key, how, items)| Operation::Exchange {
        key,
        how,
        items,
    });
    prop_oneof![
        3 => issue,
        9 => exchange,
        2 => what().prop_map(Operation::Revoke),
        1 => prop_oneof![1..4_u32, Just(1_000)].prop_map(|limit| Operation::Purge { limit }),
        3 => prop_oneof![
            Just(1), Just(5), Just(59), Just(60), Just(61), Just(600), Just(3_600), Just(86_400),
            Just(86_460), Just(200_000), Just(-1), Just(-70),
        ].prop_map(Operation::Wait),
    ]
}

/// Mostly something new.
fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![4 => 0..3_u8, 1 => any::<Pick>()]
}

fn draft() -> impl Strategy<Value = Draft> {
    let kind = prop_oneof![
        1 => Just(Kind::Code),
        1 => Just(Kind::Access),
        3 => Just(Kind::Refresh),
    ];
    (kind, lifetime(), proptest::option::weighted(0.05, pick()))
        .prop_map(|(kind, lifetime, taken)| Draft { kind, lifetime, taken })
}

fn lifetime() -> impl Strategy<Value = u32> {
    prop_oneof![Just(60_u32), Just(600), Just(3_600), Just(86_400), Just(200_000)]
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        5 => any::<bool>().prop_map(|grace| How::Once { grace }),
        4 => (prop_oneof![Just(5_u32), Just(60), Just(100_000)], 1..4_u32)
            .prop_map(|(grace, retries)| How::Again { grace, retries }),
        1 => lifetime().prop_map(|lifetime| How::Keep { lifetime }),
    ]
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        3 => pick().prop_map(What::Token),
        3 => pick().prop_map(What::Grant),
        1 => (0..CLIENTS).prop_map(What::Client),
        1 => (0..SUBJECTS).prop_map(What::Subject),
        1 => (0..SUBJECTS, 0..CLIENTS).prop_map(|(s, c)| What::SubjectClient(s, c)),
    ]
}
