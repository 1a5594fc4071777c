#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use egui::{Event, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase};
use egui_kittest::{Harness, kittest::Queryable as _};

use super::*;
use crate::ui::theme::space;

const ROW: f32 = 24.0;
const HEIGHT: f32 = 480.0;
const WIDTH: f32 = 300.0;
const MANY: usize = 10_000_000;

#[derive(Default)]
struct List {
    total: usize,
    reveal: Option<usize>,
    /// Points to scroll by after painting, like a drag.
    drag: f32,
    places: Vec<(usize, Rect)>,
}

type TestRows = Harness<'static, List>;

fn rows() -> TestRows {
    let list = List { total: MANY, ..List::default() };
    let paint = |ui: &mut Ui, list: &mut List| {
        let rows = Rows {
            salt: "things",
            row_height: ROW,
            total: list.total,
            reveal: list.reveal.take(),
            shift: 0.0,
            follow: false,
        };
        list.places.clear();
        let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(WIDTH, HEIGHT));
        ui.scope_builder(UiBuilder::new().max_rect(area), |ui| {
            let painted = rows.show(ui, |_, row, place| list.places.push((row, place)));
            let drag = std::mem::take(&mut list.drag);
            if drag > 0.0 {
                painted.scroll_by(ui, drag);
            }
        });
    };
    let mut rows =
        Harness::builder().with_size([WIDTH, HEIGHT]).with_max_steps(64).build_ui_state(paint, list);
    rows.run();
    rows
}

/// Verifies that each painted row is one row height below the previous one, and that the view is full.
fn assert_in_place(rows: &TestRows) {
    let places = &rows.state().places;
    assert!(places.len() >= 20, "{places:?}");
    for pair in places.windows(2) {
        assert_eq!(pair[1].0, pair[0].0 + 1);
        assert!((pair[1].1.top() - pair[0].1.top() - ROW).abs() < 0.01, "{pair:?}");
    }
    assert!(places[0].1.top() <= 0.0 && places[places.len() - 1].1.bottom() >= HEIGHT, "{places:?}");
}

fn top(rows: &TestRows) -> (usize, f32) {
    let (row, place) = rows.state().places[0];
    (row, place.top())
}

fn wheel(rows: &mut TestRows, points: f32) {
    rows.hover_at(pos2(100.0, 100.0));
    rows.step();
    rows.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    rows.run();
}

#[test]
fn the_far_end_of_ten_million_rows_is_reached_and_in_place() {
    let mut rows = rows();
    for row in [MANY - 1, MANY - 2, MANY / 2 + 1, 2_000_001, 0] {
        rows.state_mut().reveal = Some(row);
        rows.run();
        assert_in_place(&rows);
        for near in row.saturating_sub(1)..=(row + 1).min(MANY - 1) {
            let place = rows.state().places.iter().find(|(index, _)| *index == near);
            let (_, place) = place.unwrap_or_else(|| panic!("row {near} is not painted"));
            assert!(place.top() >= -0.01 && place.bottom() <= HEIGHT + 0.01, "{near} at {place:?}");
        }
    }
    rows.state_mut().reveal = Some(MANY - 1);
    rows.run();
    let (last, place) = *rows.state().places.last().unwrap();
    assert_eq!(last, MANY - 1);
    assert!((place.bottom() - HEIGHT).abs() < 0.01, "{place:?}");
}

#[test]
fn the_wheel_moves_by_points_even_far_down() {
    let mut rows = rows();
    rows.state_mut().reveal = Some(9_000_000);
    rows.run();
    let (before, at) = top(&rows);
    // By less than a row: the same rows, slightly higher.
    wheel(&mut rows, -10.0);
    let (after, there) = top(&rows);
    let moved = (after - before) as f32 * ROW + at - there;
    assert!((moved - 10.0).abs() < 0.6, "moved by {moved}");
    assert_in_place(&rows);
    wheel(&mut rows, -240.0);
    let moved = (top(&rows).0 - before) as f32 * ROW + at - top(&rows).1;
    assert!((moved - 250.0).abs() < 0.6, "moved by {moved}");
}

#[test]
fn the_bar_goes_from_one_end_to_the_other() {
    let mut rows = rows();
    let bar = rows.get_by_label("scroll things").rect();
    let grip = egui::pos2(bar.center().x, 4.0);
    rows.hover_at(grip);
    rows.step();
    rows.drag_at(grip);
    rows.step();
    assert_eq!(top(&rows).0, 0, "pressing the handle does not move it");
    let half = (HEIGHT - space::HANDLE) / 2.0;
    rows.hover_at(egui::pos2(grip.x, grip.y + half));
    rows.step();
    rows.step();
    let middle = top(&rows).0;
    assert!((4_990_000..5_010_000).contains(&middle), "{middle}");
    rows.hover_at(egui::pos2(grip.x, HEIGHT + 50.0));
    rows.step();
    rows.step();
    assert_eq!(rows.state().places.last().unwrap().0, MANY - 1);
    rows.drop_at(egui::pos2(grip.x, HEIGHT + 50.0));
    rows.run();
    assert_eq!(rows.state().places.last().unwrap().0, MANY - 1);
    assert_in_place(&rows);
}

#[test]
fn a_drag_beyond_the_edge_scrolls_on() {
    let mut rows = rows();
    rows.state_mut().drag = 36.0;
    rows.run();
    let (row, at) = top(&rows);
    assert!(row == 1 && (at + 12.0).abs() < 0.01, "row {row} at {at}");
}
