//! Make the files that browsers load: fetch what others wrote, bundle, fingerprint, compress, list
//! the URLs.
//!
//! Everything lands under `OUT_DIR`: `src/web/assets.rs` embeds `OUT_DIR/static`,
//! `src/views/assets.rs` includes `OUT_DIR/asset_urls.rs`, `src/words` what `src/build` makes of it.
//!
//! The other projects' files come from npm, pinned by `package-lock.json` with their SHA-512.
//! `CAMPFIRE_NODE_MODULES=<dir>` names a ready `node_modules` instead: then npm is not needed.

#[path = "src/build/editor_styles.rs"]
mod editor_styles;
#[path = "src/build/styles.rs"]
mod styles;
#[path = "src/build/toolchain.rs"]
mod toolchain;
#[path = "src/build/words.rs"]
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use editor_styles::injected_styles;
use sha2::{Digest, Sha256};
use toolchain::{answers, pack_relocations, require_c_compiler};
use words::{Catalogues, LANGUAGES};

/// What goes into the script before our own files, in this order.
const SCRIPTS_OF_OTHERS: [&str; 3] = [
    "htmx.org/dist/htmx.min.js",
    "htmx.org/dist/ext/hx-ws.min.js",
    "htmx.org/dist/ext/hx-upsert.min.js",
];

/// What pages fetch when they first need it: (file, name, its licences, name they are served by).
/// Our own scripts of that kind lie in `static/js/later`.
const LATER_OF_OTHERS: [(&str, &str, &[&str], &str); 2] = [
    (
        "@highlightjs/cdn-assets/highlight.min.js",
        "later/highlight.js",
        &["@highlightjs/cdn-assets/LICENSE"],
        "highlight-licence.txt",
    ),
    // It holds a copy of DOMPurify.
    (TRIX, "later/trix.js", &["trix/LICENSE", "dompurify/LICENSE"], "trix-licence.txt"),
];

/// The editor for rich text, which puts style elements into the page.
const TRIX: &str = "trix/dist/trix.umd.min.js";

/// The licence of htmx: (file, name we serve it by).
const LICENCE: (&str, &str) = ("htmx.org/LICENSE", "htmx-licence.txt");

/// Extensions that shrink. The others (pictures, sound) are compressed formats already.
const COMPRESSIBLE: [&str; 6] = ["css", "js", "svg", "txt", "json", "html"];

type Outcome<T> = Result<T, String>;

fn main() {
    if let Err(reason) = run() {
        // Cargo prints this one line as the error and stops the build.
        println!("cargo::error={}", reason.replace('\n', " "));
    }
}

fn run() -> Outcome<()> {
    for path in [
        "build.rs",
        "package.json",
        "package-lock.json",
        ".npmrc",
        "static",
        "src/build",
        "src/words",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    for name in ["CAMPFIRE_NODE_MODULES", "CC"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|_| "OUT_DIR is not set")?);
    require_c_compiler()?;
    pack_relocations();
    let modules = node_modules(&out)?;

    let folder = out.join("static");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| failed("remove", &folder, &error))?;
    }
    make_dir(&folder)?;
    let mut shelf = Shelf { folder, urls: BTreeMap::new() };
    let words = Catalogues::read(Path::new("src/words"))?;
    write(&out.join("words.rs"), words.source().as_bytes())?;
    let bundles = scripts(&mut shelf, &modules, &words)?;

    let mut style = String::new();
    for file in files_in("static/css", "css")? {
        style.push_str(&read_text(&file)?);
        style.push('\n');
    }
    shelf.put("app.css", styles::smaller(&style).as_bytes())?;

    for file in files_in("static/img", "")? {
        shelf.put(&file_name(&file), &read(&file)?)?;
    }
    for file in files_in("static/sounds", "")? {
        shelf.put(&format!("sounds/{}", file_name(&file)), &read(&file)?)?;
    }
    let mut source = shelf.source();
    let styles = injected_styles(&read_text(&modules.join(TRIX))?)?;
    source
        .push_str("/// What a policy says to allow the editor's own style elements, no others.\n");
    let _ = writeln!(source, "pub const EDITOR_STYLES: &str = {styles:?};");
    let _ = writeln!(
        source,
        "/// The script of each language, and the one that kept pages need.\n\
         pub const SCRIPTS: &[(&str, &str)] = &{bundles:?};"
    );
    write(&out.join("asset_urls.rs"), source.as_bytes())
}

