//! Lists of several pages, and what somebody else does between two of them.

use fake_github::{Change, FakeGitHub, Fault, Kind, Matcher, Options, json};

use crate::harness::{Run, Step};

const LIST: &str = "/orgs/acme/private-registries";

/// So many registries, three on a page.
fn github(registries: usize) -> FakeGitHub {
    let github = FakeGitHub::with(Options { largest_page: 3, ..Options::default() });
    for number in 0..registries {
        github.add(json!({"registry_type": "npm_registry", "url": format!("https://npm{number}.acme.dev"),
            "visibility": "private", "secret": "s"}));
    }
    github
}

fn apply<'a>(github: &'a FakeGitHub, numbers: &[usize]) -> Step<'a> {
    let entry = |number: &usize| {
        format!("  npm{number}: {{type: npm-registry, url: 'https://npm{number}.acme.dev', token: '${{A}}'}}\n")
    };
    let entries: String = numbers.iter().map(entry).collect();
    let manifest = format!("version: 1\ndefaults: {{visibility: private}}\nregistries:\n{entries}");
    Step::new(github, "apply").manifest(&manifest).secret_env("A", "the-secret")
}

fn one_off<'a>(github: &'a FakeGitHub, operation: &str, number: usize) -> Step<'a> {
    let step = Step::new(github, operation).with("registry-type", "npm_registry").with("visibility", "private");
    step.with("url", &format!("https://npm{number}.acme.dev")).secret_input("secret", "the-secret")
}

/// How often a page was read.
fn pages(run: &Run) -> usize {
    run.requests.iter().filter(|request| request.method == "GET" && request.path == LIST).count()
}

fn posts(run: &Run) -> usize {
    run.writes().iter().filter(|write| write.starts_with("POST")).count()
}

/// Somebody deletes what comes first and creates something else, before the nth page is read: the count stays, and what
/// comes first on a page moves to the one before it.
fn turns_over(page: usize, number: usize) -> Fault {
    let change = Change::new(move |acme| {
        for _ in 0..number {
            let first = acme.configurations()[0].name.clone();
            acme.remove(&first);
            // Whatever is free: the names of those that go are given again.
            let url = format!("https://{}.acme.dev", acme.configurations().len());
            acme.add(json!({"registry_type": "nuget_feed", "url": url, "name": format!("AFTER_{first}")}));
        }
    });
    let lists = Matcher::method("GET").and_path("/orgs/acme/private-registries");
    Fault::new(lists, Kind::ChangeFirst(change)).skip(page)
}

/// A second page with one registry and a count of its own.
fn second_page_counts(total: usize) -> Fault {
    let last =
        json!({"name": "LAST", "registry_type": "npm_registry", "url": "https://npm3.acme.dev", "visibility": "all"});
    let body = json!({"total_count": total, "configurations": [last]});
    Fault::new(Matcher::method("GET"), Kind::answer(200, body)).skip(1)
}

#[test]
fn the_largest_count_of_all_pages_is_what_must_come() {
    for total in [5, 6] {
        let github = github(4);
        // With `resend: on-change` nothing but the list is asked for.
        github.fault(second_page_counts(total));
        let run = apply(&github, &[9]).with("resend", "on-change").run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
        assert!(run.log.contains(&format!("GitHub reports {total} configurations but listed 4")), "{}", run.log);
    }
    // Also when it is an earlier page that says most.
    let github = github(4);
    github.fault(second_page_counts(3));
    let run = apply(&github, &[]).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
}

