//! Bringing files into a browser: chosen in a form, pasted, dropped.

use std::path::Path;

use base64::Engine;
use serde_json::json;

use super::Browser;

impl Browser {
    /// Chooses files on this machine in a file field, as a person does in the dialog.
    pub async fn choose_files(&self, css: &str, files: &[&Path]) {
        self.wait_for(css).await;
        let document = self.tell("DOM.getDocument", json!({})).await;
        let find = json!({ "nodeId": document["root"]["nodeId"], "selector": css });
        let found = self.tell("DOM.querySelector", find).await;
        let choice = json!({ "files": files, "nodeId": found["nodeId"] });
        self.tell("DOM.setFileInputFiles", choice).await;
    }

    /// Pastes a file where the caret is.
    pub async fn paste_file(&self, name: &str, kind: &str, bytes: &[u8]) {
        self.bring("paste", name, kind, bytes).await;
    }

    /// Drops a file in the middle of the list of messages.
    pub async fn drop_file(&self, name: &str, kind: &str, bytes: &[u8]) {
        self.bring("drop", name, kind, bytes).await;
    }

    async fn bring(&self, way: &str, name: &str, kind: &str, bytes: &[u8]) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        let act = match way {
            "paste" => {
                "document.activeElement.dispatchEvent(new ClipboardEvent('paste',
                     { clipboardData: data, bubbles: true, cancelable: true }))"
            }
            _ => {
                "for (const type of ['dragenter', 'dragover', 'drop'])
                     document.getElementById('messages').dispatchEvent(new DragEvent(type,
                         { dataTransfer: data, bubbles: true, cancelable: true }))"
            }
        };
        self.eval(&format!(
            "(() => {{ const data = new DataTransfer();
                const bytes = Uint8Array.from(atob('{encoded}'), c => c.charCodeAt(0));
                data.items.add(new File([bytes], {name:?}, {{ type: {kind:?} }}));
                {act}; return true; }})()"
        ))
        .await;
    }

    /// A line that sends so many bytes a second; none: as fast as it goes.
    pub async fn slow_line(&self, bytes: Option<u32>) {
        let up = bytes.map_or(-1, i64::from);
        let params = json!({ "offline": false, "latency": 0, "downloadThroughput": -1,
            "uploadThroughput": up });
        self.tell("Network.emulateNetworkConditions", params).await;
    }
}
