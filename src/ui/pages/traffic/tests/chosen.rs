//! Several selected rows, marks and comments.

use super::*;
use crate::{
    capture::{marks::MarkChange, save::FileFormat},
    trace::MarkColour,
    ui::command::{CaptureCommand, ExchangesCommand, SaveScope},
};

const ROWS: [&str; 4] = [
    "exchange 1 GET / 200",
    "exchange 2 POST /api/echo 200",
    "exchange 3 ??? A line ends with LF alone; it must end with CR LF. 400",
    "exchange 4 GET /slow … no response yet",
];

fn selected(page: &TestPage) -> Vec<u64> {
    page.state().page.model.chosen_ids().into_iter().map(ExchangeId::get).collect()
}

fn click_with(page: &mut TestPage, modifiers: Modifiers, row: usize) {
    let rect = page.get_by_label(ROWS[row]).rect();
    page.hover_at(rect.center());
    page.run();
    page.event(Event::ModifiersChanged(modifiers));
    page.run();
    for pressed in [true, false] {
        let (pos, button) = (rect.center(), egui::PointerButton::Primary);
        page.event(Event::PointerButton { pos, button, pressed, modifiers });
        page.run();
    }
    page.event(Event::ModifiersChanged(Modifiers::NONE));
    page.run();
}

/// Carries the latest command out as the window does.
fn carry_out(page: &mut TestPage) {
    let Some(Command::Exchanges(ids, command)) = page.state().commands.last().cloned() else {
        panic!("{:?}", page.state().commands);
    };
    match command {
        ExchangesCommand::Mark(change) => page.state().capture.mark(&ids, &change),
        ExchangesCommand::Delete => assert_eq!(page.state().capture.delete(&ids), ids.len()),
        ExchangesCommand::Restore => page.state().capture.restore_deleted(),
    }
    page.run();
}

#[test]
fn several_rows_are_selected_by_the_pointer_and_by_keys() {
    let mut page = page(store());
    click(&mut page, ROWS[0]);
    assert_eq!(selected(&page), [1]);
    assert_silent_about(&page, "selected, ");
    click_with(&mut page, Modifiers::COMMAND, 2);
    assert_eq!(selected(&page), [1, 3]);
    assert!(marked(&page, ROWS[0]) && marked(&page, ROWS[2]) && !marked(&page, ROWS[1]));
    assert_says(&page, "2 selected, ");
    click_with(&mut page, Modifiers::COMMAND, 2);
    assert_eq!(selected(&page), [1]);
    click_with(&mut page, Modifiers::SHIFT, 3);
    assert_eq!(selected(&page), [1, 2, 3, 4], "headings between them do not count");
    click_with(&mut page, Modifiers::SHIFT, 1);
    assert_eq!(selected(&page), [1, 2]);
    let bytes: u64 = page
        .state()
        .capture
        .read(|store| store.summaries().take(2).map(|row| row.request_bytes + row.response_bytes).sum());
    assert_says(&page, &format!("2 selected, {}", crate::words::size(bytes)));
    click(&mut page, ROWS[3]);
    assert_eq!(selected(&page), [4]);
    page.key_press_modifiers(Modifiers::SHIFT, Key::ArrowUp);
    page.run();
    page.key_press_modifiers(Modifiers::SHIFT, Key::ArrowUp);
    page.run();
    assert_eq!(selected(&page), [2, 3, 4]);
    page.key_press(Key::ArrowUp);
    page.run();
    assert_eq!(selected(&page), [1]);
    page.key_press_modifiers(Modifiers::COMMAND, Key::A);
    page.run();
    assert_eq!(selected(&page), [1, 2, 3, 4]);
    page.state_mut().page.model.add_to_filter("status=200");
    page.run();
    assert!(selected(&page).len() <= 1, "what the filter hides is not selected");
}

#[test]
fn rows_are_marked_by_keys_and_by_the_menu_and_say_so() {
    let mut page = page(store());
    click(&mut page, ROWS[1]);
    click_with(&mut page, Modifiers::COMMAND, 0);
    page.key_press(Key::Num3);
    page.run();
    carry_out(&mut page);
    assert_says(&page, "exchange 1 GET / 200 marked yellow");
    assert_says(&page, "exchange 2 POST /api/echo 200 marked yellow");
    assert_says(&page, "marked yellow");
    // Once more takes it away, as 0 does.
    page.key_press(Key::Num3);
    page.run();
    carry_out(&mut page);
    assert_silent_about(&page, "marked yellow");
    page.get_by_label(ROWS[2]).click_secondary();
    page.run();
    click(&mut page, "Mark");
    click(&mut page, "Mark blue");
    let ids = vec![ExchangeId::nth(3)];
    let change = MarkChange::Colour(Some(MarkColour::Blue));
    let wanted = Command::Exchanges(ids, ExchangesCommand::Mark(change));
    assert_eq!(page.state().commands.last(), Some(&wanted));
}

#[test]
fn a_comment_is_typed_into_the_row_and_shown_there_and_in_the_header() {
    let mut page = page(store());
    click(&mut page, ROWS[1]);
    page.key_press(Key::C);
    page.run();
    page.get_by_label("Comment on the selected exchanges").type_text("the slow one");
    page.run();
    page.key_press(Key::Enter);
    page.run();
    carry_out(&mut page);
    assert_says(&page, "exchange 2 POST /api/echo 200 comment: the slow one");
    assert!(says(&page).lines().any(|line| line.trim() == "the slow one"), "in the header");
    assert_silent_about(&page, "Comment on the selected exchanges");
    // Escape leaves it as it was.
    page.key_press(Key::C);
    page.run();
    page.get_by_label("Comment on the selected exchanges").type_text(" but");
    page.run();
    let before = page.state().commands.len();
    page.key_press(Key::Escape);
    page.run();
    assert_eq!(page.state().commands.len(), before);
    page.state_mut().page.model.add_to_filter("comment~slow");
    page.run();
    assert_says(&page, "1 of 4 shown");
}

#[test]
fn what_is_selected_is_saved_exported_deleted_and_compared() {
    let mut page = page(store());
    click(&mut page, ROWS[1]);
    click_with(&mut page, Modifiers::COMMAND, 0);
    click(&mut page, "Save…");
    let save = CaptureCommand::Save(SaveScope::Chosen, FileFormat::Capture);
    assert_eq!(page.state().commands.last(), Some(&Command::Capture(save)));
    assert_eq!(page.state().page.chosen(), [1, 2].map(ExchangeId::nth));
    click(&mut page, "Export the selected exchanges");
    click(&mut page, "HAR 1.2…");
    let exported = page.state().commands.last().cloned();
    assert!(
        matches!(
            exported,
            Some(Command::Capture(CaptureCommand::Save(SaveScope::Chosen, FileFormat::Export(_))))
        ),
        "{exported:?}"
    );
    click(&mut page, "Compare the selected exchanges");
    assert_says(&page, "Not the same as #2: ");
    page.get_by_label("Delete").click();
    page.run();
    carry_out(&mut page);
    assert_silent_about(&page, "exchange 2 POST");
    assert_silent_about(&page, "2 selected");
    page.state().capture.restore_deleted();
    page.run();
    assert_says(&page, ROWS[1]);
}
