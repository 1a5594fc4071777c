//! The options as they are written.

use clap::CommandFactory;

use byteglass::trace::Guard;

use super::{values::option_name, *};

#[test]
fn the_command_line_is_consistent() {
    Options::command().debug_assert();
}

#[test]
fn every_export_format_has_a_name_and_stands_in_the_help() {
    let mut command = Options::command();
    let help = command.find_subcommand_mut("read").expect("there").render_long_help().to_string();
    for format in FORMATS.iter().copied() {
        let line = ["byteglass", "read", "--format", format.key(), "file"];
        let Ok(Options { command: Some(Command::Read { format: found, .. }), .. }) =
            Options::try_parse_from(line)
        else {
            panic!("{format:?} is not understood")
        };
        assert_eq!(found, ReadFormat::Export(format));
        assert!(help.contains(format.key()) && help.contains(format.about()), "{format:?}: {help}");
    }
}

#[test]
fn middleware_goes_by_its_key() {
    let options = Options::try_parse_from(["byteglass", "--enable", "cors", "--disable", "etag", "site"])
        .expect("valid");
    assert_eq!(options.enable, [MiddlewareKind::Cors]);
    assert_eq!(options.disable, [MiddlewareKind::Etag]);
    assert_eq!(options.folder, Some(PathBuf::from("site")));
    assert!(Options::try_parse_from(["byteglass", "--enable", "nonsense"]).is_err());
}

#[test]
fn every_middleware_can_be_switched() {
    for kind in MiddlewareKind::ALL {
        for option in ["--enable", "--disable"] {
            let options = Options::try_parse_from(["byteglass", option, kind.key()]).expect("valid");
            assert_eq!([options.enable, options.disable].concat(), [kind]);
        }
    }
}

#[test]
fn a_host_is_a_name_without_a_port() {
    let hosts = |name: &str| Options::try_parse_from(["byteglass", "--host", name]).map(|found| found.host);
    for name in ["dev.example", "my_host", "192.168.0.7", "[::1]"] {
        assert_eq!(hosts(name).ok(), Some(vec![name.to_owned()]), "{name}");
    }
    for name in ["", "a:80", "http://a", "a b", "a/b", "[::1]:80", "..", "[x]"] {
        assert!(hosts(name).is_err(), "{name}");
    }
}

#[test]
fn each_guard_goes_to_its_place() {
    let arguments = Guard::ALL
        .into_iter()
        .zip(1..)
        .map(|(guard, value)| format!("--guard={}={value}", option_name(guard.key())));
    let options =
        Options::try_parse_from(std::iter::once("byteglass".to_owned()).chain(arguments)).expect("valid");
    for (given, (guard, value)) in options.guard.into_iter().zip(Guard::ALL.into_iter().zip(1..)) {
        assert_eq!(given, GuardValue { guard, value });
    }
    let help = Options::command().render_long_help().to_string();
    for guard in Guard::ALL {
        assert!(help.contains(&option_name(guard.key())), "{guard:?}");
    }
}

#[test]
fn a_rule_of_trouble_is_read_and_explained() {
    let rule = "response cut 512 share 10% where path=/api/*";
    let options =
        Options::try_parse_from(["byteglass", "--trouble", rule, "--trouble-seed", "7"]).expect("valid");
    assert_eq!(options.trouble.iter().map(ToString::to_string).collect::<Vec<_>>(), [rule]);
    assert_eq!(options.trouble_seed, Some(7));
    let wrong = Options::try_parse_from(["byteglass", "--trouble", "response latency 200h"]);
    assert!(wrong.is_err_and(|error| error.to_string().contains("as in 200ms")));
}
