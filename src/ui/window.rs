//! The window without its frame: `logic` carries out commands and reads what is to be shown, `ui`
//! only paints it.

mod captures;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use crossbeam_channel::{Receiver, Sender};
use eframe::egui::{self, CentralPanel, Frame, ThemePreference, Ui};

use crate::{
    capture::{Capture, Disk},
    server::{Handle, SiteChoice},
    trace::Severity,
};

use super::{
    Parts,
    captures::Captures,
    command::{CaptureCommand, Command, Page, Topic},
    context::Context,
    dialogs::{Chosen, Desktop, Done},
    format,
    frame::{drop, rail, shortcuts, status_bar, top_bar},
    pages::{ServerPage, TrafficPage},
    theme,
    view::{self, Rate, View},
    waker::Waker,
};
use crate::config::{Store, ThemeChoice};

/// The window.
pub struct Window {
    server: Handle,
    capture: Capture,
    store: Store,
    waker: Waker,
    desktop: Box<dyn Desktop>,
    /// What dialogs and the browser answered.
    answers: (Sender<Answer>, Receiver<Answer>),
    traffic: TrafficPage,
    server_page: ServerPage,
    view: View,
    commands: Vec<Command>,
    sheet_open: bool,
    /// Where the server listened last, to start again there.
    last_address: Option<SocketAddr>,
    /// Captures besides the live one.
    captures: Captures,
    /// The newest announcement that was shown.
    announced: u64,
    capture_version: u64,
}

enum Answer {
    Folder(Chosen),
    Capture(Chosen),
    Saving(Chosen, Box<captures::ToSave>),
    Browser(Result<(), String>),
}

impl Window {
    /// A window on a running server, with a desktop to ask for folders and browsers.
    #[must_use]
    pub fn new(ctx: &egui::Context, parts: Parts, desktop: Box<dyn Desktop>) -> Self {
        let Parts { server, capture, store, waker, unfinished, warnings } = parts;
        theme::install(ctx);
        waker.attach(ctx);
        let settings = store.settings();
        ctx.set_theme(preference(settings.theme));
        ctx.set_zoom_factor(settings.zoom);
        let notices: BTreeMap<_, _> = (!warnings.is_empty())
            .then(|| (Topic::Settings, (Severity::Warning, warnings.join("\n"))))
            .into_iter()
            .collect();
        let view = View {
            address: None,
            url: None,
            settings: server.settings(),
            live: server.live(),
            now: server.now(),
            counts: capture.read(crate::store::Store::counts),
            rate: Rate::default(),
            paused: false,
            page: Page::default(),
            theme: settings.theme,
            recent: Vec::new(),
            notices,
            home: directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
            choosing: false,
            bars: Vec::new(),
            selected: None,
            filtered: false,
            disk: Disk::Off,
        };
        let mut window = Self {
            server,
            capture,
            store,
            waker,
            desktop,
            answers: crossbeam_channel::unbounded(),
            traffic: TrafficPage::default(),
            server_page: ServerPage::default(),
            view,
            commands: vec![Command::LookForRecent],
            sheet_open: false,
            last_address: None,
            captures: Captures { unfinished, ..Captures::default() },
            announced: 0,
            capture_version: u64::MAX,
        };
        if let SiteChoice::Folder(folder) = window.server.settings().site {
            window.store.update(|settings| settings.served(&folder));
        }
        window
    }

    /// Carries out what was asked for and reads what is to be shown. Before each frame.
    pub fn logic(&mut self, ctx: &egui::Context) {
        let woken = self.waker.woken();
        while let Ok(answer) = self.answers.1.try_recv() {
            self.take_answer(answer);
        }
        for command in std::mem::take(&mut self.commands) {
            self.carry_out(ctx, command);
        }
        self.look(ctx, woken);
        self.remember(ctx);
    }

