//! The scroll bar of a list of rows, drawn like egui's own scroll bars.

use egui::{Color32, Direction, Id, Rangef, Rect, Response, Role, Sense, Shape, Ui, WidgetInfo, lerp, pos2};

use crate::ui::theme::space;

use super::scroll::{Extent, Scroll};

/// A scroll bar at the right edge of `area`, floating over the rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScrollBar<'a> {
    /// The id of the scroll bar itself.
    pub id: Id,
    /// The area of the rows.
    pub area: Rect,
    /// Number of rows, in all and in view.
    pub extent: Extent,
    /// Name of the list, for screen readers.
    pub name: &'a str,
}

impl ScrollBar<'_> {
    /// The scroll position, in rows, that a drag or a click on the bar asks for. `None`: the bar is not in
    /// use. Called before the rows are painted, so that they follow the pointer in the same frame.
    pub(super) fn dragged_to(&self, ui: &Ui, scroll: &Scroll) -> Option<f64> {
        let response = ui.ctx().read_response(self.id)?;
        let held = self.id.with("held");
        let Some(pointer) = response.interact_pointer_pos() else {
            ui.data_mut(|data| data.remove::<f32>(held));
            return None;
        };
        let handle = self.handle(scroll);
        let grip: f32 = ui.data_mut(|data| {
            *data.get_temp_mut_or_insert_with(held, || {
                // A click beside the handle grabs it in the middle.
                if handle.contains(pointer.y) { pointer.y - handle.min } else { handle.span() / 2.0 }
            })
        });
        let travel = f64::from(self.area.height() - handle.span());
        if travel <= 0.0 {
            return None;
        }
        let part = f64::from(pointer.y - grip - self.area.top()) / travel;
        Some(part.clamp(0.0, 1.0) * self.extent.last())
    }

    /// Paints the bar, and the shades that hint at rows above and below.
    pub(super) fn show(&self, ui: &Ui, scroll: &Scroll) {
        self.shades(ui, scroll);
        let shown = ui.ctx().animate_bool_responsive(self.id.with("shown"), self.extent.last() > 0.0);
        if shown <= 0.0 {
            return;
        }
        let style = ui.spacing().scroll;
        let right = self.area.right() - shown * style.bar_outer_margin;
        let whole = Rect::from_min_max(
            pos2(right - style.bar_width, self.area.top()),
            pos2(right, self.area.bottom()),
        );
        let sense = if ui.is_enabled() { Sense::CLICK | Sense::DRAG } else { Sense::HOVER };
        let response = ui.interact(whole, self.id, sense);
        response.widget_info(|| {
            let mut info =
                WidgetInfo::labeled(Role::ScrollBar, ui.is_enabled(), format!("scroll {}", self.name));
            info.value = Some(scroll.first());
            info
        });
        self.paint(ui, scroll, &response, whole, shown);
    }

    fn paint(&self, ui: &Ui, scroll: &Scroll, response: &Response, whole: Rect, shown: f32) {
        let style = ui.spacing().scroll;
        let used = response.hovered() || response.dragged();
        let wide = ui.ctx().animate_bool_responsive(self.id.with("wide"), used);
        let width = shown * lerp(style.floating_width..=style.bar_width, wide);
        let across = Rangef::new(whole.right() - width, whole.right());
        let handle = Rect::from_x_y_ranges(across, self.handle(scroll));
        let over = ui.rect_contains_pointer(self.area) && ui.ctx().dragged_id().is_none();
        let near = ui.ctx().animate_bool_responsive(self.id.with("near"), over);
        let (front, back) = if used {
            (style.interact_handle_opacity, style.interact_background_opacity)
        } else {
            let back = if over { style.active_background_opacity } else { style.dormant_background_opacity };
            (lerp(style.dormant_handle_opacity..=style.active_handle_opacity, near), back)
        };
        let visuals = ui.visuals();
        let widget = if response.is_pointer_button_down_on() {
            &visuals.widgets.active
        } else if response.hover_pos().is_some_and(|at| handle.contains(at)) {
            &visuals.widgets.hovered
        } else {
            &visuals.widgets.inactive
        };
        let color = if style.foreground_color { widget.fg_stroke.color } else { widget.bg_fill };
        let track = Rect::from_x_y_ranges(across, whole.y_range());
        let ground = visuals.extreme_bg_color.gamma_multiply(back);
        ui.painter().rect_filled(track, widget.corner_radius, ground);
        ui.painter().rect_filled(handle, widget.corner_radius, color.gamma_multiply(front));
    }

    /// Vertical range of the handle, in points.
    fn handle(&self, scroll: &Scroll) -> Rangef {
        let (rows, height) = (self.extent.rows.max(1) as f64, self.area.height());
        let shortest = space::HANDLE;
        let length = (height * (self.extent.seen / rows).min(1.0) as f32).max(shortest).min(height);
        let last = self.extent.last();
        let part = if last > 0.0 { scroll.first() / last } else { 0.0 };
        let top = self.area.top() + (f64::from(height - length) * part) as f32;
        Rangef::new(top, top + length)
    }

    fn shades(&self, ui: &Ui, scroll: &Scroll) {
        let fade = ui.spacing().scroll.fade;
        // Without a height no row is in sight, and a row has no height.
        if fade.strength <= 0.0 || self.extent.seen <= 0.0 {
            return;
        }
        let ground = ui.stack().bg_color();
        let row = f64::from(self.area.height()) / self.extent.seen;
        let shade = |rows: f64, direction| {
            let strength = ((rows * row) as f32 / fade.size).clamp(0.0, 1.0) * fade.strength;
            if strength <= 0.0 {
                return;
            }
            let mut rect = self.area;
            match direction {
                Direction::TopDown => rect.max.y = rect.min.y + fade.size,
                _ => rect.min.y = rect.max.y - fade.size,
            }
            let colors = [ground.gamma_multiply(strength), Color32::TRANSPARENT];
            ui.painter().add(Shape::gradient_rect(rect, direction, colors));
        };
        shade(scroll.first(), Direction::TopDown);
        shade(self.extent.last() - scroll.first(), Direction::BottomUp);
    }
}
