//! The filter box: its help, and the keys that it offers while one types.

use byteglass::{
    filter::{self, Filter, KEYS},
    testing::Client,
};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::TestWindow;

const BOX: &str = "Filter exchanges";
/// What is shown of a list from which some are left out.
const SHOWN: &str = " shown";

fn window() -> TestWindow {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    assert_eq!(client.get("/a.txt").status, 200);
    window.wait_until_it_says("exchange 1 GET /a.txt 200");
    window
}

impl TestWindow {
    fn filter(&self) -> String {
        self.harness.get_by_label(BOX).accesskit_node().value().unwrap_or_default()
    }

    fn types_into_the_filter(&self) -> bool {
        self.harness.get_by_label(BOX).accesskit_node().is_focused()
    }

    /// Types into the filter box in place of what stands there.
    pub(crate) fn type_filter(&mut self, text: &str) {
        self.press(Modifiers::COMMAND, Key::F);
        self.press(Modifiers::COMMAND, Key::A);
        self.press(Modifiers::NONE, Key::Delete);
        assert_eq!(self.filter(), "");
        self.harness.get_by_label(BOX).type_text(text);
        self.settle();
    }
}

#[test]
fn the_help_names_every_key_and_its_examples_go_into_the_box() {
    let mut window = window();
    for key in KEYS {
        window.click("Filter help");
        assert!(window.says(key.help), "{}", key.name);
        window.click(&format!("Filter by {}: {}", key.example, key.help));
        assert!(!window.says("Filter by "), "a choice closes the help");
        assert_eq!(window.filter(), key.example);
        assert!(window.types_into_the_filter());
        assert!(window.says(SHOWN), "{} is a filter", key.example);
        window.click("Clear the filter");
    }
    window.type_filter("status=200");
    window.click("Filter help");
    window.click("Filter by method=POST: the method");
    assert_eq!(window.filter(), "status=200 method=POST", "it joins what is there");
}

#[test]
fn the_help_is_opened_walked_and_closed_with_the_keyboard() {
    let mut window = window();
    window.press(Modifiers::COMMAND, Key::F);
    window.press(Modifiers::NONE, Key::Tab);
    assert!(window.harness.get_by_label("Filter help").accesskit_node().is_focused());
    window.press(Modifiers::NONE, Key::Enter);
    assert!(window.says("Filter by "));
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.says("Filter by "));
    window.harness.get_by_label("Filter help").focus();
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::Enter);
    assert!(Filter::parse(&window.filter()).is_ok_and(|filter| !filter.is_empty()), "{}", window.filter());
}

#[test]
fn every_key_is_offered_and_taken() {
    let mut window = window();
    for key in KEYS {
        let wanted = key.beginning();
        let begun = &wanted[..1];
        let offered = |key: &&filter::Key| {
            key.beginning().starts_with(begun) || key.aliases.iter().any(|alias| alias.starts_with(begun))
        };
        let above = KEYS.iter().filter(offered).position(|other| other.name == key.name).unwrap();
        for accept in [Some(Key::Tab), Some(Key::Enter), None] {
            window.type_filter(&format!("GET !{begun}"));
            assert!(window.says(key.help), "{begun} offers {wanted}");
            if let Some(accept) = accept {
                for _ in 0..above {
                    window.press(Modifiers::NONE, Key::ArrowDown);
                }
                window.press(Modifiers::NONE, accept);
            } else {
                window.harness.get_by_label_contains(key.help).click();
                window.settle();
            }
            assert_eq!(window.filter(), format!("GET !{wanted}"), "{accept:?}");
            assert!(window.types_into_the_filter(), "one goes on typing: {accept:?}");
            assert!(!window.says(key.help), "nothing more is offered");
        }
    }
    window.harness.get_by_label(BOX).type_text(" !time<1");
    window.settle();
    assert!(
        window.filter().ends_with(&format!("!{} !time<1", KEYS[KEYS.len() - 1].beginning())),
        "the cursor stands behind what was taken"
    );
}

#[test]
fn escape_closes_what_is_offered_and_then_leaves_the_box() {
    let mut window = window();
    let flags: Vec<_> = KEYS.iter().filter(|key| key.beginning().starts_with("is:")).collect();
    window.type_filter("is");
    window.press(Modifiers::NONE, Key::ArrowUp);
    window.press(Modifiers::NONE, Key::Tab);
    assert_eq!(Some(window.filter().as_str()), flags.last().map(|flag| flag.example), "up from the first");
    window.type_filter("is");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.says(flags[0].help) && window.types_into_the_filter());
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.types_into_the_filter(), "nothing is offered, so the box is left");
    assert_eq!(window.filter(), "is");
}

#[test]
fn a_mistake_is_named_where_it_stands() {
    let mut window = window();
    for (filter, wrong, sentence) in [
        ("GET status=x", "x", "\"x\" is not a whole number"),
        ("colour=red", "colour", "\"colour\" is no key"),
        ("is:late", "is:late", "is:late is unknown"),
        ("a \"b", "\"b", "this quote is not closed"),
    ] {
        window.type_filter(filter);
        assert!(window.says(sentence), "{filter}");
        let node = window.harness.get_by_label(BOX);
        let description = node.accesskit_node().description().unwrap_or_default();
        assert!(description.starts_with(&format!("mistake in {wrong}: {sentence}")), "{description}");
    }
}
