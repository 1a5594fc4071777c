//! Tests of the bytes and their link with the tree.

use super::*;

#[test]
fn bytes_show_their_reads_and_what_a_read_cuts_in_two() {
    let mut page = page(store());
    click(&mut page, "exchange 2 POST /api/echo 200");
    assert_says(&page, "request 1 ends request 2 begins · offset 27 (0x1b) of the connection");
    assert_says(&page, "read 2  37 bytes");
    assert_says(&page, "+118 ms  the field name was split across two reads");
    assert_says(&page, "000000  50 4f 53 54 20 2f 61 70  69 2f 65 63 68 6f 20 48    POST /api/echo H");
    assert_says(&page, "7b 22 61 22 3a 31 7d");
    click(&mut page, "Text");
    assert_says(&page, "000000  POST /api/echo HTTP/1.1␍␊");
    click(&mut page, "Bytes of the response");
    assert_says(&page, "{\"received\":{\"a\":1}}");
}

#[test]
fn one_switch_moves_bytes_tree_sentence_and_mark() {
    let mut page = page(store());
    click(&mut page, "exchange 2 POST /api/echo 200");
    assert!(marked(&page, "Content-Length: 7"));
    click(&mut page, "Bytes of the response");
    assert!(marked(&page, "Status: 200"), "{:?}", page.state().page.view.mark);
    assert_says(&page, "Success. The body, if there is one, is the result.");
    assert!(page.query_by_label("Method: POST").is_none(), "the tree is that of the response");
    click(&mut page, "Content-Type: application/json");
    // What was marked in a message is marked again.
    click(&mut page, "Bytes of the request");
    assert!(marked(&page, "Content-Length: 7"));
    click(&mut page, "Bytes of the response");
    assert!(marked(&page, "Content-Type: application/json"));
    // The tab on the response looks at the response, and leaves with it.
    click(&mut page, "Bytes of the request");
    click(&mut page, "Response");
    assert_eq!(page.state().page.view.mark.as_ref().map(|mark| mark.stream), Some(Stream::RESPONSE));
    click(&mut page, "Bytes of the request");
    assert!(marked(&page, "Content-Length: 7"));
}

#[test]
fn tree_and_bytes_are_linked_both_ways() {
    let mut page = page(store());
    click(&mut page, "exchange 2 POST /api/echo 200");
    // The field that decides where the message ends is marked at first.
    assert!(marked(&page, "Content-Length: 7"));
    assert_says(&page, "The body is exactly 7 bytes.");

    click(&mut page, "Host: a");
    assert!(marked(&page, "Host: a") && !marked(&page, "Content-Length: 7"));
    let mark = page.state().page.view.mark.clone().unwrap();
    assert_eq!(mark.range, 27 + 25..27 + 32, "the field line's bytes, without its end");
    assert_says(&page, "offset 25–31 (0x19–0x1f)");

    // This is inside the first byte of the hexadecimal column, which belongs to the method.
    let line =
        page.get_by_label("000000  50 4f 53 54 20 2f 61 70  69 2f 65 63 68 6f 20 48    POST /api/echo H");
    let at = line.rect().left_center() + vec2(line.rect().width() * 0.105, 0.0);
    press_at(&mut page, at, at);
    assert!(marked(&page, "Method: POST"), "{:?}", page.state().page.view.mark);
}

#[test]
fn bytes_are_chosen_by_dragging_and_copied() {
    let mut page = page(store());
    click(&mut page, "exchange 2 POST /api/echo 200");
    let line =
        page.get_by_label("000000  50 4f 53 54 20 2f 61 70  69 2f 65 63 68 6f 20 48    POST /api/echo H");
    let rect = line.rect();
    press_at(&mut page, rect.left_center() + vec2(rect.width() * 0.105, 0.0), rect.center());
    let part = page.state().page.view.selected.clone().unwrap();
    assert_eq!(part.range.start, 27);
    page.event(Event::Copy);
    page.run();
    let len = usize::try_from(part.range.end - 27).unwrap();
    let text = String::from_utf8(ECHO[..len].to_vec()).unwrap();
    assert!(len > 4, "{len} bytes were chosen");
    assert_eq!(page.state().commands, [Command::CopyText(text)]);
}
