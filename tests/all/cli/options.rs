//! What the options of the folder do, from the command line to the response.

use std::fs;

use super::program::{Running, byteglass, run};

const START: [&str; 3] = ["--headless", "--port", "0"];

/// A home with a folder in it.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("folder");
    fs::create_dir_all(folder.join("api/users")).unwrap();
    for (name, content) in [
        ("a.txt", "a"),
        ("about.html", "about"),
        ("home.htm", "home"),
        (".env", "hidden"),
        ("health", "mine"),
        ("map.geojson", "{}"),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
    fs::write(home.path().join("outside.txt"), "outside").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../outside.txt", folder.join("link")).unwrap();
    home
}

#[test]
fn without_options_the_folder_keeps_to_itself() {
    let home = home();
    let program = Running::start(byteglass(home.path()).args(START).arg(home.path().join("folder")));
    assert!(program.line().starts_with("serving ") && program.address.starts_with("127.0.0.1:"));
    let mut client = program.client();
    for (path, status) in [("/about", 404), ("/.env", 404), ("/link", 403), ("/health", 200), ("/", 404)] {
        assert_eq!(client.get(path).status, status, "{path}");
    }
    assert!(client.get("/").text().contains("--listing"), "what can be done about it");
    assert_ne!(client.get("/health").text(), "mine");
    client.send("GET /a.txt?{x} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.response("GET").status, 200);
    let (_, output, _) = program.interrupt();
    assert!(output.contains("hides the file health"), "{output}");
}

#[test]
fn with_options_it_does_as_it_is_told() {
    let home = home();
    let options = [
        "--clean-urls",
        "--dot-files",
        "--follow-links",
        "--no-builtin",
        "--strict",
        "--bind=localhost",
        "--index=home.htm",
        "--mime=geojson=application/geo+json",
        "--cache-time=60",
        "--cors-origin=http://localhost:3000",
    ];
    let program =
        Running::start(byteglass(home.path()).args(START).args(options).arg(home.path().join("folder")));
    let mut client = program.client();
    for (path, text) in
        [("/about", "about"), ("/.env", "hidden"), ("/link", "outside"), ("/health", "mine"), ("/", "home")]
    {
        let response = client.get(path);
        assert_eq!((response.status, response.text()), (200, text), "{path}");
    }
    let response = client.get_with("/map.geojson", &["Origin: http://localhost:3000"]);
    assert_eq!(response.field("Content-Type"), Some("application/geo+json; charset=utf-8"));
    assert_eq!(response.field("Cache-Control"), Some("max-age=60"));
    assert_eq!(response.field("Access-Control-Allow-Origin"), Some("http://localhost:3000"));
    client.send("GET /a.txt?{x} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.response("GET").status, 400);
}

#[test]
fn one_file_is_served_in_place_of_a_folder() {
    let home = home();
    let program = Running::start(byteglass(home.path()).args(START).arg(home.path().join("folder/a.txt")));
    for (path, status) in [("/", 200), ("/a.txt", 200), ("/about.html", 404)] {
        assert_eq!(program.client().get(path).status, status, "{path}");
    }
}

/// The window remembers a folder; what the terminal serves stands on its command line.
#[test]
fn without_a_window_the_last_folder_is_not_served() {
    let home = home();
    let settings = home.path().join("config").join("byteglass");
    fs::create_dir_all(&settings).unwrap();
    let folder = serde_json::json!({ "last_folder": home.path().join("folder") });
    fs::write(settings.join("settings.json"), folder.to_string()).unwrap();
    let program = Running::start(byteglass(home.path()).args(START));
    assert_eq!(program.line(), "serving the welcome site");
    assert_eq!(program.client().get("/a.txt").status, 404);
}

#[test]
fn a_name_with_a_space_and_a_file_with_a_mark_are_understood() {
    let home = home();
    let output = run(byteglass(home.path()).args(["My", "Folder"]));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors.contains("quotes") && errors.contains("Folder"), "{errors}");

    let secret = home.path().join("secret");
    fs::write(&secret, "\u{feff}Aladdin:open sesame\r\n").unwrap();
    let program = Running::start(byteglass(home.path()).args(START).arg("--auth-file").arg(&secret));
    let right = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    assert_eq!(program.client().get_with("/", &[right]).status, 200);
    let wrong = program.client().get_with("/", &["Authorization: Basic dXNlcjpwYXM"]);
    assert!(wrong.status == 401 && wrong.text().contains("Base64"), "{}", wrong.text());
}

#[test]
fn each_address_that_is_listened_at_has_a_line() {
    let home = home();
    let several = ["--bind", "127.0.0.1", "-b127.0.0.2"];
    let program = Running::start(byteglass(home.path()).args(START).args(several));
    let second = program.line();
    let second = second.strip_prefix("listening on http://").expect(&second);
    assert!(program.address.starts_with("127.0.0.1:") && second.starts_with("127.0.0.2:"), "{second}");
    assert_eq!(program.line(), "serving the welcome site");
    for address in [&program.address, second] {
        let mut client = byteglass::testing::Client::connect(address.parse().unwrap());
        assert_eq!(client.get("/health").status, 200, "{address}");
    }
}

#[test]
fn addresses_that_cannot_be_had_together_are_wrong_usage() {
    let home = home();
    for (binds, words) in [
        (["0.0.0.0", "127.0.0.1"], "0.0.0.0 is all addresses of this machine, 127.0.0.1 among them"),
        (["localhost", "127.0.0.1"], "127.0.0.1 is named twice"),
        (["127.0.0.1", "example.org"], "expected an IP address"),
    ] {
        let options = binds.iter().flat_map(|bind| ["--bind", bind]);
        let output = run(byteglass(home.path()).args(START).args(options));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(words), "{errors}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{binds:?}");
    }
    // A mistake of the machine and not of the line.
    let output = run(byteglass(home.path()).args(START).args(["-b", "127.0.0.1", "-b", "203.0.113.7"]));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("203.0.113.7 is not an address of this machine"), "{errors}");
    assert_eq!(output.status.code(), Some(1));
}
