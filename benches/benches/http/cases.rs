//! What is measured, request by request.

use std::thread;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use oauth_core::model::Digest;

use crate::{
    client::{Answer, Connection},
    server::{CALLBACK, SECRET},
};

/// A client of the server with a connection of its own, and what it has learnt.
pub(crate) struct Session {
    connection: Connection,
    /// The step that waits for its answer; none between two runs.
    step: Option<usize>,
    code: String,
    access_token: String,
    refresh_token: String,
    jwt: String,
}

/// A request, and what is learnt from its answer.
pub(crate) struct Step {
    request: fn(&Session) -> String,
    status: u16,
    learn: fn(&mut Session, &Answer),
}

/// Something that is measured: one request, or several that belong together.
pub(crate) struct Case {
    /// Its name on the command line.
    pub(crate) key: &'static str,
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// The keys of the cases that are its floor, taken together.
    pub(crate) floor: &'static [&'static str],
    /// How many times the floor it should cost at most.
    pub(crate) target: Option<f64>,
    pub(crate) steps: &'static [Step],
}

const FORM_FLOOR: &str = "form-floor";
const GET_FLOOR: &str = "get-floor";
const SIGNATURE_FLOOR: &str = "signature-floor";
const JWT_GET_FLOOR: &str = "jwt-get-floor";

pub(crate) const CASES: &[Case] = &[
    Case {
        key: FORM_FLOOR,
        name: "floor: form POST, fixed 200-byte answer",
        floor: &[],
        target: None,
        steps: &[Step {
            request: |_| form("/floor", "web", CREDENTIALS),
            status: 200,
            learn: nothing,
        }],
    },
    Case {
        key: GET_FLOOR,
        name: "floor: bare GET",
        floor: &[],
        target: None,
        steps: &[Step {
            request: |own| get("/floor", &own.access_token),
            status: 200,
            learn: nothing,
        }],
    },
    Case {
        key: SIGNATURE_FLOOR,
        name: "floor: form POST, one raw ES256 signature",
        floor: &[],
        target: None,
        steps: &[Step {
            request: |_| form("/signature", "web", CREDENTIALS),
            status: 200,
            learn: nothing,
        }],
    },
    Case {
        key: JWT_GET_FLOOR,
        name: "floor: bare GET with a JWT in its header",
        floor: &[],
        target: None,
        steps: &[Step { request: |own| get("/floor", &own.jwt), status: 200, learn: nothing }],
    },
    Case {
        key: "client-credentials",
        name: "client_credentials",
        floor: &[FORM_FLOOR],
        target: Some(1.8),
        steps: &[Step {
            request: |_| form("/token", "web", CREDENTIALS),
            status: 200,
            learn: nothing,
        }],
    },
    Case {
        key: "rotation",
        name: "refresh with rotation",
        floor: &[FORM_FLOOR],
        target: Some(2.0),
        steps: &[Step { request: refresh, status: 200, learn: tokens }],
    },
    Case {
        key: "guard",
        name: "guarded GET",
        floor: &[GET_FLOOR],
        target: Some(1.25),
        steps: &[Step {
            request: |own| get("/guarded", &own.access_token),
            status: 200,
            learn: nothing,
        }],
    },
    Case {
        key: "jwt",
        name: "client_credentials, JWT (ES256)",
        floor: &[SIGNATURE_FLOOR],
        target: Some(1.2),
        steps: JWT,
    },
    Case {
        key: "jwt-guard",
        name: "guarded GET, JWT seen before",
        floor: &[JWT_GET_FLOOR],
        target: Some(1.25),
        steps: &[Step { request: |own| get("/guarded", &own.jwt), status: 200, learn: nothing }],
    },
    Case {
        key: "jwt-guard-new",
        name: "guarded GET, JWT never seen before, and its issue",
        floor: &[SIGNATURE_FLOOR, JWT_GET_FLOOR],
        target: None,
        steps: &[
            Step { request: |_| form("/token", "jwt", CREDENTIALS), status: 200, learn: jwt },
            Step { request: |own| get("/guarded", &own.jwt), status: 200, learn: nothing },
        ],
    },
    Case {
        key: "introspection",
        name: "introspection",
        floor: &[FORM_FLOOR],
        target: None,
        steps: &[Step { request: introspect, status: 200, learn: nothing }],
    },
    Case {
        key: "code-flow",
        name: "authorization code with PKCE, both requests",
        floor: &[GET_FLOOR, FORM_FLOOR],
        target: None,
        steps: DANCE,
    },
];

const JWT: &[Step] =
    &[Step { request: |_| form("/token", "jwt", CREDENTIALS), status: 200, learn: jwt }];

const DANCE: &[Step] = &[
    Step { request: authorize, status: 303, learn: code },
    Step { request: redeem, status: 200, learn: tokens },
];

const CREDENTIALS: &str = "grant_type=client_credentials&scope=read+write";

/// The code verifier of RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

impl Session {
    /// A client that has been through the dance once.
    pub(crate) fn new(connection: Connection) -> Self {
        let mut session = Self {
            connection,
            step: None,
            code: String::new(),
            access_token: String::new(),
            refresh_token: String::new(),
            jwt: String::new(),
        };
        for steps in [DANCE, JWT] {
            session.begin(steps);
            while !session.advance(steps) {
                thread::yield_now();
            }
        }
        session
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

    fn send(&mut self, steps: &[Step], at: usize) {
        let request = (steps[at].request)(self);
        self.connection.send(request.as_bytes());
        self.step = Some(at);
    }
}

fn refresh(session: &Session) -> String {
    let body = format!("grant_type=refresh_token&refresh_token={}", session.refresh_token);
    form("/token", "web", &body)
}

fn introspect(session: &Session) -> String {
    form("/introspect", "rs", &format!("token={}", session.access_token))
}

fn authorize(_: &Session) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Digest::of(VERIFIER).as_bytes());
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", "web")
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("scope", "read write")
        .append_pair("state", "af0ifjsldkj")
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .finish();
    format!("GET /authorize?{query} HTTP/1.1\r\n{HEADERS}\r\n")
}

fn redeem(session: &Session) -> String {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", &session.code)
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("code_verifier", VERIFIER)
        .finish();
    form("/token", "web", &body)
}

const HEADERS: &str = "Host: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: application/json\r\n";

fn form(path: &str, client: &str, body: &str) -> String {
    let credentials = BASE64_STANDARD.encode(format!("{client}:{SECRET}"));
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\n{HEADERS}Authorization: Basic {credentials}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n{HEADERS}Authorization: Bearer {token}\r\n\r\n")
}

fn nothing(_: &mut Session, _: &Answer) {}

fn code(session: &mut Session, answer: &Answer) {
    session.code = between(&answer.head, "code=", &['&', '\r']);
}

fn tokens(session: &mut Session, answer: &Answer) {
    session.access_token = between(&answer.body, "\"access_token\":\"", &['"']);
    session.refresh_token = between(&answer.body, "\"refresh_token\":\"", &['"']);
}

fn jwt(session: &mut Session, answer: &Answer) {
    session.jwt = between(&answer.body, "\"access_token\":\"", &['"']);
}

fn between(text: &str, before: &str, after: &[char]) -> String {
    let (_, rest) = text.split_once(before).expect("what is looked for");
    rest.split(after).next().unwrap_or_default().to_owned()
}
