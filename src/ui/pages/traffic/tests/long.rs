//! Lists that are longer than what can be seen of them, by far.

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
        // One frame: rows that come into sight are there at once.
        page.step();
        let selected = page.state().page.model.selected.expect("one is selected");
        let name = format!("exchange {selected} GET / 200");
        let row = page.query_by_label(&name);
        let row = row.unwrap_or_else(|| panic!("exchange {selected} cannot be seen after {key:?}"));
        assert!(chosen(&row) && page.get_by_label("exchanges").rect().contains_rect(row.rect()));
        selected
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
