//! The search in the bytes.

use egui::{Key, Modifiers};

use super::*;
use crate::testing::PATIENCE;

fn wait_for(page: &mut TestPage, words: &str) {
    let began = std::time::Instant::now();
    while page.query_all_by_label_contains(words).next().is_none() {
        assert!(began.elapsed() < PATIENCE, "the page never says {words:?}");
        page.step();
        std::thread::yield_now();
    }
}

fn look_for(page: &mut TestPage, text: &str) {
    page.get_by_label("Find in the bytes").focus();
    page.step();
    page.key_press_modifiers(Modifiers::COMMAND, Key::A);
    page.step();
    page.get_by_label("Find in the bytes").type_text(text);
    page.step();
}

#[test]
fn text_hex_and_expressions_are_found_counted_and_walked() {
    let mut page = page(store());
    click(&mut page, "exchange 2 POST /api/echo 200");
    page.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    page.run();
    look_for(&mut page, "t");
    wait_for(&mut page, "1 of ");
    let first = page.state().page.view.selected.clone();
    assert!(first.is_some());
    click(&mut page, "Next place");
    assert_says(&page, "2 of ");
    assert_ne!(page.state().page.view.selected, first);
    click(&mut page, "Previous place");
    assert_eq!(page.state().page.view.selected, first);
    look_for(&mut page, "zebra");
    wait_for(&mut page, "not found");
    click(&mut page, "Hex");
    look_for(&mut page, "0d 0a 0d 0a");
    wait_for(&mut page, "1 of 1");
    wait_for(&mut page, "4 bytes from offset ");
    click(&mut page, "Regex");
    look_for(&mut page, "[A-Z]{4} /");
    wait_for(&mut page, "1 of 1");
    look_for(&mut page, "a(");
    wait_for(&mut page, "not a regular expression: ");
}

#[test]
fn an_offset_is_gone_to() {
    let mut page = page(store());
    click(&mut page, "exchange 1 GET / 200");
    page.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    page.run();
    page.get_by_label("Go to offset").focus();
    page.step();
    page.get_by_label("Go to offset").type_text("0x5");
    page.step();
    page.key_press(Key::Enter);
    page.run();
    let selected = page.state().page.view.selected.clone();
    assert_eq!(selected.map(|part| part.range), Some(5..6));
    assert_says(&page, "1 byte from offset 5 (0x5)");
}