/// Puts the scripts on the shelf. Answers for each language where the first is, and that of kept pages.
fn scripts(
    shelf: &mut Shelf,
    modules: &Path,
    words: &Catalogues,
) -> Outcome<Vec<(String, String)>> {
    let licence = shelf.put(LICENCE.1, &read(&modules.join(LICENCE.0))?)?;
    let mut head = format!("/*! htmx.org: licence at {licence} */\n");
    for file in SCRIPTS_OF_OTHERS {
        append_script(&mut head, &read_text(&modules.join(file))?);
    }
    let others = later_of_others(shelf, modules)?;
    let (mut bundles, mut used) = (Vec::new(), BTreeSet::new());
    for (at, (tag, _)) in LANGUAGES.iter().enumerate() {
        let mut later = others.clone();
        for file in files_in("static/js/later", "js")? {
            let plain = without_comments(&read_text(&file)?);
            let script = words.script(at, &plain, &mut used)?;
            let name = file_name(&file).trim_end_matches(".js").to_owned();
            let says_nothing = script == plain;
            if at == 0 || !says_nothing {
                let url = shelf
                    .put(&format!("later/{name}{}.js", said_in(at, tag)), script.as_bytes())?;
                later.insert(name, url);
            } else if let Some(url) = shelf.url(&format!("later/{name}.js")) {
                later.insert(name, url);
            }
        }
        let entries = later.iter().map(|(name, url)| format!("{name:?}:{url:?}"));
        let places = entries.collect::<Vec<_>>().join(",");
        let mut script = head.clone();
        append_script(&mut script, &format!("const LATER={{{places}}};"));
        for file in files_in("static/js", "js")? {
            let plain = without_comments(&read_text(&file)?);
            append_script(&mut script, &words.script(at, &plain, &mut used)?);
        }
        let name = format!("app{}.js", said_in(at, tag));
        let kept = later.get("kept").cloned().unwrap_or_default();
        bundles.push((shelf.put(&name, script.as_bytes())?, kept));
    }
    words.unused(&used)?;
    Ok(bundles)
}

/// English has plain names.
fn said_in(at: usize, tag: &str) -> String {
    if at == 0 { String::new() } else { format!("-{tag}") }
}

/// Where the later scripts of others are, by the name ours fetch them by.
fn later_of_others(shelf: &mut Shelf, modules: &Path) -> Outcome<BTreeMap<String, String>> {
    let mut urls = BTreeMap::new();
    for (file, name, licences, licence_name) in LATER_OF_OTHERS {
        let texts = licences.iter().map(|file| read_text(&modules.join(file)));
        let texts: Vec<String> = texts.collect::<Outcome<_>>()?;
        let licence = shelf.put(licence_name, texts.join("\n").as_bytes())?;
        let mut script = format!("/*! Licence at {licence} */\n");
        append_script(&mut script, &read_text(&modules.join(file))?);
        let known = name.trim_start_matches("later/").trim_end_matches(".js").to_owned();
        urls.insert(known, shelf.put(name, script.as_bytes())?);
    }
    Ok(urls)
}

/// The files made so far and the constants that name their URLs.
struct Shelf {
    folder: PathBuf,
    /// constant -> (name without fingerprint, URL)
    urls: BTreeMap<String, (String, String)>,
}

impl Shelf {
    /// Stores `bytes` as `<stem>-<hash>.<extension>`, with `.br` and `.gz` beside it where that
    /// makes it smaller. Answers the URL.
    fn put(&mut self, name: &str, bytes: &[u8]) -> Outcome<String> {
        let (stem, extension) =
            name.rsplit_once('.').ok_or(format!("static/…/{name} needs an extension"))?;
        let digest = Sha256::digest(bytes);
        let hash = digest.iter().take(5).fold(String::new(), |mut hash, byte| {
            let _ = write!(hash, "{byte:02x}");
            hash
        });
        let stored = format!("{stem}-{hash}.{extension}");
        let path = self.folder.join(&stored);
        if let Some(parent) = path.parent() {
            make_dir(parent)?;
        }
        write(&path, bytes)?;
        if COMPRESSIBLE.contains(&extension) {
            for (suffix, packed) in [("br", brotli(bytes)?), ("gz", gzip(bytes)?)] {
                if packed.len() < bytes.len() {
                    write(&self.folder.join(format!("{stored}.{suffix}")), &packed)?;
                }
            }
        }
        let constant = constant_name(name, stem);
        let url = format!("/assets/{stored}");
        if let Some((other, _)) = self.urls.insert(constant.clone(), (name.to_owned(), url.clone()))
        {
            return Err(format!(
                "static: {other} and {name} would both be called {constant}; rename one"
            ));
        }
        Ok(url)
    }

    fn url(&self, name: &str) -> Option<String> {
        self.urls.values().find(|(known, _)| known == name).map(|(_, url)| url.clone())
    }

