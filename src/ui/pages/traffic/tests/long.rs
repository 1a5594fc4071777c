//! Tests of lists far longer than the view.

use super::*;

#[test]
fn keys_reach_both_ends_of_a_long_list() {
    const MANY: u64 = 3_000;
    let mut script = Script::default();
    script.open(1);
    for _ in 0..MANY {
        script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"x"));
    }
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    let mut page = page(store);
    let mut press = |key: Key| {
        page.key_press(key);
        // A single frame: rows that scroll into view are loaded at once.
        page.step();
        let selected = page.state().page.model.selected.expect("one is selected");
        let name = format!("exchange {selected} GET / 200");
        let row = page.query_by_label(&name);
        let row = row.unwrap_or_else(|| panic!("exchange {selected} cannot be seen after {key:?}"));
        assert_eq!(page.state().page.wants().selected, Some(selected), "its bytes are there, too");
        assert!(chosen(&row) && page.get_by_label("exchanges").rect().contains_rect(row.rect()));
        selected.get()
    };
    assert_eq!(press(Key::End), MANY);
    assert_eq!(press(Key::ArrowUp), MANY - 1);
    let above = press(Key::PageUp);
    assert!((MANY - 60..MANY - 10).contains(&above), "{above}");
    assert_eq!(press(Key::PageDown), MANY - 1);
    assert_eq!(press(Key::Home), 1);
    assert_eq!(press(Key::ArrowDown), 2);
    assert_eq!(press(Key::PageDown), MANY - 1 - above + 2);
    assert_eq!(press(Key::End), MANY);
}

/// More exchanges than are arranged within one frame; every tenth is a POST.
fn thirty_thousand() -> TestPage {
    let mut script = Script::default();
    script.open(1);
    let mut store = Store::new(1 << 30);
    for _ in 0..3_000 {
        script.exchange(1, b"POST /b HTTP/1.1\r\nHost: a\r\n\r\n", &response(b""));
        for _ in 0..9 {
            script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(b""));
        }
        store.apply(script.batch());
    }
    let mut page = page(store);
    find(&mut page);
    page
}

/// Paints until the list is complete.
fn find(page: &mut TestPage) {
    while page.state().page.model.searching() {
        page.step();
    }
    page.run();
}

fn enter(page: &mut TestPage, filter: &str) {
    page.get_by_label("Filter exchanges").focus();
    page.run();
    page.key_press_modifiers(Modifiers::COMMAND, Key::A);
    page.get_by_label("Filter exchanges").type_text(filter);
    page.step();
}

#[test]
fn a_long_search_says_how_far_it_is_and_can_be_stopped() {
    let mut page = thirty_thousand();
    // The search runs on another thread and may finish before the key press: then try again.
    let stopped = (0..100).any(|_| {
        enter(&mut page, "post");
        page.state_mut().held = true;
        page.step();
        let meanwhile = says(&page);
        page.key_press(Key::Escape);
        page.step();
        page.state_mut().held = false;
        page.run();
        let stopped = says(&page).contains("30,000 shown, stopped at ");
        if stopped {
            let rows = meanwhile.lines().filter(|line| line.starts_with("exchange ")).count();
            assert!(rows > 10, "the first rows are there already: {meanwhile}");
            assert!(
                meanwhile.contains(" of 30,000 shown, ") && meanwhile.contains("% searched"),
                "{meanwhile}"
            );
        } else {
            click(&mut page, "Clear the filter");
            find(&mut page);
        }
        stopped
    });
    assert!(stopped, "never in time");
    assert!(!page.state().page.model.searching());
    click(&mut page, "Resume");
    find(&mut page);
    assert_says(&page, "3,000 of 30,000 shown");
    assert_silent_about(&page, "searched");
    assert_silent_about(&page, "Resume");
}

#[test]
fn what_is_selected_stays_in_sight_when_the_filter_goes() {
    let mut page = thirty_thousand();
    enter(&mut page, "post");
    find(&mut page);
    page.get_by_label("exchanges").focus();
    page.key_press(Key::Home);
    page.run();
    for _ in 0..40 {
        page.key_press(Key::PageDown);
        page.run();
    }
    let selected = page.state().page.model.selected.expect("one is selected");
    assert!((1_000..29_000).contains(&selected.get()), "{selected}");
    let name = format!("exchange {selected} POST /b 200");
    assert!(page.query_by_label(&name).is_some());
    click(&mut page, "Clear the filter");
    find(&mut page);
    assert!(page.query_by_label(&name).is_some(), "among its neighbours");
    assert_says(&page, &format!("exchange {} GET /a 200", selected.next()));
}
