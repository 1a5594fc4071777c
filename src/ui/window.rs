//! The window without its frame: `logic` carries out commands and reads the state to show, `ui` only paints
//! it. Neither waits for the server, a disk or the desktop.

use std::{net::SocketAddr, path::PathBuf};

use crossbeam_channel::{Receiver, Sender};
use egui::{CentralPanel, Frame, ThemePreference, Ui, ViewportCommand};

use crate::{
    base::task::TaskState,
    capture::{Capture, Disk},
    server::{self, Answer as Reply, Exposure, Handle, Network, SiteChoice},
    trace::{ProtocolKind, Severity},
    words,
};

use super::{
    WindowInputs,
    again::{dialog, model::SendAgain},
    answer::Answer,
    captures::model::{Captures, shown},
    command::{Command, PageId, Topic},
    context::{Context, Opening},
    dialogs::Desktop,
    frame::{drop, rail, shortcuts, status_bar, toasts, top_bar},
    messages::Messages,
    notices::Notices,
    pages::{News, Pages, Wants},
    placement::Placement,
    recent::Recent,
    rules::LiveRules,
    theme,
    under_way::UnderWay,
    view::{self, Rate, View},
    waker::Waker,
};
use crate::config::{SettingsFile, ThemeChoice};

/// The window.
pub struct Window {
    pub(super) server: Handle,
    pub(super) capture: Capture,
    pub(super) settings: SettingsFile,
    pub(super) waker: Waker,
    pub(super) desktop: Box<dyn Desktop>,
    /// Answers of dialogs, the browser and the disk.
    pub(super) answers: (Sender<Answer>, Receiver<Answer>),
    pub(super) pages: Pages,
    pub(super) view: View,
    pub(super) commands: Vec<Command>,
    /// The last port at which the server listened, to start again there.
    pub(super) last_port: Option<u16>,
    /// Addresses, and the networks whose machines may reach them.
    networks: (Vec<SocketAddr>, Vec<Network>),
    /// The file that everything is captured to besides the session. `None`: there is none.
    capture_file: Option<PathBuf>,
    /// Captures besides the live one.
    pub(super) captures: Captures,
    /// Which of the recent folders exist.
    pub(super) recent: Recent,
    /// The rules that mark what arrives.
    pub(super) rules: LiveRules,
    /// Messages of the server about itself.
    pub(super) messages: Messages,
    /// Number of requests that were looked for, to be sent again.
    pub(super) requests_asked: u64,
    /// The title of the window. Empty: it was not set yet.
    title: String,
    /// What is still to be done about its place on the screen.
    placement: Placement,
}

impl Window {
    /// A window for a running server, with a desktop for folders and browsers.
    #[must_use]
    pub fn new(ctx: &egui::Context, parts: WindowInputs, desktop: Box<dyn Desktop>) -> Self {
        let WindowInputs { server, capture, settings: file, waker, unfinished, warnings, capture_file } =
            parts;
        theme::install(ctx);
        waker.attach(ctx);
        let settings = file.settings();
        ctx.set_theme(preference(settings.theme));
        ctx.set_zoom_factor(settings.zoom);
        let mut notices = Notices::default();
        if !warnings.is_empty() {
            notices.show(Topic::Settings, Severity::Warning, warnings.join("\n"));
        }
        let view = View {
            address: None,
            url: None,
            exposure: None,
            settings: server.settings(),
            live: server.live(),
            now: server.now(),
            counts: capture.read(crate::store::Store::counts),
            rate: Rate::default(),
            paused: false,
            page: PageId::default(),
            wants: Wants::default(),
            sheet_open: false,
            theme: settings.theme,
            recent: Vec::new(),
            notices,
            home: directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
            choosing: false,
            earlier: Vec::new(),
            bars: Vec::new(),
            disk: Disk::Off,
            reads_back: false,
            under_way: UnderWay::default(),
            again: SendAgain::default(),
        };
        let placement = Placement::new(settings.maximized);
        let mut window = Self {
            server,
            capture,
            settings: file,
            waker,
            desktop,
            answers: crossbeam_channel::unbounded(),
            pages: Pages::default(),
            view,
            commands: vec![Command::LookForRecent],
            last_port: None,
            networks: (Vec::new(), Vec::new()),
            capture_file,
            captures: Captures { unfinished, ..Captures::default() },
            recent: Recent::default(),
            rules: LiveRules::default(),
            messages: Messages::default(),
            requests_asked: 0,
            title: String::new(),
            placement,
        };
        match &window.server.settings().site {
            SiteChoice::Folder(folder) => window.settings.update(|settings| settings.served(folder)),
            SiteChoice::Welcome => {
                let last = window.settings.settings().last_folder.clone();
                window.commands.extend(last.map(Command::ServeFolder));
            }
        }
        window
    }

