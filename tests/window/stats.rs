//! The Stats page: each number beside what was asked of a real server, and each mark leads to its exchanges.

use std::time::Duration;

use byteglass::{
    filter::Filter,
    testing::{Client, deadline::let_pass},
};
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::harness::TestWindow;

/// What the page says of each route: three files, two users, a missing file and a request that breaks a rule.
const ROUTES: [&str; 3] =
    ["folder: count 4, ", "GET /api/users/:id: count 2, ", "refused before a route: count 1, "];

/// Time between two requests.
const BETWEEN: Duration = Duration::from_millis(15);

/// A window whose server was asked for seven things on three connections.
fn window() -> TestWindow {
    let mut window = TestWindow::new();
    let address = window.state().server().address().unwrap();
    let mut client = Client::connect(address);
    // With some time between them, so that no bar covers another one.
    for _ in 0..3 {
        assert_eq!(client.get("/a.txt").status, 200);
        let_pass(BETWEEN);
    }
    let mut other = Client::connect(address);
    for (target, status) in [("/api/users/1", 200), ("/api/users/2", 200), ("/missing", 404)] {
        assert_eq!(other.get(target).status, status);
        let_pass(BETWEEN);
    }
    let mut malformed = Client::connect(address);
    malformed.send("GET / HTTP/1.1\nHost: a\n\n");
    assert_eq!(malformed.response("GET").status, 400);
    window.wait_until_it_says("exchange 7 ");
    window.click("Stats");
    window.wait_until_it_says("7 exchanges ·");
    window
}

/// The names of all buttons that begin with `start`.
fn buttons(window: &TestWindow, start: &str) -> Vec<String> {
    let nodes = window.harness.query_all(by().role(Role::Button));
    let names = nodes.filter_map(|node| node.accesskit_node().label());
    names.filter(|name| name.starts_with(start)).collect()
}

/// The names of the cells of the heat map, each with its number of exchanges.
fn cells(window: &TestWindow) -> Vec<(String, u64)> {
    let nodes = window.harness.query_all(by().role(Role::Button));
    let names = nodes.filter_map(|node| node.accesskit_node().label());
    let cells = names.filter(|name| name.contains(" after the start, took "));
    cells.map(|name| (name.clone(), name.split(' ').next().unwrap().parse().unwrap())).collect()
}

fn filter(window: &TestWindow) -> String {
    window.harness.get_by_label("Filter exchanges").accesskit_node().value().unwrap_or_default()
}

#[test]
fn routes_are_counted_and_a_row_leads_to_its_exchanges() {
    let mut window = window();
    for route in ROUTES {
        assert_eq!(buttons(&window, route).len(), 1, "{route}");
    }
    assert!(window.says("7 exchanges ·") && window.says("· 2 errors"));
    assert!(window.says("Counted as they ended: 7 exchanges."));
    assert!(buttons(&window, ROUTES[0])[0].ends_with("errors 1"));
    assert!(buttons(&window, ROUTES[2])[0].ends_with("errors 1"));
    let users = buttons(&window, ROUTES[1])[0].clone();
    window.click(&users);
    assert_eq!(filter(&window), "route=\"GET /api/users/:id\" not is:open");
    window.wait_until_it_says("2 of 7 shown");
    assert!(window.says("exchange 4 GET /api/users/1 200") && window.says("exchange 5 GET /api/users/2 200"));
    assert!(!window.says("exchange 1 GET /a.txt 200"));
}

#[test]
fn each_exchange_is_in_one_cell_and_a_cell_leads_to_its_exchanges() {
    let mut window = window();
    let found = cells(&window);
    assert_eq!(found.iter().map(|(_, count)| count).sum::<u64>(), 7, "{found:?}");
    for (name, count) in found {
        window.click("Stats");
        if !filter(&window).is_empty() {
            window.click("Clear the filter");
        }
        window.wait_until_it_says("7 exchanges ·");
        window.click(&name);
        window.wait_until_it_says(" of 7 shown");
        assert!(window.says(&format!("{count} of 7 shown")), "{name}: {}", filter(&window));
    }
}

#[test]
fn lanes_are_connections_and_a_bar_leads_to_its_exchange() {
    let mut window = window();
    assert!(window.says("conn 1, kept alive, 3 exchanges"));
    assert!(window.says("conn 2, kept alive, 3 exchanges"));
    assert!(window.says("conn 3, 1 exchange"));
    assert!(window.says("7 exchanges"), "they came together");
    let bar = buttons(&window, "exchange 5 GET /api/users/2 200")[0].clone();
    assert!(bar.contains(" request and server, ") && !bar.contains("waiting"), "{bar}");
    window.click(&bar);
    assert!(window.says("bytes of the request"));
    let row = window.harness.get(by().role(Role::ListItem).label_contains("exchange 5 GET /api/users/2 200"));
    assert_eq!(row.accesskit_node().toggled(), Some(egui::accesskit::Toggled::True));
}

