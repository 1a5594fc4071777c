//! What leads from the page to the exchanges.

use super::*;

#[test]
fn a_mark_narrows_the_filter() {
    let mut model = Model::default();
    let shows = |model: &Model, filter: &str| {
        assert_eq!(lead_to(model, "route=\"folder\""), Command::ShowFiltered(filter.to_owned()));
        assert!(crate::filter::Filter::parse(filter).is_ok(), "{filter}");
    };
    shows(&model, "route=\"folder\"");
    model.filter_text = " method=GET".to_owned();
    shows(&model, "method=GET route=\"folder\"");
    model.filter_text = "a or b".to_owned();
    shows(&model, "(a or b) route=\"folder\"");
    model.filter_text = "(a)or(b)".to_owned();
    shows(&model, "((a)or(b)) route=\"folder\"");
}
