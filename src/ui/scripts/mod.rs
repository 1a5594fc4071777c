//! Text in any script: characters that the program's own fonts lack are drawn with a font of the system, which is looked
//! for on a thread of its own. Until one is found, and where there is none, the bytes of the character are drawn.

mod byte_glyph;
mod coverage;
mod find;

use std::{collections::HashSet, io, sync::Arc, thread, time::Duration};

use crossbeam_channel::{Receiver, Sender};
use egui::{
    Color32, Context, FontData,
    epaint::text::{FallbackRequest, FontInsert, FontProvider, GlyphRasterizer, GlyphRasterizerRequest},
};
use parking_lot::Mutex;

use coverage::Coverage;
use find::Found;

/// Characters of one text are missed within a frame or two, and looked for together.
const GATHER: Duration = Duration::from_millis(40);

/// A font that was found, and what it has.
struct Installed {
    covers: Coverage,
    font: FontInsert,
}

/// Answers egui's question for a font with a character.
struct Scripts {
    installed: Arc<Mutex<Vec<Installed>>>,
    asked: Mutex<HashSet<char>>,
    ask: Sender<char>,
}

impl FontProvider for Scripts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let missing = request.cluster.chars().next()?;
        let installed = self.installed.lock();
        if let Some(one) = installed.iter().find(|one| one.covers.has(missing)) {
            return Some(one.font.clone());
        }
        if self.asked.lock().insert(missing) {
            // The thread lasts as long as the program, since it has the context.
            let _ = self.ask.send(missing);
        }
        None
    }
}

/// Has the bytes of a character drawn that no font has. `ink`: white, which takes the colour of the text.
pub fn draw_bytes(ctx: &Context, ink: Color32) {
    let rasterize = move |request: &GlyphRasterizerRequest<'_>| byte_glyph::rasterize(request, ink);
    ctx.add_glyph_rasterizer(GlyphRasterizer::new("byteglass::bytes", rasterize));
}

/// Has the fonts of the system used for characters that the program's own fonts lack.
///
/// # Errors
/// The thread that looks for them cannot be started.
pub fn use_system_fonts(ctx: &Context) -> io::Result<()> {
    let (ask, questions) = crossbeam_channel::unbounded();
    let installed = Arc::<Mutex<Vec<Installed>>>::default();
    let provider: Arc<dyn FontProvider> =
        Arc::new(Scripts { installed: Arc::clone(&installed), asked: Mutex::default(), ask });
    ctx.set_font_providers(vec![Arc::clone(&provider)]);
    let ctx = ctx.clone();
    thread::Builder::new().name("fonts".to_owned()).spawn(move || {
        while let Ok(first) = questions.recv() {
            if look_for(first, &questions, &installed) {
                // egui asks once for each character, and again when the providers are set.
                ctx.set_font_providers(vec![Arc::clone(&provider)]);
            }
        }
    })?;
    Ok(())
}

/// Looks for fonts with the characters that were asked for. Returns whether any was found.
fn look_for(first: char, questions: &Receiver<char>, installed: &Mutex<Vec<Installed>>) -> bool {
    let mut missing = vec![first];
    while let Ok(next) = questions.recv_timeout(GATHER) {
        missing.push(next);
    }
    let mut any = false;
    for character in missing {
        if installed.lock().iter().any(|one| one.covers.has(character)) {
            any = true;
            continue;
        }
        let Some(Found { path, index, covers }) = find::font_with(character) else { continue };
        // A font that cannot be read is as good as none.
        let Ok(file) = std::fs::read(&path) else { continue };
        let mut data = FontData::from_owned(file);
        data.index = index;
        let font = FontInsert::new(&format!("{}#{index}", path.display()), data, Vec::new());
        installed.lock().push(Installed { covers, font });
        any = true;
    }
    any
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    #[test]
    fn a_character_is_asked_for_once_and_answered_from_what_was_found() {
        let (ask, questions) = crossbeam_channel::unbounded();
        let installed = Arc::<Mutex<Vec<Installed>>>::default();
        let scripts = Scripts { installed: Arc::clone(&installed), asked: Mutex::default(), ask };
        let family = egui::FontFamily::Proportional;
        let request = FallbackRequest { cluster: "ש", family: &family };
        assert!(scripts.font_for(&request).is_none() && scripts.font_for(&request).is_none());
        assert_eq!(questions.try_iter().collect::<Vec<_>>(), ['ש']);
        let font = FontInsert::new("hebrew", FontData::from_static(&[]), Vec::new());
        installed.lock().push(Installed { covers: Coverage::parse("590-5ff"), font });
        assert_eq!(scripts.font_for(&request).unwrap().name, "hebrew");
    }
}
