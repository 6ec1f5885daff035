"""Loading VS Code's page again, in the middle of whatever goes on.

Owns the wait for VS Code's own note of what is open, which it writes every few seconds only.
"""

from __future__ import annotations

from support.vscode_window import Window

NOTED = """async words => {
  const of = (request) => new Promise((done) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => done(undefined);
  });
  for (const { name } of await indexedDB.databases()) {
    const base = name.startsWith('vscode-web-state-db') && await of(indexedDB.open(name));
    if (!base || !base.objectStoreNames.contains('ItemTable')) { base && base.close(); continue; }
    const items = base.transaction('ItemTable').objectStore('ItemTable');
    const note = String(await of(items.get('memento/workbench.parts.editor')));
    base.close();
    if (words.every((word) => note.includes(word))) return true;
  }
  return false;
}"""
"""Whether VS Code's note of open editors, in the browser's database, holds all words."""


async def reload(window: Window, *noted: str) -> None:
    """Load the page again, as a person does, once VS Code has noted what is open in these words."""

    async def is_noted() -> bool:
        return bool(await window.page.evaluate(NOTED, list(noted)))

    await window.until(is_noted, f"VS Code to note {noted}")
    # An address that names a file would have it open only that.
    address = window.server.url()
    await window.page.evaluate("address => history.replaceState(null, '', address)", address)
    await window.page.reload()
