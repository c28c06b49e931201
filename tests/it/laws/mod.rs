//! Laws that hold for any manifest and any organization. Most of them are about the plan, which is pure, and run on a
//! model of GitHub; some cases run the real binary on the fake one.
//!
//! `PROPTEST_CASES` sets the number of cases of each law.

mod any_text;
mod model;
mod requests;
mod whole_runs;

use private_registries::internals::desired::{Desired, Repository};
use private_registries::internals::manifest::{self, Context};
use private_registries::internals::plan::{
    Action, Plan, PlanError, Policy, ReplaceOrder, Resend, Step, check_deletions, from_manifest,
};
use private_registries::internals::registry::Listing;
use proptest::prelude::*;

use crate::harness::cases;
use crate::world::generated::{World, worlds};
use model::Model;

fn desired(world: &World) -> Vec<Desired> {
    let yaml = world.manifest();
    manifest::read(&yaml, &Context { file: "m.yml", ..Context::default() })
        .unwrap_or_else(|error| panic!("{error}\n{yaml}"))
        .registries
}

fn policy(world: &World, resend: Resend) -> Policy {
    Policy { prune: world.prune, max_deletes: usize::MAX, resend, replace: ReplaceOrder::CreateFirst }
}

fn plan(world: &World, model: &Model, resend: Resend) -> Result<Plan, PlanError> {
    plan_where(world, model, resend, 1)
}

/// Returns the plan if the repositories have ids from `first_id` on.
fn plan_where(world: &World, model: &Model, resend: Resend, first_id: u64) -> Result<Plan, PlanError> {
    let listing = model.listing();
    let mut plan = from_manifest(&desired(world), &listing, policy(world, resend))?;
    let names = plan.sent().flat_map(|sent| sent.settings.repositories.iter().flatten()).map(Repository::identity);
    let ids = names
        .map(|name| {
            let id = first_id + name.len() as u64;
            (name, id)
        })
        .collect();
    plan.identify(&listing.registries, &ids);
    Ok(plan)
}

/// Returns what a reader sees of a plan.
fn seen(plan: &Plan) -> String {
    let change = |change: &private_registries::internals::plan::Change| {
        format!(
            "{:?} {:?} {:?} {} {:?} {:?} {:?} {:?} {:?}",
            change.action(),
            change.label,
            change.name,
            change.registry_type,
            change.url,
            change.fields,
            change.write_only,
            change.not_sent,
            change.remarks
        )
    };
    plan.changes.iter().map(change).collect::<Vec<_>>().join("\n") + &plan.id
}

fn count(plan: &Plan, action: Action) -> usize {
    plan.changes.iter().filter(|change| change.action() == action).count()
}

