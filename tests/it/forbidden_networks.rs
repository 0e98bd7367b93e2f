//! No link that people post makes the server call a neighbour: tried in a network namespace in
//! which every address of the world is this machine, and each call is counted.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use crate::support::spaces::with_network;
use crate::support::{App, Person, within};

const INSIDE: &str = "CAMPFIRE_TEST_NAMESPACE";
const THIS: &str = "forbidden_networks::no_link_calls_a_forbidden_address";

const PUBLIC: [&str; 5] = [
    "93.184.216.34",
    "1.2.3.4",
    "[2606:4700:4700::1111]",
    "[64:ff9b::5db8:d822]",
    "[2a00:1450:4001::1]",
];

/// At least one of every refused range.
const FORBIDDEN_V4: [Ipv4Addr; 20] = [
    Ipv4Addr::new(127, 0, 0, 1),
    Ipv4Addr::new(127, 9, 8, 7),
    Ipv4Addr::new(0, 0, 0, 0),
    Ipv4Addr::new(0, 1, 2, 3),
    Ipv4Addr::new(10, 0, 0, 5),
    Ipv4Addr::new(10, 255, 255, 255),
    Ipv4Addr::new(100, 64, 0, 9),
    Ipv4Addr::new(100, 127, 255, 254),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(172, 16, 5, 5),
    Ipv4Addr::new(172, 31, 255, 254),
    Ipv4Addr::new(192, 0, 0, 8),
    Ipv4Addr::new(192, 0, 2, 7),
    Ipv4Addr::new(192, 88, 99, 1),
    Ipv4Addr::new(192, 168, 7, 7),
    Ipv4Addr::new(198, 18, 0, 1),
    Ipv4Addr::new(198, 51, 100, 3),
    Ipv4Addr::new(203, 0, 113, 9),
    Ipv4Addr::new(240, 0, 0, 1),
];
const FORBIDDEN_V6: [&str; 18] = [
    "::1",
    "::",
    "::ffff:10.0.0.5",
    "::ffff:93.184.216.34",
    "::10.0.0.5",
    "fd00:ec2::254",
    "fc00::1",
    "fe80::1",
    "fec0::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:db8::1",
    "2002:a00:5::1",
    "64:ff9b::a00:5",
    "64:ff9b:1::808:808",
    "3fff::1",
    "ff02::1",
];

/// Who was called, by the address that was dialled.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Calls {
    /// Calls to addresses nobody may call.
    fn forbidden(&self) -> Vec<(IpAddr, usize)> {
        let public: Vec<IpAddr> =
            PUBLIC.iter().map(|a| a.trim_matches(['[', ']']).parse().unwrap()).collect();
        let calls = self.0.lock().unwrap();
        calls.iter().filter(|(a, _)| !public.contains(a)).map(|(a, n)| (*a, *n)).collect()
    }
}

