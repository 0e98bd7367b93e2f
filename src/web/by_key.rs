//! Routes that people and bots share: who comes with a key is a bot, everybody else a person.

use std::marker::PhantomData;
use std::pin::Pin;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};

use super::error::Failure;
use super::extract::current_bot::{KEY_IN_PATH, bearer_token};
use crate::app::App;

/// Two handlers of one route.
#[derive(Clone)]
pub struct ByKey<B, P> {
    bot: B,
    person: P,
}

/// Tells the kind of arguments that the two handlers take.
pub struct Either<BotArguments, PersonArguments>(PhantomData<(BotArguments, PersonArguments)>);

/// Hands a request with a bearer token to `bot`, whether the token is right or not, and every other
/// one to `person`. A key among the parameters of the address is refused: there it would be kept
/// in histories and logs.
pub fn by_key<B, P>(bot: B, person: P) -> ByKey<B, P> {
    ByKey { bot, person }
}

impl<B, BT, P, PT> Handler<Either<BT, PT>, App> for ByKey<B, P>
where
    B: Handler<BT, App>,
    P: Handler<PT, App>,
    BT: 'static,
    PT: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, app: App) -> Self::Future {
        if bearer_token(request.headers()).is_some() {
            return Box::pin(self.bot.call(request, app));
        }
        if has_key_among_parameters(&request) {
            return Box::pin(async { Failure::MisplacedBotKey.into_response() });
        }
        Box::pin(self.person.call(request, app))
    }
}

fn has_key_among_parameters(request: &Request) -> bool {
    let parameters = request.uri().query().unwrap_or_default().split('&');
    parameters.filter_map(|parameter| parameter.split('=').next()).any(|name| name == KEY_IN_PATH)
}
