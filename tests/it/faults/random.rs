//! Sequences of faults that nobody would think of. `FAULT_SEED` repeats one, `FAULT_RUNS` says how many.

use std::time::Duration;

use fake_github::{Fault, Kind, Matcher, Naming, Options, SameUrl, json};

use super::{all, apply, assert_converges, assert_true, organization, state};

/// xorshift64*: good enough to pick faults.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % bound
    }
}

/// No 404 among them: to a DELETE it says that what is still there is gone, and a client can only believe it.
fn kind(dice: &mut Dice) -> Kind {
    let error = |status: u16| Kind::Status { status, body: json!({"message": "no"}), headers: Vec::new() };
    match dice.below(20) {
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
        18 => Kind::OneByteChunks,
        _ => Kind::HugeHeaders,
    }
}

fn check(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let same_url = if dice.below(3) == 0 { SameUrl::Refuse } else { SameUrl::Accept };
    let naming = if dice.below(3) == 0 { Naming::Opaque } else { Naming::Documented };
    let github = organization(Options { same_url, naming, ..Options::default() });
    let before = state(&github);
    for _ in 0..=dice.below(5) {
        let on = ["GET", "POST", "POST", "PATCH", "DELETE"][dice.below(5)];
        let fault = Fault::new(Matcher::method(on), kind(&mut dice));
        github.fault(fault.skip(dice.below(3)).times(1 + dice.below(3)));
    }
    let run = apply(&github).run();
    let after = state(&github);
    if let Some(left) = run.log.split_once("replacement could not be created") {
        // Deleted first, because GitHub would not have two: it is told, and the next run creates it.
        assert_eq!(same_url, SameUrl::Refuse, "{}", left.0);
    }
    assert_true(&run, &before, &after);
    assert_converges(&github, &run);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a person says with them what to repeat")]
fn sequences_of_faults() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("FAULT_SEED").unwrap_or_else(|| u64::from(std::process::id()) << 20);
    let seeds: Vec<u64> = (first..first + number("FAULT_RUNS").unwrap_or(12)).collect();
    println!("FAULT_SEED={first}");
    all(&seeds, |seed| format!("FAULT_SEED={seed} FAULT_RUNS=1"), |seed| check(*seed));
}
