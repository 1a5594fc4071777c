//! The window on screens of several sizes: its first start fits, a maximized one is maximized again, and a picture of each
//! page in both themes at each size.

use std::{fs, path::Path};

use byteglass::testing::{deadline::wait_until, display::Display};

use crate::{
    hands::Hands,
    program::{LIMIT, Program},
    story::{pictures, step},
};

/// Sizes of the inside of the window, in points.
const SIZES: [(u32, u32); 3] = [(1024, 700), (1440, 900), (2560, 1440)];
/// The screens on which a first start is tried.
const SCREENS: [(u32, u32); 3] = [(1024, 700), (1366, 768), (1440, 900)];

/// Each page in each theme at each size.
pub(crate) fn pictures(home: &Path, pictures: &Path) {
    fs::create_dir_all(home).expect("the run's folder can be written");
    let (width, height) = SIZES[2];
    let display = Display::of_size(home, width + 40, height + 80);
    let mut program = pictures::open(&display, &home.join("user"));
    let _slow = pictures::traffic(&mut program);
    let window = &mut program.window;
    let row = window.wait("the row of the POST", |tree| tree.exchange("POST", "/api/echo", "200").cloned());
    window.click(&row);
    for theme in ["Light theme", "Dark theme"] {
        window.press("Theme and shortcuts");
        window.press(theme);
        window.wait_until_gone("Keyboard shortcuts");
        let theme = theme.split(' ').next().unwrap_or_default().to_lowercase();
        for (width, height) in SIZES {
            step(&format!("both pages, {theme}, {width} by {height}"), || {
                window.resize(width, height);
                for page in ["Traffic", "Server"] {
                    window.press(page);
                    let name = format!("{}-{theme}-{width}x{height}.png", page.to_lowercase());
                    window.screenshot(&pictures.join(name));
                }
                window.press("Traffic");
            });
        }
    }
    program.end();
}

/// The first start on small screens, and what is remembered of a maximized window.
pub(crate) fn screens(home: &Path) {
    for (width, height) in SCREENS {
        step(&format!("a first start on a screen of {width} by {height}"), || {
            let home = home.join(format!("{width}"));
            fs::create_dir_all(&home).expect("the run's folder can be written");
            let display = Display::of_size(&home, width, height);
            first_start(&display, &home, (width, height));
        });
    }
}

fn first_start(display: &Display, home: &Path, screen: (u32, u32)) {
    let start = || Program::start(display, &home.join("user"), &["--port".as_ref(), "0".as_ref()]);
    let hands = Hands::at(display.name(), home);
    let place = || hands.place(&hands.window("byteglass")?);
    let wait_for = |what: &str, is: &dyn Fn([i32; 4]) -> bool| {
        let found = wait_until(LIMIT, || place().filter(|place| is(*place)));
        found.unwrap_or_else(|| panic!("{what}: the window is at {:?}, the screen {screen:?}", place()))
    };
    let (right, bottom) = (screen.0.cast_signed(), screen.1.cast_signed());
    let inside =
        |[x, y, width, height]: [i32; 4]| x >= 0 && y >= 0 && x + width <= right && y + height <= bottom;
    let fills = |[_, _, width, _]: [i32; 4]| width >= right - 4;

    let mut program = start();
    program.window.wait_for_text("Nothing has arrived yet");
    let first = wait_for("it fits on the screen", &inside);
    hands.click_title(first, 2);
    wait_for("a double click on its title maximizes it", &fills);
    program.window.settle();
    program.end();

    let mut program = start();
    program.window.wait_for_text("Nothing has arrived yet");
    let again = wait_for("the next start has it maximized", &fills);
    hands.click_title(again, 2);
    wait_for("and then as large as before", &|place| place[2..] == first[2..]);
    program.end();
}