    /// Paints. What is asked for meanwhile is carried out before the next frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        let mut commands = shortcuts::pressed(ui.ctx(), self.view.paused, self.sheet_open);
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
                capture: captures::shown(&self.captures, &self.capture),
                now: view.now,
                paused: view.paused,
                address: view.address,
                address_problem: view.notices.get(&Topic::Address).map(|(_, words)| words.as_str()),
                home: view.home.as_deref(),
                panes: &self.store.settings().panes,
            };
            commands.extend(match view.page {
                Page::Traffic => self.traffic.ui(ui, &context),
                Page::Server => self.server_page.ui(ui, &context),
            });
        });
        if self.sheet_open {
            shortcuts::sheet_ui(ui.ctx(), &mut commands);
        }
        drop::overlay_ui(ui.ctx());
        if !commands.is_empty() {
            self.commands.extend(commands);
            ui.ctx().request_repaint();
        }
    }

    /// What is shown around the pages.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The server on whose window this is.
    #[must_use]
    pub fn server(&self) -> &Handle {
        &self.server
    }

    /// The settings that will be there after a restart.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    fn carry_out(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::CopyText(text) => ctx.copy_text(text),
            Command::CannotCopy(why) => self.note(Topic::Capture, Severity::Warning, why),
            Command::OpenUrl(url) => {
                let answers = self.answers.0.clone();
                let ctx = ctx.clone();
                let done = move |result| {
                    let _ = answers.send(Answer::Browser(result));
                    ctx.request_repaint();
                };
                self.desktop.open_url(url, Box::new(done));
            }
            Command::ChooseFolder => self.choose_folder(ctx),
            Command::ServeFolder(folder) => self.serve(&SiteChoice::Folder(folder)),
            Command::ServeWelcome => self.serve(&SiteChoice::Welcome),
            Command::LookForRecent => self.look_for_recent(),
            Command::ForgetRecent(folder) => {
                self.store.update(|settings| settings.recent.retain(|known| *known != folder));
                self.look_for_recent();
            }
            Command::SetMiddleware(middleware) => {
                self.server.set_middleware(middleware.clone());
                self.store.update(|settings| settings.middleware = middleware);
            }
            Command::SetFolder(folder) => {
                self.server.set_folder(folder);
                self.store.update(|settings| settings.folder = folder);
                self.server_page.site_changed();
            }
            Command::SetGuards(guards) => {
                self.server.set_guards(guards);
                self.store.update(|settings| settings.guards = guards);
            }
            Command::Listen { bind, port } => {
                if self.listen(SocketAddr::new(bind, port)) {
                    self.store.update(|settings| settings.port = Some(port));
                    self.server_page.listening();
                }
            }
            Command::StartServer => {
                let settings = self.server.settings();
                let address =
                    self.last_address.unwrap_or_else(|| SocketAddr::new(settings.bind, settings.port));
                self.listen(address);
            }
            Command::StopServer => self.server.stop(),
            // What was opened is a file; the live capture cannot be seen meanwhile.
            Command::Clear if self.captures.opened.is_some() => {}
            Command::Clear => self.capture.clear(),
            Command::Capture(command) => self.carry_out_capture(ctx, command),
            Command::SetPaused(paused) => self.view.paused = paused,
            Command::TryTarget { method, target } => {
                let attempts = self.server.try_target(&method, &target);
                self.server_page.tried(attempts);
            }
            Command::ShowPage(page) => self.view.page = page,
            Command::SetTheme(choice) => {
                ctx.set_theme(preference(choice));
                self.view.theme = choice;
                self.store.update(|settings| settings.theme = choice);
            }
            Command::SetPane { name, width } => {
                self.store.update(|settings| {
                    settings.panes.insert(name.to_owned(), width);
                });
            }
            Command::Dismiss(topic) => {
                self.view.notices.remove(&topic);
            }
            Command::ShowShortcuts(show) => self.sheet_open = show,
        }
    }

    fn choose_folder(&mut self, ctx: &egui::Context) {
        if self.view.choosing {
            return;
        }
        self.view.choosing = true;
        let start = match self.server.settings().site {
            SiteChoice::Folder(folder) => Some(folder),
            SiteChoice::Welcome => self.store.settings().recent.first().cloned(),
        };
        self.ask(ctx, |desktop, done| desktop.choose_folder(start, done), Answer::Folder);
    }

    /// Asks the desktop for a path; the answer is taken before a later frame.
    fn ask(
        &self,
        ctx: &egui::Context,
        question: impl FnOnce(&dyn Desktop, Done<Chosen>),
        answer: impl FnOnce(Chosen) -> Answer + Send + 'static,
    ) {
        let answers = self.answers.0.clone();
        let ctx = ctx.clone();
        let done = move |chosen| {
            let _ = answers.send(answer(chosen));
            ctx.request_repaint();
        };
        question(&*self.desktop, Box::new(done));
    }

    fn take_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Folder(chosen) => {
                self.view.choosing = false;
                match chosen {
                    Chosen::Path(folder) => self.serve(&SiteChoice::Folder(folder)),
                    Chosen::Cancelled => {}
                    Chosen::Unavailable(why) => self.note(Topic::Folder, Severity::Error, why),
                }
            }
            Answer::Capture(Chosen::Path(path)) => {
                self.commands.push(Command::Capture(CaptureCommand::Open(path)));
            }
            Answer::Saving(Chosen::Path(path), what) => self.save(path, *what),
            Answer::Capture(Chosen::Cancelled) | Answer::Saving(Chosen::Cancelled, _) => {}
            Answer::Capture(Chosen::Unavailable(why)) | Answer::Saving(Chosen::Unavailable(why), _) => {
                self.note(Topic::Capture, Severity::Error, why);
            }
            Answer::Browser(Ok(())) => {
                self.view.notices.remove(&Topic::Browser);
            }
            Answer::Browser(Err(why)) => self.note(Topic::Browser, Severity::Error, why),
        }
    }

    fn serve(&mut self, site: &SiteChoice) {
        match self.server.set_site(site.clone()) {
            Ok(()) => {
                self.view.notices.remove(&Topic::Folder);
                self.store.update(|settings| match site {
                    SiteChoice::Folder(folder) => settings.served(folder),
                    SiteChoice::Welcome => settings.last_folder = None,
                });
                self.server_page.site_changed();
            }
            Err(error) => self.note(Topic::Folder, Severity::Error, format::sentence(&error.to_string())),
        }
        self.look_for_recent();
    }

    fn listen(&mut self, address: SocketAddr) -> bool {
        if self.server.address() == Some(address) {
            self.view.notices.remove(&Topic::Address);
            return true;
        }
        match self.server.listen(address.ip(), address.port()) {
            Ok(_) => {
                self.view.notices.remove(&Topic::Address);
                true
            }
            Err(error) => {
                let mut words = format::sentence(&error.to_string());
                if let Some(old) = self.server.address() {
                    words = format!("{words} Still listening on {old}.");
                }
                self.note(Topic::Address, Severity::Error, words);
                false
            }
        }
    }

    fn look_for_recent(&mut self) {
        let there = |folder: &PathBuf| (folder.clone(), folder.is_dir());
        self.view.recent = self.store.settings().recent.iter().map(there).collect();
    }

    fn note(&mut self, topic: Topic, severity: Severity, words: String) {
        self.view.notices.insert(topic, (severity, words));
    }

    /// Reads what is to be shown, and says when to look again.
    fn look(&mut self, ctx: &egui::Context, woken: bool) {
        self.view.address = self.server.address();
        self.last_address = self.view.address.or(self.last_address);
        self.view.url = self.view.address.map(view::url_of);
        self.view.settings = self.server.settings();
        self.view.now = self.server.now();
        let live = self.server.live();
        let changed = woken || view::digest(&live) != view::digest(&self.view.live);
        self.view.live = live;
        self.view.rate.take(self.view.now, self.view.live.requests);
        let capture = captures::shown(&self.captures, &self.capture);
        let (version, counts) = capture.read(|store| (store.version(), store.counts()));
        self.view.counts = counts;
        self.view.disk = capture.disk();
        if self.view.page == Page::Traffic {
            self.traffic.refresh(capture, self.view.now, self.view.paused);
        }
        if version != self.capture_version {
            self.capture_version = version;
            self.hear_announcements();
        }
        self.look_at_captures(ctx);
        if let Some(why) = self.store.problem() {
            self.note(Topic::Settings, Severity::Warning, why);
        }
        if let Some(after) = self.view.next_look(changed) {
            ctx.request_repaint_after(after);
        }
    }

    fn hear_announcements(&mut self) {
        for message in self.capture.messages_since(self.announced) {
            self.announced = message.number;
            self.note(Topic::Server, message.severity, message.text.to_string());
        }
    }

    /// Remembers zoom and size of the window.
    fn remember(&mut self, ctx: &egui::Context) {
        let zoom = ctx.zoom_factor();
        let size = ctx.input(|input| {
            let viewport = input.viewport();
            let normal = viewport.maximized != Some(true) && viewport.fullscreen != Some(true);
            viewport.inner_rect.filter(|_| normal).map(|rect| rect.size() * zoom)
        });
        self.store.update(|settings| {
            settings.zoom = zoom;
            if let Some(size) = size {
                settings.window = Some([size.x.round(), size.y.round()]);
            }
        });
    }
}

fn preference(choice: ThemeChoice) -> ThemePreference {
    match choice {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Dark => ThemePreference::Dark,
        ThemeChoice::Light => ThemePreference::Light,
    }
}
