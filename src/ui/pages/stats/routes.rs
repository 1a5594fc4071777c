//! The table by route.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::{
    stats::RouteRow,
    ui::{
        command::Command,
        icons,
        theme::{self, space, stats},
        widgets::{card, rows::Rows, text},
    },
    words,
};

use super::{
    lead_to,
    model::{Model, SortBy},
};

/// A column: what it sorts by, its title, and what it is.
type Column = (SortBy, &'static str, &'static str);

const ROUTE: Column = (SortBy::Route, "route", "The route, or who answered.");
/// The columns of numbers, and whether a narrow table has them, too.
const NUMBERS: [(Column, bool); 6] = [
    ((SortBy::Count, "count", "How many exchanges have ended."), true),
    ((SortBy::Percentile(0), "median", "Half of the exchanges took at most this long."), true),
    ((SortBy::Percentile(1), "90th", "90 of 100 exchanges took at most this long."), false),
    ((SortBy::Percentile(2), "99th", "99 of 100 exchanges took at most this long."), true),
    ((SortBy::Bytes, "bytes", "The bytes of all responses."), false),
    ((SortBy::Errors, "errors", "How many were refused or cut off, or answered with 400 and above."), true),
];

/// Paints the table.
pub(super) fn show(ui: &mut Ui, model: &mut Model, commands: &mut Vec<Command>) {
    card::caption(ui, "By route");
    let area = ui.available_rect_before_wrap();
    let is_wide = area.width() >= stats::ALL_COLUMNS_FROM;
    let numbers: Vec<Column> =
        NUMBERS.iter().filter(|(_, narrow)| is_wide || *narrow).map(|(it, _)| *it).collect();
    let head = Rect::from_min_size(area.min, vec2(area.width(), space::ROW));
    ui.advance_cursor_after_rect(head);
    for (column, place) in columns(&numbers, head) {
        head_ui(ui, place, column, model);
    }
    ui.painter().hline(head.x_range(), head.bottom(), (space::HAIRLINE, theme::palette(ui).line));
    if model.table.rows.is_empty() {
        card::faint_line(ui, "No exchange has ended here yet.");
        return;
    }
    let rows = Rows {
        salt: "routes",
        row_height: space::ROW,
        total: model.table.rows.len(),
        reveal: None,
        shift: 0.0,
        follow: false,
    };
    rows.show(ui, |ui, index, rect| {
        if let Some(row) = model.table.rows.get(index)
            && row_ui(ui, rect, row, &numbers)
        {
            // The name may hold quotes where it comes from the target of a foreign capture.
            let name = row.route.replace('"', "*");
            commands.push(lead_to(model, &format!("route=\"{name}\" not is:open")));
        }
    });
}

/// The columns, each with its place in `row`.
fn columns(numbers: &[Column], row: Rect) -> Vec<(Column, Rect)> {
    let first = row.right() - stats::NUMBER * numbers.len() as f32 - stats::BAR;
    let mut places = vec![(ROUTE, row.with_max_x(first))];
    for (index, column) in numbers.iter().enumerate() {
        let left = first + stats::NUMBER * index as f32;
        places.push((*column, Rect::from_x_y_ranges(left..=left + stats::NUMBER, row.y_range())));
    }
    places
}

fn head_ui(ui: &mut Ui, place: Rect, (by, title, about): Column, model: &mut Model) {
    let palette = theme::palette(ui);
    let response = ui.interact(place, ui.scope_id().with(("route column", title)), Sense::click());
    let is_sorted = model.sort.0 == by;
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::ColumnHeader,
            ui.is_enabled(),
            is_sorted,
            format!("Sort routes by {title}"),
        )
    });
    let color =
        if is_sorted || response.hovered() || response.has_focus() { palette.text } else { palette.dim };
    let icon = match (is_sorted, model.sort.1) {
        (true, true) => icons::CARET_DOWN,
        (true, false) => icons::CARET_UP,
        (false, _) => "",
    };
    let job = text::job(&[(title, theme::small_font(), color), (icon, theme::small_icon_font(), color)]);
    let align = if by == SortBy::Route { Align2::LEFT_CENTER } else { Align2::RIGHT_CENTER };
    let galley = text::elided_job(ui, job, place.width());
    text::paint(ui, place, align, galley);
    if response.clicked() {
        model.sort_by(by);
    }
    response.on_hover_text(about);
}

/// Paints a row. Returns whether it was clicked.
fn row_ui(ui: &Ui, rect: Rect, row: &RouteRow, numbers: &[Column]) -> bool {
    let palette = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("route", &*row.route)), Sense::click());
    let spoken: Vec<String> =
        NUMBERS.iter().map(|((by, title, _), _)| format!("{title} {}", number(row, *by))).collect();
    let name = format!("{}: {}", &*row.route, spoken.join(", "));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, space::BUTTON_RADIUS, palette.raised);
    }
    for ((by, ..), place) in columns(numbers, rect) {
        let font = theme::small_mono_font();
        if by == SortBy::Route {
            let galley =
                text::elided_in_the_middle(ui, &row.route, font, palette.text, place.width() - space::GAP);
            text::paint(ui, place, Align2::LEFT_CENTER, galley);
            continue;
        }
        let color = if by == SortBy::Errors && row.errors > 0 { palette.error } else { palette.text };
        let galley = text::elided(ui, &number(row, by), font, color, place.width());
        text::paint(ui, place, Align2::RIGHT_CENTER, galley);
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), (space::HAIRLINE, palette.line));
    let clicked = response.clicked();
    response.on_hover_text(format!("{name}. Show them in Traffic."));
    clicked
}

/// A number of a row in words.
fn number(row: &RouteRow, by: SortBy) -> String {
    match by {
        SortBy::Route => row.route.to_string(),
        SortBy::Count => words::count(row.count),
        SortBy::Errors => words::count(row.errors),
        SortBy::Bytes => words::size(row.bytes),
        SortBy::Percentile(index) => words::duration(row.percentiles[index]),
    }
}
