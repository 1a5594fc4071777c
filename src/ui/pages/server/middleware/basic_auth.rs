//! Basic authentication: user and password.

use egui::Ui;

use crate::service::MiddlewareSettings;

use super::{
    Inputs, Row,
    inputs::{PASSWORD, USER_NAME},
    setting,
};

/// The row of basic authentication.
pub(super) const ROW: Row = Row { summary, settings: Some(settings_ui) };

fn summary(settings: &MiddlewareSettings) -> String {
    if settings.basic_auth.password.is_empty() {
        "no password set".to_owned()
    } else {
        format!("user \"{}\", password set", settings.basic_auth.user)
    }
}

fn settings_ui(ui: &mut Ui, settings: &mut MiddlewareSettings, inputs: &mut Inputs) {
    let auth = &mut settings.basic_auth;
    setting(ui, "User", |ui| inputs.input(ui, &mut auth.user, &USER_NAME));
    let before = auth.password.clone();
    setting(ui, "Password", |ui| inputs.input(ui, &mut auth.password, &PASSWORD));
    auth.is_given &= auth.password == before;
}
