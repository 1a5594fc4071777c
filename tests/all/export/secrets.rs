//! Passwords, cookies and tokens in files that are meant for others.

use byteglass::{
    capture::save::FileFormat,
    explain::Facts,
    export::{self, Export, FORMATS},
    store::Store,
    testing::script::Script,
};

/// What must not be found in a file without secrets. No other part of the exchange looks like it.
const SECRETS: &[&str] = &[
    "dXNlcjpxUTE=",
    "qQ2cookie",
    "qQ3flag",
    "qQ4token",
    "qQ5key",
    "qQ6set",
    "qQ7location",
    "qQ8fragment",
    "qQ9form",
    "qQ10referer",
    "qQ11proxy",
];

fn facts() -> Facts {
    let form = "user=a&password=qQ9form";
    let request = format!(
        "POST /login?access_token=qQ4token&page=2 HTTP/1.1\r\nHost: a\r\nAuthorization: Basic dXNlcjpxUTE=\r\n\
         Proxy-Authorization: Bearer qQ11proxy\r\nCookie: sid=qQ2cookie; theme; x=qQ3flag\r\nX-Api-Key: qQ5key\r\n\
         Referer: http://a/?session_id=qQ10referer\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let response = "HTTP/1.1 302 Found\r\nSet-Cookie: sid=qQ6set; HttpOnly\r\n\
                    Location: /next?code=qQ7location#id_token=qQ8fragment\r\nContent-Length: 0\r\n\r\n";
    let mut script = Script::default();
    script.open(1);
    let id = script.exchange(1, request.as_bytes(), response.as_bytes());
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    Facts::new(store.detail(id).unwrap())
}

fn written(key: &str, facts: &Facts) -> String {
    let mut file = Vec::new();
    let mut export = Export::begin(export::format(key).unwrap(), &mut file).unwrap();
    export.add(facts, None).unwrap();
    export.end("").unwrap();
    String::from_utf8(file).unwrap()
}

#[test]
fn har_and_curl_replace_secrets_unless_they_are_asked_for() {
    let facts = facts();
    for (format, says) in [
        ("har", "\"comment\":\"Passwords, cookies and tokens in heads and forms are replaced by x"),
        ("curl", "# In this file passwords, cookies and tokens in heads and forms are replaced by x"),
    ] {
        let without = written(format, &facts);
        let with = written(&format!("{format}-with-secrets"), &facts);
        assert!(without.contains(says), "{without}");
        for secret in SECRETS {
            assert!(!without.contains(secret), "{format}: {secret} in {without}");
            let of_response = ["qQ6", "qQ7", "qQ8"].iter().any(|response| secret.starts_with(response));
            assert_eq!(
                with.contains(secret),
                format == "har" || !of_response,
                "{format}: {secret} in {with}"
            );
        }
        for kept in
            ["Basic xxxxxxxxxxxx", "sid=xxxxxxxxx; xxxxx; x=xxxxxxx", "user=a&password=xxxxxxx", "page=2"]
        {
            assert!(without.contains(kept), "{format}: no {kept} in {without}");
        }
        let text = export::text(export::format(format).unwrap(), &facts).unwrap();
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
    }
}

#[test]
fn a_dialog_says_whether_the_file_will_hold_secrets() {
    assert!(FileFormat::Capture.dialog_title().contains("with all passwords"));
    for format in FORMATS.iter().copied() {
        let holds = !matches!(format.key(), "har" | "curl");
        let title = FileFormat::Export(format).dialog_title();
        assert_eq!(title.contains("with all passwords"), holds, "{format:?}: {title}");
        assert_eq!(title.contains("without passwords"), !holds, "{format:?}: {title}");
    }
}
