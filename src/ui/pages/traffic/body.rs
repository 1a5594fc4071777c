//! The body of a message for reading, below its tree.

use egui::{Label, RichText, ScrollArea, Ui};

use crate::{
    explain::viewers::Preview,
    ui::theme::{self, space},
};

use super::middleware::body_frame;

/// Paints a body for reading. `salt`: whose it is.
pub(super) fn show(ui: &mut Ui, preview: &Preview, salt: &str) {
    let palette = theme::palette(ui);
    if *preview == Preview::None {
        return;
    }
    let top = ui.max_rect().top();
    ui.painter().hline(ui.max_rect().x_range(), top, (space::HAIRLINE, palette.line));
    ScrollArea::both().id_salt(salt).auto_shrink(false).show(ui, |ui| {
        body_frame(ui, |ui| {
            let heading = match preview {
                Preview::Text { change: Some(change), .. } => format!("BODY · {change}"),
                _ => "BODY".to_owned(),
            };
            ui.label(RichText::new(heading).font(theme::caption_font()).color(palette.dim));
            match preview {
                Preview::None => {}
                Preview::Opaque(why) => {
                    ui.add(Label::new(RichText::new(why.to_string()).color(palette.dim)).wrap());
                }
                Preview::Text { text, cut, .. } => {
                    let text = RichText::new(text).font(theme::mono_font()).color(palette.text);
                    ui.add(Label::new(text).selectable(true).extend());
                    if *cut {
                        let words = "Only the beginning is shown. The byte view has the whole body.";
                        ui.label(RichText::new(words).font(theme::small_font()).color(palette.warn));
                    }
                }
            }
        });
    });
}
