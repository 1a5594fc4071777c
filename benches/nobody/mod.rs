//! A desktop that is never asked.

use std::path::PathBuf;

use byteglass::{
    capture::save::FileForm,
    ui::dialogs::{Chosen, Desktop, Done},
};

/// Nobody is there to answer.
pub struct Nobody;

impl Desktop for Nobody {
    fn choose_folder(&self, _start: Option<PathBuf>, _done: Done<Chosen>) {}
    fn choose_capture(&self, _done: Done<Chosen>) {}
    fn choose_saving(&self, _name: String, _form: FileForm, _done: Done<Chosen>) {}
    fn open_url(&self, _url: String, _done: Done<Result<(), String>>) {}
}
