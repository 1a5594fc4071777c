//! Another folder, while the server runs; and the next start.

use std::{fs, path::Path};

use byteglass::testing::display::Display;

use crate::{browser, dialog, hands::Hands, program::Program, story::WINDOW};

/// Below the home, and so shown with a `~`.
const FOLDER: &str = "garden";
const TITLE: &str = "<title>A garden</title>";

pub(super) fn choose_another(program: &mut Program, display: &Display, home: &Path) {
    let folder = home.join(FOLDER);
    fs::create_dir(&folder).expect("the home can be written");
    let page = format!("<!doctype html>\n<meta charset=\"utf-8\">\n{TITLE}\n<h1>Beans</h1>\n");
    fs::write(folder.join("index.html"), &page).expect("the folder can be written");

    let mut kept = program.client();
    let before = kept.get("/");
    assert!(before.text().contains("Welcome to byteglass"), "the welcome site is served at first");

    program.window.press("Choose folder…");
    dialog::choose(&folder, &Hands::at(display.name(), home));
    program.window.wait("the new folder in the top bar", |tree| {
        let shown = format!("~/{FOLDER}");
        tree.nodes.iter().any(|node| node.name == shown).then_some(())
    });
    // "Opening", until the disk has answered.
    program.window.wait_for_text("Serving");

    let after = kept.get("/");
    assert_eq!(after.text(), page, "a connection that was open before is kept, and gets the new folder");
    let dom = browser::dom(&program.url(), home);
    assert!(
        dom.contains(TITLE) && dom.contains("<h1>Beans</h1>"),
        "the browser gets the new folder, not:\n{dom}"
    );
    assert_eq!(kept.get("/style.css").status, 404, "nothing of the old site is left");
}

/// Ends the program and starts it again, without telling it anything.
pub(super) fn restart(program: Program, display: &Display, home: &Path) -> Program {
    program.end();
    let mut program = Program::start(display, home, &["--port".as_ref(), "0".as_ref()]);
    program.window.resize(WINDOW.0, WINDOW.1);
    program.window.wait_for_text(&format!("~/{FOLDER}"));
    // "Opening", until the disk has answered.
    program.window.wait_for_text("Serving");
    let response = program.client().get("/");
    assert!(response.text().contains(TITLE), "the folder served last is served again");
    let allowed = response.field("Access-Control-Allow-Origin");
    assert_eq!(allowed, Some("*"), "what was switched on in the window still is");
    program
}
