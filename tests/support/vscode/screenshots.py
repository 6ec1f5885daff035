"""Screenshots of VS Code for the documentation, taken by the tests of the shown features.

    WRITE_IMAGES=1 python -m pytest tests/editors/vscode

Owns their folder: docs/images if WRITE_IMAGES is set, otherwise the folder of the test's server.
"""

from __future__ import annotations

import os

from support.isolation import ROOT
from support.vscode.window import Window

IMAGES = ROOT / "docs" / "images"

SCRIPT = """\
# %% [markdown]
# # Towns
#
# How many people live in them, and how a *damped wave* looks.

# %% Towns
import pandas as pd

towns = pd.DataFrame(
    {"town": ["Oslo", "Bern", "Rome"], "people": [709_000, 134_000, 2_761_000]}
)
towns

# %% How many live there
int(towns["people"].sum())

# %% A wave
import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 12, 400)
plt.figure(figsize=(7, 1.5))
plt.plot(x, np.sin(x) * np.exp(-x / 9))
plt.show()
"""
"""The script in the screenshots of the notebook view and of variables."""


async def take_screenshot(window: Window, name: str) -> None:
    """Save a screenshot of the window."""
    folder = IMAGES if os.environ.get("WRITE_IMAGES") else window.server.folder
    path = folder / f"{name}.png"
    await window.page.mouse.move(5, 5)
    await window.page.locator(".workbench-hover").first.wait_for(state="hidden")
    await window.page.screenshot(path=str(path), animations="disabled")
    assert path.stat().st_size > 20_000
