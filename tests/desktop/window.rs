//! The real window, over the inspection protocol of egui: what it says, and what a person does to it.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

use byteglass::testing::{deadline::wait_until, process::Process};
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, Role, vec2};
use egui_inspection::{
    EncodedPng, PROTOCOL_VERSION, Request, Response, protocol::read_handshake, read_message, write_message,
};

use crate::tree::{Node, Tree};

/// Longer than the window itself takes before it gives up on a request.
const ANSWER: Duration = Duration::from_secs(30);
/// Time for the window to show what it should.
const LIMIT: Duration = Duration::from_secs(15);
/// Frames in which an animation or a layout must have come to rest.
const SETTLE_FRAMES: u64 = 300;

/// An open window.
pub(crate) struct Window {
    stream: TcpStream,
    /// What can be clicked at: everything, until the size is known.
    inside: Rect,
}

impl Window {
    /// For the environment of the program: any free port of loopback. See [`Self::attach`].
    pub(crate) const ENVIRONMENT: (&'static str, &'static str) = ("EGUI_INSPECTION", "127.0.0.1:0");

    /// Connects to the window of `program`, which serves HTTP at `server`.
    ///
    /// egui does not say on which port it listens, so it is looked up among the listening sockets
    /// of the program: a fixed one could be taken.
    pub(crate) fn attach(program: &Process, server: SocketAddr, limit: Duration) -> Self {
        let stream = wait_until(limit, || {
            let ports = listening_ports(program.id());
            ports.into_iter().filter(|port| *port != server.port()).find_map(handshake)
        });
        let stream = stream.expect("the window opens, and answers for its contents");
        stream.set_read_timeout(Some(ANSWER)).expect("a limit above zero");
        Self { stream, inside: Rect::EVERYTHING }
    }

    /// What the window says now.
    pub(crate) fn tree(&mut self) -> Tree {
        match self.ask(&Request::GetTree) {
            Response::Tree { accesskit: Some(update), .. } => Tree::new(&update),
            other => panic!("the window did not say what it holds: {other:?}"),
        }
    }

    /// Waits until `find` finds something in what the window says. `expected` is for the failure.
    pub(crate) fn wait<T>(&mut self, expected: &str, find: impl Fn(&Tree) -> Option<T>) -> T {
        let mut last = None;
        let found = wait_until(LIMIT, || {
            let tree = self.tree();
            let found = find(&tree);
            last = Some(tree);
            found
        });
        found.unwrap_or_else(|| {
            let tree = last.map(|tree| tree.to_string()).unwrap_or_default();
            panic!("the window says:\n{tree}\nand not, within {LIMIT:?}: {expected}")
        })
    }

    /// Whether some element says this, whole or as a part, within a time.
    pub(crate) fn says(&mut self, text: &str, limit: Duration) -> bool {
        wait_until(limit, || self.tree().saying(text).next().map(drop)).is_some()
    }

    /// Waits until some element says this, whole or as a part, where it can be seen.
    pub(crate) fn wait_for_text(&mut self, text: &str) -> Node {
        let inside = self.inside;
        self.wait(&format!("{text:?} in sight"), |tree| {
            let seen = |node: &&Node| node.rect.is_some_and(|rect| inside.contains_rect(rect));
            tree.saying(text).find(seen).cloned()
        })
    }

    /// Waits until no element says this any more.
    pub(crate) fn wait_until_gone(&mut self, text: &str) {
        self.wait(&format!("no {text:?}"), |tree| tree.saying(text).next().is_none().then_some(()));
    }

    /// Clicks what has this name, once it is there.
    pub(crate) fn press(&mut self, name: &str) {
        let node = self.wait(&format!("{name:?}, to be clicked"), |tree| tree.button(name).cloned());
        self.click(&node);
    }

    /// Goes to the tab with this name.
    pub(crate) fn tab(&mut self, name: &str) {
        let tab = self.wait(&format!("the tab {name:?}"), |tree| tree.named(Role::Tab, name).cloned());
        self.click(&tab);
        self.wait(&format!("the tab {name:?} in front"), |tree| {
            tree.named(Role::Tab, name).filter(|tab| tab.on == Some(true)).map(drop)
        });
    }

    /// Clicks the middle of an element.
    pub(crate) fn click(&mut self, node: &Node) {
        let at = node.rect.map(|rect| rect.center()).filter(|at| self.inside.contains(*at));
        let at = at.unwrap_or_else(|| panic!("{:?} is not in sight: {:?}", node.name, node.rect));
        // A frame each, as with a hand: what is under the pointer is known one frame later.
        self.apply(vec![Event::PointerMoved(at)]);
        self.apply(vec![button(at, true)]);
        self.apply(vec![button(at, false)]);
        // What is asked for in one frame is carried out before the next.
        self.settle();
    }

