//! A real browser comes by.

use std::path::Path;

use eframe::egui::Role;

use crate::{browser, program::Program};

pub(super) fn welcome_site(program: &mut Program, home: &Path) {
    let dom = browser::dom(&program.url(), home);
    for expected in ["<title>Welcome to byteglass</title>", "This page arrived as bytes. Look at the window."]
    {
        assert!(dom.contains(expected), "the browser received {expected:?}, not:\n{dom}");
    }
    // Written into the page by its script, which was a request too.
    let written = format!(">{}</code>", program.address);
    assert!(dom.contains(&written), "the page's script ran and wrote {written:?} into:\n{dom}");

    for target in ["/", "/style.css", "/app.js", "/favicon.svg", "/glass.png"] {
        program
            .window
            .wait(&format!("a row GET {target} 200"), |tree| tree.exchange("GET", target, "200").cloned());
    }
}

pub(super) fn tabs(program: &mut Program) {
    let host = format!("Host: {}", program.address);
    let window = &mut program.window;
    let row = window.wait("the row of the page", |tree| tree.exchange("GET", "/", "200").cloned());
    window.click(&row);
    window.wait("that row as the selected one", |tree| {
        tree.exchange("GET", "/", "200").filter(|row| row.on == Some(true)).map(drop)
    });

    window.tab("Anatomy");
    for item in ["Method: GET", "Target: /", "Version: HTTP/1.1", &host] {
        window
            .wait(&format!("{item:?} in the anatomy tree"), |tree| tree.named(Role::TreeItem, item).cloned());
    }
    // From the tree to the bytes: the sentence under them is about what was picked.
    let method = window.wait("the method", |tree| tree.named(Role::TreeItem, "Method: GET").cloned());
    window.click(&method);
    window.wait("the method marked", |tree| {
        tree.named(Role::TreeItem, "Method: GET").filter(|item| item.on == Some(true)).map(drop)
    });

    window.tab("Route");
    for text in ["routes tried, in this order", "GET /api/users/:id", "POST /api/echo", "the welcome site"] {
        window.wait_for_text(text);
    }

    window.tab("Middleware");
    for text in ["On the request", "Request logger", "On the response", "+ Server: byteglass", "+ ETag: "] {
        window.wait_for_text(text);
    }

    window.tab("Response");
    window.wait_for_text("200 OK");
    window.wait("the type in the tree of the response", |tree| {
        tree.named(Role::TreeItem, "Content-Type: text/html; charset=utf-8").cloned()
    });
    window.wait_for_text("<title>Welcome to byteglass</title>");
    window.tab("Anatomy");
}
