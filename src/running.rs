//! The parts of the program that run before there is a view.

use crossbeam_channel::Receiver;

#[cfg(feature = "window")]
use byteglass::config::SettingsFile;
use byteglass::{server::Handle, session::Recording, trace};

/// Everything that is running before there is a view.
pub(crate) struct Running {
    pub(crate) server: Handle,
    pub(crate) events: trace::Receiver,
    /// Takes what is captured. `None`: nothing goes to disk.
    pub(crate) recording: Option<Recording>,
    /// For the window. The terminal view remembers nothing.
    #[cfg(feature = "window")]
    pub(crate) settings: SettingsFile,
    /// The problems so far, each as a sentence, to be shown in the window.
    #[cfg(feature = "window")]
    pub(crate) warnings: Vec<String>,
    /// Gets a message when Ctrl-C is pressed.
    pub(crate) stopped: Receiver<()>,
}
