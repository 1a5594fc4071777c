//! The window in every size: no text is cut or lies on another, no control is out of reach, and what is shortened says
//! the whole on hover.

use byteglass::{config::SettingsFile, testing::Client};
use egui::{Event, Key, Modifiers, Pos2, Rect, Role, Shape, Vec2, ViewportId, epaint::TextShape};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::harness::TestWindow;

/// Sizes of the screen, in points at a zoom of 1.
const SCREENS: [[f32; 2]; 5] =
    [[1024.0, 700.0], [1366.0, 768.0], [1440.0, 900.0], [1920.0, 1080.0], [2560.0, 1440.0]];
const ZOOMS: [f32; 5] = [0.8, 1.0, 1.25, 1.7, 2.5];
/// What two neighbours may share, in points: the rounding of a glyph's outline.
const SLACK: f32 = 1.5;

/// A window with exchanges of every kind in it.
fn window(panes: Option<[f32; 2]>) -> TestWindow {
    let mut settings = SettingsFile::forgetful();
    if let Some([list, detail]) = panes {
        settings.update(|settings| {
            settings.panes.insert("traffic-list".to_owned(), list);
            settings.panes.insert("traffic-detail".to_owned(), detail);
        });
    }
    let mut window = TestWindow::with(settings, &[]);
    let address = window.state().server().address().unwrap();
    let mut client = Client::connect(address);
    client.send("GET /a.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert_eq!(client.response("GET").status, 200);
    let long = "a-long-name/".repeat(20);
    client
        .send(format!("GET /{long} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-{}: {long}\r\n\r\n", "Long-".repeat(8)));
    assert_eq!(client.response("GET").status, 404);
    let mut other = Client::connect(address);
    other.send("POST /api/echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConte");
    window.settle();
    other.send("nt-Length: 31\r\n\r\n{\"message\":\"hello, byteglass!\"}\n");
    assert_eq!(other.response("POST").status, 200);
    let mut malformed = Client::connect(address);
    malformed.send("GET /index.html HTTP/1.1\nHost : localhost\n\n");
    assert_eq!(malformed.response("GET").status, 400);
    window.wait_until_it_says("exchange 4 ");
    window.harness.ctx.all_styles_mut(|style| {
        style.interaction.tooltip_delay = 0.0;
        style.interaction.show_tooltips_only_when_still = false;
    });
    window
}

fn resize(window: &mut TestWindow, screen: [f32; 2], zoom: f32, scale: f32) -> Rect {
    let size = Vec2::from(screen) / zoom;
    let viewport = window.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
    viewport.native_pixels_per_point = Some(scale);
    window.harness.ctx.set_zoom_factor(zoom);
    // The size of the frame in which the zoom changes is not asked for.
    window.harness.step();
    window.harness.set_size(size);
    window.harness.run_steps(4);
    assert!((window.harness.ctx.content_rect().size() - size).length() < 1.0, "{size:?}");
    Rect::from_min_size(Pos2::ZERO, size)
}

/// A piece of text that is seen: what it says, where, and in which area.
struct Piece {
    words: String,
    rect: Rect,
    clip: Rect,
    elided: bool,
}

fn pieces(window: &TestWindow) -> Vec<Piece> {
    let mut found = Vec::new();
    for clipped in &window.harness.output().shapes {
        collect(&clipped.shape, clipped.clip_rect, &mut found);
    }
    found
}

fn collect(shape: &Shape, clip: Rect, found: &mut Vec<Piece>) {
    match shape {
        Shape::Vec(shapes) => {
            for shape in shapes {
                collect(shape, clip, found);
            }
        }
        Shape::Text(TextShape { pos, galley, .. }) => {
            let rect = galley.mesh_bounds.translate(pos.to_vec2());
            let words = galley.job.text.clone();
            if rect.is_positive() && clip.intersect(rect).is_positive() && !words.trim().is_empty() {
                found.push(Piece { words, rect, clip, elided: galley.elided });
            }
        }
        // What is painted over is not seen.
        Shape::Rect(cover) if cover.fill.is_opaque() => {
            let cover = cover.rect.intersect(clip);
            found.retain(|piece| !cover.contains_rect(piece.rect.intersect(piece.clip).shrink(SLACK)));
        }
        _ => {}
    }
}

/// What is wrong with the texts.
fn text_faults(pieces: &[Piece], screen: Rect) -> Vec<String> {
    let mut faults = Vec::new();
    for piece in pieces {
        let seen = piece.clip.intersect(screen).expand(SLACK);
        if piece.rect.left() < seen.left() || piece.rect.right() > seen.right() {
            faults.push(format!("{:?} is cut: {:?} in {seen:?}", piece.words, piece.rect));
        }
    }
    for (index, one) in pieces.iter().enumerate() {
        let one_seen = one.rect.intersect(one.clip).shrink(SLACK);
        for other in &pieces[index + 1..] {
            if one_seen.intersect(other.rect.intersect(other.clip).shrink(SLACK)).is_positive() {
                faults.push(format!(
                    "{:?} lies on {:?}: {:?} {:?}",
                    one.words, other.words, one.rect, other.rect
                ));
            }
        }
    }
    faults
}

/// What is wrong with the controls.
fn control_faults(window: &TestWindow, screen: Rect) -> Vec<String> {
    let is_control = |role| {
        matches!(
            role,
            Role::Button
                | Role::Switch
                | Role::TextInput
                | Role::SpinButton
                | Role::Tab
                | Role::Link
                | Role::CheckBox
        )
    };
    let nodes = window.harness.query_all(by().predicate(move |node| is_control(node.role())));
    let controls: Vec<(String, Rect)> = nodes
        .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
        .filter(|(_, rect)| rect.is_positive())
        .collect();
    // What is short on the timeline stands at its true time, beside or on what was at nearly the same time.
    let lanes = window.harness.query_all(by().role(Role::Label).predicate(|node| {
        node.value().is_some_and(|name| ["IN →", "stage", "← OUT"].contains(&name.as_str()))
    }));
    let lanes: Vec<_> = lanes.map(|lane| lane.rect().y_range().expand(SLACK)).collect();
    let is_timed =
        |rect: Rect| lanes.iter().any(|lane| lane.contains(rect.top()) && lane.contains(rect.bottom()));
    let mut faults = Vec::new();
    for (index, (name, rect)) in controls.iter().enumerate() {
        if rect.left() < screen.left() - SLACK || rect.right() > screen.right() + SLACK {
            faults.push(format!("{name:?} is out of reach: {rect:?}"));
        }
        for (other, place) in &controls[index + 1..] {
            let shared = rect.shrink(SLACK).intersect(place.shrink(SLACK));
            let together = rect.contains_rect(*place) || place.contains_rect(*rect) || is_timed(shared);
            if shared.is_positive() && !together {
                faults.push(format!("{name:?} lies on {other:?}: {rect:?} {place:?}"));
            }
        }
    }
    faults
}

/// Texts that are shortened and do not say the whole on hover.
fn silent(window: &mut TestWindow, pieces: &[Piece], known: &mut Vec<String>) -> Vec<String> {
    let mut silent = Vec::new();
    let inputs: Vec<Rect> = {
        let nodes = window.harness.query_all(by().predicate(|node| node.role() == Role::TextInput));
        nodes.map(|node| node.rect()).collect()
    };
    // The hint in an empty input is an example.
    let is_hint = |piece: &&Piece| inputs.iter().any(|input| input.expand(SLACK).contains_rect(piece.rect));
    for piece in pieces.iter().filter(|piece| piece.elided && !is_hint(piece)) {
        if known.contains(&piece.words) {
            continue;
        }
        known.push(piece.words.clone());
        // Its lower edge: a heading may lie over the upper one.
        let at = piece.rect.intersect(piece.clip).center_bottom() - Vec2::Y;
        let before: Vec<String> = self::pieces(window).into_iter().map(|piece| piece.words).collect();
        window.harness.event(Event::PointerMoved(at));
        window.harness.run_steps(3);
        let now = self::pieces(window);
        let new = now.iter().filter(|other| !other.elided || !before.contains(&other.words));
        let said: String = new.map(|other| other.words.to_lowercase() + " ").collect();
        // In the same words or others: whatever is a word or a number in it.
        let lower = piece.words.to_lowercase();
        let parts = lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        if parts.into_iter().any(|part| !said.contains(part)) {
            silent
                .push(format!("{:?} is shortened, and hovering over it does not say the whole", piece.words));
        }
        window.harness.event(Event::PointerGone);
        window.harness.run_steps(2);
    }
    silent
}

/// Looks at what is shown now.
fn look(
    window: &mut TestWindow,
    screen: Rect,
    place: &str,
    known: &mut Vec<String>,
    faults: &mut Vec<String>,
) {
    let shown = pieces(window);
    let mut found = text_faults(&shown, screen);
    found.extend(control_faults(window, screen));
    found.extend(silent(window, &shown, known));
    found.truncate(6);
    faults.extend(found.into_iter().map(|fault| format!("{place}: {fault}")));
}

/// Goes through the pages, the panes and the tabs of a window.
fn walk(window: &mut TestWindow, screen: Rect, place: &str, faults: &mut Vec<String>) {
    let mut known = Vec::new();
    window.click("Traffic");
    let has = |window: &TestWindow, name: &str| {
        window.harness.query_all(by().role(Role::Button).label(name)).next().is_some()
    };
    let fronts: Vec<&str> =
        ["Exchanges", "Bytes", "Details"].into_iter().filter(|name| has(window, name)).collect();
    let fronts = if fronts.is_empty() { vec![""] } else { fronts };
    for front in fronts {
        if !front.is_empty() {
            window.harness.get(by().role(Role::Button).label(front)).click();
            window.harness.run_steps(3);
        }
        for tab in ["Anatomy", "Route", "Middleware", "Notes"] {
            let Some(node) = window.harness.query(by().role(Role::Tab).label(tab)) else { break };
            node.click();
            window.harness.run_steps(3);
            look(window, screen, &format!("{place} {front} {tab}"), &mut known, faults);
        }
        look(window, screen, &format!("{place} {front}"), &mut known, faults);
        if ["", "Bytes"].contains(&front) {
            window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
            window.enter("Find in the bytes", "HTTP");
            window.enter("Go to offset", "5");
            look(window, screen, &format!("{place} {front}, find"), &mut known, faults);
            window.click("Close the search in the bytes");
        }
    }
    window.click("Server");
    look(window, screen, &format!("{place} Server"), &mut known, faults);
    window.click("Stats");
    look(window, screen, &format!("{place} Stats"), &mut known, faults);
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn nothing_is_cut_in_any_size() {
    let mut window = window(None);
    let mut faults = Vec::new();
    for screen in SCREENS {
        for zoom in ZOOMS {
            let inside = resize(&mut window, screen, zoom, 1.0);
            walk(&mut window, inside, &format!("{screen:?} at {zoom}"), &mut faults);
        }
    }
    assert_none(&faults);
}

#[test]
fn nothing_is_cut_on_a_fine_screen() {
    let mut window = window(None);
    let mut faults = Vec::new();
    for (screen, zoom) in [(SCREENS[0], 1.0), (SCREENS[2], 1.7), (SCREENS[4], 2.5)] {
        let inside = resize(&mut window, screen, zoom, 2.0);
        walk(&mut window, inside, &format!("{screen:?} at {zoom}, 2x"), &mut faults);
    }
    assert_none(&faults);
}

#[test]
fn nothing_is_cut_in_narrow_and_wide_panes() {
    let mut faults = Vec::new();
    for panes in [[0.0, 0.0], [5000.0, 0.0], [0.0, 5000.0]] {
        let mut window = window(Some(panes.map(|width: f32| width.max(1.0))));
        for (screen, zoom) in [(SCREENS[0], 1.0), (SCREENS[0], 1.4), (SCREENS[3], 1.0)] {
            let inside = resize(&mut window, screen, zoom, 1.0);
            walk(&mut window, inside, &format!("{screen:?} at {zoom}, {panes:?}"), &mut faults);
        }
    }
    assert_none(&faults);
}

#[test]
fn a_projector_shows_one_pane_at_a_time_and_all_of_them_are_reached() {
    let mut window = window(None);
    resize(&mut window, [1024.0, 700.0], 2.5, 1.0);
    assert!(!window.says("Header fields") && !window.says("bytes of the request"));
    let rows = by().predicate(|node| node.role() == Role::ListItem);
    window.harness.query_all(rows).last().expect("an exchange is in sight").click();
    window.settle();
    assert!(window.says("bytes of the request"), "a click on an exchange leads to its bytes");
    window.click("Details");
    assert!(window.says("Header fields") && !window.says("bytes of the request"));
    window.click("Exchanges");
    window.click("More");
    for item in ["Clear", "Stop server", "Choose folder…", "Recent folders", "Dark theme"] {
        assert!(window.says(item), "{item}");
    }
}
