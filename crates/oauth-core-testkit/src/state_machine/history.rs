//! One history, on a store and on the model.

use std::sync::Arc;

use oauth_core::{
    clock::Timestamp,
    model::Tenant,
    store::{GrantStore, StoreError},
};
use tokio::sync::Barrier;

use super::{
    model::{Call, Model, Outcome, Seen},
    names::Names,
    operation::Operation,
};

/// After every lifetime that there is.
const END: Timestamp = Timestamp::from_unix(4_000_000_000);

/// How many records one purge may remove, where it does not matter.
const ALL: u32 = 1_000;

/// How often a purge may say that it is not done.
const PURGES: u32 = 1_000;

/// Lets a history happen in a tenant of its own, and says where the store did what it should not.
pub(super) async fn play<S: GrantStore>(
    store: &Arc<S>,
    name: &str,
    forgets: bool,
    history: &[Vec<Operation>],
) -> Result<(), String> {
    let tenant = Tenant::from(name);
    let mut names = Names::new(name);
    // More than one where it cannot be told yet what was first.
    let mut models = vec![Model { forgets, ..Model::default() }];
    for (number, round) in history.iter().enumerate() {
        let calls = names.calls(round, &models[0]);
        let at = |what: String| format!("round {number}, {calls:?}: {what}");
        let outcomes = perform(store, &tenant, &calls).await.map_err(at)?;
        models = explained(&models, &calls, &outcomes, names.latest).map_err(at)?;
        names.forget(&models[0]);
        if let (2.., Some(before)) = (calls.len(), calls.iter().filter_map(purges).max()) {
            // What somebody else worked on was left to the next purge.
            purge(store, before, ALL).await.map_err(at)?;
            for model in &mut models {
                model.step(&Call::Purge { before, limit: ALL });
            }
        }
        compare(store, &tenant, &names, &mut models).await.map_err(at)?;
    }
    let end = [Call::Purge { before: END, limit: 3 }];
    let outcomes = perform(store, &tenant, &end).await?;
    models = explained(&models, &end, &outcomes, names.latest)?;
    compare(store, &tenant, &names, &mut models).await
}

/// Removes what a history left.
pub(super) async fn clear<S: GrantStore>(store: &S) -> Result<(), String> {
    purge(store, END, ALL).await.map(drop)
}

fn purges(call: &Call) -> Option<Timestamp> {
    if let Call::Purge { before, .. } = call { Some(*before) } else { None }
}

/// Makes the calls at the same time, and returns what each was told.
async fn perform<S: GrantStore>(
    store: &Arc<S>,
    tenant: &Tenant,
    calls: &[Call],
) -> Result<Vec<Outcome>, String> {
    if let [call] = calls {
        return Ok(vec![told(&**store, tenant, call).await?]);
    }
    let barrier = Arc::new(Barrier::new(calls.len()));
    let callers: Vec<_> = calls
        .iter()
        .map(|call| {
            let (store, tenant, call) = (Arc::clone(store), tenant.clone(), call.clone());
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                told(&*store, &tenant, &call).await
            })
        })
        .collect();
    let mut outcomes = Vec::with_capacity(calls.len());
    for caller in callers {
        outcomes.push(caller.await.map_err(|error| error.to_string())??);
    }
    Ok(outcomes)
}

async fn told<S: GrantStore>(store: &S, tenant: &Tenant, call: &Call) -> Result<Outcome, String> {
    let told = match call {
        Call::Issue(grant, items) => {
            store.issue(tenant, grant, items).await.map(|()| Outcome::Issued)
        }
        Call::Exchange { key, spend, items, at } => {
            store.exchange(tenant, key, spend, items, *at).await.map(Outcome::Exchanged)
        }
        Call::Revoke { what, at } => store.revoke(tenant, what, *at).await.map(Outcome::Revoked),
        Call::Purge { before, limit } => {
            return purge(store, *before, *limit).await.map(Outcome::Purged);
        }
    };
    match told {
        Err(StoreError::Conflict) => Ok(Outcome::Conflict),
        told => told.map_err(|error| format!("the store failed: {error}")),
    }
}

