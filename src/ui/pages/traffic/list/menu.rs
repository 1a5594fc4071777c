//! The context menu of a row. The click that opens the menu also selects the exchange.

use egui::{Button, Popup, Response, SetOpenCommand, Ui};

use crate::{
    store::Exchange,
    ui::{
        again::controls,
        captures::bar,
        command::{Command, SaveScope},
    },
    words,
};

use super::{
    super::{copy, model::Model, view::View},
    marks,
};

/// Maximum number of characters of a target in the menu.
const TARGET_CHARS: usize = 40;

/// Paints the menu if it is open. The menu belongs to `list`, since a row can scroll out of view. `menu_clicked`: a
/// row was just right-clicked.
pub(super) fn show(
    list: &Response,
    menu_clicked: bool,
    model: &mut Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    let open = menu_clicked.then_some(SetOpenCommand::Bool(true));
    let popup = Popup::menu(list).open_memory(open).at_pointer_fixed();
    let mut deletes = false;
    let shown = popup.show(|ui| {
        let Some(resolved) = model.resolved() else {
            ui.weak("Loading the exchange…");
            return None;
        };
        let exchange = &resolved.facts.detail.exchange;
        let several = model.chosen.sums();
        match several {
            Some((count, _)) => ui.weak(words::plural(count as u64, "exchange")),
            None => ui.weak(format!("Exchange {}", words::count(exchange.id.get()))),
        };
        ui.menu_button("Mark", |ui| marks::items_ui(ui, model, view, commands));
        ui.menu_button("Copy", |ui| copy::copies_ui(ui, resolved, view, commands));
        ui.menu_button("Export to a file", |ui| {
            let scope = if several.is_some() { SaveScope::Chosen } else { SaveScope::One(exchange.id) };
            bar::exports_ui(ui, scope, commands);
        });
        controls::plain_items_ui(ui, exchange.id, view.again_times, commands);
        if ui.add(Button::new("Delete").right_text("Del")).clicked() {
            deletes = true;
            ui.close();
        }
        ui.separator();
        filters_ui(ui, exchange)
    });
    if deletes {
        commands.push(model.delete_command());
    }
    if let Some(part) = shown.and_then(|shown| shown.inner) {
        model.add_to_filter(&part);
        list.ctx.request_repaint();
    }
}

/// Paints items that narrow the list. Returns the filter term of the item that was clicked.
fn filters_ui(ui: &mut Ui, exchange: &Exchange) -> Option<String> {
    let mut clicked = None;
    for (name, part) in filters(exchange) {
        if ui.add(Button::new(name)).clicked() {
            clicked = Some(part);
            ui.close();
        }
    }
    clicked
}

/// The labels and filter terms of the items that narrow the list.
fn filters(exchange: &Exchange) -> Vec<(String, String)> {
    let mut filters = Vec::new();
    let target = &exchange.target;
    // A filter cannot express a quote inside quotes. No valid target contains one.
    if !target.is_empty() && !target.contains('"') {
        let shown = words::shortened(target, TARGET_CHARS);
        filters.push((format!("Only {shown}"), format!("path=\"{target}\"")));
        filters.push((format!("Exclude {shown}"), format!("path!=\"{target}\"")));
    }
    if !exchange.method.is_empty() {
        filters.push((format!("Only {}", exchange.method), format!("method={}", exchange.method)));
    }
    if let Some(status) = exchange.status {
        filters.push((format!("Only status {}", status.0), format!("status={}", status.0)));
    }
    filters.push((format!("Only connection {}", exchange.conn), format!("conn={}", exchange.conn)));
    filters
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{
        filter::Filter,
        store::Store,
        testing::script::{Script, response},
    };

    #[test]
    fn each_way_finds_the_exchange_or_leaves_it_out() {
        let mut script = Script::default();
        script.open(3);
        let get = b"GET /a/b-c?d=%22e HTTP/1.1\r\nHost: a\r\n\r\n";
        let id = script.exchange(3, get, &response(b"hello"));
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let filters = filters(&store.detail(id).unwrap().exchange);
        assert_eq!(filters.len(), 5);
        for (name, part) in filters {
            let found = Filter::parse(&part).unwrap().matches(&store.summary(id).unwrap());
            assert_eq!(found, !name.starts_with("Exclude"), "{name}: {part}");
        }
    }
}
