//! File systems that are mounted in the served folder, over it, and unmounted again; and a folder that may not be read.
//! Where a user may have no name spaces, nothing is tested, and that is said.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use byteglass::testing::Client;

use super::program::{Running, byteglass};

/// Mounts of its own, as an administrator of them.
const MOUNTS: &str = "-rm";
/// Without the rights of an administrator, whoever runs the tests.
const NO_RIGHTS: &str = "-U";

/// The program in name spaces of its own, after the shell has run `before` there.
fn start(spaces: &str, before: &str, home: &Path, arguments: &[&str]) -> Option<Running> {
    let own = Command::new("unshare").args([spaces, "true"]).stderr(Stdio::null()).status();
    if !own.is_ok_and(|status| status.success()) {
        eprintln!("this user may have no name spaces: nothing was tested");
        return None;
    }
    let program = byteglass(home);
    let mut command = Command::new("unshare");
    command.args([spaces, "sh", "-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(program.get_program());
    command.args(["--headless", "--quiet", "--port", "0"]).args(arguments);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Some(Running::start(&mut command))
}

/// Runs a command in the name space of the program. Returns whether it succeeded.
fn within(program: &Running, command: &str) -> bool {
    let id = program.id().to_string();
    let enter = ["-t", &id, "-U", "-m", "--preserve-credentials", "sh", "-c", command];
    Command::new("nsenter").args(enter).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[test]
fn what_is_mounted_in_the_folder_is_served_and_can_be_unmounted_at_any_time() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("folder");
    let inner = folder.join("inner");
    fs::create_dir_all(&inner).unwrap();
    fs::write(folder.join("a.txt"), "outer").unwrap();
    let at = inner.display();
    let before = format!(
        "mount -t tmpfs none {at} && echo inner > {at}/a.txt && head -c 3000000 /dev/zero > {at}/big"
    );
    let Some(program) = start(MOUNTS, &before, home.path(), &["--listing", folder.to_str().unwrap()]) else {
        return;
    };
    let mut client = program.client();
    for _ in 0..3 {
        assert_eq!(client.get("/inner/a.txt").text(), "inner\n");
        assert_eq!(client.get("/a.txt").text(), "outer");
    }
    assert_eq!(client.get("/inner/big").body.len(), 3_000_000);
    assert!(client.get("/inner/").text().contains("big"));
    // The connection is open, and nothing of the file system is.
    assert!(within(&program, &format!("umount {at}")), "it is busy");
    assert_eq!(client.get("/inner/a.txt").status, 404);
    assert!(within(&program, &format!("mount -t tmpfs none {at} && echo again > {at}/a.txt")));
    assert_eq!(client.get("/inner/a.txt").text(), "again\n");
    assert_eq!(client.get("/a.txt").text(), "outer");
}

#[test]
fn what_is_mounted_over_the_folder_is_served_until_it_is_unmounted() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("folder");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.txt"), "below").unwrap();
    let Some(program) = start(MOUNTS, "true", home.path(), &[folder.to_str().unwrap()]) else { return };
    let mut client = Client::connect(program.address.parse().unwrap());
    let at = folder.display();
    for round in 0..2 {
        assert_eq!(client.get("/a.txt").text(), "below", "{round}");
        assert!(within(&program, &format!("mount -t tmpfs none {at} && echo above > {at}/a.txt")));
        assert_eq!(client.get("/a.txt").text(), "above\n", "{round}");
        // The served folder itself is open, so it is detached and not unmounted at once.
        assert!(within(&program, &format!("umount -l {at}")));
    }
    assert_eq!(client.get("/a.txt").text(), "below");
}

/// Files can be asked for by their names.
#[test]
fn a_folder_that_may_be_entered_and_not_read_is_said_to_be_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("folder");
    fs::create_dir_all(folder.join("inner")).unwrap();
    fs::write(folder.join("a.txt"), "named").unwrap();
    for closed in [folder.join("inner"), folder.clone()] {
        fs::set_permissions(closed, fs::Permissions::from_mode(0o311)).unwrap();
    }
    let arguments = ["--listing", folder.to_str().unwrap()];
    let Some(program) = start(NO_RIGHTS, "true", home.path(), &arguments) else { return };
    let mut client = program.client();
    assert_eq!(client.get("/a.txt").text(), "named");
    for path in ["/", "/inner/"] {
        let response = client.get(path);
        assert_eq!(response.status, 403, "{path}: {}", response.text());
    }
    let (_, _, errors) = program.interrupt();
    assert!(errors.contains("cannot be listed"), "{errors}");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}
