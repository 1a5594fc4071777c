//! The Server page: address, guards, counters, the folder's switches.

use byteglass::{
    lines::BufferKind,
    server::LinesSettings,
    testing::Client,
    trace::{Guard, ProtocolKind},
};
use egui::{Role, accesskit::Toggled};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::harness::TestWindow;

#[test]
fn what_the_folder_does_is_switched_and_remembered() {
    let mut window = TestWindow::new().server_page();
    for name in ["List folders", "Custom 404 page", "Single-page app"] {
        let switch = |window: &TestWindow| {
            let node = window.harness.get(by().role(Role::Switch).label(name));
            node.accesskit_node().toggled()
        };
        assert_eq!(switch(&window), Some(Toggled::False), "{name}");
        window.harness.get(by().role(Role::Switch).label(name)).scroll_to_me();
        window.settle();
        window.harness.get(by().role(Role::Switch).label(name)).click();
        window.settle();
        assert_eq!(switch(&window), Some(Toggled::True), "{name}");
    }
    let folder = window.state().server().settings().folder;
    assert!(folder.listing && folder.not_found_page && folder.single_page);
    assert_eq!(window.state().settings_file().settings().folder, folder);
}

#[test]
fn guards_are_edited_within_their_bounds() {
    let mut window = TestWindow::new().server_page();
    window.enter("Largest header block", "4 KiB");
    assert_eq!(window.state().server().settings().guards[Guard::HeadBytes], 4096);
    window.enter("Header timeout", "2.5 s");
    assert_eq!(window.state().server().settings().guards[Guard::HeadTimeout], 2_500);
    window.enter("Connections", "0");
    assert_eq!(
        window.state().server().settings().guards[Guard::Connections],
        1,
        "no server without connections"
    );
    assert_eq!(window.state().settings_file().settings().guards[Guard::HeadBytes], 4096);
}

#[test]
fn a_busy_port_leaves_the_old_one_running_and_says_so_beside_it() {
    let mut window = TestWindow::new().server_page();
    let old = window.state().server().address().unwrap();
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    window.enter("Port", &port);
    assert_eq!(window.state().server().address(), Some(old));
    assert!(window.says(&format!("Port {port} is in use")));
    assert!(window.says(&format!("Still listening on {old}")));
    window.harness.get_by_label("Dismiss").scroll_to_me();
    window.settle();
    window.click("Dismiss");
    assert!(!window.says("is in use"));
    drop(busy);
    window.click("Apply");
    assert_eq!(window.state().server().address().map(|address| address.port().to_string()), Some(port));
}

#[test]
fn nonsense_in_address_or_port_is_refused_before_anything_happens() {
    let mut window = TestWindow::new().server_page();
    let old = window.state().server().address();
    window.enter("Port", "70000");
    assert!(window.says("must be a number from 0 to 65535"));
    window.enter("Port", "0");
    window.enter("Address", "0.0.0.0.0");
    assert!(window.says("must be an IP address"));
    assert_eq!(window.state().server().address().map(|address| address.ip()), old.map(|old| old.ip()));
}

#[test]
fn the_server_is_stopped_and_started_where_it_was() {
    let mut window = TestWindow::new();
    let address = window.state().server().address();
    window.click("Stop server");
    assert_eq!(window.state().server().address(), None);
    assert!(window.says("Stopped"));
    assert!(window.harness.get_by_label("Copy").accesskit_node().is_disabled());
    window.click("Start server");
    assert_eq!(window.state().server().address(), address);
    assert!(window.says("Listening"));
}

#[test]
fn several_addresses_are_typed_with_commas_and_shown_each() {
    let mut window = TestWindow::new().server_page();
    window.enter("Address", "127.0.0.1, 127.0.0.1");
    assert!(window.says("127.0.0.1 is named twice."));
    window.enter("Address", "127.0.0.1, 127.0.0.2");
    window.wait_until_it_says("Listening at:");
    let all = window.state().server().addresses_of(ProtocolKind::Http);
    assert_eq!(all.len(), 2);
    for address in &all {
        assert!(window.says(&format!("http://{address}")), "{address}");
        assert_eq!(Client::connect(*address).get("/health").status, 200);
    }
    window.click("Stop server");
    assert_eq!(window.state().server().addresses_of(ProtocolKind::Http), []);
    window.click("Start server");
    assert_eq!(window.state().server().addresses_of(ProtocolKind::Http), all, "as before");
    window.enter("Address", "127.0.0.2");
    assert_eq!(window.state().server().addresses_of(ProtocolKind::Http), all[1..]);
    assert!(!window.says("Listening at:"));
}

