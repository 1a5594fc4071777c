//! The listen card: address and port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use egui::{Key, Label, Rect, RichText, Role, Sense, TextEdit, Ui, Vec2, WidgetInfo};

use crate::{
    server::{BindAddresses, BindError, local_address},
    trace::Severity,
    ui::{
        command::{Command, Topic},
        context::Context,
        icons,
        theme::{self, server_page},
        widgets::{
            button::{self, ButtonStyle},
            card, notice,
        },
    },
    words::{self, qr::Code},
};

use super::{Content, News};

/// The state of the card.
#[derive(Default)]
pub(super) struct Listen {
    /// Address and port as typed. `None`: the current ones are shown.
    typed: Option<(String, String)>,
    /// The URL for other machines, and its code. `None`: there is none.
    reached: Option<(String, Code)>,
    /// Another host name as typed.
    host: String,
}

impl Content for Listen {
    fn ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
        let port = context.address.map_or(context.settings.port, |address| address.port());
        let in_force = (context.settings.bind.to_string(), port.to_string());
        let (mut bind, mut port) = self.typed.clone().unwrap_or_else(|| in_force.clone());
        let mut entered = false;
        let mut apply = false;
        ui.horizontal_wrapped(|ui| {
            // Several have more room.
            let width = if bind.contains(',') { server_page::HOST_INPUT } else { server_page::INPUT };
            entered |= input(ui, "Address", &mut bind, width);
            entered |= input(ui, "Port", &mut port, server_page::PORT_INPUT);
            apply = button::button(ui, "", "Apply", ButtonStyle::Full).clicked();
        });
        self.typed = ((&bind, &port) != (&in_force.0, &in_force.1)).then(|| (bind.clone(), port.clone()));
        let wanted = parse(&bind, &port);
        let mut command = None;
        match wanted {
            Ok((bind, port)) => {
                reach_ui(ui, &bind);
                if apply || entered {
                    command = Some(Command::Listen { bind, port });
                }
                urls_ui(ui, context);
                self.code_ui(ui, context);
                command = back_ui(ui, context).or(command);
            }
            Err(why) => {
                let palette = theme::palette(ui);
                ui.add(Label::new(RichText::new(why).color(palette.error)).wrap());
            }
        }
        command = command.or(self.hosts_ui(ui, context));
        if let Some(address) = context.listening_soon {
            card::dim(ui, &format!("Starting to listen on {address}…"));
        }
        if let Some(problem) = context.address_problem
            && notice::notice(ui, Severity::Error, problem)
        {
            command = Some(Command::Dismiss(Topic::Address));
        }
        command
    }

    fn on_news(&mut self, news: &News) {
        // The typed address is in use now.
        if matches!(news, News::Listening) {
            self.typed = None;
        }
    }
}

impl Listen {
    /// Shows the host names that are answered to, and an input for another one.
    fn hosts_ui(&mut self, ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
        let hosts = &context.settings.hosts;
        card::dim(
            ui,
            "Answers to IP addresses, to localhost, to the names of this machine, and to these host names:",
        );
        let mut changed = hosts.clone();
        changed.retain(|host| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(host).font(theme::mono_font()).color(theme::palette(ui).text));
                !button::bare(ui, icons::X, &format!("Do not answer to {host}")).clicked()
            })
            .inner
        });
        let name = self.host.trim().to_ascii_lowercase();
        let problem = host_problem(&name, hosts);
        ui.horizontal(|ui| {
            let edit = TextEdit::singleline(&mut self.host).font(theme::mono_font()).hint_text("app.test");
            let response = ui.add(edit.desired_width(server_page::HOST_INPUT)).accessible_name("Host name");
            let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let clicked = button::button(ui, "", "Add host", ButtonStyle::Full).clicked();
            if (entered || clicked) && problem.is_none() && !name.is_empty() {
                changed.push(name);
                self.host.clear();
            }
        });
        if let Some(problem) = problem {
            ui.add(Label::new(RichText::new(problem).color(theme::palette(ui).error)).wrap());
        }
        (changed != *hosts).then_some(Command::SetHosts(changed))
    }

    /// Shows the address for other machines, and its code for the camera of a phone.
    fn code_ui(&mut self, ui: &mut Ui, context: &Context<'_>) {
        // The reading may be older than the change of the address.
        let Some(outer) = context.live.outer.filter(|_| !context.settings.bind.are_loopback()) else {
            self.reached = None;
            return;
        };
        let url = format!("http://{outer}");
        if self.reached.as_ref().is_none_or(|(known, _)| *known != url) {
            self.reached = Code::new(&url).map(|code| (url, code));
        }
        let Some((url, code)) = &self.reached else { return };
        ui.hyperlink(url);
        paint_code(ui, code, url);
    }
}

