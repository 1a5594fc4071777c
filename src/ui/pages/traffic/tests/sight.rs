//! What of the list is in sight: the newest exchange, the heading of a connection, the widths of columns.

use super::*;

/// A store with this number of exchanges on connection 1, which stays open.
fn many(count: u64) -> (Script, Store) {
    let mut script = Script::default();
    script.open(1);
    more(&mut script, count);
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    (script, store)
}

fn more(script: &mut Script, count: u64) {
    for _ in 0..count {
        let target = format!("GET /item/{} HTTP/1.1\r\nHost: a\r\n\r\n", script.exchanges + 1);
        script.exchange(1, target.as_bytes(), &response(b"x"));
    }
}

#[test]
fn what_arrived_out_of_sight_is_counted_and_a_click_leads_there() {
    let (mut script, store) = many(200);
    let mut page = page(store);
    page.key_press(Key::Home);
    page.run();
    assert_silent_about(&page, " new");
    more(&mut script, 3);
    page.state().capture.apply(script.batch());
    page.run();
    assert_silent_about(&page, "exchange 203 ");
    more(&mut script, 9);
    page.state().capture.apply(script.batch());
    page.run();
    click(&mut page, "12 new");
    assert_says(&page, "exchange 212 GET /item/212 200");
    assert_silent_about(&page, " new");
    // At the end the list follows.
    more(&mut script, 5);
    page.state().capture.apply(script.batch());
    page.run();
    assert_says(&page, "exchange 217 GET /item/217 200");
    assert_silent_about(&page, " new");
}

#[test]
fn the_heading_of_a_connection_stays_above_its_exchanges() {
    let (_, store) = many(200);
    let mut page = page(store);
    let heading = "conn 1 127.0.0.1:50001 keep-alive";
    let top = page.get_by_label(heading).rect().top();
    page.key_press(Key::End);
    page.run();
    assert_says(&page, "exchange 200 GET /item/200 200");
    assert_silent_about(&page, "exchange 1 GET");
    assert!((page.get_by_label(heading).rect().top() - top).abs() < 1.0, "it stands where it stood");
    // It folds the connection from there, too.
    click(&mut page, heading);
    assert_silent_about(&page, "exchange 200 GET");
    click(&mut page, heading);
    click(&mut page, "Flat");
    assert_silent_about(&page, heading);
}

#[test]
fn a_column_is_made_wider_and_that_is_remembered() {
    let mut page = page_of(store(), [2000.0, 900.0]);
    page.state_mut().panes.insert("traffic-list".to_owned(), 900.0);
    page.run();
    let width = |page: &TestPage| page.get_by_label("Sort by Size").rect().width();
    let before = width(&page);
    let edge = page.get_by_label("Width of Size").rect().center();
    press_at(&mut page, edge, edge - vec2(40.0, 0.0));
    assert!((width(&page) - before - 40.0).abs() < 1.0, "{before} became {}", width(&page));
    let list = page.state().list.clone();
    assert!((list.widths["out"] - before - 40.0).abs() < 1.0, "{:?}", list.widths);
    // The next start has it.
    let mut next = page_of(store(), [2000.0, 900.0]);
    next.state_mut().panes.insert("traffic-list".to_owned(), 900.0);
    next.state_mut().list = list;
    next.run();
    assert!((width(&next) - width(&page)).abs() < 0.1);
    click(&mut next, "Columns");
    click(&mut next, "Usual columns");
    assert!((width(&next) - before).abs() < 0.1);
}
