//! One target, driven by libFuzzer: the one that `OAUTH_FUZZ_TARGET` names.
#![no_main]

use std::{env, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use oauth_core_fuzz::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = env::var("OAUTH_FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        panic!("OAUTH_FUZZ_TARGET is one of {names:?}")
    })
});

fuzz_target!(|input: &[u8]| (TARGET.check)(input));
