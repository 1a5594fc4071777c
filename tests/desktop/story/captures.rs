//! What was captured goes to a file and comes back from it.

use std::{fs, path::Path};

use byteglass::testing::display::Display;
use eframe::egui::Role;

use crate::{dialog, hands::Hands, program::Program, tree::Node, window::Window};

/// Below the home, and so shown with a `~`.
const FILE: &str = "kept.pcapng";
const KEPT: &str = "/?kept";
const LATER: &str = "/?later";

pub(super) fn save_and_open(program: &mut Program, display: &Display, home: &Path) {
    let hands = Hands::at(display.name(), home);
    let file = home.join(FILE);
    let mut client = program.client();
    assert_eq!(client.get(KEPT).status, 200);
    let window = &mut program.window;
    let live = row(window, KEPT);
    let parts = anatomy(window, &live);

    window.press("Capture");
    window.press("Save capture…");
    dialog::choose(&file, &hands);
    window.wait_for_text(&format!("Saved to ~/{FILE}"));
    window.press("Dismiss");
    assert_eq!(client.get(LATER).status, 200);
    row(window, LATER);

    window.press("Capture");
    window.press("Open capture…");
    dialog::choose(&file, &hands);
    window.wait_for_text(&format!("~/{FILE}, read-only"));
    let opened = row(window, KEPT);
    assert_eq!(opened.name, live.name, "the exchange has its number and its words again");
    assert_eq!(anatomy(window, &opened), parts, "and its parts");
    window.tab("Route");
    window.wait_for_text("routes tried, in this order");
    window.tab("Anatomy");
    let tree = window.tree();
    assert!(tree.exchange("GET", LATER, "200").is_none(), "what came later is not in the file:\n{tree}");
    let clear = tree.named(Role::Button, "Clear").expect("there is a button for it");
    assert!(!clear.enabled, "a file is not cleared");

    // An exchange of the file, in another form.
    let dump = home.join("kept.txt");
    for item in ["Copy from this exchange", "Export to a file", "Annotated dump…"] {
        window.press(item);
    }
    dialog::choose(&dump, &hands);
    window.wait_for_text("Saved to ~/kept.txt");
    let text = fs::read_to_string(&dump).expect("the dump was written");
    assert!(text.contains(&format!("; Target: {KEPT}\n")), "the dump says what was asked for:\n{text}");

    window.press("Back to the live capture");
    window.wait_until_gone("read-only");
    row(window, LATER);
}

fn row(window: &mut Window, target: &str) -> Node {
    window.wait(&format!("a row {target} 200"), |tree| tree.exchange("GET", target, "200").cloned())
}

/// What the anatomy tree says of the exchange in this row.
fn anatomy(window: &mut Window, row: &Node) -> Vec<String> {
    window.click(row);
    let target = row.name.split(' ').nth(3).expect("a row says its target").to_owned();
    window.wait("its target in the anatomy tree", |tree| {
        tree.named(Role::TreeItem, &format!("Target: {target}")).map(drop)
    });
    window.settle();
    let items = window.tree().nodes.into_iter().filter(|node| node.role == Role::TreeItem);
    items.map(|node| node.name).collect()
}