/// The addresses to open in a browser, where there are several.
fn urls_ui(ui: &mut Ui, context: &Context<'_>) {
    let bind = &context.settings.bind;
    if let Some(address) = context.address.filter(|_| bind.all().len() > 1) {
        card::dim(ui, "Listening at:");
        for address in bind.at(address.port()) {
            ui.hyperlink(format!("http://{}", local_address(address)));
        }
    }
}

/// The way back to this computer alone, where others can connect.
fn back_ui(ui: &mut Ui, context: &Context<'_>) -> Option<Command> {
    let address = context.address.filter(|_| !context.settings.bind.are_loopback())?;
    let is_v4 = context.settings.bind.all().iter().any(IpAddr::is_ipv4);
    let local: IpAddr = if is_v4 { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
    let bind = BindAddresses::from(local);
    let back = button::button(ui, "", "Listen on this computer only", ButtonStyle::Full).clicked();
    back.then_some(Command::Listen { bind, port: address.port() })
}

/// Paints a code, dark on light whatever the theme: some cameras read nothing else.
fn paint_code(ui: &mut Ui, code: &Code, url: &str) {
    let palette = theme::palette(ui);
    #[allow(clippy::cast_precision_loss, reason = "a code has less than two hundred modules")]
    let place = |at: usize| at as f32 * server_page::CODE_MODULE;
    let size = Vec2::splat(place(code.side()));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let name = format!("QR code of {url}");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    ui.painter().rect_filled(rect, 0.0, palette.code_light);
    for row in 0..code.side() {
        for column in (0..code.side()).filter(|column| code.is_dark(row, *column)) {
            let corner = rect.min + Vec2::new(place(column), place(row));
            let module = Rect::from_min_size(corner, Vec2::splat(server_page::CODE_MODULE));
            ui.painter().rect_filled(module, 0.0, palette.code_dark);
        }
    }
}

/// Shows a labelled text input. Returns whether Enter was pressed in it.
fn input(ui: &mut Ui, name: &str, text: &mut String, width: f32) -> bool {
    let palette = theme::palette(ui);
    let label = ui.label(RichText::new(name).color(palette.dim));
    let edit = TextEdit::singleline(text).font(theme::mono_font()).desired_width(width);
    let response = ui.add(edit).labelled_by(label.id);
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Tells who can connect.
fn reach_ui(ui: &mut Ui, bind: &BindAddresses) {
    if bind.are_loopback() {
        card::dim(ui, "Only programs on this machine can connect.");
        return;
    }
    let palette = theme::palette(ui);
    ui.horizontal_top(|ui| {
        ui.label(theme::icon(icons::WARNING).color(palette.warn));
        let words = "Reachable from other machines: anyone who can reach this address can read the folder.";
        ui.add(Label::new(RichText::new(words).color(palette.warn)).wrap());
    });
}

/// What is wrong with a host name. `None`: nothing.
fn host_problem(name: &str, hosts: &[String]) -> Option<&'static str> {
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if name.is_empty() {
        None
    } else if !name.split('.').all(is_part) {
        Some("A host name has letters, digits, hyphens and dots, and no port.")
    } else if hosts.iter().any(|host| host == name) {
        Some("This name is answered to already.")
    } else {
        None
    }
}

/// Reads what was typed: one address, or several between commas.
fn parse(bind: &str, port: &str) -> Result<(BindAddresses, u16), String> {
    let bind = bind.parse().map_err(|error| match error {
        BindError::NotAnAddress => "The address must be an IP address, such as 127.0.0.1 or ::1.".to_owned(),
        error => words::sentence(&error.to_string()),
    })?;
    let port = port.trim().parse().map_err(|_| "The port must be a number from 0 to 65535.".to_owned())?;
    Ok((bind, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ports_are_read_or_refused_with_the_reason() {
        let v4 = BindAddresses::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert_eq!(parse(" localhost", "0"), Ok((v4.clone(), 0)));
        assert_eq!(parse("127.0.0.1", " 8080 "), Ok((v4, 8080)));
        assert_eq!(parse("[::1], 127.0.0.1", "1").map(|(bind, _)| bind.are_loopback()), Ok(true));
        assert!(parse("*, ::1, 127.0.0.1", "1").is_err_and(|why| why.ends_with("leave out one of the two.")));
        assert!(parse("example.org", "80").is_err_and(|why| why.contains("address")));
        assert!(parse("127.0.0.1", "65536").is_err_and(|why| why.contains("port")));
        assert!(parse("127.0.0.1", "").is_err_and(|why| why.contains("port")));
    }

    #[test]
    fn host_names_are_checked_while_they_are_typed() {
        let known = ["app.test".to_owned()];
        for good in ["", "a", "my-app.example", "x_1.test"] {
            assert_eq!(host_problem(good, &known), None, "{good}");
        }
        for bad in ["app.test", "a b", "a:80", "http://a", ".", "a..b"] {
            assert!(host_problem(bad, &known).is_some(), "{bad}");
        }
    }
}
