//! Pages and pictures out there that do not play fair get no card, and harm nobody.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use image::ImageFormat;

use crate::support::outside::Request;
use crate::support::samples::{picture, png_bomb};
use crate::support::{App, Outside, Person, Reply, within};

const PAGE: &str = "<!doctype html><meta property='og:title' content='A fair page'>
    <meta property='og:description' content='With something to say'>";
/// Whatever a slow site does, it is left after this long; here it is only slow enough.
const SLOW: Duration = Duration::from_millis(200);

/// What may be called: the site, and not even its neighbour on the same machine.
fn app() -> App {
    App::with(|settings| {
        settings.set("REACHABLE_NETWORKS", "127.0.0.1");
    })
}

fn packed(html: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(html.as_bytes()).unwrap();
    let spaces = [b' '; 64 * 1024];
    for _ in 0..64 {
        gzip.write_all(&spaces).unwrap();
    }
    gzip.finish().unwrap()
}

/// Pages without an end, without a beginning, and with something else than they say.
fn unfair(request: &Request, neighbour: &str) -> Option<Reply> {
    let late = || Reply::html(format!("<!-- {} -->{PAGE}", "x".repeat(4_096)));
    Some(match request.path.as_str() {
        "/silent" => Reply::silent(),
        "/slow/head" => Reply::html(PAGE).endless_head(SLOW),
        "/slow/body" => late().dripping(SLOW),
        "/endless" => Reply::html("<p>la".repeat(1_000)).endless(),
        "/endless/head" => Reply::html(PAGE).endless_head(Duration::ZERO),
        "/head/wide" => Reply::html(PAGE).header("x-long", &"y".repeat(20_000)),
        "/head/many" => {
            (0..120).fold(Reply::html(PAGE), |reply, n| reply.header(&format!("x-{n}"), "y"))
        }
        "/claims/gigabytes" => Reply::html(PAGE).claiming(4_000_000_000),
        "/claims/more" => Reply::html(PAGE).claiming(100_000),
        "/claims/less" => late().claiming(20),
        "/packed" => Reply::html(packed(PAGE)).header("content-encoding", "gzip"),
        "/packed/not" => Reply::html(PAGE).header("content-encoding", "br"),
        "/kind/plain" => Reply::new(200, "text/plain", PAGE),
        "/kind/picture" => Reply::new(200, "image/png", PAGE),
        "/kind/xhtml" => Reply::new(200, "application/xhtml+xml", PAGE),
        "/kind/bytes" => Reply::new(200, "application/octet-stream", PAGE),
        "/kind/two" => Reply::new(200, "text/html-not, text/html", PAGE),
        "/kind/none" => Reply::new(200, "", PAGE),
        "/status/204" => Reply::new(204, "text/html", ""),
        "/status/206" => Reply::new(206, "text/html", PAGE),
        "/status/401" => Reply::new(401, "text/html", PAGE).header("www-authenticate", "Basic"),
        "/status/500" => Reply::new(500, "text/html", PAGE),
        "/again" => Reply::redirect("/again"),
        "/to/file" => Reply::redirect("file:///etc/passwd"),
        "/to/ftp" => Reply::redirect("ftp://127.0.0.1/"),
        "/to/nowhere" => Reply::status(302),
        "/to/nonsense" => Reply::redirect("http://[::1"),
        "/to/neighbour" => Reply::redirect(neighbour),
        "/to/metadata" => Reply::redirect("http://169.254.169.254/latest/meta-data/"),
        "/to/credentials" => Reply::redirect(&neighbour.replace("//", "//user:word@")),
        "/to/number" => Reply::redirect("http://2130706434/"),
        "/hops/0" => Reply::html(PAGE),
        path if path.starts_with("/hops/") => {
            let left: u32 = path["/hops/".len()..].parse().unwrap();
            Reply::redirect(&format!("/hops/{}", left - 1))
        }
        "/cookie" if request.header("cookie").is_empty() => {
            Reply::redirect("/cookie").header("set-cookie", "known=1")
        }
        "/cookie" => Reply::html(PAGE),
        "/refresh" => Reply::html("<meta http-equiv='refresh' content='0; url=/hops/0'>"),
        "/metas" => Reply::html("<meta property='og:x' content='y'>".repeat(25_000)),
        "/deep" => Reply::html(format!("{}{PAGE}", "<div>".repeat(200_000))),
        "/attribute" => Reply::html(format!("<p title='{}{PAGE}", "&amp".repeat(250_000))),
        "/nothing" => Reply::html(vec![0; 100_000]),
        _ => return None,
    })
}

const REFUSED: [&str; 39] = [
    "/silent",
    "/slow/head",
    "/slow/body",
    "/endless",
    "/endless/head",
    "/head/wide",
    "/head/many",
    "/claims/gigabytes",
    "/claims/more",
    "/claims/less",
    "/packed",
    "/packed/not",
    "/kind/plain",
    "/kind/picture",
    "/kind/xhtml",
    "/kind/bytes",
    "/kind/two",
    "/kind/none",
    "/status/204",
    "/status/206",
    "/status/401",
    "/status/500",
    "/again",
    "/to/file",
    "/to/ftp",
    "/to/nowhere",
    "/to/nonsense",
    "/to/neighbour",
    "/to/metadata",
    "/to/credentials",
    "/to/number",
    "/hops/6",
    "/cookie",
    "/refresh",
    "/metas",
    "/deep",
    "/attribute",
    "/nothing",
    "/nowhere",
];

