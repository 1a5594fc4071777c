//! The notices, over the lower right corner of the window, so that nothing moves when one comes or goes.

use egui::{Align2, Area, Context, Frame, Id, Label, Order, RichText, Shadow, vec2};

use crate::ui::{
    command::{Command, Topic},
    icons,
    notices::Notice,
    theme::{self, notices, space},
    view::View,
    widgets::{
        button::{self, ButtonStyle},
        notice,
    },
};

/// Shows the notices.
pub(crate) fn toasts_ui(ctx: &Context, view: &View, commands: &mut Vec<Command>) {
    // Notices about the address are shown beside its inputs while those are on the screen.
    let is_shown = |topic: Topic| topic != Topic::Address || !view.wants.shows_address;
    let shown: Vec<_> = view.notices.iter().filter(|(topic, _)| is_shown(*topic)).collect();
    if shown.is_empty() {
        return;
    }
    let offset = vec2(-notices::MARGIN, -notices::MARGIN - space::STATUS_BAR);
    let area = Area::new(Id::unique("notices")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, offset);
    let painted = area.show(ctx, |ui| {
        let room = ctx.content_rect().width() - 2.0 * notices::MARGIN;
        ui.set_width(notices::WIDTH.min(room));
        for (topic, notice) in shown {
            let shadow = Shadow { color: theme::palette(ui).veil, ..ui.visuals().popup_shadow };
            let ground = Frame::new().corner_radius(space::BUTTON_RADIUS).shadow(shadow);
            commands.extend(ground.show(ui, |ui| notice_ui(ui, topic, notice)).inner);
        }
    });
    // The corner is found by the size of the frame before: with another one it is found anew, before anyone sees it.
    let (id, size) = (Id::unique("size of the notices"), painted.response.rect.size());
    if ctx.data(|data| data.get_temp(id)) != Some(size) {
        ctx.data_mut(|data| data.insert_temp(id, size));
        ctx.request_discard("the notices have another size");
    }
}

fn notice_ui(ui: &mut egui::Ui, topic: Topic, notice: &Notice) -> Vec<Command> {
    let colour = theme::palette(ui).text;
    let right = |ui: &mut egui::Ui| {
        let mut commands = Vec::new();
        if button::bare(ui, icons::X, "Dismiss").clicked() {
            commands.push(Command::Dismiss(topic));
        }
        if let Some((name, command)) = &notice.action
            && button::button(ui, "", name, ButtonStyle::Full).clicked()
        {
            commands.push((**command).clone());
        }
        commands
    };
    notice::framed(ui, notice.severity, icons::INFO, right, |ui| {
        let words = RichText::new(&notice.words).color(colour);
        let said = ui.add(Label::new(words).wrap().selectable(true));
        ui.ctx().accesskit_node_builder(said.id, |node| node.set_live(egui::accesskit::Live::Polite));
    })
}
