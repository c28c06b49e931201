//! Random sequences of faults. `FAULT_SEED` repeats one sequence, `FAULT_RUNS` sets their number.

use std::time::Duration;

use fake_github::{Change, Fault, Kind, Matcher, Naming, Options, Organization, SameUrl, Stamps, json};

use super::{assert_converges, assert_true};
use crate::world::faults::all;
use crate::world::state;
use crate::world::writes::{apply, organization};

/// An xorshift64* generator, which is good enough to pick faults.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % bound
    }
}

/// Picks a fault. A 404 is not among them: in answer to a DELETE it says that an existing configuration is gone, and a
/// client can only believe it.
fn kind(dice: &mut Dice) -> Kind {
    let error = |status: u16| Kind::refusal(status, "no");
    match dice.below(22) {
        0 | 1 => Kind::DropBefore,
        2 | 3 => Kind::DropAfter,
        4 => Kind::Truncated,
        5 => Kind::Html { status: 502 },
        6 | 7 => Kind::HtmlAfter { status: 504 },
        8 => error(500),
        9 => error(422),
        10 => error(403),
        11 => Kind::RateLimited429 { retry_after: Some(1) },
        12 => Kind::Secondary403 { retry_after: Some(0) },
        13 => Kind::Slow(Duration::from_millis(100)),
        14 | 15 => Kind::RotateKeyFirst,
        16 => Kind::Empty { status: 200 },
        17 => Kind::IncompleteList,
        18 => error(600),
        19 => Kind::ChangeFirst(Change::new(turn_over)),
        20 => Kind::OneByteChunks,
        _ => Kind::HugeHeaders,
    }
}

/// Picks a fault that can hit only a POST.
fn kind_of_post(dice: &mut Dice) -> Kind {
    let refused = |error| Kind::answer(422, json!({"errors": [error]}));
    match dice.below(6) {
        0 => Kind::Late(Duration::from_millis(700)),
        1 => Kind::Forestalled { fields: json!({}) },
        2 => Kind::Forestalled { fields: json!({"visibility": "all", "selected_repository_ids": []}) },
        3 => refused(json!({"code": "already_exists", "field": "url"})),
        4 => refused(json!("Url has already been taken")),
        _ => refused(json!("duplicate url, which already exists")),
    }
}

/// Deletes and creates configurations of somebody else, so that others move from page to page.
fn turn_over(acme: &mut Organization) {
    let theirs = acme.configurations().iter().find(|live| live.registry_type == "nuget_feed");
    if let Some(name) = theirs.map(|live| live.name.clone()) {
        acme.remove(&name);
    }
    acme.add(json!({"registry_type": "nuget_feed", "url": "https://theirs.acme.dev"}));
}

fn check(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let same_url = if dice.below(3) == 0 { SameUrl::Refuse } else { SameUrl::Accept };
    let naming = if dice.below(3) == 0 { Naming::Opaque } else { Naming::Documented };
    let largest_page = if dice.below(2) == 0 { 2 } else { 100 };
    let stamps = [Stamps::True, Stamps::Constant, Stamps::Ahead(-300)][dice.below(3)];
    let github = organization(Options { same_url, naming, largest_page, stamps, ..Options::default() });
    let before = state(&github);
    for _ in 0..=dice.below(5) {
        let on = ["GET", "POST", "POST", "PATCH", "DELETE"][dice.below(5)];
        let kind = if on == "POST" && dice.below(3) == 0 { kind_of_post(&mut dice) } else { kind(&mut dice) };
        let fault = Fault::new(Matcher::method(on), kind);
        github.fault(fault.skip(dice.below(3)).times(1 + dice.below(3)));
    }
    let order = if dice.below(3) == 0 { "delete-first" } else { "create-first" };
    let run = apply(&github).with("replace", order).run();
    std::thread::sleep(Duration::from_millis(800)); // by now late requests have been carried out
    let after = state(&github);
    assert_true(&run, &before, &after);
    assert_converges(&github, &run);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a person says with them what to repeat")]
fn random_sequences_of_faults() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("FAULT_SEED").unwrap_or_else(|| u64::from(std::process::id()) << 20);
    let seeds: Vec<u64> = (first..first + number("FAULT_RUNS").unwrap_or(12)).collect();
    println!("FAULT_SEED={first}");
    all(&seeds, |seed| format!("FAULT_SEED={seed} FAULT_RUNS=1"), |seed| check(*seed));
}
