//! The Server page: cards for middleware, upstreams, routes, guards, address, lines and log. Each card has a file here
//! and a line in [`cards`].

mod folder;
mod guards;
mod lines;
mod listen;
mod log;
mod middleware;
mod routes;
mod upstreams;

use egui::{Align, Layout, Margin, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use crate::ui::{
    command::Command,
    context::Context,
    theme::{server_page, space},
    widgets::card::card,
};

use super::{News, Page, Wants};

/// The card that the top bar leads to.
const UPSTREAMS: &str = "Upstreams";
/// The card in which a target is tried.
const ROUTES: &str = "Routes";

/// A card of the page.
struct Card {
    title: &'static str,
    /// The column of the card in a layout of two columns, and in one of three.
    columns: [usize; 2],
    content: Box<dyn Content>,
}

/// The contents of a card. A card without state is just a function.
trait Content {
    /// Paints the contents. Returns the user's command.
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command>;

    /// Reacts to a change outside the page.
    fn on_news(&mut self, _news: &News) {}

    /// Tells the last card of a column what is left of the height that is seen, in points. May be negative.
    fn set_room(&mut self, _room: f32) {}

    /// A query of the card itself, sent without an action of the user.
    fn query(&mut self) -> Option<Command> {
        None
    }
}

impl<F: FnMut(&mut Ui, &Context<'_>) -> Option<Command>> Content for F {
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
        self(ui, context)
    }
}

/// All cards, from top to bottom.
fn cards() -> [Card; 8] {
    let card = |title, columns, content| Card { title, columns, content };
    [
        card("Middleware", [0, 0], Box::<middleware::Middleware>::default()),
        card("Folder", [0, 0], Box::new(folder::folder_ui)),
        card(UPSTREAMS, [1, 1], Box::<upstreams::Upstreams>::default()),
        card(ROUTES, [1, 1], Box::<routes::Routes>::default()),
        card("Listen", [0, 2], Box::<listen::Listen>::default()),
        card("Guards", [1, 2], Box::new(guards::guards_ui)),
        card("Lines", [1, 2], Box::new(lines::lines_ui)),
        card("Log", [0, 1], Box::<log::Log>::default()),
    ]
}

/// The state of the page.
pub(super) struct ServerPage {
    cards: [Card; 8],
    /// Bottom edge of the longest column in the previous frame, from the top of the page.
    bottom: f32,
    /// The title of the card that the next frame scrolls to. `None`: it stays where it is.
    shows: Option<&'static str>,
}

impl Default for ServerPage {
    fn default() -> Self {
        Self { cards: cards(), bottom: 0.0, shows: None }
    }
}

impl Page for ServerPage {
    fn wants(&self) -> Wants {
        Wants { timers: true, shows_address: true, ..Wants::default() }
    }

    fn on_news(&mut self, news: &News) {
        match news {
            News::ShowUpstreams => self.shows = Some(UPSTREAMS),
            News::TryTarget(_) => self.shows = Some(ROUTES),
            News::SiteChanged
            | News::Listening
            | News::Previewed(_)
            | News::OtherCapture
            | News::Filter(_)
            | News::Select(_) => {}
        }
        for card in &mut self.cards {
            card.content.on_news(news);
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
        commands.extend(self.cards.iter_mut().filter_map(|card| card.content.query()));
        commands
    }
}

/// The widths of the columns, as fractions of `width`.
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

impl Card {
    /// The column of the card in a layout with this number of columns.
    const fn column(&self, columns: usize) -> usize {
        match columns {
            0 | 1 => 0,
            2 => self.columns[0],
            _ => self.columns[1],
        }
    }
}

impl ServerPage {
    fn columns_ui(&mut self, ui: &mut Ui, context: &Context<'_>, commands: &mut Vec<Command>) {
        let seen = ui.clip_rect().height() - 2.0 * space::WIDE;
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
                let cards = self.cards.iter_mut();
                let mut cards = cards.filter(|card| card.column(shares.len()) == column).peekable();
                while let Some(Card { title, content, .. }) = cards.next() {
                    let end = cards.peek().is_none().then_some(origin.y + self.bottom);
                    let top = ui.cursor().min;
                    let (ends, command) = card(ui, title, end, |ui| {
                        ui.spacing_mut().item_spacing = vec2(space::GAP, space::GAP * 0.75);
                        if end.is_some() {
                            let above = ui.cursor().top() - origin.y;
                            content.set_room(seen - above - space::WIDE);
                        }
                        content.ui(ui, context)
                    });
                    commands.extend(command);
                    if self.shows.take_if(|shown| shown == title).is_some() {
                        ui.scroll_to_rect(Rect::from_min_max(top, pos2(top.x, ends)), Some(Align::TOP));
                    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_card_has_a_title_of_its_own_and_a_column_that_exists() {
        let mut titles: Vec<_> = cards().iter().map(|card| card.title).collect();
        let count = titles.len();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), count);
        for width in [0.0, server_page::TWO_COLUMNS, server_page::THREE_COLUMNS] {
            let shares = shares(width);
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            for column in 0..shares.len() {
                let filled = cards().iter().any(|card| card.column(shares.len()) == column);
                assert!(filled, "column {column} of {} is empty", shares.len());
            }
            assert!(cards().iter().all(|card| card.column(shares.len()) < shares.len()));
        }
    }
}
