"""Reloads VS Code's page.

Owns the wait until VS Code has stored its open editors, which it does only every few seconds.
"""

from __future__ import annotations

from support.vscode.window import Window

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
"""Script that checks if VS Code's stored editors, in the browser's database, contain all words."""


async def reload(window: Window, *noted: str) -> None:
    """Reload the page once VS Code has stored editors that contain these words."""

    async def is_noted() -> bool:
        return bool(await window.page.evaluate(NOTED, list(noted)))

    await window.until(is_noted, f"VS Code to note {noted}")
    # A URL with a file would open only that file.
    address = window.server.url()
    await window.page.evaluate("address => history.replaceState(null, '', address)", address)
    await window.page.reload()
