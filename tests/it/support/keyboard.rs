//! A person with nothing but a keyboard, who has to see where they are.

use serde_json::{Value, json};

use super::Browser;

/// What has the focus, and whether that can be seen: within the window, neither clipped away nor
/// see-through, with a ring around it or around what it stands in.
const WHERE: &str = "{ const e = document.activeElement;
  const box = e.getBoundingClientRect();
  const name = e === document.body ? 'body' : e.id ? `${e.localName}#${e.id}` : e.name ? `${e.localName}[${e.name}=${e.value}]`
    : `${e.localName}.${e.className} ${(e.ariaLabel || e.innerText || '').trim().slice(0, 40)}`;
  const isShown = one => {
    for (; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.opacity < 0.3 || style.visibility !== 'visible' || style.clipPath === 'inset(50%)') return false;
    }
    return true;
  };
  let shown = false;
  for (let one = e, n = 0; one && n < 4; one = one.parentElement, n++) {
    const style = getComputedStyle(one);
    const ring = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1)
      || (one.matches('.composer-row') && style.boxShadow !== 'none');
    if (ring && isShown(one)) shown = true;
  }
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  ({ name, shown: e === document.body || (shown && inside && box.width > 0 && box.height > 0) }) }";

impl Browser {
    /// Types into whatever has the focus.
    pub async fn type_text(&self, text: &str) {
        self.tell("Input.insertText", json!({ "text": text })).await;
    }

    /// An input method shows what it would write; nothing is written yet.
    pub async fn compose(&self, text: &str) {
        let end = text.encode_utf16().count();
        let params = json!({ "text": text, "selectionStart": end, "selectionEnd": end });
        self.tell("Input.imeSetComposition", params).await;
    }

    /// Presses a key as one does while an input method composes.
    pub async fn press_while_composing(&self, keys: &str) {
        let (modifiers, key) =
            keys.rsplit_once('+').filter(|(m, _)| !m.is_empty()).unwrap_or(("", keys));
        let control = modifiers == "Control";
        self.eval(&format!(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ key: {}, ctrlKey: {control},
                keyCode: 229, isComposing: true, bubbles: true, cancelable: true }}))",
            Value::from(key)
        ))
        .await;
    }

    /// What has the focus. Fails if nobody could see that.
    pub async fn focused(&self) -> String {
        // What fades in is seen when it is there.
        self.come_to_rest().await;
        let found = self.eval(WHERE).await;
        let name = found["name"].as_str().unwrap().to_owned();
        if found["shown"] != true {
            self.screenshot("focus-not-seen").await;
        }
        assert_eq!(found["shown"], true, "the focus on {name} cannot be seen");
        name
    }

    pub async fn has_focus(&self, css: &str) -> bool {
        let css = Value::from(css);
        self.eval(&format!("document.activeElement.matches({css})")).await == true
    }

    pub async fn wait_focus(&self, css: &str) {
        let css = Value::from(css);
        self.wait_until(&format!("document.activeElement.matches({css})")).await;
        self.focused().await;
    }

    /// Presses a key, Tab or Shift+Tab, until this has the focus; what had it on the way.
    pub async fn walk_to(&self, keys: &str, css: &str) -> Vec<String> {
        let mut way = Vec::new();
        while way.len() < 120 {
            self.press(keys).await;
            way.push(self.focused().await);
            if self.has_focus(css).await {
                return way;
            }
            let stays =
                way.len() > 3 && way[way.len() - 3..].iter().all(|one| *one == way[way.len() - 1]);
            assert!(!stays, "{keys} leads no further than {way:#?}");
        }
        panic!("{keys} does not lead to {css}: {way:#?}");
    }
}
