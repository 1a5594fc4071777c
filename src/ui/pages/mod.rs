//! The pages. A page has a folder of its own here, a line in [`PageId`], and one in `make`.

mod server;
mod traffic;

use egui::Ui;

use crate::{
    base::stream::ExchangeId,
    capture::Capture,
    trace::{Nanos, RouteAttempt},
};

use super::{
    command::{Command, PageId},
    context::Context,
};

/// A page of the window.
pub trait Page {
    /// Brings what is shown up to date. Called before painting, while the page is the one that is shown.
    fn refresh(&mut self, _capture: &Capture, _now: Nanos, _paused: bool) {}

    /// What the page wants of the window around it.
    fn wants(&self) -> Wants {
        Wants::default()
    }

    /// The exchanges that pass the page's filter, as far as they were found.
    fn passing(&self) -> Vec<ExchangeId> {
        Vec::new()
    }

    /// Takes in what happened elsewhere.
    fn hear(&mut self, _news: &News) {}

    /// Paints. Returns what a person wants done.
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Vec<Command>;
}

/// What a page wants of the window around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// The exchange that is selected, for the menu. `None`: none is.
    pub selected: Option<ExchangeId>,
    /// Whether a filter chooses some of the exchanges.
    pub filtered: bool,
    /// The page shows timers that run, so it is painted while one does.
    pub timers: bool,
    /// The page says itself what is wrong with the address.
    pub shows_address: bool,
}

/// What happened outside of a page.
#[derive(Clone, Debug)]
pub enum News {
    /// Another folder is served, or in another way.
    SiteChanged,
    /// The server listens where it was asked to.
    Listening,
    /// The routes that a target would try, as asked for by [`Command::TryTarget`].
    Tried(Vec<RouteAttempt>),
    /// Another capture is shown.
    OtherCapture,
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
    }
}

impl Pages {
    pub(super) fn get(&self, id: PageId) -> &dyn Page {
        &*self.0[id as usize]
    }

    pub(super) fn get_mut(&mut self, id: PageId) -> &mut dyn Page {
        &mut *self.0[id as usize]
    }

    pub(super) fn tell(&mut self, news: &News) {
        for page in &mut self.0 {
            page.hear(news);
        }
    }

    /// What all pages want together; only of `shown` what it paints.
    pub(super) fn wants(&self, shown: PageId) -> Wants {
        let all = || self.0.iter().map(|page| page.wants());
        Wants {
            selected: all().find_map(|wants| wants.selected),
            filtered: all().any(|wants| wants.filtered),
            ..self.get(shown).wants()
        }
    }

    pub(super) fn passing(&self) -> Vec<ExchangeId> {
        self.0.iter().flat_map(|page| page.passing()).collect()
    }
}
