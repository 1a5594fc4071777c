//! Marks, rules and deletion, with a real server.

use byteglass::testing::Client;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::harness::TestWindow;

fn client(window: &TestWindow) -> Client {
    Client::connect(window.state().server().address().unwrap())
}

#[test]
fn an_exchange_is_marked_commented_on_and_found_by_that() {
    let mut window = TestWindow::new();
    let mut client = client(&window);
    for target in ["/a.txt?one", "/a.txt?two", "/a.txt?three"] {
        assert_eq!(client.get(target).status, 200);
        window.wait_until_it_says(target);
    }
    window.click("exchange 2 GET /a.txt?two 200");
    window.press(Modifiers::NONE, Key::Num1);
    window.wait_until_it_says("exchange 2 GET /a.txt?two 200 marked red");
    window.press(Modifiers::NONE, Key::C);
    window.harness.get_by_label("Comment on the selected exchanges").type_text("look here");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    window.wait_until_it_says("exchange 2 GET /a.txt?two 200 marked red: look here");
    window.enter("Filter exchanges", "mark=red comment~here");
    window.wait_until_it_says("1 of 3 shown");
}

#[test]
fn what_is_deleted_comes_back_with_undo() {
    let mut window = TestWindow::new();
    let mut client = client(&window);
    for target in ["/a.txt?one", "/a.txt?two", "/a.txt?three"] {
        assert_eq!(client.get(target).status, 200);
        window.wait_until_it_says(target);
    }
    window.click("exchange 1 GET /a.txt?one 200");
    window.press(Modifiers::SHIFT, Key::ArrowDown);
    window.wait_until_it_says("2 selected, ");
    window.press(Modifiers::NONE, Key::Delete);
    window.wait_until_it_says("Deleted 2 exchanges.");
    assert!(!window.says("exchange 1 GET") && window.says("exchange 3 GET"));
    window.click("Undo");
    window.wait_until_it_says("exchange 1 GET /a.txt?one 200");
    assert!(window.says("exchange 2 GET"));
}

#[test]
fn a_rule_marks_what_arrives_and_on_request_what_is_there() {
    let mut window = TestWindow::new();
    let mut client = client(&window);
    assert_eq!(client.get("/a.txt?before").status, 200);
    window.wait_until_it_says("/a.txt?before");
    window.enter("Filter exchanges", "path~a.txt");
    window.click("Rules");
    window.click("Add a rule");
    window.click("Rule 1 marks blue");
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(client.get("/a.txt?after").status, 200);
    window.wait_until_it_says("/a.txt?after 200 marked blue");
    assert!(!window.says("/a.txt?before 200 marked blue"));
    window.click("Rules");
    window.click("Apply to what is there");
    window.wait_until_it_says("/a.txt?before 200 marked blue");
    assert_eq!(window.state().settings_file().settings().list.rules.len(), 1);
}