#[test]
fn a_pipelined_request_waits_for_the_one_before_it() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    let host = "Host: 127.0.0.1";
    client.send(format!("GET /delay/80 HTTP/1.1\r\n{host}\r\n\r\nGET /health HTTP/1.1\r\n{host}\r\n\r\n"));
    assert_eq!(client.response("GET").status, 200);
    assert_eq!(client.response("GET").status, 200);
    window.wait_until_it_says("exchange 2 GET /health 200");
    window.click("Stats");
    window.wait_until_it_says("pipelined ×2");
    let first = buttons(&window, "exchange 1 GET /delay/80 200")[0].clone();
    let second = buttons(&window, "exchange 2 GET /health 200")[0].clone();
    assert!(!first.contains("waiting for the one before"), "{first}");
    let waited = second.split(", ").find(|part| part.ends_with("waiting for the one before")).unwrap();
    let millis: f64 = waited.split(' ').next().unwrap().parse().unwrap();
    assert!((79.0..2_000.0).contains(&millis), "{second}");
    assert!(
        window.says("GET /delay/:ms: count 1, median 8") || window.says("GET /delay/:ms: count 1, median")
    );
}

#[test]
fn both_pages_have_one_filter() {
    let mut window = window();
    window.enter("Filter exchanges", "status>=400");
    window.wait_until_it_says("2 exchanges ·");
    assert!(window.says("2 exchanges that pass the filter."));
    assert!(window.says("folder: count 1, ") && !window.says("GET /api/users/:id: count"));
    assert_eq!(cells(&window).iter().map(|(_, count)| count).sum::<u64>(), 2);
    assert!(window.says("2 of 7 exchanges"), "the waterfall has the filter, too");
    window.click("Traffic");
    assert_eq!(filter(&window), "status>=400");
    window.wait_until_it_says("2 of 7 shown");
    window.type_filter("method=GET and");
    window.click("Stats");
    let mistake = Filter::parse("method=GET and").unwrap_err().explained();
    assert!(window.says(&mistake), "{mistake}");
    window.click("Clear the filter");
    window.wait_until_it_says("7 exchanges ·");
    // What only bytes tell is read in the background.
    window.enter("Filter exchanges", "resp.body~nothing-has-this");
    window.wait_until_it_says("No exchange has ended since the capture began");
}

#[test]
fn windows_of_time_follow_each_other_and_columns_sort() {
    let mut window = window();
    window.click("Last minute");
    window.wait_until_it_says("7 exchanges ·");
    assert!(window.says(" ago to now"));
    window.click("10 min");
    window.wait_until_it_says("7 exchanges ·");
    window.click("All");
    window.click("Sort routes by count");
    let first = |window: &TestWindow| {
        let nodes = window.harness.query_all(by().role(Role::Button));
        let rows =
            nodes.filter(|node| node.accesskit_node().label().is_some_and(|name| name.contains(": count ")));
        let mut rows: Vec<_> =
            rows.map(|row| (row.rect().top(), row.accesskit_node().label().unwrap())).collect();
        rows.sort_by(|one, other| one.0.total_cmp(&other.0));
        rows[0].1.clone()
    };
    assert!(first(&window).starts_with(ROUTES[0]), "the most first: {}", first(&window));
    window.click("Sort routes by count");
    assert!(first(&window).starts_with(ROUTES[2]), "the fewest first: {}", first(&window));
}

#[test]
fn bursts_are_stepped_through_and_looked_into_with_the_keyboard() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    assert_eq!(client.get("/a.txt").status, 200);
    // A pause of more than a second begins another burst.
    let_pass(Duration::from_millis(1_200));
    assert_eq!(client.get("/health").status, 200);
    window.press(Modifiers::COMMAND, Key::Num3);
    window.wait_until_it_says("burst 2 of 2");
    assert!(window.says("GET /health ·"));
    window.click("Earlier burst");
    assert!(window.says("burst 1 of 2") && window.says("GET /a.txt ·"));
    assert_eq!(buttons(&window, "exchange 1 GET /a.txt 200").len(), 1);
    window.click("Latest burst");
    assert!(window.says("burst 2 of 2"));
    window.click("Look closer");
    assert!(!window.harness.get_by_label("Look at more").accesskit_node().is_disabled());
    window.harness.get_by_label("waterfall over time").focus();
    window.settle();
    window.press(Modifiers::NONE, Key::Num0);
    assert!(window.harness.get_by_label("Look at more").accesskit_node().is_disabled());
    let bar = buttons(&window, "exchange 2 GET /health 200")[0].clone();
    window.harness.get_by_label(&bar).focus();
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert!(window.says("bytes of the request"), "Enter leads to the exchange");
}
