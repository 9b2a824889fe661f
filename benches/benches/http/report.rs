//! Medians, and the table of them.

use std::{collections::HashMap, fmt};

use crate::{
    cases::{CASES, Case, SUMS, Sum},
    server::Framework,
};

/// The samples of a run, round by round.
#[derive(Default)]
pub(crate) struct Report {
    samples: HashMap<(Framework, &'static str), Vec<f64>>,
}

impl Report {
    pub(crate) fn add(&mut self, framework: Framework, case: &Case, microseconds: f64) {
        self.samples.entry((framework, case.key)).or_default().push(microseconds);
    }

    fn of(&self, framework: Framework, key: &'static str) -> &[f64] {
        self.samples.get(&(framework, key)).map_or(&[], Vec::as_slice)
    }

    /// How many times its floor a case costs: the median of what every round says, so that what
    /// disturbed a round disturbed both.
    fn ratio(&self, framework: Framework, case: &Case) -> Option<f64> {
        let floors: Vec<_> = case.floor.iter().map(|key| self.of(framework, key)).collect();
        let of_round = |(round, sample): (usize, &f64)| {
            sample / floors.iter().map(|floor| floor[round]).sum::<f64>()
        };
        let ratios = self.of(framework, case.key).iter().enumerate().map(of_round).collect();
        (!floors.is_empty()).then(|| quantile(ratios, 0.5))
    }

    /// How many times its parts a case costs.
    fn beside(&self, framework: Framework, sum: &Sum) -> f64 {
        let of = |key| self.of(framework, key);
        let [one, other] = sum.parts.map(of);
        let parts = one.iter().zip(other).zip(of(sum.shared)).map(|((a, b), both)| a + b - both);
        let ratios = of(sum.case).iter().zip(parts).map(|(own, parts)| own / parts);
        quantile(ratios.collect(), 0.5)
    }

    fn cells(&self, framework: Framework, case: &Case) -> String {
        let samples = self.of(framework, case.key).to_vec();
        let (low, high) = (quantile(samples.clone(), 0.25), quantile(samples.clone(), 0.75));
        let ratio = self.ratio(framework, case).map_or(String::new(), |r| format!("{r:.2}"));
        format!("{:.1} | {low:.1}–{high:.1} | {ratio}", quantile(samples, 0.5))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "CPU microseconds of the server process: median, quartiles, times the floor\n"
        )?;
        write!(f, "| case |")?;
        for framework in Framework::BOTH {
            write!(f, " {} | quartiles | × floor |", framework.name())?;
        }
        writeln!(f, " target |\n|---|--:|--:|--:|--:|--:|--:|--:|")?;
        let measured = |case: &&Case| !self.of(Framework::Axum, case.key).is_empty();
        for case in CASES.iter().filter(measured) {
            let [axum, actix] = Framework::BOTH.map(|framework| self.cells(framework, case));
            let target = case.target.map_or(String::new(), |target| format!("≤ {target}"));
            writeln!(f, "| {} | {axum} | {actix} | {target} |", case.name)?;
        }
        let whole = |sum: &&Sum| {
            let mut keys = [sum.case, sum.shared].into_iter().chain(sum.parts);
            keys.all(|key| !self.of(Framework::Axum, key).is_empty())
        };
        for sum in SUMS.iter().filter(whole) {
            let [axum, actix] = Framework::BOTH.map(|framework| self.beside(framework, sum));
            let Sum { name, target, .. } = sum;
            writeln!(f, "| {name} | | | {axum:.2} | | | {actix:.2} | ≤ {target} |")?;
        }
        Ok(())
    }
}

fn quantile(mut samples: Vec<f64>, quantile: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    samples.get((last as f64 * quantile).round() as usize).copied().unwrap_or(f64::NAN)
}
