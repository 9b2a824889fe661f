//! Each target with a bounded number of inputs, the same in every run.
#![expect(clippy::panic, reason = "a wrong setting must not pass for the usual one")]

use oauth_core_fuzz::{
    TARGETS,
    inputs::{edited, seeds},
};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn number(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(told) => told.parse().unwrap_or_else(|_| panic!("{variable} is {told:?}")),
        Err(_) => usual,
    }
}

/// Runs the target of this name with its seeds, and with `OAUTH_FUZZ_CASES` edited ones.
fn run(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.unwrap_or_else(|| panic!("no target {name}"));
    let seeds = seeds(name);
    for seed in &seeds {
        (target.check)(seed);
    }
    let (cases, seed) = (number("OAUTH_FUZZ_CASES", 400), number("OAUTH_FUZZ_SEED", 1));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(cases).unwrap_or(u32::MAX),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let result = TestRunner::new_with_rng(config, rng).run(&edited(seeds), |input| {
        (target.check)(&input.0);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{name} fails, with OAUTH_FUZZ_SEED={seed}: {failure}");
    }
}

fn name(test: &str) -> &str {
    test.strip_prefix("dos_020_").unwrap_or(test)
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                run(name(stringify!($name)));
            }
        )*

        #[test]
        fn every_target_is_run() {
            let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(name(stringify!($name))),*]);
        }
    };
}

targets! {
    dos_020_assertion
    dos_020_authorize
    dos_020_bearer
    dos_020_claims
    dos_020_client_document
    dos_020_form
    dos_020_introspection_answer
    dos_020_jwks
    dos_020_jwt
    dos_020_private_key
    dos_020_redirect_uri
    dos_020_registration
    dos_020_resource
    dos_020_scope
}
