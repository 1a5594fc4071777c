//! The list of rules.

use super::*;
use crate::config::MarkRule;

fn fill(page: &mut TestPage, name: &str, text: &str) {
    page.get_by_label(name).focus();
    page.run();
    page.key_press_modifiers(Modifiers::COMMAND, Key::A);
    page.get_by_label(name).type_text(text);
    page.run();
}

#[test]
fn a_rule_is_added_named_coloured_and_remembered_and_a_mistake_is_told() {
    let mut page = page(store());
    page.state_mut().page.model.add_to_filter("status=200");
    page.run();
    click(&mut page, "Rules");
    click(&mut page, "Add a rule");
    assert_eq!(page.state().list.rules, [MarkRule::new("status=200", "red")]);
    fill(&mut page, "Name of rule 1", "fine");
    click(&mut page, "Rule 1 marks green");
    fill(&mut page, "Filter of rule 1", "time>x");
    let rule = page.state().list.rules[0].clone();
    assert_eq!((&*rule.name, &*rule.filter, &*rule.colour, rule.is_on), ("fine", "time>x", "green", true));
    assert_says(&page, "\"x\" is not a number");
    click(&mut page, "Rule 1 is on");
    assert!(!page.state().list.rules[0].is_on);
    click(&mut page, "Apply to what is there");
    assert_eq!(page.state().commands.last(), Some(&Command::ApplyRules));
    click(&mut page, "Add a rule");
    assert_eq!(page.state().list.rules[1].colour, "red", "the first colour that is free");
    click(&mut page, "Remove rule 1");
    assert_eq!(page.state().list.rules.len(), 1);
}
