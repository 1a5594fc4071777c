//! The Server page: backends are added, drained, removed, and a request goes where it should.

use std::net::SocketAddr;

use byteglass::{
    gateway::{CheckSettings, Duty, GatewaySettings, LoadSettings, Policy},
    http::forward::ForwardedFields,
    server::Setting,
    testing::{Client, Site},
};
use egui::{Role, accesskit::Toggled};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::harness::TestWindow;

fn gateway(window: &TestWindow) -> GatewaySettings {
    window.state().server().settings().gateway.clone()
}

fn address(site: &Site) -> SocketAddr {
    site.server.address().unwrap()
}

/// Enters a backend below a prefix.
fn add(window: &mut TestWindow, prefix: &str, address: &str) {
    window.enter("Prefix of the backend", prefix);
    window.enter("Address of the backend", address);
}

/// The status of what the window's server answers to this target.
fn asked(window: &TestWindow, target: &str) -> u16 {
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send(format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
    client.response("GET").status
}

fn click_in_sight(window: &mut TestWindow, name: &str) {
    window.harness.get_by_label(name).scroll_to_me();
    window.settle();
    window.click(name);
}

#[test]
fn a_backend_is_added_drained_switched_off_and_removed() {
    let backend = Site::start();
    std::fs::write(backend.folder.path().join("only-there.txt"), "x").unwrap();
    let mut window = TestWindow::new().server_page();
    assert!(!window.says("Upstreams 1"));
    assert_eq!(asked(&window, "/app/only-there.txt"), 404);
    add(&mut window, "/app", &format!("http://{}/", address(&backend)));
    assert_eq!(asked(&window, "/app/only-there.txt"), 200);
    assert_eq!(asked(&window, "/only-there.txt"), 404);
    window.wait_until_it_says("1 request · 0 open · 1 idle connection");
    assert!(window.says("healthy") && window.says("app: 1 of 1 healthy"));
    assert_eq!(window.state().settings_file().settings().gateway, gateway(&window), "remembered");

    let is_on = |window: &TestWindow, name: &str| {
        window.harness.get_by_label(name).accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(is_on(&window, "app-1: On"));
    click_in_sight(&mut window, "app-1: Drain");
    assert!(is_on(&window, "app-1: Drain"));
    assert_eq!(gateway(&window).groups[0].backends[0].duty, Duty::Draining);
    window.wait_until_it_says("draining, 0 requests left");
    assert_eq!(asked(&window, "/app/only-there.txt"), 503);
    click_in_sight(&mut window, "app-1: Off");
    window.wait_until_it_says("off");
    assert_eq!(asked(&window, "/app/only-there.txt"), 503);
    click_in_sight(&mut window, "app-1: On");
    assert_eq!(asked(&window, "/app/only-there.txt"), 200);

    click_in_sight(&mut window, "Remove app-1");
    assert_eq!(gateway(&window).groups, []);
    assert_eq!(asked(&window, "/app/only-there.txt"), 404);
    window.wait_until_it_says("0 open");
    assert!(!window.says("app-1") && !window.says("of 1 healthy"));
    assert_eq!(window.state().settings_file().settings().gateway, GatewaySettings::default());
}

#[test]
fn a_wrong_address_is_refused_where_it_was_typed() {
    let mut window = TestWindow::new().server_page();
    let own = window.state().server().address().unwrap();
    for (prefix, address, words) in [
        ("/", "localhost:3000", "The address must begin with http:// or https://."),
        ("/", "ftp://x", "Only http and https backends are supported."),
        ("/", "http://x:70000", "This is not a host name or an IP address with an optional port."),
        ("/", &format!("http://localhost:{}", own.port()), "This address leads back to this server."),
        ("api", "http://127.0.0.1:1", "The prefix must be a path, such as /api"),
    ] {
        add(&mut window, prefix, address);
        assert!(window.says(words), "{address}");
        assert_eq!(gateway(&window).groups, []);
        let name = if prefix == "/" { "Address of the backend" } else { "Prefix of the backend" };
        let node = window.harness.get(by().role(Role::TextInput).label(name));
        assert!(node.accesskit_node().description().unwrap().starts_with(words), "{address}");
    }
    add(&mut window, "/api/", " http://127.0.0.1:1 ");
    assert_eq!(gateway(&window).groups[0].prefix, "/api");
    assert!(!window.says("The prefix must be"));
    add(&mut window, "/api", "http://127.0.0.1:1");
    assert!(window.says("The group has this backend already."));
}

#[test]
fn policy_weight_and_prefix_are_set() {
    let mut window = TestWindow::new().server_page();
    add(&mut window, "/", "http://127.0.0.1:1");
    add(&mut window, "/", "http://127.0.0.1:2/base");
    add(&mut window, "/api", "http://127.0.0.1:3");
    click_in_sight(&mut window, "Policy of app");
    window.click("fewest open requests");
    window.enter("Weight of app-2", "7");
    window.enter("Open requests of each of app", "8");
    window.enter("Waiting requests of app", "0");
    window.enter("Longest wait of app", "2 s");
    window.enter("Prefix of app", "/api");
    assert!(window.says("Another group has this prefix."));
    window.enter("Prefix of app", "/shop/");
    assert!(!window.says("Another group has this prefix."));
    let groups = gateway(&window).groups;
    assert_eq!((groups[0].policy, &*groups[0].prefix), (Policy::FewestOpen, "/shop"));
    assert_eq!(groups[0].load, LoadSettings { open_max: 8, waiting_max: 0, wait_ms: 2_000 });
    assert_eq!(groups[0].backends.iter().map(|backend| backend.weight).collect::<Vec<_>>(), [1, 7]);
    assert_eq!((groups[1].policy, &*groups[1].prefix), (Policy::RoundRobin, "/api"));
}

#[test]
fn a_backend_that_refuses_is_shown_as_out() {
    let mut window = TestWindow::new().server_page();
    // Bound and not listening: nobody else gets the port.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    add(&mut window, "/", &format!("http://127.0.0.1:{port}"));
    for _ in 0..3 {
        assert_eq!(asked(&window, "/"), 502);
    }
    window.wait_until_it_says("out: refused the connection");
    window.wait_until_it_says("app: 0 of 1 healthy");
    assert_eq!(asked(&window, "/"), 503);
}

#[test]
fn the_top_bar_leads_to_the_backends() {
    let mut window = TestWindow::new().server_page();
    add(&mut window, "/", "http://127.0.0.1:1");
    add(&mut window, "/", "http://127.0.0.1:2");
    window.click("Traffic");
    assert!(!window.says("Weight of app-1"));
    window.click("Upstreams 2");
    assert!(window.harness.query_by_label("Weight of app-1").is_some());

    // Where there is no room for the button, it is not there rather than over another one.
    let right = |window: &TestWindow, name: &str| window.harness.get_by_label(name).rect().right();
    for width in [
        900.0, 1000.0, 1100.0, 1240.0, 1260.0, 1280.0, 1300.0, 1320.0, 1340.0, 1360.0, 1380.0, 1400.0, 1440.0,
    ] {
        window.harness.set_size([width, 560.0].into());
        window.settle();
        let last = if window.says("Upstreams 2") { "Upstreams 2" } else { "Recent" };
        let pause = window.harness.get_by_label("Pause view").rect().left();
        assert!(right(&window, last) <= pause, "{last} at {width}");
    }
    assert!(window.says("Upstreams 2"));
}

#[test]
fn groups_of_the_command_line_are_not_remembered() {
    let mut window = TestWindow::new().server_page();
    let mut given = GatewaySettings::default();
    given.add(&byteglass::gateway::Mount::new("/").unwrap(), "http://127.0.0.1:1".parse().unwrap());
    let revision = window.state().server().set(Setting::Gateway(given));
    assert!(window.state().server().wait_for(revision));
    window.settle();
    add(&mut window, "/", "http://127.0.0.1:2");
    assert_eq!(gateway(&window).groups[0].backends.len(), 2);
    assert_eq!(window.state().settings_file().settings().gateway, GatewaySettings::default());
}

#[test]
fn how_requests_are_written_is_set_for_the_next_one() {
    let mut window = TestWindow::new().server_page();
    assert!(window.harness.query_by_label("the client's Host").is_none());
    add(&mut window, "/", "http://127.0.0.1:1");
    let own = window.state().server().address().unwrap();
    window.enter("Method and target", "GET /a");
    assert!(window.says("Host: 127.0.0.1:1") && window.says("X-Forwarded-Proto: http"));
    click_in_sight(&mut window, "the client's Host");
    window.wait_until_it_says(&format!("Host: {own}"));
    click_in_sight(&mut window, "Client's address: Forwarded");
    window.wait_until_it_says(&format!("Forwarded: for=127.0.0.1;host=\"{own}\";proto=http"));
    click_in_sight(&mut window, "Client's address: no field");
    window.settle();
    assert!(!window.says("X-Forwarded-Proto") && !window.says("Forwarded: for"));
    let set = gateway(&window);
    assert!(set.keeps_host && set.forwarded == ForwardedFields::None);
    assert_eq!(window.state().settings_file().settings().gateway, set, "remembered");
}

#[test]
fn the_rule_for_prefixes_is_shown_row_by_row() {
    let mut window = TestWindow::new().server_page();
    assert!(!window.says("/v2/users?q=a/b"));
    click_in_sight(&mut window, "Help on prefixes");
    for example in byteglass::gateway::mount::EXAMPLES {
        for cell in [example.prefix, example.backend, example.target].into_iter().chain(example.asked) {
            assert!(window.says(cell), "{cell}");
        }
    }
}

#[test]
fn a_target_is_tried_before_it_is_sent() {
    let mut window = TestWindow::new().server_page();
    add(&mut window, "/api", "http://127.0.0.1:1/v2");
    add(&mut window, "/api", "http://127.0.0.1:2/v2");
    assert!(window.says("/api/*") && window.says("group api"));
    window.enter("Method and target", "DELETE /api/users?id=7");
    assert!(window.says("The built-in routes and the folder are not tried"));
    assert!(window.says("chosen: its turn") && window.says("not its turn"));
    for line in [
        "DELETE /v2/users?id=7 HTTP/1.1",
        "Host: 127.0.0.1:1",
        "Via: 1.1 byteglass-",
        "X-Forwarded-For: 127.0.0.1",
    ] {
        assert!(window.says(line), "{line}");
    }
    assert!(window.says("Cross-site protection") || window.says("not from another site"), "the middleware");
    window.enter("Method and target", "GET /api/../secret");
    assert!(window.says("400 Bad Request: ") && !window.says("GET /v2"));
    window.enter("Method and target", "GET /apis");
    assert!(window.says("segment 1 is \"apis\", not \"api\"") && !window.says("chosen: "));
    window.enter("Method and target", "GET /api");
    click_in_sight(&mut window, "api-1: Off");
    window.wait_until_it_says("switched off");
    assert!(window.says("Host: 127.0.0.1:2"));
    click_in_sight(&mut window, "api-2: Drain");
    window.wait_until_it_says("503 Service Unavailable: No backend can take the request");
    assert!(!window.says("GET /v2 HTTP/1.1"));
    for backend in window.state().view().live.groups.iter().flat_map(|group| &group.backends) {
        assert_eq!(backend.requests, 0);
    }
}

#[test]
fn a_check_is_set_and_its_last_result_shown() {
    let backend = Site::start();
    let mut window = TestWindow::new().server_page();
    add(&mut window, "/", &format!("http://{}", address(&backend)));
    click_in_sight(&mut window, "Check of app");
    window.wait_until_it_says("ago: 200 in");
    window.enter("Path of the check of app", "no path");
    assert!(window.says("The path must begin with / and have no spaces."));
    assert_eq!(gateway(&window).groups[0].check, Some(CheckSettings::default()));
    window.enter("Path of the check of app", "/missing");
    window.enter("Interval of the check of app", "500 ms");
    window.enter("Time limit of the check of app", "1 s");
    window.wait_until_it_says("ago: 404 in");
    click_in_sight(&mut window, "Exact status of the check of app");
    window.enter("Status of the check of app", "404");
    let check =
        CheckSettings { path: "/missing".to_owned(), interval_ms: 500, timeout_ms: 1_000, status: Some(404) };
    assert_eq!(gateway(&window).groups[0].check, Some(check));
    window.wait_until_it_says(", passed");
    click_in_sight(&mut window, "Check of app");
    assert_eq!(gateway(&window).groups[0].check, None);
}
