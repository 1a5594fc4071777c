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
fn a_part_of_the_tree_filters_for_itself() {
    let mut page = page(store());
    click(&mut page, "exchange 2 POST /api/echo 200");
    page.get_by_label("Host: a").click_secondary();
    page.run();
    click(&mut page, "Filter: req.header.host=*");
    assert_eq!(page.state().page.model.filter_text, "req.header.host=*");
}

#[test]
fn a_filter_is_saved_used_and_forgotten() {
    let mut page = page(store());
    page.state_mut().page.model.add_to_filter("status=200");
    page.run();
    click(&mut page, "Saved filters");
    click(&mut page, "Save this filter");
    assert_eq!(page.state().list.filters, ["status=200"]);
    click(&mut page, "Clear the filter");
    click(&mut page, "Saved filters");
    click(&mut page, "Use the filter status=200");
    assert_eq!(page.state().page.model.filter_text, "status=200");
    click(&mut page, "Saved filters");
    click(&mut page, "Forget the filter status=200");
    assert_eq!(page.state().list.filters, [""; 0]);
}

#[test]
fn an_empty_result_says_which_part_emptied_it() {
    let mut page = page(store());
    page.state_mut().page.model.add_to_filter("method=GET and status>=500");
    page.run();
    assert_says(&page, "0 of 4 shown; without status>=500: ");
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
