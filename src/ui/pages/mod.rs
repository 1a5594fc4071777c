//! The pages. Each page has a folder here, a variant of [`PageId`] and a line in `make`.

mod server;
mod stats;
mod traffic;

use egui::Ui;

use crate::{
    base::stream::{ExchangeId, Nanos},
    capture::Capture,
    server::Preview,
};

use super::{
    command::{Command, PageId},
    context::Context,
};

/// A page of the window.
pub trait Page {
    /// Updates the data behind the page. Called before painting, for the visible page only.
    fn refresh(&mut self, _capture: &Capture, _now: Nanos, _paused: bool) {}

    /// State of the page that the rest of the window depends on.
    fn wants(&self) -> Wants {
        Wants::default()
    }

    /// The exchanges found so far that pass the page's filter.
    fn passing(&self) -> Vec<ExchangeId> {
        Vec::new()
    }

    /// The exchanges that are selected on the page.
    fn chosen(&self) -> Vec<ExchangeId> {
        Vec::new()
    }

    /// The text in the page's filter box. `None`: it has none.
    fn filter(&self) -> Option<&str> {
        None
    }

    /// Reacts to a change outside the page.
    fn on_news(&mut self, _news: &News) {}

    /// Paints the page. Returns the user's commands.
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Vec<Command>;
}

/// State of a page that the rest of the window depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// The selected exchange, for the menu. `None`: no exchange is selected.
    pub selected: Option<ExchangeId>,
    /// Whether a filter hides some of the exchanges.
    pub filtered: bool,
    /// Whether the page shows running timers, so that the window is repainted while one runs.
    pub timers: bool,
    /// Whether the page itself shows problems with the address.
    pub shows_address: bool,
}

/// A change outside the pages.
#[derive(Clone, Debug)]
pub enum News {
    /// The served folder or its settings have changed.
    SiteChanged,
    /// The server listens at the address that the user asked for.
    Listening,
    /// This method and target are to be tried, on the page that can.
    TryTarget(String),
    /// The answer to [`Command::Preview`].
    Previewed(Box<Preview>),
    /// The groups of backends are to be seen on the page that has them.
    ShowUpstreams,
    /// The window shows another capture.
    OtherCapture,
    /// The text in the filter box of another page, or of a mark that leads to its exchanges.
    Filter(String),
    /// An exchange is to be seen on the page that has them.
    Select(ExchangeId),
}

/// All pages, in the order of [`PageId::ALL`].
pub(super) struct Pages([Box<dyn Page>; PageId::ALL.len()]);

impl Default for Pages {
    fn default() -> Self {
        Self(PageId::ALL.map(make))
    }
}

fn make(id: PageId) -> Box<dyn Page> {
    match id {
        PageId::Traffic => Box::<traffic::TrafficPage>::default(),
        PageId::Server => Box::<server::ServerPage>::default(),
        PageId::Stats => Box::<stats::StatsPage>::default(),
    }
}

impl Pages {
    pub(super) fn get(&self, id: PageId) -> &dyn Page {
        &*self.0[id as usize]
    }

    pub(super) fn get_mut(&mut self, id: PageId) -> &mut dyn Page {
        &mut *self.0[id as usize]
    }

    pub(super) fn broadcast(&mut self, news: &News) {
        for page in &mut self.0 {
            page.on_news(news);
        }
    }

    /// The state of all pages together: selection and filter of any page, the rest of the page `shown`.
    pub(super) fn wants(&self, shown: PageId) -> Wants {
        let all = || self.0.iter().map(|page| page.wants());
        Wants {
            selected: all().find_map(|wants| wants.selected),
            filtered: all().any(|wants| wants.filtered),
            ..self.get(shown).wants()
        }
    }

    pub(super) fn chosen(&self) -> Vec<ExchangeId> {
        self.0.iter().flat_map(|page| page.chosen()).collect()
    }

    pub(super) fn passing(&self) -> Vec<ExchangeId> {
        self.0.iter().flat_map(|page| page.passing()).collect()
    }
}