    /// Clicks the middle of an element with the other button, which opens its menu.
    pub(crate) fn click_secondary(&mut self, node: &Node) {
        let at = node.rect.expect("it is on the screen").center();
        self.apply(vec![Event::PointerMoved(at)]);
        for pressed in [true, false] {
            let (button, modifiers) = (PointerButton::Secondary, Modifiers::NONE);
            self.apply(vec![Event::PointerButton { pos: at, button, pressed, modifiers }]);
        }
        self.settle();
    }

    /// Types into the input with this name, in place of what it holds, and leaves the keyboard with it.
    pub(crate) fn type_into(&mut self, name: &str, text: &str) {
        self.press(name);
        self.key(Key::A, Modifiers::COMMAND);
        self.apply(vec![Event::Text(text.to_owned())]);
        self.settle();
    }

    /// Replaces the text of the input with this name, and presses Enter.
    pub(crate) fn fill(&mut self, name: &str, text: &str) {
        self.type_into(name, text);
        self.key(Key::Enter, Modifiers::NONE);
    }

    /// Presses a key and lets it go.
    pub(crate) fn key(&mut self, key: Key, modifiers: Modifiers) {
        for pressed in [true, false] {
            let event = Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
            self.apply(vec![event]);
        }
        self.settle();
    }

    /// Makes the inside of the window this large, in points.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        self.ask(&Request::Resize { width, height });
        let shown = wait_until(LIMIT, || (self.picture().size == [width, height]).then_some(()));
        assert!(shown.is_some(), "the window does not become {width} by {height} points large");
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let size = vec2(width as f32, height as f32);
        self.inside = Rect::from_min_size(Pos2::ZERO, size);
    }

    /// Writes what the window shows, with no pointer over it, as a PNG.
    pub(crate) fn screenshot(&mut self, path: &Path) {
        self.apply(vec![Event::PointerGone]);
        self.settle();
        self.screenshot_now(path);
    }

    /// Writes what the window shows now, open menus included, as a PNG.
    pub(crate) fn screenshot_now(&mut self, path: &Path) {
        fs::write(path, self.picture().bytes)
            .unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
    }

    /// Waits until the window has nothing left to carry out or to animate.
    pub(crate) fn settle(&mut self) {
        let answer = self.ask(&Request::Settle { max_steps: SETTLE_FRAMES });
        assert!(
            matches!(answer, Response::Settled { settled: true, .. }),
            "the window does not come to rest within {SETTLE_FRAMES} frames: {answer:?}"
        );
    }

    fn apply(&mut self, events: Vec<Event>) {
        let answer = self.ask(&Request::ApplyEvents { events });
        assert!(matches!(answer, Response::Done), "the window did not take an event: {answer:?}");
    }

    fn picture(&mut self) -> EncodedPng {
        match self.ask(&Request::GetScreenshot { pixels_per_point: None }) {
            Response::Screenshot(picture) => picture,
            other => panic!("the window gave no picture of itself: {other:?}"),
        }
    }

    fn ask(&mut self, request: &Request) -> Response {
        write_message(&mut self.stream, request).expect("the window is open");
        read_message(&mut self.stream).expect("the window answers")
    }
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
}

/// A connection to what listens there, if it speaks the inspection protocol.
fn handshake(port: u16) -> Option<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    let version = read_handshake(&stream).ok()?;
    assert_eq!(version, PROTOCOL_VERSION, "the window and this run were built from the same egui");
    Some(stream)
}

/// The ports at which a process listens, by proc(5): its sockets, looked up in the table of all.
fn listening_ports(process: u32) -> Vec<u16> {
    const LISTEN: &str = "0A";
    let links = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let targets = links.filter_map(|link| fs::read_link(link.path()).ok());
    let sockets: Vec<String> = targets
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let table = fs::read_to_string(format!("/proc/{process}/net/tcp")).unwrap_or_default();
    // sl, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode
    let ports = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens =
            *fields.get(3)? == LISTEN && sockets.iter().any(|socket| Some(&socket.as_str()) == fields.get(9));
        let (_, port) = fields.get(1)?.split_once(':')?;
        listens.then(|| u16::from_str_radix(port, 16).ok()).flatten()
    });
    ports.collect()
}