#[tokio::test]
async fn no_link_calls_a_forbidden_address() {
    if std::env::var_os(INSIDE).is_none() {
        return within("the namespace", enter()).await;
    }
    let calls = Calls::default();
    for port in [80, 443, 22, 8080] {
        // Takes the older kind of address, too.
        let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await.unwrap();
        tokio::spawn(listen(listener, calls.clone()));
    }
    let asked_names = Arc::<Mutex<Vec<String>>>::default();
    tokio::spawn(names(asked_names.clone()));
    let app = App::start();
    let ada = app.first_run().await;

    // The rig sees what it has to see.
    within("a call that is counted", async {
        while TcpStream::connect("10.0.0.5:80").await.is_err() {
            tokio::task::yield_now().await;
        }
        while calls.forbidden().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    calls.0.lock().unwrap().clear();

    for url in public_pages() {
        let answer = ada.post_fragment("/unfurl_link", &[("url", url.as_str())]).await;
        assert!(answer.expect(200).shown().contains("A public page"), "{url}");
    }
    let cases = forbidden_pages();
    assert!(cases.len() >= 300, "{} cases", cases.len());
    for url in &cases {
        let answer = ada.post_fragment("/unfurl_link", &[("url", url.as_str())]).await;
        assert!([204, 422].contains(&answer.status()), "{url}: {}", answer.status());
        assert_eq!(calls.forbidden(), [], "{url}");
    }
    asked_names.lock().unwrap().clear();
    posts_of_a_network(&ada).await;
    let mut asked = std::mem::take(&mut *asked_names.lock().unwrap());
    asked.dedup();
    assert_eq!(asked, ["x.com", "twitter.com"], "nobody else is asked about a post");
    pictures(&app, &ada).await;
    assert_eq!(calls.forbidden(), []);
    println!("{} refused, {} shown", cases.len(), public_pages().len());
}

/// Runs this test again where every address is this machine.
async fn enter() {
    let way = with_network();
    let program = std::env::current_exe().unwrap();
    let script = "set -e; ip link set lo up; ip route add local 0.0.0.0/0 dev lo;
        ip -6 route add local ::/0 dev lo; d=$(mktemp -d); mount -t tmpfs none $d;
        echo 'nameserver 127.0.0.1' > $d/resolv; mount --bind $d/resolv /etc/resolv.conf;
        exec \"$0\" --exact \"$1\" --nocapture";
    let mut inside = tokio::process::Command::new(way[0]);
    inside.args(&way[1..]).args(["sh", "-c", script]).arg(program).arg(THIS).env(INSIDE, "1");
    let done = inside.kill_on_drop(true).output().await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

async fn listen(listener: TcpListener, calls: Calls) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let dialled = stream.local_addr().unwrap().ip().to_canonical();
        *calls.0.lock().unwrap().entry(dialled).or_default() += 1;
        tokio::spawn(async move {
            let mut request = vec![0; 4_096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let _ = stream.write_all(answer(&request).as_bytes()).await;
        });
    }
}

/// `/to/URL` leads there, `/with/URL` has it as its picture; anything else is a page.
fn answer(request: &str) -> String {
    let path = request.split(' ').nth(1).unwrap_or("/");
    if let Some(to) = path.strip_prefix("/to/") {
        return format!(
            "HTTP/1.1 302 Go\r\nconnection: close\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"
        );
    }
    let picture = path.strip_prefix("/with/").unwrap_or_default();
    let page = format!(
        "<meta property=og:title content='A public page'><meta property=og:description content=x>
         <meta property=og:image content='{picture}'>"
    );
    let length = page.len();
    format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n{page}"
    )
}

fn public_pages() -> Vec<String> {
    let mut pages: Vec<String> = PUBLIC.iter().map(|host| format!("http://{host}/")).collect();
    for name in ["public", "six", "mixed", "both", "alias-public"] {
        pages.push(format!("http://{name}.test/"));
    }
    pages.push("http://93.184.216.34/to/http://public.test/".into());
    pages.push("http://93.184.216.34/to//elsewhere".into());
    pages.push("http://0x5db8d822/".into());
    pages.push("http://rebind.test/first".into());
    pages
}

fn forbidden_pages() -> Vec<String> {
    let mut pages = Vec::new();
    for address in FORBIDDEN_V4 {
        let number = address.to_bits();
        let [a, b, c, d] = address.octets();
        let spellings = [
            address.to_string(),
            format!("{address}."),
            number.to_string(),
            format!("0x{number:x}"),
            format!("0{number:o}"),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
            format!("{a}.{b}.{}", u32::from(c) << 8 | u32::from(d)),
            format!("{a}.{}", number & 0xff_ffff),
            format!("%3{}", address),
            address.to_string().replace('.', "。"),
            format!("user:word@{address}"),
            format!("[::ffff:{address}]"),
            format!("[64:ff9b::{address}]"),
            format!("[::{address}]"),
            format!("[2002:{:x}:{:x}::1]", number >> 16, number & 0xffff),
            format!("h-{a}-{b}-{c}-{d}.test"),
        ];
        pages.extend(spellings.iter().map(|host| format!("http://{host}/")));
        pages.push(format!("http://{address}:8080/"));
        pages.push(format!("https://{address}/"));
        pages.push(format!("http://1.2.3.4/to/http://{address}/"));
        pages.push(format!("http://1.2.3.4/to/http://h-{a}-{b}-{c}-{d}.test/"));
        pages.push(format!("http://1.2.3.4/to/http://1.2.3.4/to/http://{number}/"));
    }
    for address in FORBIDDEN_V6 {
        pages.push(format!("http://[{address}]/"));
        pages.push(format!("http://1.2.3.4/to/http://[{address}]/"));
    }
    for name in ["private", "alias", "six-private", "mapped", "loop", "nothing", "localhost"] {
        let name = if name == "localhost" { name.to_owned() } else { format!("{name}.test") };
        pages.push(format!("http://{name}/"));
        pages.push(format!("http://1.2.3.4/to/http://{name}/"));
    }
    // Its second answer is a neighbour.
    pages.push("http://rebind.test/to/http://rebind.test/".into());
    // Public, but no port of the web.
    pages.push("http://93.184.216.34:22/".into());
    pages.push("http://1.2.3.4/to/http://93.184.216.34:8080/".into());
    pages.extend(
        ["http://1.2.3.4/to/file:///etc/passwd", "http://1.2.3.4/to/gopher://10.0.0.5/"]
            .map(String::from),
    );
    pages
}

/// What is linked on X is asked for there, and where it says nothing there is no card.
async fn posts_of_a_network(ada: &Person) {
    for (url, status) in [
        ("http://x.com/ada/status/1", 200),
        // Nobody there speaks TLS.
        ("https://x.com/ada/status/2", 204),
        ("http://twitter.com/ada/status/3", 200),
        ("https://twitter.com/ada/status/4", 204),
    ] {
        ada.post_fragment("/unfurl_link", &[("url", url)]).await.expect(status);
    }
}

/// Pages that are public with pictures that are not: they get a card, and nobody is called.
async fn pictures(app: &App, ada: &Person) {
    let mut expected = 0;
    for picture in [
        "http://10.0.0.5/x",
        "http://[::1]/x",
        "http://169.254.169.254/x",
        "http://private.test/x",
        "http://1.2.3.4/to/http://127.0.0.1/x",
        "http://2130706433/x",
    ] {
        ada.post(1, &format!("http://93.184.216.34/with/{picture}")).await;
        expected += 1;
    }
    within("the cards", async {
        while app.database().count("link_previews where title = 'A public page'") < expected {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(app.database().count("link_previews where picture_key is not null"), 0);
}

/// Answers for `*.test` and a few others, one name differently the second time.
async fn names(asked: Arc<Mutex<Vec<String>>>) {
    let socket = UdpSocket::bind("127.0.0.1:53").await.unwrap();
    let mut rebound = HashMap::<u16, usize>::new();
    let mut query = [0; 512];
    loop {
        let (length, from) = socket.recv_from(&mut query).await.unwrap();
        let query = &query[..length];
        let (mut labels, mut at) = (Vec::new(), 12);
        while query[at] != 0 {
            let end = at + 1 + usize::from(query[at]);
            labels.push(String::from_utf8_lossy(&query[at + 1..end]).into_owned());
            at = end;
        }
        asked.lock().unwrap().push(labels.join("."));
        let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
        let question = &query[12..at + 5];
        let times = rebound.entry(kind).or_default();
        if labels[0] == "rebind" {
            *times += 1;
        }
        let answers = addresses(&labels[0], *times);
        let mut reply = [&query[..2], &[0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0], question].concat();
        let mut count = 0;
        let mut owner = vec![0xc0, 12];
        if labels[0].starts_with("alias") {
            // `inside.test`, to which the addresses then belong.
            let name = [&[6][..], b"inside", &[4], b"test", &[0]].concat();
            reply.extend([&owner[..], &[0, 5, 0, 1, 0, 0, 0, 0, 0, name.len() as u8]].concat());
            owner = vec![0xc0 | ((reply.len() >> 8) as u8), reply.len() as u8];
            reply.extend(name);
            count += 1;
        }
        for answer in answers {
            let (this, bytes) = match answer {
                IpAddr::V4(v4) => (1_u16, v4.octets().to_vec()),
                IpAddr::V6(v6) => (28, v6.octets().to_vec()),
            };
            if this == kind {
                reply.extend(
                    [
                        &owner[..],
                        &this.to_be_bytes(),
                        &[0, 1, 0, 0, 0, 0, 0, bytes.len() as u8],
                        &bytes,
                    ]
                    .concat(),
                );
                count += 1;
            }
        }
        reply[7] = count;
        socket.send_to(&reply, from).await.unwrap();
    }
}

fn addresses(name: &str, times: usize) -> Vec<IpAddr> {
    let list = match name {
        "public" | "alias-public" => "93.184.216.34",
        "x" | "twitter" => "1.2.3.4",
        "six" => "2606:4700:4700::1111",
        "mixed" => "10.0.0.5 93.184.216.34 169.254.169.254",
        "both" => "fd00::5 1.2.3.4",
        "private" => "10.0.0.5 192.168.7.7",
        "alias" => "10.0.0.5",
        "six-private" => "fd00::5 fe80::1",
        "mapped" => "::ffff:10.0.0.5 64:ff9b::a00:5",
        "loop" => "127.0.0.1 ::1",
        "rebind" if times <= 2 => "93.184.216.34",
        "rebind" => "10.0.0.5",
        name => match name.strip_prefix("h-") {
            Some(octets) => return vec![octets.replace('-', ".").parse().unwrap()],
            None => "",
        },
    };
    list.split_whitespace().map(|address| address.parse().unwrap()).collect()
}
