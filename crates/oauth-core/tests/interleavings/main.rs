//! Every interleaving, at small size: the real endpoints, asked by a few processes at the same
//! time, with every call of the store being one step, the steps taken in every order, and processes
//! crashing at every place. Nothing is sampled, and no model can differ from what is served.
//!
//! The same with a store whose atomic step is split in two shows that what must not be would be
//! found, and what depends on that step.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "what cannot be set up ends the test; what was explored is told"
)]

mod schedule;
mod shelf;
mod stage;

use oauth_core::model::Rotation;
use schedule::{Explored, explore};
use shelf::Exchanges;
use stage::{
    Presented::{self, Code, RefreshToken},
    Stage,
    Who::{self, Presenter, Revoker, Sweeper, User},
};

const GRACE: Rotation = Rotation::RotateWithGrace { grace: 60, retries: 2 };

/// Explores, and says how far that went.
fn all(
    presented: Presented,
    rotation: Rotation,
    cast: &[Who],
    crashes: usize,
) -> (Stage, Explored) {
    let mut stage = Stage::new(Exchanges::Atomically, presented, rotation, cast);
    let explored = explore(&mut stage, crashes).unwrap_or_else(|wrong| panic!("{wrong}"));
    let survived = stage.survived;
    println!("{presented:?} {rotation:?} {cast:?}, {crashes} crashes: {explored:?}, {survived}");
    (stage, explored)
}

/// What goes wrong first with a store that exchanges in this way.
fn wrong(exchanges: Exchanges, presented: Presented, cast: &[Who], crashes: usize) -> String {
    let mut stage = Stage::new(exchanges, presented, Rotation::Rotate, cast);
    let wrong = explore(&mut stage, crashes).expect_err("nothing was found wrong");
    println!("{exchanges:?} {presented:?} {cast:?}: {wrong}");
    wrong
}

#[test]
fn rac_016_no_interleaving_yields_two_issues() {
    for presented in [Code, RefreshToken] {
        for cast in [
            &[Presenter, Presenter, Presenter, Revoker][..],
            &[Presenter, Presenter, Revoker, Sweeper],
        ] {
            let (stage, explored) = all(presented, Rotation::Rotate, cast, 0);
            assert_eq!(stage.survived, 0, "who is shown a spent key ends the grant");
            assert!(explored.schedules > 500, "{explored:?}");
        }
        // Only a crash between the two saves it.
        let (stage, _) = all(presented, Rotation::Rotate, &[Presenter, Presenter], 1);
        assert!(stage.survived > 0, "a crash before the revocation leaves the grant");
        all(presented, Rotation::Rotate, &[Presenter, Presenter, Presenter], 2);
        all(presented, Rotation::Rotate, &[Presenter, Presenter, Revoker, Sweeper], 1);
    }
}

#[test]
fn rac_016_within_the_grace_all_get_the_same_successor() {
    all(RefreshToken, GRACE, &[Presenter, Presenter, Presenter], 2);
    all(RefreshToken, GRACE, &[Presenter, Presenter, Revoker, Sweeper], 1);
    all(RefreshToken, GRACE, &[Presenter, User, Revoker], 1);
}

#[test]
fn rac_016_a_step_split_in_two_is_found_out() {
    for presented in [Code, RefreshToken] {
        let twice = wrong(Exchanges::InTwoSteps, presented, &[Presenter, Presenter], 0);
        assert!(twice.contains("two live refresh tokens"), "{twice}");
        let late = wrong(Exchanges::InTwoSteps, presented, &[Presenter, Revoker], 0);
        assert!(late.contains("tokens were given after the revocation"), "{late}");
        let lost = wrong(Exchanges::SpendingFirst, presented, &[Presenter], 1);
        assert!(lost.contains("spent for nothing"), "{lost}");
    }
}

#[test]
#[ignore = "half a million schedules take some minutes"]
fn rac_016_four_at_the_same_time() {
    let four = &[Presenter, Presenter, Presenter, Presenter];
    all(Code, Rotation::Rotate, four, 0);
    all(RefreshToken, Rotation::Rotate, four, 0);
    all(RefreshToken, GRACE, four, 0);
}
