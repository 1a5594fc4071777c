//! The cards of the middleware.

use byteglass::{
    service::{BasicAuthSettings, MiddlewareKind},
    testing::Client,
};
use egui::{Key, Modifiers, Role, accesskit::Toggled};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::harness::TestWindow;

#[test]
fn a_toggle_changes_the_next_response() {
    let mut window = TestWindow::new().server_page();
    let address = window.state().server().address().unwrap();
    let server_field = |address| {
        let mut client = Client::connect(address);
        client.send("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        client.response("GET").field("Server").map(str::to_owned)
    };
    assert_eq!(server_field(address).as_deref(), Some("byteglass"));
    let switch = |window: &TestWindow| {
        let switch = window.harness.get_by_role_and_label(Role::Switch, "Server header");
        let toggled = switch.accesskit_node().toggled();
        switch.click();
        toggled
    };
    assert_eq!(switch(&window), Some(Toggled::True));
    window.settle();
    assert_eq!(server_field(address), None);
    assert!(!window.state().settings_file().settings().middleware.enabled(MiddlewareKind::ServerHeader));
    assert_eq!(switch(&window), Some(Toggled::False));
    window.settle();
    assert_eq!(server_field(address).as_deref(), Some("byteglass"));
}

#[test]
fn every_middleware_has_a_row_whose_switch_reaches_the_server() {
    let mut window = TestWindow::new().server_page();
    for kind in MiddlewareKind::ALL {
        let before = window.middleware().enabled(kind);
        for expected in [!before, before] {
            window.harness.get_by_role_and_label(Role::Switch, kind.title()).scroll_to_me();
            window.settle();
            window.harness.get_by_role_and_label(Role::Switch, kind.title()).click();
            window.settle();
            assert_eq!(window.middleware().enabled(kind), expected, "{}", kind.title());
        }
        window.harness.get_by_label(&format!("Move {}", kind.title()));
    }
}

#[test]
fn middleware_is_moved_by_menu_and_by_keyboard() {
    let mut window = TestWindow::new().server_page();
    let [first, second] = [window.order()[0], window.order()[1]];
    window.click("Move Request logger");
    window.click("Move down");
    assert_eq!(window.order()[..2], [second, first]);
    window.harness.get_by_label("Move Request logger").focus();
    window.settle();
    window.press(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(window.order()[..2], [first, second]);
    window.press(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(window.order()[..2], [first, second], "the first stays first");
}

#[test]
fn middleware_is_moved_by_dragging() {
    let mut window = TestWindow::new().server_page();
    let first = window.order()[0];
    let from = window.harness.get_by_label("Move Request logger").rect().center();
    let below = window.harness.get_by_label("Move Cross-site guard").rect().center() + egui::vec2(0.0, 8.0);
    window.harness.drag_at(from);
    window.harness.step();
    window.harness.hover_at(from.lerp(below, 0.5));
    window.harness.step();
    window.harness.hover_at(below);
    window.harness.step();
    window.harness.drop_at(below);
    window.settle();
    let order = window.order();
    let guard = order.iter().position(|kind| *kind == MiddlewareKind::CrossSite).unwrap();
    assert_eq!(order[guard + 1], first, "{order:?}");
    assert_eq!(window.order().len(), MiddlewareKind::ALL.len());
}

#[test]
fn settings_of_middleware_are_edited_where_they_unfold() {
    let mut window = TestWindow::new().server_page();
    window.click("Slow motion settings");
    window.enter("Time between writes", "250 ms");
    assert_eq!(window.middleware().slow_motion.every_ms, 250);
    assert!(window.says("write 32 bytes every 250 ms"));
    window.click("CORS settings");
    assert!(
        window.says(
            "* lets every website that you visit read what is served here. Enter the one origin that may"
        )
    );
    window.enter("CORS origin", "http://localhost:3000");
    assert_eq!(window.middleware().cors.origin, "http://localhost:3000");
    window.enter("CORS origin", "h\u{e9}");
    assert_eq!(window.middleware().cors.origin, "http://localhost:3000", "not a field value");
}

#[test]
fn rules_for_fields_are_added_edited_ordered_switched_and_removed() {
    let mut window = TestWindow::new().server_page();
    window.click("Fields settings");
    let rules = |window: &TestWindow| -> Vec<String> {
        let rules = window.middleware().fields.rules;
        rules.iter().map(|rule| format!("{} {}", rule.rule, rule.is_on)).collect()
    };
    window.enter("New rule", "response set X-A: 1");
    window.enter("New rule", "response set Host: 1");
    assert!(window.says("Host frames the message"));
    assert_eq!(rules(&window), ["response set X-A: 1 true"]);
    window.enter("New rule", "request remove Cookie where path=/api/*");
    assert!(window.says("2 rules") && !window.says("Host frames the message"));
    window.click("Move rule 2 up");
    window.harness.get_by_role_and_label(Role::Switch, "Rule 2 on").click();
    window.settle();
    assert_eq!(rules(&window), ["request remove Cookie where path=/api/* true", "response set X-A: 1 false"]);
    window.enter("Rule 2", "response set X-A: 2");
    window.enter("Rule 1", "nonsense");
    window.click("Remove rule 1");
    assert_eq!(rules(&window), ["response set X-A: 2 false"]);
    window.harness.get_by_role_and_label(Role::Switch, "Isolated page").click();
    window.settle();
    assert!(window.middleware().fields.isolates && window.says("0 rules, pages isolated"));
    let file = window.state().settings_file().settings().middleware.fields.clone();
    assert_eq!(file, window.middleware().fields, "it is remembered");
}

#[test]
fn trouble_is_made_in_the_card_and_told_below_and_in_the_exchange() {
    let mut window = TestWindow::new().server_page();
    assert!(!window.says("trouble on"));
    window.click("Trouble settings");
    window.enter("New rule", "response cut 40");
    window.enter("Seed of trouble", "7");
    assert!(!window.says("trouble on"), "it is off");
    window.harness.get_by_role_and_label(Role::Switch, "Trouble").click();
    window.settle();
    assert!(window.says("trouble on: 1 rule"));
    assert_eq!(window.middleware().trouble.seed, 7);
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send("GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.rest().map(|got| got.len()), Ok(40));
    window.click("Traffic");
    window.wait_until_it_says("Trouble: cut after byte 40, by rule 1.");
}

#[test]
fn the_password_is_masked_and_in_no_name() {
    let mut window = TestWindow::new().server_page();
    window.click("Basic auth settings");
    window.harness.get(by().role(Role::PasswordInput).label("Password")).focus();
    window.settle();
    window.harness.get(by().role(Role::PasswordInput).label("Password")).type_text("open sesame");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.middleware().basic_auth.password, "open sesame");
    assert!(!window.says("sesame"));
}

#[test]
fn a_password_of_the_command_line_is_in_force_and_not_remembered() {
    let mut window = TestWindow::on(|settings| {
        settings.middleware.basic_auth =
            BasicAuthSettings { user: "ada".to_owned(), password: "given".to_owned(), is_given: true };
        settings.middleware.set_enabled(MiddlewareKind::BasicAuth, true);
    })
    .server_page();
    assert!(window.says("user \"ada\", password set"));
    // Whatever else is changed in the window is written to the settings.
    window.harness.get_by_role_and_label(Role::Switch, "Slow motion").click();
    window.settle();
    let remembered = window.state().settings_file().settings().middleware.clone();
    assert!(
        remembered.enabled(MiddlewareKind::SlowMotion)
            && window.middleware().enabled(MiddlewareKind::BasicAuth)
    );
    assert_eq!(remembered.basic_auth, BasicAuthSettings::default());
    assert!(!remembered.enabled(MiddlewareKind::BasicAuth), "without its password it would let nobody in");
}