/// Returns whether a pinned entry is replaced. It gets a new name from GitHub, which the manifest can't know, so its
/// next plan is refused, as the first one announced.
fn has_pinned_replacement(plan: &Plan) -> bool {
    plan.changes
        .iter()
        .any(|change| matches!(&change.step, Step::Replace(replacement) if replacement.desired.name.is_some()))
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// Law 1: after an apply a plan has no drift, and applying again with `resend: on-change` sends nothing.
    #[test]
    fn applying_twice_changes_nothing_the_second_time(world in worlds()) {
        let mut model = Model::new(&world.live);
        let Ok(first) = plan(&world, &model, world.resend) else { return Ok(()) };
        if has_pinned_replacement(&first) {
            return Ok(());
        }
        model.carry_out(&first);
        let again = plan(&world, &model, Resend::Always).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        prop_assert!(!again.has_drift(), "{}", seen(&again));
        let quiet = plan(&world, &model, Resend::OnChange).unwrap();
        prop_assert!(!quiet.writes(), "{}", seen(&quiet));
        prop_assert_eq!(model.carry_out(&quiet), Vec::<String>::new());
        // One configuration for each entry and, with `prune`, nothing else.
        let unmanaged = if world.prune { 0 } else { world.unmanaged().count() };
        prop_assert_eq!(model.live.len(), world.entries.len() + unmanaged);
    }

    /// Law 2: without `prune`, configurations that are not in the manifest are neither changed nor deleted.
    #[test]
    fn configurations_not_in_the_manifest_are_left_alone(mut world in worlds()) {
        world.prune = false;
        let mut model = Model::new(&world.live);
        let Ok(plan) = plan(&world, &model, world.resend) else { return Ok(()) };
        model.carry_out(&plan);
        for live in world.unmanaged() {
            prop_assert_eq!(model.named(&live.name), Some(&live.fields));
        }
        prop_assert_eq!(count(&plan, Action::Delete), 0);
        prop_assert_eq!(count(&plan, Action::Unmanaged), world.unmanaged().count());
    }

    /// Law 3: the order of entries and of GitHub's answer affects neither a plan nor a refusal.
    #[test]
    fn order_does_not_matter(
        (world, entries, live) in worlds().prop_flat_map(|world| {
            let shuffled = (Just(world.entries.clone()).prop_shuffle(), Just(world.live.clone()).prop_shuffle());
            (Just(world), shuffled.0, shuffled.1)
        })
    ) {
        let other = World { live, entries, ..world.clone() };
        let one = plan(&world, &Model::new(&world.live), world.resend);
        let two = plan(&other, &Model::new(&other.live), other.resend);
        let messages = |error: PlanError| {
            let mut messages: Vec<String> = error.problems.into_iter().map(|problem| problem.message).collect();
            messages.sort();
            messages
        };
        match (one, two) {
            (Ok(one), Ok(two)) => prop_assert_eq!(seen(&one), seen(&two)),
            (Err(one), Err(two)) => prop_assert_eq!(messages(one), messages(two)),
            (one, two) => prop_assert!(false, "{one:?}\n{two:?}"),
        }
    }

    /// Law 4, for the plan: equal states have equal ids, and different states different ones.
    #[test]
    fn the_plan_id_depends_on_the_changes_and_the_live_state(world in worlds(), other in worlds(), at in 0..7_usize) {
        let mut model = Model::new(&world.live);
        let Ok(planned) = plan(&world, &model, world.resend) else { return Ok(()) };
        prop_assert_eq!(&plan(&world, &model, world.resend).unwrap().id, &planned.id);
        if let Ok(plan) = plan(&other, &Model::new(&other.live), other.resend)
            && plan.id == planned.id
        {
            prop_assert_eq!(seen(&plan), seen(&planned));
            let raw = |listing: Listing| {
                let mut raw: Vec<String> = listing.registries.into_iter().map(|live| live.raw.to_string()).collect();
                raw.sort();
                raw
            };
            prop_assert_eq!(raw(Model::new(&other.live).listing()), raw(model.listing()));
        }
        // If a sent name now stands for another repository, the plan is another one.
        let sends_a_name = planned.sent().flat_map(|sent| sent.settings.repositories.iter().flatten())
            .any(|repository| matches!(repository, Repository::Named { .. }));
        let elsewhere = plan_where(&world, &model, world.resend, 900).unwrap();
        prop_assert_eq!(elsewhere.id == planned.id, !sends_a_name);
        if let Some(live) = model.live.get_mut(at) {
            live.insert("updated_at".to_owned(), "2026-01-01T00:00:00Z".into());
            prop_assert_ne!(&plan(&world, &model, world.resend).unwrap().id, &planned.id);
        }
    }
}

proptest! {
    #![proptest_config(cases(500))]

    /// An exported organization agrees with its manifest; what a manifest can't express is left alone.
    #[test]
    fn an_export_plans_no_drift(world in worlds()) {
        let listing = Model::new(&world.live).listing();
        let exported = manifest::export(&listing.registries);
        let read = manifest::read(&exported.manifest, &Context { file: "m.yml", ..Context::default() });
        let read = read.map_err(|error| TestCaseError::fail(format!("{error}\n{}", exported.manifest)))?;
        prop_assert_eq!(read.registries.len() + exported.warnings.len(), listing.registries.len());
        let plan = from_manifest(&read.registries, &listing, policy(&World { prune: false, ..world }, Resend::Always));
        let plan = plan.map_err(|error| TestCaseError::fail(format!("{error:?}\n{}", exported.manifest)))?;
        prop_assert!(!plan.has_drift(), "{}", seen(&plan));
    }

    #[test]
    fn a_plan_with_more_deletions_than_allowed_is_refused_as_a_whole(mut world in worlds(), allowed in 0..4_usize) {
        world.prune = true;
        let model = Model::new(&world.live);
        let Ok(free) = plan(&world, &model, world.resend) else { return Ok(()) };
        let limited = Policy { max_deletes: allowed, ..policy(&world, world.resend) };
        let deletions = count(&free, Action::Delete) + count(&free, Action::Replace);
        prop_assert_eq!(check_deletions(&[(None, &free)], limited).is_ok(), deletions <= allowed);
    }
}

/// The generated worlds are useful: most of them have a plan, and every kind of change occurs.
#[test]
fn generated_worlds_cover_every_kind_of_change() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..500 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        match plan(&world, &Model::new(&world.live), world.resend) {
            Ok(plan) => plan.changes.iter().for_each(|change| *seen.entry(change.action().as_str()).or_insert(0) += 1),
            Err(_) => *seen.entry("refused").or_insert(0) += 1,
        }
    }
    let kinds: Vec<_> = seen.keys().copied().collect();
    assert_eq!(
        kinds,
        ["create", "delete", "refused", "replace", "resend", "unchanged", "unmanaged", "update"],
        "{seen:?}"
    );
    assert!(seen["refused"] < 100, "{seen:?}");
}
