//! The operator's verbs about people: who is here, a new password, another administrator.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use super::control::{self, Ask, Reply};
use super::{USAGE, fail, say};
use crate::config::Config;
use crate::model::{EmailAddress, Password, User};
use crate::passwords::Passwords;

/// No active person has the address.
const NOBODY: u8 = 3;

/// `campfire users`: one line for each person and bot, in columns.
pub async fn users(config: &Config) -> anyhow::Result<ExitCode> {
    let reply = control::ask(config, Ask::Users).await?;
    let Reply::Users(users) = reply else { return Ok(answered(reply, "")) };
    say(&format!("{:>6}  {:<11}  {:<13}  {:<32}  NAME", "ID", "STATUS", "ROLE", "EMAIL"));
    for user in users {
        say(&row(&user));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(user: &User) -> String {
    let (id, status, role) = (user.id.to_string(), user.status.as_str(), user.role.as_str());
    let address = user.email_address.as_deref().unwrap_or("-");
    format!("{id:>6}  {status:<11}  {role:<13}  {address:<32}  {}", user.name)
}

/// `campfire reset-password EMAIL [--link]`
pub async fn reset_password(config: &Config, typed: &str, link: bool) -> anyhow::Result<ExitCode> {
    let email_address = match EmailAddress::parse(typed) {
        Ok(address) => address.as_str().to_owned(),
        Err(refused) => return Ok(fail(USAGE, &refused.to_string())),
    };
    if link {
        return match control::ask(config, Ask::RecoveryLink { email_address }).await? {
            Reply::Link(url) => {
                say(&url);
                Ok(ExitCode::SUCCESS)
            }
            reply => Ok(answered(reply, typed)),
        };
    }
    let password = match new_password()? {
        Ok(password) => password,
        Err(sentence) => return Ok(fail(USAGE, &sentence)),
    };
    let password_digest = Passwords::start()?.hash(password).await?;
    let reply = control::ask(config, Ask::ResetPassword { email_address, password_digest }).await?;
    if matches!(reply, Reply::Done) {
        say("The password is set. They are signed out everywhere.");
    }
    Ok(answered(reply, typed))
}

/// Typed twice at a terminal, unseen; else one line of the input.
fn new_password() -> anyhow::Result<Result<Password, String>> {
    let typed = if std::io::stdin().is_terminal() {
        let typed = rpassword::prompt_password("New password: ")?;
        if rpassword::prompt_password("The same again: ")? != typed {
            return Ok(Err("These were two different passwords. Nothing was changed.".to_owned()));
        }
        typed
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    Ok(Password::parse(&typed).map_err(|refused| refused.to_string()))
}

/// `campfire make-admin EMAIL`
pub async fn make_admin(config: &Config, typed: &str) -> anyhow::Result<ExitCode> {
    let email_address = match EmailAddress::parse(typed) {
        Ok(address) => address.as_str().to_owned(),
        Err(refused) => return Ok(fail(USAGE, &refused.to_string())),
    };
    let reply = control::ask(config, Ask::MakeAdministrator { email_address }).await?;
    if matches!(reply, Reply::Done) {
        say("They are an administrator now.");
    }
    Ok(answered(reply, typed))
}

/// The exit code that goes with an answer, and why it is not zero.
fn answered(reply: Reply, typed: &str) -> ExitCode {
    match reply {
        Reply::Done | Reply::Users(_) | Reply::Link(_) | Reply::Backup(_) => ExitCode::SUCCESS,
        Reply::Nobody => fail(
            NOBODY,
            &format!(
                "Nobody active here has the address {typed}. `campfire users` lists everybody."
            ),
        ),
        Reply::Failed(reason) => fail(1, &format!("That did not work: {reason}")),
    }
}
