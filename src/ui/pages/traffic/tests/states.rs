//! Tests of the connection headings, and of the page without exchanges.

use super::*;
use crate::{
    trace::{Refusal, Stage},
    ui::command::CaptureCommand,
};

#[test]
fn a_heading_says_how_its_connection_stands() {
    let mut script = Script::default();
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for conn in 1..=5 {
        script.open(conn);
    }
    script.exchange(2, get, &response(b"hello"));
    let offset = script.read(3, get);
    script.request(3, offset, get, Framing::None);
    // Refused, but the client has not read the refusal yet.
    let offset = script.read(4, get);
    let id = script.request(4, offset, get, Framing::None);
    script.respond(4, id, &response(b"no"), Some(Refusal::HostForeign.into()));
    let offset = script.read(5, get);
    let id = script.request(5, offset, get, Framing::None);
    script.stage(5, id, Stage::Aborted);
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    let page = page(store);
    for (conn, said) in (1..).zip(["no request yet", "keep-alive", "answering", "closing", "closing"]) {
        assert_says(&page, &format!("conn {conn} 127.0.0.1:{} {said}", 50_000 + conn));
    }
}

#[test]
fn what_was_cleared_away_is_not_made_up() {
    let mut store = store();
    store.clear();
    let page = page(store);
    assert_says(&page, "conn 1 127.0.0.1:50001 open");
    assert_says(&page, "conn 3 127.0.0.1:50003 open");
    assert_silent_about(&page, "no request yet");
}

#[test]
fn in_the_smallest_window_everything_can_be_reached() {
    for size in [SMALL, WIDE] {
        let mut page = page_of(store(), size);
        click(&mut page, "exchange 2 POST /api/echo 200");
        let whole = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into()).expand(1.0);
        for node in page.root().children_recursive() {
            let role = node.accesskit_node().role();
            if matches!(role, Role::Button | Role::Tab | Role::TextInput) {
                let rect = node.rect();
                assert!(
                    whole.contains_rect(rect),
                    "{:?} {rect:?} at {size:?}",
                    node.accesskit_node().label()
                );
            }
        }
    }
}

#[test]
fn panes_keep_the_width_they_are_dragged_to() {
    let mut page = page(store());
    let handle = page.get_by_label("Width of the list").rect().center();
    let left = page.get_by_label("exchanges").rect().left();
    let by = 60.0;
    press_at(&mut page, handle, handle - vec2(by, 0.0));
    let Some(Command::SetPane { name: "traffic-list", width }) = page.state().commands.last().cloned() else {
        panic!("{:?}", page.state().commands)
    };
    assert!((width - (handle.x - left - by)).abs() < 2.0, "{width}");
    page.run();
    assert!((page.get_by_label("Width of the list").rect().center().x - left - width).abs() < 2.0);
}

#[test]
fn a_file_without_exchanges_does_not_promise_any() {
    let mut page = page(Store::new(1 << 20));
    page.state_mut().opened = Some(Opening::Reading);
    page.run();
    assert_says(&page, "Reading the file");
    page.state_mut().opened = Some(Opening::Read);
    page.run();
    assert_says(&page, "No exchanges in this file");
    assert!(!says(&page).contains("will appear here") && !says(&page).contains("Nothing has arrived"));
    click(&mut page, "Show the live capture");
    assert_eq!(page.state().commands.last(), Some(&Command::Capture(CaptureCommand::Close)));
}
