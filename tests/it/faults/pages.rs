//! Lists of several pages, and changes that somebody else makes between two of them.

use fake_github::{Change, FakeGitHub, Fault, Kind, Matcher, Options, json};

use crate::harness::{Run, Step};

const LIST: &str = "/orgs/acme/private-registries";

/// Returns a GitHub with this many registries, three on a page.
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

/// Returns how many pages of the list were read.
fn pages(run: &Run) -> usize {
    run.requests.iter().filter(|request| request.method == "GET" && request.path == LIST).count()
}

fn posts(run: &Run) -> usize {
    run.writes().iter().filter(|write| write.starts_with("POST")).count()
}

/// Before the nth page is read, somebody deletes the first configurations and creates as many others: the count stays
/// the same, and the first entries of a page move to the page before it.
fn turns_over(page: usize, number: usize) -> Fault {
    let change = Change::new(move |acme| {
        for _ in 0..number {
            let first = acme.configurations()[0].name.clone();
            acme.remove(&first);
            // Any free url will do: the names of deleted configurations are reused.
            let url = format!("https://{}.acme.dev", acme.configurations().len());
            acme.add(json!({"registry_type": "nuget_feed", "url": url, "name": format!("AFTER_{first}")}));
        }
    });
    let lists = Matcher::method("GET").and_path("/orgs/acme/private-registries");
    Fault::new(lists, Kind::ChangeFirst(change)).skip(page)
}

/// Returns a fault that gives the second page one registry and its own count.
fn second_page_counts(total: usize) -> Fault {
    let last =
        json!({"name": "LAST", "registry_type": "npm_registry", "url": "https://npm3.acme.dev", "visibility": "all"});
    let body = json!({"total_count": total, "configurations": [last]});
    Fault::new(Matcher::method("GET"), Kind::answer(200, body)).skip(1)
}

#[test]
fn the_largest_count_of_all_pages_must_be_reached() {
    for total in [5, 6] {
        let github = github(4);
        // With `resend: on-change` the list is the only request.
        github.fault(second_page_counts(total));
        let run = apply(&github, &[9]).with("resend", "on-change").run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
        assert!(run.log.contains(&format!("GitHub reports {total} configurations but listed 4")), "{}", run.log);
    }
    // The same if an earlier page has the largest count.
    let github = github(4);
    github.fault(second_page_counts(3));
    let run = apply(&github, &[]).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
}

#[test]
fn a_list_longer_than_its_count_is_an_error() {
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

/// An entry that moves between two pages is on neither; without a second reading it would be created again.
#[test]
fn an_entry_that_moves_to_an_earlier_page_is_not_created_again() {
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

/// Looking for a lost creation reads the same list, with the same problem.
#[test]
fn a_lost_creation_that_moves_between_two_pages_is_found() {
    let github = github(3);
    github.fault(Fault::new(Matcher::method("POST"), Kind::DropAfter));
    // After the key, twice in a row: reading the list only once would miss it both times.
    github.fault(turns_over(2, 1));
    github.fault(turns_over(3, 1));
    let run = one_off(&github, "create", 9).run();
    assert_eq!((run.status, posts(&run), pages(&run)), (Some(0), 1, 8), "{}", run.log);
    assert_eq!(github.configurations().len(), 4);
}

#[test]
fn a_list_that_keeps_changing_is_an_error() {
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
fn a_list_is_read_twice_only_if_it_has_pages_and_something_will_be_created() {
    let read = |registries: usize, step: &dyn Fn(&FakeGitHub) -> Run| {
        let github = github(registries);
        let run = step(&github);
        assert_eq!(run.status, Some(0), "{}", run.log);
        pages(&run)
    };
    let creates = |github: &FakeGitHub| apply(github, &[9]).run();
    // The last reading checks for duplicates.
    assert_eq!(read(2, &creates), 1 + 1);
    assert_eq!(read(5, &creates), 2 + 2 + 2);
    assert_eq!(read(5, &|github| one_off(github, "upsert", 9).run()), 2 + 2 + 2);
    assert_eq!(read(5, &|github| one_off(github, "upsert", 1).run()), 2);
    assert_eq!(read(5, &|github| one_off(github, "create", 9).run()), 0);
    assert_eq!(read(5, &|github| apply(github, &[9]).with("dry-run", "true").run()), 2);
    assert_eq!(read(5, &|github| apply(github, &[1]).run()), 2);
    assert_eq!(read(5, &|github| Step::new(github, "list").run()), 2);
}
