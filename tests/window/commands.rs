//! Every page and every command with a name: where it is found, whether it is enabled, and what it does.

use std::time::Instant;

use byteglass::{
    testing::{Client, PATIENCE},
    ui::{
        command::{PageId, Topic},
        dialogs::Chosen,
        named::Named,
    },
};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::TestWindow;

/// Where a command is offered besides the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// By a button in the top bar.
    Bar,
    /// In the menu of this name.
    Menu(&'static str),
    /// Nowhere: it has keys.
    Keys,
}

fn place(named: Named) -> Place {
    match named {
        Named::ChooseFolder | Named::Pause | Named::Clear | Named::Power => Place::Bar,
        Named::OpenCapture
        | Named::SaveCapture
        | Named::ExportCapture
        | Named::SaveFiltered
        | Named::ExportFiltered
        | Named::SaveExchange => Place::Menu("Capture"),
        Named::Shortcuts => Place::Menu("Theme and shortcuts"),
        Named::Filter | Named::SendAgain => Place::Keys,
    }
}

/// Whether the command has been carried out in a window that [`busy`] made.
fn is_done(window: &TestWindow, named: Named) -> bool {
    let view = window.state().view();
    let asked = window.desktop.0.borrow();
    let saved_as = |name: &str| asked.names == [name];
    match named {
        Named::ChooseFolder => !asked.starts.is_empty(),
        Named::Filter => window.harness.get_by_label("Filter exchanges").is_focused(),
        Named::Pause => view.paused,
        Named::Clear => view.counts.kept == 0,
        Named::Power => view.address.is_none(),
        Named::OpenCapture => view.notices.get(Topic::Capture).is_some(),
        Named::SaveCapture => saved_as("byteglass.pcapng"),
        Named::ExportCapture => saved_as("byteglass.har"),
        Named::SaveFiltered => saved_as("byteglass-filtered.pcapng"),
        Named::ExportFiltered => saved_as("byteglass-filtered.har"),
        Named::SaveExchange => saved_as("exchange-1.pcapng"),
        Named::SendAgain => view.again.is_busy() || view.counts.exchanges > 1,
        Named::Shortcuts => view.sheet_open,
    }
}

/// A window in which every command is enabled: an exchange is selected and passes a filter.
fn busy() -> TestWindow {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    assert_eq!(client.get("/a.txt").status, 200);
    window.wait_until_it_says("exchange 1 GET /a.txt 200");
    window.enter("Filter exchanges", "path~a ");
    for _ in 0..2 {
        window.press(Modifiers::NONE, Key::Escape);
    }
    assert_eq!(window.harness.ctx.memory(egui::Memory::focused), None);
    // A dialog that cannot be opened is answered at once.
    window.desktop.0.borrow_mut().capture = Some(Chosen::Unavailable);
    window
}

/// Checks where each command is offered, and that it is enabled when it says so. Returns those that are.
fn enabled(window: &mut TestWindow) -> Vec<Named> {
    for named in Named::ALL {
        let name = named.name(window.state().view());
        match place(named) {
            Place::Keys => {
                assert!(!named.facts().keys.is_empty(), "nothing asks for {named:?}");
                continue;
            }
            Place::Menu(menu) => {
                assert!(window.harness.query_by_label(name).is_none(), "{named:?} is not only in {menu}");
                window.click(menu);
            }
            Place::Bar => {}
        }
        let is_disabled = window.harness.get_by_label(name).accesskit_node().is_disabled();
        assert_eq!(is_disabled, named.command(window.state().view()).is_none(), "{named:?}");
        if place(named) != Place::Bar {
            window.press(Modifiers::NONE, Key::Escape);
        }
    }
    let view = window.state().view();
    Named::ALL.into_iter().filter(|named| named.command(view).is_some()).collect()
}

#[test]
fn each_page_is_opened_by_the_rail_and_by_its_key() {
    let mut window = TestWindow::new();
    window.press(Modifiers::NONE, Key::F1);
    for (index, page) in PageId::ALL.into_iter().enumerate() {
        assert!(window.says(&format!("Ctrl+{}", index + 1)), "{page:?} is not in the sheet");
        // In the rail and in the sheet.
        assert_eq!(window.harness.get_all_by_label(page.facts().title).count(), 2, "{page:?}");
    }
    window.press(Modifiers::NONE, Key::Escape);
    for (index, page) in PageId::ALL.into_iter().enumerate().rev() {
        let other = PageId::ALL[(index + 1) % PageId::ALL.len()];
        let key = Key::from_name(&(index + 1).to_string()).unwrap();
        for by_key in [false, true] {
            window.click(other.facts().title);
            if by_key {
                window.press(Modifiers::COMMAND, key);
            } else {
                window.click(page.facts().title);
            }
            assert_eq!(window.state().view().page, page);
            for item in PageId::ALL {
                let node = window.harness.get_by_label(item.facts().title);
                let current = node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True);
                assert_eq!(current, item == page, "{item:?} while {page:?} is shown");
            }
        }
    }
}

#[test]
fn each_command_is_where_it_belongs_and_enabled_when_it_says_so() {
    let fresh = enabled(&mut TestWindow::new());
    assert!(!fresh.contains(&Named::SaveCapture) && !fresh.contains(&Named::SaveFiltered));
    assert_eq!(enabled(&mut busy()), Named::ALL);
    let mut stopped = busy();
    stopped.click("Stop server");
    stopped.click("Pause view");
    assert_eq!(enabled(&mut stopped), Named::ALL);
}

#[test]
fn each_command_is_carried_out_from_where_it_is_offered() {
    for named in Named::ALL.into_iter().filter(|named| place(*named) != Place::Keys) {
        let mut window = busy();
        assert!(!is_done(&window, named), "{named:?}");
        if let Place::Menu(menu) = place(named) {
            window.click(menu);
        }
        window.click(named.facts().name);
        assert!(is_done(&window, named), "{named:?}");
    }
}

#[test]
fn each_command_is_carried_out_by_each_of_its_keys() {
    let mut window = busy();
    window.press(Modifiers::NONE, Key::F1);
    for facts in Named::ALL.map(Named::facts).into_iter().filter(|facts| !facts.keys.is_empty()) {
        assert!(
            window.says(facts.keys_name) && window.says(facts.sheet),
            "{} is not in the sheet",
            facts.name
        );
    }
    for named in Named::ALL {
        for shortcut in named.facts().keys {
            let mut window = busy();
            assert!(!is_done(&window, named), "{named:?}");
            window.press(shortcut.modifiers, shortcut.key);
            // What is sent again is read and sent by threads of their own.
            let began = Instant::now();
            while !is_done(&window, named) {
                assert!(began.elapsed() < PATIENCE, "{named:?} by {shortcut:?}");
                window.harness.step();
            }
        }
    }
}
