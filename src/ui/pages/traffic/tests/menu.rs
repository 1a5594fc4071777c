//! Tests of the menu of a row.

use super::*;

fn open(page: &mut TestPage, row: &str) {
    page.get_by_label(row).click_secondary();
    page.run();
}

#[test]
fn a_row_has_a_menu_about_its_exchange() {
    let mut page = page(store());
    open(&mut page, "exchange 2 POST /api/echo 200");
    assert_says(&page, "Exchange 2");
    assert_eq!(page.state().page.wants().selected, Some(ExchangeId::nth(2)));
    click(&mut page, "Copy");
    click(&mut page, "Target");
    let copied = matches!(&*page.state().commands, [Command::CopyText(text)] if text == "/api/echo");
    assert!(copied, "{:?}", page.state().commands);
}

#[test]
fn the_menu_narrows_the_list_more_and_more() {
    let mut page = page(store());
    open(&mut page, "exchange 3 ??? A line ends with LF alone; it must end with CR LF. 400");
    assert_silent_about(&page, "Exclude");
    click(&mut page, "Only status 400");
    assert_says(&page, "1 of 4 shown");
    open(&mut page, "exchange 3 ??? A line ends with LF alone; it must end with CR LF. 400");
    click(&mut page, "Only connection 2");
    assert_eq!(page.state().page.model.filter_text, "status=400 conn=2");
    assert_says(&page, "1 of 4 shown");
}
