//! The shield beside the address.

use byteglass::{
    config::SettingsFile,
    server::{Setting, SiteChoice},
    service::MiddlewareKind,
};
use egui_kittest::kittest::Queryable as _;

use super::harness::TestWindow;

const NAME: &str = "Listening. Who can reach this server: ";

#[test]
fn the_shield_says_who_can_reach_the_server_and_what_is_open() {
    let mut window = TestWindow::welcome(SettingsFile::forgetful());
    window.settle();
    window.harness.get_by_label(&format!("{NAME}Only this computer; nothing is open")).click();
    window.settle();
    assert!(window.says("Only this computer can reach this server."));
    assert!(window.says("Nothing more is open."));
    window.harness.get_by_label("Show the Server page").click();
    window.settle();
    assert!(window.says("Cross-site guard") && !window.says("Only this computer can reach this server."));

    let mut middleware = window.state().server().settings().middleware.clone();
    middleware.set_enabled(MiddlewareKind::CrossSite, false);
    middleware.set_enabled(MiddlewareKind::Cors, true);
    window.state().server().set(Setting::Middleware(middleware));
    window.settle();
    window.harness.get_by_label(&format!("{NAME}Only this computer; 2 things are open")).click();
    window.settle();
    for words in [
        "CORS allows *",
        "Name the one origin",
        "Pages of other websites can load",
        "Turn on the cross-site guard",
    ] {
        assert!(window.says(words), "{words}");
    }
    assert!(matches!(window.state().server().settings().site, SiteChoice::Welcome));
}

#[test]
fn a_server_beyond_loopback_names_its_network_and_the_missing_password() {
    let mut window = TestWindow::new().server_page();
    window.enter("Address", "0.0.0.0");
    window.wait_until_it_says(&format!("{NAME}Anyone "));
    window.harness.get_by_label_contains(&format!("{NAME}Anyone ")).click();
    window.settle();
    for words in
        ["Other machines can connect.", "set its address to 127.0.0.1", "needs no password", "--auth-file"]
    {
        assert!(window.says(words), "{words}");
    }
}

#[test]
fn the_code_has_the_address_alone_and_one_click_leads_back() {
    let mut window = TestWindow::new().server_page();
    assert!(!window.says("Listen on this computer only"));
    window.enter("Address", "0.0.0.0");
    window.wait_until_it_says("Listen on this computer only");
    // A machine in no network has no address to show.
    if let Some(outer) = window.state().server().live().outer {
        window.wait_until_it_says(&format!("QR code of http://{outer}"));
        window.harness.get_by_label(&format!("QR code of http://{outer}"));
    }
    window.click("Listen on this computer only");
    window.wait_until_it_says("Only programs on this machine can connect.");
    assert!(window.state().server().address().unwrap().ip().is_loopback());
    assert!(!window.says("Listen on this computer only") && !window.says("QR code of"));
}
