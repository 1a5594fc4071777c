//! Parts of files.

use std::fs;

use byteglass::testing::Site;

use super::{ALPHABET, pattern};

#[test]
fn several_ranges_come_as_parts_and_the_connection_goes_on() {
    let site = Site::start();
    let mut client = site.client();
    let response = client.get_with("/a.txt", &["Range: bytes=20-, 0-1,1-2 ,99-"]);
    assert_eq!((response.status, response.field("Content-Range")), (206, None));
    let boundary =
        response.field("Content-Type").unwrap().strip_prefix("multipart/byteranges; boundary=").unwrap();
    let part = |range: &str, data: &str| {
        format!(
            "--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes {range}/26\r\n\r\n{data}\r\n"
        )
    };
    let expected = format!("{}{}--{boundary}--\r\n", part("20-25", "uvwxyz"), part("0-2", "abc"));
    assert_eq!(response.text(), expected);
    assert_eq!(client.get("/a.txt").body, ALPHABET);
}

#[test]
fn parts_of_a_large_file_are_streamed() {
    let site = Site::start();
    let content = pattern(5_000_000);
    fs::write(site.folder.path().join("large.bin"), &content).unwrap();
    let mut client = site.client();
    let response = client.get_with("/large.bin", &["Range: bytes=3000000-4999999,0-1999999"]);
    assert_eq!(response.status, 206);
    let find = |needle: &[u8]| response.body.windows(64).position(|at| at.starts_with(needle)).is_some();
    assert!(find(&content[3_000_000..3_000_064]) && find(&content[..64]));
    let data = 4_000_000;
    assert!((data..data + 1000).contains(&response.body.len()), "{}", response.body.len());
    let first = response.body.windows(4).position(|at| at == b"\r\n\r\n").unwrap() + 4;
    assert!(response.body[first..first + 2_000_000] == content[3_000_000..]);
    // Many small ranges are an attempt to make the server work for nothing.
    let many: Vec<_> = (0..500).map(|at| format!("{}-{}", at * 3, at * 3)).collect();
    let response = client.get_with("/large.bin", &[&format!("Range: bytes={}", many.join(","))]);
    assert_eq!((response.status, response.body.len()), (200, content.len()));
}
