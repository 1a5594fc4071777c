//! The composer: a frame that the user sends by hand, right or wrong on purpose.

use ::bytes::BytesMut;
use egui::{ComboBox, RichText, TextEdit, Ui, vec2};

use crate::{
    base::stream::{ConnId, Direction},
    ui::{
        command::Command,
        icons,
        pages::traffic::{resolved::ResolvedExchange, timeline::card},
        theme::{self, frames, space, traffic},
        widgets::{
            button::{ButtonStyle, primary},
            pill::pill_button,
            segmented::{Choice, segmented},
        },
    },
    websocket::{Opcode, encode::Outgoing},
    words,
};

use super::text;

/// The frame as it is composed.
#[derive(Debug)]
pub(super) struct Composer {
    /// To the client ([`Direction::Sent`]), or to the server.
    to: Direction,
    /// The four bits of the opcode.
    opcode: u8,
    fin: bool,
    rsv: u8,
    is_masked: bool,
    /// The key of the mask in hexadecimal.
    key: String,
    /// The payload, with escapes.
    payload: String,
}

impl Default for Composer {
    fn default() -> Self {
        Self {
            to: Direction::Sent,
            opcode: Opcode::Text.bits(),
            fin: true,
            rsv: 0,
            is_masked: false,
            key: "09 08 07 06".to_owned(),
            payload: "hello".to_owned(),
        }
    }
}

impl Composer {
    /// The bytes of the frame.
    ///
    /// # Errors
    /// What is wrong with the text.
    fn bytes(&self) -> Result<Vec<u8>, String> {
        let payload = text::bytes(&self.payload)
            .map_err(|at| format!("The backslash at {} begins no escape; \\xNN is a byte.", at + 1))?;
        let key = text::key(&self.key).ok_or("The mask key has to be four bytes, such as 09 08 07 06.");
        let mask = if self.is_masked { Some(key?) } else { None };
        let mut out = BytesMut::new();
        let frame = Outgoing { fin: self.fin, rsv: self.rsv, opcode: self.opcode, mask, payload: &payload };
        frame.write(&mut out);
        Ok(out.to_vec())
    }
}

/// Paints the composer.
pub(super) fn show(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    composer: &mut Composer,
    commands: &mut Vec<Command>,
) {
    let detail = resolved.detail();
    let server = detail.upstream.last().map(|leg| leg.leg.conn);
    if server.is_none() {
        composer.to = Direction::Sent;
    }
    let is_one_line = is_one_line(ui.available_width());
    card(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ui.spacing_mut().item_spacing = vec2(space::GAP, space::GAP);
        ui.horizontal(|ui| {
            let caption = RichText::new("SEND A FRAME").font(theme::caption_font());
            ui.label(caption.color(theme::palette(ui).dim));
            to_ui(ui, composer, server.is_some());
            opcode_ui(ui, composer);
            if is_one_line {
                bits_ui(ui, composer);
                payload_ui(ui, resolved, composer, server, commands);
            }
        });
        if !is_one_line {
            ui.horizontal(|ui| bits_ui(ui, composer));
            ui.horizontal(|ui| payload_ui(ui, resolved, composer, server, commands));
        }
    });
}

/// Height of the composer at this width, in points.
pub(super) fn height(ui: &Ui, width: f32) -> f32 {
    let lines = if is_one_line(width) { 1.0 } else { 3.0 };
    lines * ui.spacing().interact_size.y
        + (lines - 1.0) * space::GAP
        + 2.0 * (traffic::INSET + space::HAIRLINE)
}

fn is_one_line(width: f32) -> bool {
    width >= frames::ONE_LINE_FROM
}

