//! A window without a display: it is clicked, typed into and read by the names that people and screen
//! readers see.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use byteglass::{
    capture::{self, Capture},
    config::SettingsFile,
    gateway::{GatewaySettings, GroupSettings},
    server::SiteChoice,
    service::{MiddlewareKind, MiddlewareSettings},
    testing::{FakeDesktop, PATIENCE, ScratchFolder, Site},
    ui::{Waker, Window, WindowInputs},
};
use egui::{DroppedFile, Key, Modifiers, OutputCommand, Role};
use egui_kittest::{
    Harness,
    kittest::{Queryable as _, by},
};

/// The window and what it stands on.
pub(crate) struct TestWindow {
    pub harness: Harness<'static, Option<Window>>,
    pub desktop: FakeDesktop,
    pub folder: ScratchFolder,
}

impl TestWindow {
    pub(crate) fn new() -> Self {
        Self::with(SettingsFile::forgetful(), &[])
    }

    pub(crate) fn with(settings: SettingsFile, warnings: &[&str]) -> Self {
        Self::build(Site::start(), settings, warnings, Vec::new())
    }

    pub(crate) fn with_unfinished(unfinished: Vec<capture::open::Unfinished>) -> Self {
        Self::build(Site::start(), SettingsFile::forgetful(), &[], unfinished)
    }

    /// A window on a server with other settings than the usual ones.
    pub(crate) fn on(change: impl FnOnce(&mut byteglass::server::Settings)) -> Self {
        Self::build(Site::start_as(change), SettingsFile::forgetful(), &[], Vec::new())
    }

    /// A window on a server that begins with the welcome site.
    pub(crate) fn welcome(settings: SettingsFile) -> Self {
        let site = Site::start_as(|settings| settings.site = SiteChoice::Welcome);
        Self::build(site, settings, &[], Vec::new())
    }

    /// A window on a server that passes everything on to this backend.
    pub(crate) fn in_front_of(backend: SocketAddr) -> Self {
        Self::in_front_of_all(&[backend])
    }

    /// A window on a server that passes everything on to these backends.
    pub(crate) fn in_front_of_all(backends: &[SocketAddr]) -> Self {
        let addresses = backends.iter().map(|backend| format!("http://{backend}").parse().unwrap());
        let group = GroupSettings::new("app", "/", addresses);
        let gateway = GatewaySettings { groups: vec![group], ..GatewaySettings::default() };
        let site = Site::start_as(|settings| settings.gateway = gateway);
        Self::build(site, SettingsFile::forgetful(), &[], Vec::new())
    }

    fn build(
        site: Site,
        settings: SettingsFile,
        warnings: &[&str],
        unfinished: Vec<capture::open::Unfinished>,
    ) -> Self {
        let Site { server, events, folder } = site;
        let waker = Waker::default();
        let wake = waker.clone();
        let capture = Capture::record(events, 64 << 20, Arc::new(move || wake.wake())).unwrap();
        let warnings = warnings.iter().map(|&warning| warning.to_owned()).collect();
        let mut parts =
            Some(WindowInputs { server, capture, settings, waker, unfinished, warnings, capture_file: None });
        let desktop = FakeDesktop::default();
        let given = desktop.clone();
        let paint = move |ui: &mut egui::Ui, window: &mut Option<Window>| {
            let window = window
                .get_or_insert_with(|| Window::new(ui.ctx(), parts.take().unwrap(), Box::new(given.clone())));
            window.logic(ui.ctx());
            window.ui(ui);
        };
        // A first frame in egui's own fonts would miss the icons.
        let harness = Harness::builder()
            .with_size([1440.0, 900.0])
            .with_max_steps(40)
            .with_context_setup(byteglass::ui::theme::install)
            .build_ui_state(paint, None);
        let mut window = Self { harness, desktop, folder };
        window.settle();
        window
    }

    pub(crate) fn settle(&mut self) {
        // Two frames: what was asked for in the one is carried out and shown in the other.
        self.harness.run_steps(4);
        let began = Instant::now();
        while self.state().view().under_way.any() {
            assert!(began.elapsed() < PATIENCE, "the server or the disk never answers");
            self.harness.step();
            std::thread::yield_now();
        }
        self.harness.run_steps(2);
    }

    pub(crate) fn state(&self) -> &Window {
        self.harness.state().as_ref().unwrap()
    }

    pub(crate) fn click(&mut self, name: &str) {
        self.harness.get_by_label(name).click();
        self.settle();
    }

    pub(crate) fn server_page(mut self) -> Self {
        self.click("Server");
        self
    }

    pub(crate) fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    pub(crate) fn says(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }

    /// Paints until it says these words; the recorder and the server's readings take their time.
    pub(crate) fn wait_until_it_says(&mut self, words: &str) {
        let began = Instant::now();
        while !self.says(words) {
            assert!(began.elapsed() < PATIENCE, "the window never says {words:?}");
            self.harness.step();
            std::thread::yield_now();
        }
    }

    /// What an item of a menu puts on the clipboard.
    pub(crate) fn copied(&mut self, menu: &str, item: &str) -> Option<String> {
        self.click(menu);
        self.harness.get_by_label(item).click();
        self.copied_now()
    }

    /// What the next frames put on the clipboard.
    pub(crate) fn copied_now(&mut self) -> Option<String> {
        let mut copied = None;
        for _ in 0..4 {
            self.harness.step();
            let commands = &self.harness.output().platform_output.commands;
            copied = copied.or(commands.iter().find_map(|command| match command {
                OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            }));
        }
        copied
    }

    pub(crate) fn middleware(&self) -> MiddlewareSettings {
        self.state().server().settings().middleware.clone()
    }

    pub(crate) fn order(&self) -> Vec<MiddlewareKind> {
        self.middleware().layers.iter().map(|layer| layer.kind).collect()
    }

    /// Puts `text` in place of what stands in the input and presses Enter.
    pub(crate) fn enter(&mut self, name: &str, text: &str) {
        // The words beside an input may be the same as its name.
        let takes_text = |role| matches!(role, Role::TextInput | Role::SpinButton);
        let wanted =
            || by().predicate(|node| takes_text(node.role()) && node.label().as_deref() == Some(name));
        self.harness.get(wanted()).focus();
        self.harness.step();
        self.press(Modifiers::COMMAND, Key::A);
        self.harness.get(wanted()).type_text(text);
        self.settle();
        self.press(Modifiers::NONE, Key::Enter);
    }
}

/// A file that is dragged onto the window.
#[derive(Debug)]
pub(crate) struct Dropped(pub PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}
