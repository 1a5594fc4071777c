//! The Server page: middleware, routes, guards, the address and the log.

mod folder;
mod guards;
mod listen;
mod log;
mod middleware;
mod routes;

use eframe::egui::{Align, Layout, Margin, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use crate::{
    trace::RouteAttempt,
    ui::{
        command::Command,
        context::Context,
        theme::{server_page, space},
        widgets::card::card,
    },
};

/// The page's own state.
#[derive(Default)]
pub struct ServerPage {
    middleware: middleware::Middleware,
    routes: routes::Routes,
    listen: listen::Listen,
    log: log::Log,
    /// Where the columns ended in the frame before, from the top of the page: all end there.
    bottom: f32,
}

/// The cards.
#[derive(Clone, Copy)]
enum Card {
    Middleware,
    Routes,
    Folder,
    Guards,
    Listen,
    Log,
}

impl ServerPage {
    /// Shows the page.
    pub fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Vec<Command> {
        let mut commands = Vec::new();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = Margin::from(space::WIDE);
            eframe::egui::Frame::new().inner_margin(margin).show(ui, |ui| {
                self.columns_ui(ui, context, &mut commands);
            });
        });
        commands.extend(self.routes.wanted());
        commands
    }

    /// The routes that a target would try, as asked for by [`Command::TryTarget`].
    pub fn tried(&mut self, attempts: Vec<RouteAttempt>) {
        self.routes.tried(attempts);
    }

    /// Another folder is served: what was tried may end otherwise now.
    pub fn site_changed(&mut self) {
        self.routes.ask_again();
    }

    /// The server listens where it was asked to.
    pub fn listening(&mut self) {
        self.listen.settled();
    }

    fn columns_ui(&mut self, ui: &mut Ui, context: &Context<'_>, commands: &mut Vec<Command>) {
        use Card::{Folder, Guards, Listen, Log, Middleware, Routes};
        let width = ui.available_width();
        let columns: &[(f32, &[Card])] = if width >= server_page::THREE_COLUMNS {
            let third = server_page::THIRD_SHARE;
            let wide = (1.0 - third) / 2.0;
            &[(wide, &[Middleware, Folder]), (wide, &[Routes, Log]), (third, &[Guards, Listen])]
        } else if width >= server_page::TWO_COLUMNS {
            &[(0.5, &[Middleware, Folder, Listen, Log]), (0.5, &[Routes, Guards])]
        } else {
            &[(1.0, &[Middleware, Folder, Routes, Guards, Listen, Log])]
        };
        #[allow(clippy::cast_precision_loss, reason = "at most three columns")]
        let gaps = space::WIDE * (columns.len() - 1) as f32;
        let origin = ui.cursor().min;
        let mut left = origin.x;
        let (mut bottom, mut natural) = (origin.y, origin.y);
        for (share, cards) in columns {
            let column_width = (width - gaps) * share;
            let area = Rect::from_min_size(pos2(left, origin.y), vec2(column_width, f32::INFINITY));
            left += column_width + space::WIDE;
            let builder = UiBuilder::new().max_rect(area).layout(Layout::top_down(Align::Min));
            ui.scope_builder(builder, |ui| {
                ui.spacing_mut().item_spacing.y = space::WIDE;
                for (index, which) in cards.iter().enumerate() {
                    let last = index + 1 == cards.len();
                    let end = last.then_some(origin.y + self.bottom);
                    let ends = self.card_ui(ui, *which, end, context, commands);
                    natural = natural.max(ends);
                }
                bottom = bottom.max(ui.min_rect().bottom());
            });
        }
        ui.allocate_rect(
            Rect::from_min_max(origin, pos2(origin.x + width, bottom)),
            eframe::egui::Sense::hover(),
        );
        let ended = natural - origin.y;
        if (ended - self.bottom).abs() > space::HAIRLINE / 2.0 {
            self.bottom = ended;
            ui.ctx().request_repaint();
        }
    }

    /// Shows a card and returns where it ends by its content alone.
    fn card_ui(
        &mut self,
        ui: &mut Ui,
        which: Card,
        bottom: Option<f32>,
        context: &Context<'_>,
        commands: &mut Vec<Command>,
    ) -> f32 {
        let tight = vec2(space::GAP, space::GAP * 0.75);
        let title = match which {
            Card::Middleware => "Middleware",
            Card::Routes => "Routes",
            Card::Folder => "Folder",
            Card::Guards => "Guards",
            Card::Listen => "Listen",
            Card::Log => "Log",
        };
        let (ends, command) = card(ui, title, bottom, |ui| {
            ui.spacing_mut().item_spacing = tight;
            match which {
                Card::Middleware => self.middleware.ui(ui, &context.settings.middleware),
                Card::Folder => folder::folder_ui(ui, context.settings.folder),
                Card::Guards => guards::guards_ui(ui, context),
                Card::Listen => self.listen.ui(ui, context),
                Card::Routes => {
                    self.routes.ui(ui, context);
                    None
                }
                Card::Log => {
                    self.log.ui(ui, &context.live.log);
                    None
                }
            }
        });
        commands.extend(command);
        ends
    }
}
