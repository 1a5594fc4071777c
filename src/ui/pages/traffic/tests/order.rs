//! The order of the rows, the columns, and the newest exchange.

use super::*;

#[test]
fn a_click_on_a_title_sorts_and_another_one_turns_the_order_around() {
    let mut page = page(store());
    let rows = |page: &TestPage| -> Vec<u64> {
        let model = &page.state().page.model;
        (0..model.total)
            .filter_map(|index| match model.row(index) {
                Some(crate::list::Row::Exchange { id, .. }) => Some(id.get()),
                _ => None,
            })
            .collect()
    };
    click(&mut page, "Flat");
    assert_eq!(rows(&page), [1, 2, 3, 4]);
    assert_eq!(page.state().page.model.total, 4, "no headings");
    click(&mut page, "Sort by Size");
    let largest = rows(&page);
    click(&mut page, "Sort by Size");
    let smallest = rows(&page);
    assert_eq!(page.state().list.sort, Some(("out".to_owned(), false)));
    assert_ne!(largest, smallest);
    click(&mut page, "Sort by number");
    assert_eq!(rows(&page), [1, 2, 3, 4]);
    click(&mut page, "Sort by number");
    assert_eq!(rows(&page), [4, 3, 2, 1], "the newest first");
    click(&mut page, "By connection");
    assert!(page.state().page.model.total > 4, "with headings");
    assert_eq!(page.state().list, ListSettings::default());
}

#[test]
fn columns_are_chosen_and_remembered() {
    let mut page = page_of(store(), [2000.0, 900.0]);
    page.state_mut().panes.insert("traffic-list".to_owned(), 900.0);
    page.run();
    click(&mut page, "Columns");
    click(&mut page, "Waited");
    click(&mut page, "Type");
    let columns = page.state().list.columns.clone().unwrap_or_default();
    assert!(columns.contains(&"waited".to_owned()) && columns.contains(&"type".to_owned()), "{columns:?}");
    page.key_press(egui::Key::Escape);
    page.run();
    assert_says(&page, "Sort by Waited");
    assert_says(&page, "Sort by Type");
}
