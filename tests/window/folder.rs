//! The folder that is served: chosen, dropped, remembered.

use std::{path::Path, sync::Arc};

use byteglass::{config::SettingsFile, server::SiteChoice, ui::dialogs::Chosen};
use egui::{Key, Modifiers};

use super::harness::{Dropped, TestWindow};

#[test]
fn another_folder_is_chosen_and_remembered() {
    let mut window = TestWindow::new();
    let first = window.folder.path().to_owned();
    let other = tempfile::tempdir().unwrap();
    window.desktop.0.borrow_mut().folder = Some(Chosen::Path(other.path().to_owned()));
    window.press(Modifiers::COMMAND, Key::O);
    assert_eq!(window.desktop.0.borrow().starts, [Some(first.clone())]);
    assert_eq!(window.state().server().settings().site, SiteChoice::Folder(other.path().to_owned()));
    assert_eq!(window.state().settings_file().settings().recent, [other.path().to_owned(), first.clone()]);

    window.click("Recent");
    window.click(first.to_str().unwrap());
    assert_eq!(window.state().server().settings().site, SiteChoice::Folder(first.clone()));
    assert_eq!(window.state().settings_file().settings().last_folder.as_deref(), Some(first.as_path()));

    let gone = other.path().display().to_string();
    drop(other);
    window.click("Recent");
    window.wait_until_it_says(&format!("{gone} (missing)"));
    window.click(&format!("{gone} (missing)"));
    assert_eq!(window.state().server().settings().site, SiteChoice::Folder(first));
    assert!(window.says("There is no folder"));
    window.click("Dismiss");
    window.click("Recent");
    window.click(&format!("Forget {gone}"));
    assert_eq!(window.state().settings_file().settings().recent.len(), 1);
}

#[test]
fn the_last_folder_is_served_again_and_one_that_is_gone_is_named() {
    let last = tempfile::tempdir().unwrap();
    let mut settings = SettingsFile::forgetful();
    settings.update(|settings| settings.served(last.path()));
    let window = TestWindow::welcome(settings);
    assert_eq!(window.state().server().settings().site, SiteChoice::Folder(last.path().to_owned()));
    let gone = last.path().display().to_string();
    let mut settings = SettingsFile::forgetful();
    settings.update(|settings| settings.served(last.path()));
    drop(last);
    let window = TestWindow::welcome(settings);
    assert_eq!(window.state().server().settings().site, SiteChoice::Welcome);
    assert!(window.says(&format!("There is no folder {gone}")));
    assert_eq!(window.state().settings_file().settings().last_folder.as_deref(), Some(Path::new(&gone)));
}

#[test]
fn without_a_dialog_the_window_says_what_helps() {
    let mut window = TestWindow::new();
    window.desktop.0.borrow_mut().folder = Some(Chosen::Unavailable);
    window.click("Choose folder…");
    assert!(window.says("Install zenity or "));
    window.desktop.0.borrow_mut().folder = Some(Chosen::Cancelled);
    window.click("Choose folder…");
    assert_eq!(window.desktop.0.borrow().starts.len(), 2, "it can be asked for again");
}

#[test]
fn a_folder_dropped_is_served_and_a_file_in_its_place() {
    let mut window = TestWindow::new();
    let other = tempfile::tempdir().unwrap();
    let hovered = egui::HoveredFile { path: Some(other.path().to_owned()), ..egui::HoveredFile::default() };
    window.harness.input_mut().hovered_files = vec![hovered];
    window.harness.step();
    window.harness.step();
    assert!(window.says("Serve this folder"));
    window.harness.input_mut().hovered_files.clear();
    window.harness.input_mut().dropped_files = vec![Arc::new(Dropped(other.path().to_owned()))];
    window.settle();
    assert_eq!(window.state().server().settings().site, SiteChoice::Folder(other.path().to_owned()));
    let file = window.folder.path().join("a.txt");
    window.harness.input_mut().dropped_files = vec![Arc::new(Dropped(file.clone()))];
    window.settle();
    // One file can be served in place of a folder.
    assert_eq!(window.state().server().settings().site, SiteChoice::Folder(file));
}
