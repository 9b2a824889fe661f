//! A client of the server with a connection of its own, and what it has learnt.

use std::thread;

use crate::{
    cases::{DANCE, JWT},
    client::{Answer, Connection},
};

/// A client of the server.
pub(crate) struct Session {
    connection: Connection,
    /// The step that waits for its answer; none between two runs.
    step: Option<usize>,
    pub(crate) code: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// The JWT that was presented last.
    jwt: String,
    /// Those that were not presented yet.
    unseen: Vec<String>,
}

/// A request, and what is learnt from its answer.
pub(crate) struct Step {
    pub(crate) request: fn(&mut Session) -> String,
    pub(crate) status: u16,
    pub(crate) learn: fn(&mut Session, &Answer),
}

impl Session {
    /// A client that is prepared.
    pub(crate) fn new(connection: Connection) -> Self {
        let mut session = Self {
            connection,
            step: None,
            code: String::new(),
            access_token: String::new(),
            refresh_token: String::new(),
            jwt: String::new(),
            unseen: Vec::new(),
        };
        session.prepare();
        session
    }

    /// Goes through the dance once, and gets a JWT.
    pub(crate) fn prepare(&mut self) {
        for steps in [DANCE, JWT] {
            self.begin(steps);
            while !self.advance(steps) {
                thread::yield_now();
            }
        }
    }

    /// Sends the first request.
    pub(crate) fn begin(&mut self, steps: &[Step]) {
        self.send(steps, 0);
    }

    /// Takes the answer if it is there, sends the next request if there is one, and says whether
    /// that was the last answer.
    pub(crate) fn advance(&mut self, steps: &[Step]) -> bool {
        let Some(at) = self.step else { return false };
        let Some(answer) = self.connection.receive() else { return false };
        assert_eq!(answer.status, steps[at].status, "{}{}", answer.head, answer.body);
        (steps[at].learn)(self, &answer);
        if at + 1 < steps.len() {
            self.send(steps, at + 1);
        } else {
            self.step = None;
        }
        self.step.is_none()
    }

    /// A JWT for later.
    pub(crate) fn keep(&mut self, jwt: String) {
        self.unseen.push(jwt);
    }

    /// A JWT that was not presented yet, as long as there is one; then the last one again.
    pub(crate) fn next_jwt(&mut self) -> &str {
        if let Some(unseen) = self.unseen.pop() {
            self.jwt = unseen;
        }
        &self.jwt
    }

    /// From now on it presents the same JWT again, until it gets others.
    pub(crate) fn forget_unseen(&mut self) {
        self.next_jwt();
        self.unseen.clear();
    }

    fn send(&mut self, steps: &[Step], at: usize) {
        let request = (steps[at].request)(self);
        self.connection.send(request.as_bytes());
        self.step = Some(at);
    }
}