async fn ask(person: &Person, url: &str) -> u16 {
    person.post_fragment("/unfurl_link", &[("url", url)]).await.status()
}

#[tokio::test]
async fn a_page_that_does_not_play_fair_gets_no_card() {
    let neighbour = Outside::at("127.0.0.2:0", None, |_| Reply::html(PAGE)).await;
    let next_door = neighbour.url("/");
    let site = Outside::start(move |request| match request.path.as_str() {
        "/endless/fair" => Reply::html(PAGE).endless(),
        _ => unfair(request, &next_door).unwrap_or_else(|| Reply::new(404, "text/html", PAGE)),
    })
    .await;
    let app = app();
    let ada = app.first_run().await;
    let mut asking = tokio::task::JoinSet::new();
    for path in REFUSED {
        let (ada, url) = (ada.clone(), site.url(path));
        asking.spawn(async move { (path, ask(&ada, &url).await) });
    }
    site.wait_for(1).await;
    ada.post(1, "Meanwhile people talk").await;
    while let Some(asked) = asking.join_next().await {
        let (path, status) = asked.unwrap();
        assert_eq!(status, 204, "{path}");
    }
    for path in ["/hops/0", "/hops/5", "/endless/fair"] {
        assert_eq!(ask(&ada, &site.url(path)).await, 200, "{path}");
    }
    assert_eq!(neighbour.connections(), 0);
    let asked = site.requests();
    for request in &asked {
        for gossip in ["cookie", "authorization", "referer", "accept-encoding", "forwarded"] {
            assert_eq!(request.header(gossip), "", "{}", request.path);
        }
    }
    // What had nothing to say is not asked again so soon.
    for path in ["/slow/head", "/again", "/status/500", "/hops/6"] {
        assert_eq!(ask(&ada, &site.url(path)).await, 204, "{path}");
    }
    assert_eq!(site.requests().len(), asked.len());
}

#[tokio::test]
async fn a_picture_that_does_not_play_fair_is_left_out_of_its_card() {
    let neighbour = Outside::at("127.0.0.2:0", None, |_| Reply::html(PAGE)).await;
    let next_door = neighbour.url("/picture.png");
    let drawn = picture(120, 80, ImageFormat::Png);
    let png = move || Reply::new(200, "image/png", drawn.clone());
    let site = Outside::start(move |request| {
        let host = request.header("host");
        let address = match request.path.strip_prefix("/page") {
            Some("/neighbour") => next_door.clone(),
            Some("/file") => "file:///etc/passwd".into(),
            Some(path) => format!("http://{host}/picture{path}"),
            None => String::new(),
        };
        if !address.is_empty() {
            return Reply::html(format!("{PAGE}<meta property='og:image' content='{address}'>"));
        }
        match request.path.trim_start_matches("/picture") {
            "/fair" => png(),
            "/bomb" => Reply::new(200, "image/png", png_bomb(20_000, 20_000)),
            "/endless" => png().endless(),
            "/claims" => png().claiming(4_000_000_000),
            "/svg" => Reply::new(200, "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "/html" => Reply::new(200, "image/png", PAGE),
            "/half" => {
                Reply::new(200, "image/png", picture(120, 80, ImageFormat::Png)[..90].to_vec())
            }
            "/to" => Reply::redirect("http://127.0.0.2/"),
            "/again" => Reply::redirect("/picture/again"),
            _ => Reply::status(404),
        }
    })
    .await;
    let app = app();
    let ada = app.first_run().await;
    let unfair =
        ["bomb", "endless", "claims", "svg", "html", "half", "to", "again", "neighbour", "file"];
    for path in unfair.iter().chain(&["fair"]) {
        ada.post(1, &site.url(&format!("/page/{path}"))).await;
    }
    within("the cards", async {
        let cards = "link_previews where title = 'A fair page'";
        while app.database().count(cards) <= unfair.len() as i64 {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    })
    .await;
    let pictured: Vec<String> =
        app.database().all("select url from link_previews where picture_key is not null", []);
    assert_eq!(pictured, [site.url("/page/fair")]);
    assert_eq!(neighbour.connections(), 0);
}

#[tokio::test]
async fn neither_ourselves_nor_a_proxy_of_the_surroundings_is_asked() {
    let site = Outside::start(|_| Reply::html(PAGE)).await;
    let ourselves = Outside::start(|_| Reply::html(PAGE)).await;
    let proxy = Outside::start(|_| Reply::html(PAGE)).await;
    let app = App::with(|settings| {
        settings.set("REACHABLE_NETWORKS", "127.0.0.1").set("BASE_URL", &ourselves.url(""));
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
            settings.set(name, &proxy.url(""));
        }
    });
    let ada = app.first_run().await;
    assert_eq!(ask(&ada, &site.url("/")).await, 200);
    assert_eq!(ask(&ada, &ourselves.url("/rooms/1")).await, 204);
    assert_eq!((proxy.connections(), ourselves.connections()), (0, 0));
}
