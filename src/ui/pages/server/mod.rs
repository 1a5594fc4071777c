//! The Server page: middleware, routes, guards, the address and the log. Each card has a file of its own
//! and a line in [`cards`].

mod folder;
mod guards;
mod lines;
mod listen;
mod log;
mod middleware;
mod routes;

use egui::{Align, Layout, Margin, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use crate::ui::{
    command::Command,
    context::Context,
    theme::{server_page, space},
    widgets::card::card,
};

use super::{News, Page, Wants};

/// A card of the page.
trait Card {
    /// The title, as the card shows it.
    fn title(&self) -> &'static str;

    /// In which column the card stands where there are two, and where there are three.
    fn columns(&self) -> [usize; 2];

    /// Paints the content. Returns what a person wants done.
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command>;

    /// Takes in what happened elsewhere.
    fn hear(&mut self, _news: &News) {}

    /// What the card itself wants to know.
    fn question(&mut self) -> Option<Command> {
        None
    }
}

/// All cards, in the order in which they stand below each other.
fn cards() -> Vec<Box<dyn Card>> {
    vec![
        Box::<middleware::Middleware>::default(),
        Box::new(folder::FolderCard),
        Box::<routes::Routes>::default(),
        Box::new(guards::GuardsCard),
        Box::<listen::Listen>::default(),
        Box::new(lines::LinesCard),
        Box::<log::Log>::default(),
    ]
}

/// The page's own state.
pub(super) struct ServerPage {
    cards: Vec<Box<dyn Card>>,
    /// Where the columns ended in the frame before, from the top of the page: all end there.
    bottom: f32,
}

impl Default for ServerPage {
    fn default() -> Self {
        Self { cards: cards(), bottom: 0.0 }
    }
}

impl Page for ServerPage {
    fn wants(&self) -> Wants {
        Wants { timers: true, shows_address: true, ..Wants::default() }
    }

    fn hear(&mut self, news: &News) {
        for card in &mut self.cards {
            card.hear(news);
        }
    }

    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Vec<Command> {
        let mut commands = Vec::new();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = Margin::from(space::WIDE);
            egui::Frame::new().inner_margin(margin).show(ui, |ui| {
                self.columns_ui(ui, context, &mut commands);
            });
        });
        commands.extend(self.cards.iter_mut().filter_map(|card| card.question()));
        commands
    }
}

/// The widths of the columns, as parts of the whole.
fn shares(width: f32) -> &'static [f32] {
    const THIRD: f32 = server_page::THIRD_SHARE;
    const WIDE: f32 = (1.0 - THIRD) / 2.0;
    if width >= server_page::THREE_COLUMNS {
        &[WIDE, WIDE, THIRD]
    } else if width >= server_page::TWO_COLUMNS {
        &[0.5, 0.5]
    } else {
        &[1.0]
    }
}

/// The column of a card among so many.
fn column_of(card: &dyn Card, columns: usize) -> usize {
    match columns {
        0 | 1 => 0,
        2 => card.columns()[0],
        _ => card.columns()[1],
    }
}

impl ServerPage {
    fn columns_ui(&mut self, ui: &mut Ui, context: &Context<'_>, commands: &mut Vec<Command>) {
        let width = ui.available_width();
        let shares = shares(width);
        #[allow(clippy::cast_precision_loss, reason = "at most three columns")]
        let gaps = space::WIDE * (shares.len() - 1) as f32;
        let origin = ui.cursor().min;
        let mut left = origin.x;
        let (mut bottom, mut natural) = (origin.y, origin.y);
        for (column, share) in shares.iter().enumerate() {
            let column_width = (width - gaps) * share;
            let area = Rect::from_min_size(pos2(left, origin.y), vec2(column_width, f32::INFINITY));
            left += column_width + space::WIDE;
            let builder = UiBuilder::new().max_rect(area).layout(Layout::top_down(Align::Min));
            ui.scope_builder(builder, |ui| {
                ui.spacing_mut().item_spacing.y = space::WIDE;
                let of_column = |card: &&mut Box<dyn Card>| column_of(&***card, shares.len()) == column;
                let mut cards = self.cards.iter_mut().filter(of_column).peekable();
                while let Some(card) = cards.next() {
                    let end = cards.peek().is_none().then_some(origin.y + self.bottom);
                    let ends = card_ui(ui, &mut **card, end, context, commands);
                    natural = natural.max(ends);
                }
                bottom = bottom.max(ui.min_rect().bottom());
            });
        }
        ui.allocate_rect(Rect::from_min_max(origin, pos2(origin.x + width, bottom)), egui::Sense::hover());
        let ended = natural - origin.y;
        if (ended - self.bottom).abs() > space::HAIRLINE / 2.0 {
            self.bottom = ended;
            ui.ctx().request_repaint();
        }
    }
}

/// Shows a card and returns where it ends by its content alone. `bottom`: where it is to end if its content
/// ends before that.
fn card_ui(
    ui: &mut Ui,
    which: &mut dyn Card,
    bottom: Option<f32>,
    context: &Context<'_>,
    commands: &mut Vec<Command>,
) -> f32 {
    let tight = vec2(space::GAP, space::GAP * 0.75);
    let title = which.title();
    let (ends, command) = card(ui, title, bottom, |ui| {
        ui.spacing_mut().item_spacing = tight;
        which.ui(ui, context)
    });
    commands.extend(command);
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_card_has_a_title_of_its_own_and_a_column_that_exists() {
        let mut titles: Vec<_> = cards().iter().map(|card| card.title()).collect();
        let count = titles.len();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), count);
        for width in [0.0, server_page::TWO_COLUMNS, server_page::THREE_COLUMNS] {
            let shares = shares(width);
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            for column in 0..shares.len() {
                let filled = cards().iter().any(|card| column_of(&**card, shares.len()) == column);
                assert!(filled, "column {column} of {} is empty", shares.len());
            }
            assert!(cards().iter().all(|card| column_of(&**card, shares.len()) < shares.len()));
        }
    }
}