#[test]
fn the_address_is_copied_and_opened() {
    let mut window = TestWindow::new().server_page();
    let url = format!("http://{}", window.state().server().address().unwrap());
    window.click("Open in browser");
    assert_eq!(window.desktop.0.borrow().urls, [url.as_str()]);
    window.desktop.0.borrow_mut().browser = Some(std::io::ErrorKind::NotFound);
    window.click("Open in browser");
    assert!(window.says("The browser could not be opened: entity not found."));
    window.harness.get_by_label("Copy").click();
    assert_eq!(window.copied_now(), Some(url));
}

#[test]
fn what_is_captured_and_answered_is_counted() {
    let mut window = TestWindow::new().server_page();
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send("GET /api/users/42 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert_eq!(client.response("GET").status, 200);
    window.wait_until_it_says("1 exchange");
    window.wait_until_it_says("1 connection (1 open)");
    window.wait_until_it_says("1 hit");
    window.wait_until_it_says("1 open");
    assert!(window.says("nothing dropped"));
    window.click("Clear");
    window.wait_until_it_says("0 exchanges");
}

#[test]
fn a_target_is_tried_and_every_reason_given() {
    let mut window = TestWindow::new().server_page();
    window.enter("Method and target", "POST /api/users/42");
    assert!(window.says("the path matches, but this route takes GET"));
    window.enter("Method and target", "GET /nowhere");
    let said = window.harness.query_all_by_label_contains("→ 404 Not Found");
    let said: Vec<String> = said.filter_map(|node| node.accesskit_node().value()).collect();
    assert!(
        said.len() == 1 && said[0].starts_with(byteglass::ui::icons::WARNING),
        "a 404 is no success: {said:?}"
    );
    window.enter("Method and target", "GET nowhere");
    assert!(window.says("The target must start with a slash."));
    window.enter("Method and target", "GET /a#b");
    assert!(window.says("400 Bad Request: ") && window.says("(RFC 9112 §3.2)"));
    window.enter("Method and target", "BREW /pot");
    assert!(window.says("501 Not Implemented: "));
    window.enter("Method and target", "GET /");
    window.enter("Host of the target", "other.example");
    assert!(window.says("421 Misdirected Request: "));
}

#[test]
fn the_route_tab_leads_to_the_target_on_the_server_page() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    assert_eq!(client.get("/api/users/7").status, 200);
    window.wait_until_it_says("exchange 1 GET /api/users/7 200");
    window.click("exchange 1 GET /api/users/7 200");
    window.click("Route");
    window.click("Try this target on the Server page");
    let line = window.harness.get_by_label("Method and target");
    assert_eq!(line.accesskit_node().value().as_deref(), Some("GET /api/users/7"));
    assert!(window.says("id = 7"));
}

#[test]
fn lines_are_switched_on_tried_and_switched_off() {
    let switch = |window: &mut TestWindow| {
        window.harness.get(by().role(Role::Switch).label("Speak lines")).scroll_to_me();
        window.settle();
        window.harness.get(by().role(Role::Switch).label("Speak lines")).click();
        window.settle();
    };
    let mut window = TestWindow::new().server_page();
    assert!(!window.says("Try it"));
    switch(&mut window);
    window.enter("Port for lines", "0");
    window.wait_until_it_says("Try it");
    let address = window.state().server().address_of(ProtocolKind::Lines).unwrap();
    let mut client = Client::connect(address);
    assert_eq!(client.send("hello\nquit\n").rest().unwrap(), b"Echo: hello\nBye.\n");
    window.wait_until_it_says("2 messages answered. Bytes moved: compacting");
    window.click("Fixed size");
    let settings = window.state().server().settings().lines;
    assert_eq!(settings, LinesSettings { port: Some(0), buffer: BufferKind::Fixed });
    assert_eq!(window.state().settings_file().settings().lines, settings, "remembered");
    window.harness.get_by_label("Copy command").click();
    assert_eq!(window.copied_now(), Some(format!("nc {} {}", address.ip(), address.port())));
    switch(&mut window);
    assert_eq!(window.state().server().address_of(ProtocolKind::Lines), None);
    window.click("Traffic");
    window.wait_until_it_says("LINE hello answered");
}