/// Paints the payload, and the button that sends the frame.
fn payload_ui(
    ui: &mut Ui,
    resolved: &ResolvedExchange,
    composer: &mut Composer,
    server: Option<ConnId>,
    commands: &mut Vec<Command>,
) {
    let width = (ui.available_width() - frames::SEND).max(frames::PAYLOAD);
    let edit = TextEdit::singleline(&mut composer.payload).font(theme::mono_font()).desired_width(width);
    let response = ui.add(edit).on_hover_text("The payload. \\x and two digits are one byte.");
    response.accessible_name("Payload of the frame");
    send_ui(ui, composer, |bytes| {
        let detail = resolved.detail();
        let conn = match composer.to {
            Direction::Sent => Some(detail.exchange.conn),
            Direction::Received => server,
        };
        let exchange = detail.exchange.id;
        let send = |conn: ConnId| Command::SendFrame { conn, exchange, bytes };
        commands.extend(conn.map(send));
    });
}

fn to_ui(ui: &mut Ui, composer: &mut Composer, has_server: bool) {
    let choices =
        ["to the client", "to the server"].map(|label| Choice { label, detail: "", accessible_name: label });
    let count = if has_server { 2 } else { 1 };
    let current = usize::from(composer.to == Direction::Received);
    if let Some(choice) = segmented(ui, current, &choices[..count]) {
        composer.to = if choice == 0 { Direction::Sent } else { Direction::Received };
        // RFC 6455 §5.1: a client masks, a server does not. What is chosen afterwards stays.
        composer.is_masked = choice == 1;
    }
}

fn opcode_ui(ui: &mut Ui, composer: &mut Composer) {
    let name = |bits: u8| match Opcode::from_bits(bits) {
        Some(opcode) => opcode.key().to_owned(),
        None => format!("{bits:#x}, reserved"),
    };
    let shown = ComboBox::from_id_salt("opcode").selected_text(name(composer.opcode)).show_ui(ui, |ui| {
        for bits in 0..16 {
            ui.selectable_value(&mut composer.opcode, bits, name(bits));
        }
    });
    shown.response.accessible_name("Opcode of the frame");
}

fn bits_ui(ui: &mut Ui, composer: &mut Composer) {
    if pill_button(ui, &format!("FIN {}", u8::from(composer.fin)), theme::palette(ui).text).clicked() {
        composer.fin = !composer.fin;
    }
    for (number, bit) in [(1, 4), (2, 2), (3, 1)] {
        let words = format!("RSV{number} {}", u8::from(composer.rsv & bit != 0));
        if pill_button(ui, &words, theme::palette(ui).text).clicked() {
            composer.rsv ^= bit;
        }
    }
    let words = if composer.is_masked { "masked" } else { "no mask" };
    if pill_button(ui, words, theme::palette(ui).text).clicked() {
        composer.is_masked = !composer.is_masked;
    }
    if composer.is_masked {
        let edit =
            TextEdit::singleline(&mut composer.key).font(theme::mono_font()).desired_width(frames::KEY);
        ui.add(edit).accessible_name("Mask key in hexadecimal");
    }
}

fn send_ui(ui: &mut Ui, composer: &Composer, send: impl FnOnce(Vec<u8>)) {
    match composer.bytes() {
        Ok(bytes) => {
            let name = format!("Send {}", words::plural(bytes.len() as u64, "byte"));
            if primary(ui, icons::PLAY, &name, ButtonStyle::Full).clicked() {
                send(bytes);
            }
        }
        Err(why) => {
            ui.label(RichText::new(why).color(theme::palette(ui).error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_can_be_wrong_on_purpose() {
        let mut composer = Composer::default();
        assert_eq!(composer.bytes(), Ok(b"\x81\x05hello".to_vec()));
        composer.fin = false;
        composer.rsv = 4;
        composer.opcode = 0xB;
        composer.payload = r"\xFF".to_owned();
        assert_eq!(composer.bytes(), Ok(b"\x4B\x01\xFF".to_vec()));
        composer.is_masked = true;
        assert_eq!(composer.bytes(), Ok(b"\x4B\x81\x09\x08\x07\x06\xF6".to_vec()));
        composer.key = "09".to_owned();
        assert!(composer.bytes().is_err());
        composer.payload = r"\q".to_owned();
        assert!(composer.bytes().is_err_and(|why| why.contains("backslash at 1")));
    }
}