    /// Carries out the commands and reads the state to show. Called before each frame.
    pub fn logic(&mut self, ctx: &egui::Context) {
        let woken = self.waker.woken();
        while let Ok(answer) = self.answers.1.try_recv() {
            self.take_answer(ctx, answer);
        }
        for command in std::mem::take(&mut self.commands) {
            self.carry_out(ctx, command);
        }
        if let Some(zoom) = shortcuts::zoomed(ctx) {
            ctx.set_zoom_factor(zoom);
        }
        self.take_replies();
        self.refresh(ctx, woken);
        self.remember(ctx);
    }

    /// Paints. Commands given meanwhile are carried out before the next frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        let mut commands = shortcuts::pressed(ui.ctx(), &self.view);
        commands.extend(drop::dropped(ui.ctx()));
        let view = &self.view;
        top_bar::top_bar_ui(ui, view, &mut commands);
        status_bar::status_bar_ui(ui, view);
        rail::rail_ui(ui, view.page, &mut commands);
        let fill = theme::palette(ui).background;
        CentralPanel::no_frame().frame(Frame::new().fill(fill)).show(ui, |ui| {
            let context = Context {
                url: view.url.as_deref(),
                settings: &view.settings,
                live: &view.live,
                now: view.now,
                paused: view.paused,
                address: view.address,
                listening_soon: view.under_way.listening(),
                address_problem: view.notices.get(Topic::Address).map(|notice| notice.words.as_str()),
                home: view.home.as_deref(),
                opened: self.captures.opened.as_ref().map(|opened| match opened.task.state() {
                    TaskState::Running => Opening::Reading,
                    _ => Opening::Read,
                }),
                panes: &self.settings.settings().panes,
                list: &self.settings.settings().list,
            };
            commands.extend(self.pages.get_mut(view.page).ui(ui, &context));
        });
        if self.view.sheet_open {
            shortcuts::sheet_ui(ui.ctx(), &mut commands);
        }
        toasts::toasts_ui(ui.ctx(), &self.view, &mut commands);
        dialog::question_ui(ui.ctx(), &self.view, &mut commands);
        drop::overlay_ui(ui.ctx());
        if !commands.is_empty() {
            self.commands.extend(commands);
            ui.ctx().request_repaint();
        }
    }

    /// The state shown around the pages.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The server of this window.
    #[must_use]
    pub fn server(&self) -> &Handle {
        &self.server
    }

    /// The settings for the next start.
    #[must_use]
    pub fn settings_file(&self) -> &SettingsFile {
        &self.settings
    }

    /// Handles the answers of the server since the last frame.
    fn take_replies(&mut self) {
        match self.view.under_way.take_listened() {
            Some((address, Reply::Given(Ok(_)), remember)) => {
                self.view.notices.remove(Topic::Address);
                if remember {
                    self.settings.update(|settings| settings.port = Some(address.port()));
                    self.pages.broadcast(&News::Listening);
                }
            }
            Some((_, Reply::Given(Err(error)), _)) => {
                let mut words = words::sentence(&error.to_string());
                if let Some(old) = self.server.address() {
                    words = format!("{words} Still listening on {old}.");
                }
                self.note(Topic::Address, Severity::Error, words);
            }
            Some((address, Reply::Lost, _)) => {
                let words = format!("The server has ended and cannot listen on {address}.");
                self.note(Topic::Address, Severity::Error, words);
            }
            Some((_, Reply::Waiting, _)) | None => {}
        }
        self.view.under_way.take_stopped();
        if let Some(preview) = self.view.under_way.take_preview() {
            self.pages.broadcast(&News::Previewed(Box::new(preview)));
        }
    }

    /// Reads the state to show, and schedules the next refresh.
    fn refresh(&mut self, ctx: &egui::Context, woken: bool) {
        self.view.address = self.server.address();
        self.last_port = self.view.address.map(|address| address.port()).or(self.last_port);
        self.view.url = self.view.address.map(view::url_of);
        self.view.settings = self.server.settings();
        self.view.now = self.server.now();
        let live = self.server.live();
        self.refresh_exposure();
        let changed = woken || view::digest(&live) != view::digest(&self.view.live);
        self.view.under_way.settings(self.server.revision(), live.revision, self.view.now);
        self.view.live = live;
        self.view.rate.take(self.view.now, self.view.live.requests);
        self.rules.refresh(&self.capture, &self.settings.settings().list.rules);
        let capture = shown(&self.captures, &self.capture);
        self.view.counts = capture.read(crate::store::Store::counts);
        self.view.disk = capture.disk();
        self.view.reads_back = capture.reads_back();
        self.pages.get_mut(self.view.page).refresh(capture, self.view.now, self.view.paused);
        self.view.wants = self.pages.wants(self.view.page);
        if self.messages.hear(&self.capture)
            && let Some((severity, words)) = self.messages.notice()
        {
            self.note(Topic::Server, severity, words);
        }
        self.refresh_captures(ctx);
        self.refresh_again(ctx);
        if let Some(why) = self.settings.problem() {
            self.note(Topic::Settings, Severity::Warning, why);
        }
        let (gone, goes) = self.view.notices.expire(ctx.input(|input| input.time));
        for topic in gone {
            self.dismiss(topic);
        }
        if let Some(after) = self.view.next_look(changed).into_iter().chain(goes).min() {
            ctx.request_repaint_after(after);
        }
        self.refresh_title(ctx);
    }

    /// Names what is served, or the file that is shown, in the title of the window.
    fn refresh_title(&mut self, ctx: &egui::Context) {
        let title = match &self.captures.opened {
            Some(opened) => format!("{} – byteglass", opened.name),
            None => match self.view.address {
                Some(address) => {
                    format!("{} – {} – byteglass", self.view.site(), server::local_address(address))
                }
                None => format!("{} – stopped – byteglass", self.view.site()),
            },
        };
        if self.title != title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Finds out who can reach the server. The system is asked for its networks when the address changes.
    fn refresh_exposure(&mut self) {
        let addresses = self.server.addresses_of(ProtocolKind::Http);
        if self.networks.0 != addresses {
            self.networks.1 = server::networks(&addresses);
            self.networks.0.clone_from(&addresses);
        }
        let capture = self.capture_file.as_deref();
        self.view.exposure = (!addresses.is_empty())
            .then(|| Exposure::of(&addresses, &self.view.settings, &self.networks.1, capture));
    }

    pub(super) fn note(&mut self, topic: Topic, severity: Severity, words: String) {
        self.view.notices.show(topic, severity, words);
    }

    /// Stores zoom and size of the window.
    fn remember(&mut self, ctx: &egui::Context) {
        let zoom = ctx.zoom_factor();
        let placed = self.placement.update(ctx);
        let remembered = self.settings.settings();
        let size = placed.size.or(remembered.window);
        let maximized = placed.maximized.unwrap_or(remembered.maximized);
        let is_known = zoom.to_bits() == remembered.zoom.to_bits()
            && size == remembered.window
            && maximized == remembered.maximized;
        if !is_known {
            self.settings.update(|settings| {
                (settings.zoom, settings.window, settings.maximized) = (zoom, size, maximized);
            });
        }
    }
}

pub(super) fn preference(choice: ThemeChoice) -> ThemePreference {
    match choice {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Dark => ThemePreference::Dark,
        ThemeChoice::Light => ThemePreference::Light,
    }
}
