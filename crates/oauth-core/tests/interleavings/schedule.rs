//! Every order in which a few processes can take their steps.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

/// What a process does; its steps end where it waits for a [`Gate`].
pub(crate) type Process = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// How a process ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// With tokens; the refresh token.
    Tokens(String),
    Refused,
    Done,
    /// In the middle: the machine stopped, or whoever asked went away.
    Crashed,
}

/// Before it there is one step, and after it another.
#[derive(Debug, Default)]
pub(crate) struct Gate(bool);

impl Future for Gate {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        Poll::Pending
    }
}

/// What was taken, and how: for the message about a schedule that must not be.
pub(crate) type Log = Arc<Mutex<Vec<String>>>;

/// How many schedules there were, and steps in them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Explored {
    pub(crate) schedules: u64,
    pub(crate) steps: u64,
}

/// Something with processes that is the same whenever it begins.
pub(crate) trait Scene {
    fn begin(&mut self) -> Vec<Process>;

    /// Looks at everything after a step; `None` is a process that is under way.
    fn check(&mut self, answers: &[Option<Answer>]) -> Result<(), String>;

    fn log(&self) -> Log;
}

/// Runs a scene in every order, with up to `crashes` crashes at every place, until one is wrong.
pub(crate) fn explore(scene: &mut impl Scene, crashes: usize) -> Result<Explored, String> {
    let mut explored = Explored::default();
    // The choice made at each step, and how many there were.
    let mut path: Vec<(usize, usize)> = Vec::new();
    loop {
        let steps = run(scene, crashes, &mut path).map_err(|wrong| {
            let log = scene.log();
            let log = log.lock().unwrap();
            format!("{wrong}:\n  {}", log.join("\n  "))
        })?;
        explored.schedules += 1;
        explored.steps += steps;
        while path.pop_if(|(choice, choices)| *choice + 1 == *choices).is_some() {}
        match path.last_mut() {
            Some((choice, _)) => *choice += 1,
            None => return Ok(explored),
        }
    }
}

/// One schedule: the choices of `path` first, and the first one each time from there on.
fn run(
    scene: &mut impl Scene,
    crashes: usize,
    path: &mut Vec<(usize, usize)>,
) -> Result<u64, String> {
    let log = scene.log();
    log.lock().unwrap().clear();
    let mut processes: Vec<_> = scene.begin().into_iter().map(Some).collect();
    let mut answers = vec![None; processes.len()];
    let mut left = crashes;
    // Nothing is done before the first gate.
    for (process, answer) in processes.iter_mut().zip(&mut answers) {
        step(process, answer);
    }
    for taken in 0.. {
        let under_way: Vec<_> = (0..answers.len()).filter(|n| answers[*n].is_none()).collect();
        if under_way.is_empty() {
            return Ok(taken as u64);
        }
        let choices = if left > 0 { under_way.len() * 2 } else { under_way.len() };
        if path.len() == taken {
            path.push((0, choices));
        }
        let choice = path[taken].0;
        let who = under_way[choice % under_way.len()];
        log.lock().unwrap().push(format!("process {who}"));
        if choice < under_way.len() {
            step(&mut processes[who], &mut answers[who]);
        } else {
            processes[who] = None;
            answers[who] = Some(Answer::Crashed);
            left -= 1;
        }
        if let (Some(answer), Some(last)) = (&answers[who], log.lock().unwrap().last_mut()) {
            last.push_str(&format!(" ends: {answer:?}"));
        }
        scene.check(&answers)?;
    }
    Ok(0)
}

fn step(process: &mut Option<Process>, answer: &mut Option<Answer>) {
    let Some(own) = process else { return };
    if let Poll::Ready(ended) = own.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        *process = None;
        *answer = Some(ended);
    }
}