#[test]
fn more_than_github_counts_decides_nothing_either() {
    for operation in ["apply", "plan", "upsert", "export"] {
        let github = github(0);
        let one = |number| {
            json!({"name": format!("N{number}"), "registry_type": "npm_registry", "visibility": "all",
            "url": format!("https://npm{number}.acme.dev")})
        };
        let body = json!({"total_count": 1, "configurations": [one(1), one(2)]});
        let lists = Matcher::method("GET").and_path("/private-registries");
        github.fault(Fault::new(lists, Kind::answer(200, body)));
        let step = match operation {
            "upsert" => one_off(&github, operation, 9),
            _ => apply(&github, &[9]).with("operation", operation).with("resend", "on-change"),
        };
        let step = if operation == "export" { step.without("INPUT_RESEND") } else { step };
        let run = step.run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{operation}: {}", run.log);
    }
}

/// Between two pages nobody sees it; it would be created again.
#[test]
fn what_moves_to_a_page_that_was_read_already_is_not_created_again() {
    let github = github(5);
    github.fault(turns_over(1, 1));
    let run = apply(&github, &[1, 2, 3, 4]).with("resend", "on-change").run();
    assert_eq!((run.status, posts(&run)), (Some(0), 0), "{}", run.log);
    assert_eq!(github.configurations().len(), 5);

    for operation in ["upsert", "delete"] {
        let github = self::github(5);
        github.fault(turns_over(1, 1));
        let run = if operation == "upsert" {
            one_off(&github, operation, 3).run()
        } else {
            let step = Step::new(&github, operation).with("registry-type", "npm_registry");
            step.with("url", "https://npm3.acme.dev").run()
        };
        assert_eq!((run.status, posts(&run), run.output("changed")), (Some(0), 0, "true"), "{}", run.log);
        assert_eq!(run.output("name"), "NPM_REGISTRY_SECRET_4");
    }
}

/// The look for what a lost POST created is a list like any other.
#[test]
fn a_lost_creation_that_moves_between_two_pages_is_found() {
    let github = github(3);
    github.fault(Fault::new(Matcher::method("POST"), Kind::DropAfter));
    // After the key, twice in a row: what takes one reading for the truth does not see it at either look.
    github.fault(turns_over(2, 1));
    github.fault(turns_over(3, 1));
    let run = one_off(&github, "create", 9).run();
    assert_eq!((run.status, posts(&run), pages(&run)), (Some(0), 1, 8), "{}", run.log);
    assert_eq!(github.configurations().len(), 4);
}

#[test]
fn a_list_that_is_never_the_same_twice_decides_nothing() {
    for operation in ["apply", "upsert"] {
        let github = github(5);
        github.fault(turns_over(1, 1).times(usize::MAX));
        let step = if operation == "apply" {
            apply(&github, &[9]).with("resend", "on-change")
        } else {
            one_off(&github, operation, 9)
        };
        let run = step.run();
        assert_eq!((run.status, run.writes().len(), pages(&run)), (Some(1), 0, 8), "{}", run.log);
        assert!(
            run.log.contains("title=Incomplete list::GitHub's list was different each of the 4 times"),
            "{}",
            run.log
        );
    }
}

#[test]
fn a_list_is_read_twice_only_where_it_has_pages_and_something_is_to_be_created() {
    let read = |registries: usize, step: &dyn Fn(&FakeGitHub) -> Run| {
        let github = github(registries);
        let run = step(&github);
        assert_eq!(run.status, Some(0), "{}", run.log);
        pages(&run)
    };
    let creates = |github: &FakeGitHub| apply(github, &[9]).run();
    // The last is the look whether it is there twice.
    assert_eq!(read(2, &creates), 1 + 1);
    assert_eq!(read(5, &creates), 2 + 2 + 2);
    assert_eq!(read(5, &|github| one_off(github, "upsert", 9).run()), 2 + 2 + 2);
    assert_eq!(read(5, &|github| one_off(github, "upsert", 1).run()), 2);
    assert_eq!(read(5, &|github| one_off(github, "create", 9).run()), 0);
    assert_eq!(read(5, &|github| apply(github, &[9]).with("dry-run", "true").run()), 2);
    assert_eq!(read(5, &|github| apply(github, &[1]).run()), 2);
    assert_eq!(read(5, &|github| Step::new(github, "list").run()), 2);
}
