//! The columns of the list: which are shown and where, their titles, by which one sorts, and the menu that chooses them.

use std::{collections::BTreeMap, ops::Range};

use egui::{Align2, CursorIcon, Popup, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    config::ListSettings,
    list::{Column, Order},
    ui::{
        command::Command,
        icons,
        theme::{self, space, traffic},
        widgets::text,
    },
};

use super::{super::view::View, menu_button};

/// The columns of a list in which none were chosen.
const USUAL: [Column; 6] =
    [Column::Number, Column::Method, Column::Target, Column::Status, Column::Out, Column::Duration];
/// The columns that make room for the target, in the order in which they go.
const LEAVING: [Column; 10] = [
    Column::Comment,
    Column::From,
    Column::Notes,
    Column::Type,
    Column::In,
    Column::Start,
    Column::Waited,
    Column::Conn,
    Column::Out,
    Column::Duration,
];

/// The part of a row between two x coordinates.
pub(super) fn span(row: Rect, from: f32, to: f32) -> Rect {
    Rect::from_min_max(pos2(from, row.top()), pos2(to, row.bottom()))
}

/// The columns that are shown, from left to right, each with its left and right edge in points.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    places: Vec<(Column, Range<f32>)>,
    /// Left edge of the first column, and right edge of the last one.
    pub(super) start: f32,
    pub(super) end: f32,
}

impl Columns {
    /// `numbers`: width of the largest number. `passed_on`: there are exchanges with a backend, which is shown behind
    /// their targets and needs room.
    pub(super) fn new(rect: Rect, numbers: f32, passed_on: bool, list: &ListSettings) -> Self {
        let width = |column: Column| match column {
            Column::Number => numbers.max(traffic::COLUMN_NUMBER),
            Column::Target => 0.0,
            _ => list.widths.get(column.key()).copied().unwrap_or_else(|| usual_width(column)),
        };
        let mut shown = shown(list);
        let (start, end) = (rect.left() + traffic::INSET, rect.right() - traffic::INSET);
        let target_min = traffic::TARGET_MIN + if passed_on { traffic::BACKEND } else { 0.0 };
        let room = |shown: &[Column]| end - start - shown.iter().copied().map(width).sum::<f32>();
        for column in LEAVING {
            if room(&shown) >= target_min {
                break;
            }
            shown.retain(|other| *other != column);
        }
        let target = room(&shown).max(0.0);
        let mut left = start;
        let places = shown.into_iter().map(|column| {
            let from = left;
            left += if column == Column::Target { target } else { width(column) };
            (column, from..left)
        });
        Self { places: places.collect(), start, end }
    }

    /// The part of a row from the target on.
    pub(super) fn words_of(&self, row: Rect) -> Rect {
        let target = self.places.iter().find(|(column, _)| *column == Column::Target);
        span(row, target.map_or(self.start, |(_, place)| place.start), self.end)
    }

    /// Whether a column is shown.
    pub(super) fn has(&self, column: Column) -> bool {
        self.places.iter().any(|(shown, _)| *shown == column)
    }

    /// The columns and their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Column, Range<f32>)> {
        self.places.iter().cloned()
    }
}

/// The columns that were chosen.
fn shown(list: &ListSettings) -> Vec<Column> {
    let Some(chosen) = &list.columns else { return USUAL.to_vec() };
    let is_chosen = |column: &Column| {
        matches!(column, Column::Number | Column::Target) || chosen.iter().any(|key| key == column.key())
    };
    Column::ALL.into_iter().filter(is_chosen).collect()
}

const fn usual_width(column: Column) -> f32 {
    match column {
        Column::Number | Column::Target => traffic::COLUMN_NUMBER,
        Column::Start => traffic::COLUMN_START,
        Column::Conn | Column::Notes => traffic::COLUMN_COUNT,
        Column::Method => traffic::COLUMN_METHOD,
        Column::Status => traffic::COLUMN_STATUS,
        Column::Type => traffic::COLUMN_TYPE,
        Column::In | Column::Out => traffic::COLUMN_SIZE,
        Column::Waited | Column::Duration => traffic::COLUMN_TIME,
        Column::From => traffic::COLUMN_FROM,
        Column::Comment => traffic::COLUMN_COMMENT,
    }
}

/// The order that is remembered.
pub(super) fn order(list: &ListSettings) -> Order {
    let column = list.sort.as_ref().and_then(|(key, descending)| Some((Column::from_key(key)?, *descending)));
    match column {
        Some((column, descending)) => Order::Sorted { column, descending },
        None if list.is_flat => Order::FLAT,
        None => Order::ByConnection,
    }
}

/// Remembers an order.
pub(super) fn remember(list: &mut ListSettings, order: Order) {
    list.is_flat = order != Order::ByConnection;
    list.sort = match order {
        Order::Sorted { column, descending } if order != Order::FLAT => {
            Some((column.key().to_owned(), descending))
        }
        _ => None,
    };
}

/// Paints the titles. A click sorts by a column, another one the other way round; the edge of a column is dragged.
pub(super) fn head_ui(ui: &mut Ui, columns: &Columns, view: &mut View, commands: &mut Vec<Command>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::hover());
    let order = order(&view.list);
    let mut is_behind_target = false;
    for (column, place) in columns.iter() {
        title_ui(ui, span(rect, place.start, place.end), column, order, view, commands);
        if column == Column::Target {
            is_behind_target = true;
        } else if column != Column::Number {
            // The target takes what is left, so a column grows toward it.
            let edge = if is_behind_target { place.start } else { place.end };
            edge_ui(ui, rect, (column, &place), (edge, is_behind_target), view, commands);
        }
    }
}