    fn source(&self) -> String {
        let mut source = String::from("// Written by build.rs.\n");
        for (constant, (name, url)) in &self.urls {
            let _ = writeln!(
                source,
                "/// Where `{name}` is served.\npub const {constant}: &str = {url:?};"
            );
        }
        let sounds = self.urls.values().filter_map(|(name, url)| {
            Some((name.strip_prefix("sounds/")?.strip_suffix(".mp3")?, url.as_str()))
        });
        let sounds: Vec<(&str, &str)> = sounds.collect();
        let _ = writeln!(
            source,
            "/// The sounds by name, and where each is served.\n\
             pub const SOUNDS: &[(&str, &str)] = &{sounds:?};"
        );
        source
    }
}

/// `icons.svg` is `ICONS`, `sounds/air-horn.mp3` is `SOUNDS_AIR_HORN`; the two bundles keep their
/// extension, which is all that tells them apart.
fn constant_name(name: &str, stem: &str) -> String {
    let base = if stem == "app" { name } else { stem };
    let mut constant: String = base
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    if constant.starts_with(|c: char| c.is_ascii_digit()) {
        constant.insert(0, '_');
    }
    constant
}

/// The directory with the pinned packages: installed once per content of the lock file.
fn node_modules(out: &Path) -> Outcome<PathBuf> {
    if let Some(given) = env::var_os("CAMPFIRE_NODE_MODULES").filter(|dir| !dir.is_empty()) {
        return Ok(PathBuf::from(given));
    }
    let home = out.join("npm");
    let modules = home.join("node_modules");
    let stamp = home.join("installed");
    let mut wanted = Vec::new();
    for name in ["package.json", "package-lock.json", ".npmrc"] {
        wanted.extend(read(Path::new(name))?);
    }
    if fs::read(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(modules);
    }
    make_dir(&home)?;
    let _ = fs::remove_file(&stamp);
    for name in ["package.json", "package-lock.json", ".npmrc"] {
        write(&home.join(name), &read(Path::new(name))?)?;
    }
    let (node, npm) = if cfg!(windows) { ("node.exe", "npm.cmd") } else { ("node", "npm") };
    if !answers(node, "--version") || !answers(npm, "--version") {
        return Err("Node.js with npm is needed to build Campfire: install both, or set \
                    CAMPFIRE_NODE_MODULES to a node_modules directory made from package-lock.json"
            .to_owned());
    }
    let run = Command::new(npm)
        .args(["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--loglevel=error"])
        .current_dir(&home)
        .output()
        .map_err(|error| format!("npm did not start: {error}"))?;
    if !run.status.success() {
        eprint!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        let said = String::from_utf8_lossy(&run.stderr);
        let said =
            said.lines().filter(|line| line.starts_with("npm error")).take(3).collect::<Vec<_>>();
        return Err(format!(
            "`npm ci` could not fetch the files in package-lock.json: {}",
            said.join(" ")
        ));
    }
    write(&stamp, &wanted)?;
    Ok(modules)
}

/// Each file ends its last statement, and the source map lines go: they point at files we do not
/// serve.
fn append_script(script: &mut String, text: &str) {
    for line in text.lines().filter(|line| !line.starts_with("//# sourceMappingURL=")) {
        script.push_str(line);
        script.push('\n');
    }
    script.push_str(";\n");
}

/// Our own scripts, without indentation and lines that are only a comment. (No template literal of
/// ours spans lines, so this cannot change what they do.)
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.lines().map(str::trim) {
        if !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn brotli(bytes: &[u8]) -> Outcome<Vec<u8>> {
    // The best level costs seconds in an unoptimised build script: only releases pay for it.
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let quality = if release { 11 } else { 5 };
    let mut packed = brotli::CompressorWriter::new(Vec::new(), 4096, quality, 22);
    packed.write_all(bytes).map_err(|error| format!("brotli: {error}"))?;
    Ok(packed.into_inner())
}

fn gzip(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).and_then(|()| packed.finish()).map_err(|error| format!("gzip: {error}"))
}

/// The files directly in `folder` (with `extension`, or all), sorted by name; none if it is absent.
fn files_in(folder: &str, extension: &str) -> Outcome<Vec<PathBuf>> {
    let folder = Path::new(folder);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", folder, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed("read", folder, &error))?.path();
        let hidden = file_name(&path).starts_with('.');
        let fits = extension.is_empty() || path.extension().is_some_and(|found| found == extension);
        if path.is_file() && fits && !hidden {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn make_dir(path: &Path) -> Outcome<()> {
    fs::create_dir_all(path).map_err(|error| failed("make", path, &error))
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| failed("read", path, &error))
}

fn read_text(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| failed("read", path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    fs::write(path, bytes).map_err(|error| failed("write", path, &error))
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> String {
    format!("could not {verb} {}: {error}", path.display())
}
