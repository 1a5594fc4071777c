//! Tests of the bytes and their link with the tree.

use super::*;

#[test]
fn bytes_show_their_reads_and_what_a_read_cuts_in_two() {
    let mut page = page(store());
    click(&mut page, "exchange 2 POST /api/echo 200");
    assert_says(&page, "request 1 ends request 2 begins · offset 0x1b");
    assert_says(&page, "read 2  37 bytes");
    assert_says(&page, "+118 ms  the field name was split across two reads");
    assert_says(&page, "00001b  50 4f 53 54 20 2f 61 70  69 2f 65 63 68 6f 20 48    POST /api/echo H");
    assert_says(&page, "7b 22 61 22 3a 31 7d");
    click(&mut page, "Text");
    assert_says(&page, "00001b  POST /api/echo HTTP/1.1␍␊");
    click(&mut page, "Bytes of the response");
    assert_says(&page, "{\"received\":{\"a\":1}}");
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
    assert_says(&page, "bytes 26–32");

    // This is inside the first byte of the hexadecimal column, which belongs to the method.
    let line =
        page.get_by_label("00001b  50 4f 53 54 20 2f 61 70  69 2f 65 63 68 6f 20 48    POST /api/echo H");
    let at = line.rect().left_center() + vec2(line.rect().width() * 0.105, 0.0);
    press_at(&mut page, at, at);
    assert!(marked(&page, "Method: POST"), "{:?}", page.state().page.view.mark);
}

#[test]
fn bytes_are_chosen_by_dragging_and_copied() {
    let mut page = page(store());
    click(&mut page, "exchange 2 POST /api/echo 200");
    let line =
        page.get_by_label("00001b  50 4f 53 54 20 2f 61 70  69 2f 65 63 68 6f 20 48    POST /api/echo H");
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