fn title_ui(ui: &Ui, rect: Rect, column: Column, order: Order, view: &mut View, commands: &mut Vec<Command>) {
    let (palette, facts) = (theme::palette(ui), column.facts());
    let response = ui.interact(rect, ui.scope_id().with(("title", column.key())), Sense::CLICK);
    let sorted = match order {
        Order::Sorted { column: by, descending } if by == column && order != Order::FLAT => Some(descending),
        _ => None,
    };
    let name = if column == Column::Number { "number" } else { facts.title };
    response.widget_info(|| {
        WidgetInfo::selected(Role::ColumnHeader, ui.is_enabled(), sorted.is_some(), format!("Sort by {name}"))
    });
    let color = if sorted.is_some() || response.hovered() { palette.text } else { palette.dim };
    let icon = match sorted {
        Some(true) => icons::CARET_DOWN,
        Some(false) => icons::CARET_UP,
        None => "",
    };
    let job = text::job(&[
        (facts.title, theme::small_font(), color),
        (if icon.is_empty() { "" } else { " " }, theme::small_font(), color),
        (icon, theme::small_icon_font(), color),
    ]);
    let align = if facts.is_number { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
    let galley = text::elided_job(ui, job, rect.width());
    text::paint(ui, rect, align, galley);
    if response.clicked() {
        let descending = match sorted {
            Some(descending) => !descending,
            // The largest are what one looks for.
            None => facts.is_number || column == Column::Number && order == Order::FLAT,
        };
        remember(&mut view.list, Order::Sorted { column, descending });
        commands.push(Command::SetList(view.list.clone()));
    }
    response.on_hover_text(facts.about);
}

/// The edge by which a column is made wider. `left`: it is the left one.
fn edge_ui(
    ui: &Ui,
    rect: Rect,
    (column, place): (Column, &Range<f32>),
    (edge, left): (f32, bool),
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    let handle = Rect::from_center_size(pos2(edge, rect.center().y), vec2(traffic::HANDLE, rect.height()));
    let id = ui.scope_id().with(("edge", column.key()));
    let response = ui.interact(handle, id, Sense::DRAG).on_hover_cursor(CursorIcon::ResizeHorizontal);
    response.widget_info(|| {
        let name = format!("Width of {}", column.facts().title);
        WidgetInfo::labeled(Role::Splitter, ui.is_enabled(), name)
    });
    if response.dragged() {
        let delta = response.drag_delta().x * if left { -1.0 } else { 1.0 };
        let width = (place.end - place.start + delta).clamp(traffic::COLUMN_MIN, traffic::COLUMN_MAX);
        view.list.widths.insert(column.key().to_owned(), width);
        commands.push(Command::SetList(view.list.clone()));
    }
    if response.hovered() || response.dragged() {
        let palette = theme::palette(ui);
        ui.painter().vline(edge, rect.y_range(), (space::HAIRLINE, palette.accent));
    }
}

/// Paints the button, with a caret or without, and, while it is open, the menu that chooses the columns.
pub(super) fn menu_ui(ui: &mut Ui, has_carets: bool, view: &mut View, commands: &mut Vec<Command>) {
    let button = menu_button(ui, has_carets, "Columns");
    Popup::menu(&button).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        let shown = shown(&view.list);
        for column in Column::ALL {
            if matches!(column, Column::Number | Column::Target) {
                continue;
            }
            let mut on = shown.contains(&column);
            let facts = column.facts();
            if ui.checkbox(&mut on, facts.title).on_hover_text(facts.about).changed() {
                let chosen = Column::ALL
                    .into_iter()
                    .filter(|other| if *other == column { on } else { shown.contains(other) });
                view.list.columns = Some(chosen.map(|column| column.key().to_owned()).collect());
                commands.push(Command::SetList(view.list.clone()));
            }
        }
        ui.separator();
        if ui.button("Usual columns").clicked() {
            (view.list.columns, view.list.widths) = (None, BTreeMap::new());
            commands.push(Command::SetList(view.list.clone()));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_one_after_the_other_where_the_target_needs_the_room() {
        let columns = |width: f32, passed_on: bool, list: &ListSettings| -> Vec<Column> {
            let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(width, 100.0));
            let columns = Columns::new(rect, 38.0, passed_on, list);
            let places: Vec<_> = columns.iter().collect();
            assert!(places.windows(2).all(|pair| (pair[0].1.end - pair[1].1.start).abs() < 0.01));
            assert!(places.iter().all(|(_, place)| place.start <= place.end));
            places.into_iter().map(|(column, _)| column).collect()
        };
        let all = ListSettings {
            columns: Some(Column::ALL.map(|column| column.key().to_owned()).to_vec()),
            ..ListSettings::default()
        };
        assert_eq!(columns(384.0, false, &ListSettings::default()), USUAL);
        assert!(!columns(384.0, true, &ListSettings::default()).contains(&Column::Out));
        assert_eq!(columns(1_400.0, true, &all), Column::ALL);
        for width in 0..300_u16 {
            let shown = columns(f32::from(width) * 5.0, true, &all);
            assert!(
                [Column::Number, Column::Method, Column::Target].iter().all(|column| shown.contains(column))
            );
        }
    }

    #[test]
    fn an_order_is_remembered() {
        let mut list = ListSettings::default();
        assert_eq!(order(&list), Order::ByConnection);
        for column in Column::ALL {
            for descending in [false, true] {
                let wanted = Order::Sorted { column, descending };
                remember(&mut list, wanted);
                assert_eq!(order(&list), wanted);
            }
        }
        remember(&mut list, Order::ByConnection);
        assert_eq!(list, ListSettings::default());
    }
}
