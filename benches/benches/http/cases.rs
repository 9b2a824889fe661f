//! What is measured, and beside what.

use crate::{
    requests::{
        CREDENTIALS, authorize, code, form, get, introspect, jwt, nothing, redeem, refresh, tokens,
    },
    server::Algorithm::{self, EdDsa, Es256},
    session::{Session, Step},
};

/// Something that is measured: one request, or several that belong together.
pub(crate) struct Case {
    /// Its name on the command line.
    pub(crate) key: &'static str,
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// What the JWTs of its server are signed with.
    pub(crate) algorithm: Algorithm,
    /// The keys of the cases that are its floor, taken together.
    pub(crate) floor: &'static [&'static str],
    /// How many times the floor it should cost at most.
    pub(crate) target: Option<f64>,
    /// What is done as often beforehand, and not measured.
    pub(crate) before: &'static [Step],
    pub(crate) steps: &'static [Step],
}

/// A case beside other ones that it is made of: those of `parts`, which have `shared` in common.
pub(crate) struct Sum {
    pub(crate) name: &'static str,
    pub(crate) case: &'static str,
    pub(crate) parts: [&'static str; 2],
    pub(crate) shared: &'static str,
    pub(crate) target: f64,
}

/// How much a JWT costs beyond an opaque token and its signature.
pub(crate) const SUMS: &[Sum] = &[
    Sum {
        name: "JWT (ES256) beside an opaque token and one raw signature",
        case: "es256",
        parts: ["client-credentials", ES256_SIGNATURE],
        shared: FORM_FLOOR,
        target: 1.2,
    },
    Sum {
        name: "JWT (EdDSA) beside an opaque token and one raw signature",
        case: "eddsa",
        parts: ["client-credentials", EDDSA_SIGNATURE],
        shared: FORM_FLOOR,
        target: 1.2,
    },
];

const FORM_FLOOR: &str = "form-floor";
const GET_FLOOR: &str = "get-floor";
const JWT_FLOOR: &str = "jwt-floor";
const ES256_SIGNATURE: &str = "es256-signature";
const EDDSA_SIGNATURE: &str = "eddsa-signature";
const ES256_VERIFICATION: &str = "es256-verification";
const EDDSA_VERIFICATION: &str = "eddsa-verification";

pub(crate) const CASES: &[Case] = &[
    floor(FORM_FLOOR, "floor: form POST, fixed 200-byte answer", Es256, FORM),
    floor(GET_FLOOR, "floor: bare GET", Es256, GET),
    floor(JWT_FLOOR, "floor: bare GET with a JWT in its header", Es256, JWT_GET),
    floor(ES256_SIGNATURE, "floor: form POST, one raw ES256 signature", Es256, SIGNATURE),
    floor(EDDSA_SIGNATURE, "floor: form POST, one raw EdDSA signature", EdDsa, SIGNATURE),
    floor(ES256_VERIFICATION, "floor: bare GET, one raw ES256 verification", Es256, VERIFICATION),
    floor(EDDSA_VERIFICATION, "floor: bare GET, one raw EdDSA verification", EdDsa, VERIFICATION),
    case("client-credentials", "client_credentials", &[FORM_FLOOR], OPAQUE).at_most(1.8),
    case("rotation", "refresh with rotation", &[FORM_FLOOR], ROTATION).at_most(2.0),
    case("guard", "guarded GET", &[GET_FLOOR], GUARDED).at_most(1.25),
    case("introspection", "introspection", &[FORM_FLOOR], INTROSPECTION),
    case(
        "code-flow",
        "authorization code with PKCE, both requests",
        &[GET_FLOOR, FORM_FLOOR],
        DANCE,
    ),
    case("es256", "client_credentials, JWT (ES256)", &[ES256_SIGNATURE], JWT).at_most(1.2),
    case("eddsa", "client_credentials, JWT (EdDSA)", &[EDDSA_SIGNATURE], JWT)
        .with(EdDsa)
        .at_most(1.2),
    case("jwt-guard", "guarded GET, JWT seen before", &[JWT_FLOOR], JWT_GUARDED).at_most(1.25),
    case(
        "es256-guard-new",
        "guarded GET, JWT (ES256) never seen before",
        &[ES256_VERIFICATION],
        JWT_GUARDED,
    )
    .after(JWT),
    case(
        "eddsa-guard-new",
        "guarded GET, JWT (EdDSA) never seen before",
        &[EDDSA_VERIFICATION],
        JWT_GUARDED,
    )
    .with(EdDsa)
    .after(JWT),
];

const fn case(
    key: &'static str,
    name: &'static str,
    floor: &'static [&'static str],
    steps: &'static [Step],
) -> Case {
    Case { key, name, algorithm: Es256, floor, target: None, before: &[], steps }
}

const fn floor(
    key: &'static str,
    name: &'static str,
    algorithm: Algorithm,
    steps: &'static [Step],
) -> Case {
    case(key, name, &[], steps).with(algorithm)
}

impl Case {
    const fn with(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    const fn after(mut self, before: &'static [Step]) -> Self {
        self.before = before;
        self
    }

    const fn at_most(mut self, target: f64) -> Self {
        self.target = Some(target);
        self
    }
}

const fn step(request: fn(&mut Session) -> String) -> Step {
    Step { request, status: 200, learn: nothing }
}

const FORM: &[Step] = &[step(|_| form("/floor", "web", CREDENTIALS))];
const GET: &[Step] = &[step(|own| get("/floor", &own.access_token))];
const JWT_GET: &[Step] = &[step(|own| get("/floor", own.next_jwt()))];
const SIGNATURE: &[Step] = &[step(|_| form("/signature", "web", CREDENTIALS))];
const VERIFICATION: &[Step] = &[step(|own| get("/verification", own.next_jwt()))];
const OPAQUE: &[Step] = &[step(|_| form("/token", "web", CREDENTIALS))];
const ROTATION: &[Step] = &[Step { request: |own| refresh(own), status: 200, learn: tokens }];
const GUARDED: &[Step] = &[step(|own| get("/guarded", &own.access_token))];
const INTROSPECTION: &[Step] = &[step(|own| introspect(own))];
const JWT_GUARDED: &[Step] = &[step(|own| get("/guarded", own.next_jwt()))];

/// A JWT, which a session keeps until it presents it.
pub(crate) const JWT: &[Step] =
    &[Step { request: |_| form("/token", "jwt", CREDENTIALS), status: 200, learn: jwt }];

/// Authorization code and tokens.
pub(crate) const DANCE: &[Step] = &[
    Step { request: |_| authorize(), status: 303, learn: code },
    Step { request: |own| redeem(own), status: 200, learn: tokens },
];
