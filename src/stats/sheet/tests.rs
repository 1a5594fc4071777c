//! The sheet beside plain counting.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{
    super::{counted::COLUMNS, scale::row_of},
    *,
};

const MS: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MS;

fn sample(began: u64, took: u64, route: &str) -> Sample<'_> {
    Sample { began: Nanos::new(began), took, route, is_error: took > SECOND, bytes: 10 }
}

#[test]
fn routes_have_their_counts_errors_bytes_and_percentiles() {
    let mut sheet = Sheet::default();
    for number in 1..=100 {
        sheet.add(&sample(number * MS, number * MS, "GET /a"));
    }
    sheet.add(&sample(0, 3 * SECOND, "folder"));
    let end = Nanos::new(SECOND);
    for window in Window::ALL {
        let table = sheet.table(window, end);
        let routes: Vec<_> =
            table.rows.iter().map(|row| (&*row.route, row.count, row.errors, row.bytes)).collect();
        assert_eq!(routes, [("GET /a", 100, 0, 1_000), ("folder", 1, 1, 10)], "{window:?}");
        for (told, exact) in table.rows[0].percentiles.iter().zip([50, 90, 99]) {
            assert!(told.abs_diff(exact * MS) * 100 <= exact * MS, "{told}");
        }
        let sum = table.sum.unwrap();
        assert_eq!((sum.count, sum.errors, sum.bytes, table.untold), (101, 1, 1_010, 0));
        let heat = sheet.heat(window, end);
        let counted: u32 = heat.columns.iter().flatten().sum();
        assert_eq!(counted, 101);
        assert_eq!(heat.rows().end, row_of(3 * SECOND) + 1);
    }
    assert_eq!((sheet.count(), sheet.time()), (101, Some((Nanos::ZERO, Nanos::new(100 * MS)))));
}

#[test]
fn a_window_has_what_began_in_it_in_whatever_order_it_ends() {
    let mut sheet = Sheet::default();
    let began = [0, 30, 95, 100, 99, 41, 40, 10];
    for second in began {
        sheet.add(&sample(second * SECOND, MS, "folder"));
    }
    let count = |window, end: u64| {
        sheet.table(window, Nanos::new(end * SECOND)).sum.map_or(0, |sum: RouteRow| sum.count)
    };
    // The columns from 41 s on: that of 40 s has left.
    assert_eq!((count(Window::Minute, 100), count(Window::TenMinutes, 100)), (4, 8));
    assert_eq!((count(Window::Minute, 155), count(Window::Minute, 200)), (2, 0));
    assert_eq!(count(Window::All, 10_000), 8);
    let heat = sheet.heat(Window::Minute, Nanos::new(100 * SECOND));
    let row = row_of(MS);
    assert_eq!((heat.start, heat.columns.len(), heat.columns[0][row]), (41 * SECOND, COLUMNS, 1));
    assert_eq!(heat.time(59), 100 * SECOND..101 * SECOND);
}

#[test]
fn columns_become_wider_instead_of_more() {
    let mut sheet = Sheet::default();
    for second in (0..100_000).step_by(7) {
        sheet.add(&sample(second * SECOND, MS, "folder"));
    }
    let heat = sheet.heat(Window::All, Nanos::ZERO);
    assert!(heat.columns.len() <= 2 * COLUMNS && heat.columns.len() >= COLUMNS - 1, "{}", heat.columns.len());
    let counted: u32 = heat.columns.iter().flatten().sum();
    assert_eq!(u64::from(counted), sheet.count());
    // Each in its column.
    for (column, index) in heat.columns.iter().zip(0..) {
        let range = heat.time(index);
        let inside = (0..100_000).step_by(7).filter(|second| range.contains(&(second * SECOND))).count();
        assert_eq!(column[row_of(MS)] as usize, inside, "column {index}");
    }
    assert_eq!(heat.most(), heat.columns.iter().map(|column| column[row_of(MS)]).max().unwrap());
}

#[test]
fn too_many_different_times_are_counted_and_said() {
    let mut sheet = Sheet::default();
    for number in 0..400_000_u64 {
        let route = format!("GET /{}", number % 64);
        sheet.add(&sample(0, 1_000 + number * number, &route));
    }
    let table = sheet.table(Window::Minute, Nanos::ZERO);
    assert_eq!(table.sum.map(|sum| sum.count), Some(400_000));
    assert!(table.untold > 0);
    assert_eq!(sheet.table(Window::All, Nanos::ZERO).untold, 0);
}