/// Purges until it is done.
async fn purge<S: GrantStore>(store: &S, before: Timestamp, limit: u32) -> Result<u32, String> {
    let mut total = 0;
    for _ in 0..PURGES {
        let removed = store.purge(before, limit).await.map_err(|error| error.to_string())?;
        if removed > limit {
            return Err(format!("purge removed {removed} records, allowed were {limit}"));
        }
        total += removed;
        if removed < limit {
            return Ok(total);
        }
    }
    Err(format!("purge is not done after {PURGES} calls"))
}

/// The models after the calls, in each order that explains the outcomes.
fn explained(
    models: &[Model],
    calls: &[Call],
    outcomes: &[Outcome],
    now: Timestamp,
) -> Result<Vec<Model>, String> {
    let open: Vec<_> = calls.iter().zip(outcomes.iter().copied()).collect();
    let mut after = Vec::new();
    for model in models {
        orders(model, &open, (calls.len() > 1, now), &mut after);
    }
    if after.is_empty() {
        let expected: Vec<_> = calls.iter().map(|call| models[0].clone().step(call)).collect();
        let order = if calls.len() > 1 { "; no order explains it. One by one" } else { ". It" };
        return Err(format!("the store said {outcomes:?}{order} should be {expected:?}"));
    }
    Ok(after)
}

/// With `among_others`, a purge may leave to the next what somebody else works on. What is over at
/// `now` may be gone where the store forgets, and is revoked or not.
fn orders(
    model: &Model,
    open: &[(&Call, Outcome)],
    (among_others, now): (bool, Timestamp),
    after: &mut Vec<Model>,
) {
    if open.is_empty() && !after.contains(model) {
        after.push(model.clone());
    }
    for (first, (call, told)) in open.iter().enumerate() {
        let mut next = model.clone();
        let expected = next.step(call);
        let some = match (expected, *told) {
            (Outcome::Revoked(all), Outcome::Revoked(told)) if model.forgets => {
                let mut kept = model.clone();
                kept.purge(now);
                matches!(kept.step(call), Outcome::Revoked(least) if (least..=all).contains(&told))
            }
            (_, told) => among_others && matches!(told, Outcome::Purged(_)),
        };
        if some || expected == *told {
            let mut others = open.to_vec();
            others.remove(first);
            orders(&next, &others, (among_others, now), after);
        }
    }
}

/// Keeps the models that show what the store shows.
async fn compare<S: GrantStore>(
    store: &Arc<S>,
    tenant: &Tenant,
    names: &Names,
    models: &mut Vec<Model>,
) -> Result<(), String> {
    for (key, _) in &names.keys {
        let found = store.find(tenant, key).await.map_err(|error| error.to_string())?;
        let found = found.map(Seen::from);
        let expected = models[0].find(key);
        models.retain(|model| model.find(key) == found);
        if models.is_empty() {
            return Err(format!("then found is {found:?}; it should be {expected:?}"));
        }
    }
    let at = if models[0].forgets { names.latest } else { names.now };
    for subject in Names::subjects() {
        let listed = store.grants(tenant, &subject, at).await;
        let mut listed = listed.map_err(|error| error.to_string())?;
        if !listed.is_sorted_by_key(|grant| std::cmp::Reverse(grant.created_at)) {
            return Err(format!("the grants of {subject:?} are not the newest first: {listed:?}"));
        }
        listed.sort_by_key(|grant| grant.id);
        let expected = models[0].grants(&subject, at);
        models.retain(|model| model.grants(&subject, at) == listed);
        if models.is_empty() {
            return Err(format!(
                "then the grants of {subject:?} are {listed:?}; they should be {expected:?}"
            ));
        }
    }
    Ok(())
}
