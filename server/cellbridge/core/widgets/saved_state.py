"""The states of widgets as they are saved in notebooks and pages.

Owns the translation to ``application/vnd.jupyter.widget-state+json``, and which models a document
needs. It must not know files.

Source: "Jupyter widget messaging protocol", section "Jupyter widget state", version 2.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.core.widgets.models import Model, WidgetModels

STATE_TYPE = "application/vnd.jupyter.widget-state+json"
"""The key under ``metadata.widgets`` of a notebook."""
_REFERENCE = re.compile(rb"IPY_MODEL_([A-Za-z0-9_-]+)")


def saved_state(messages: Iterable[WidgetMessage], shown: Iterable[str]) -> dict[str, Any]:
    """Return the states of the shown models, and of all models that they refer to.

    Args:
        messages: all models, each as an ``open`` message.
        shown: the ids of the models that have a view in the document.
    """
    models = WidgetModels()
    for message in messages:
        models.apply(message)
    wanted, found = list(shown), dict[str, Any]()
    while wanted:
        name = wanted.pop()
        if name not in found and (model := models.get(name)) is not None:
            found[name] = _entry(model)
            for packed in model.values.values():
                wanted += [one.decode() for one in _REFERENCE.findall(packed)]
    return {"version_major": 2, "version_minor": 0, "state": found}


def _entry(model: Model) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "model_name": model.get("_model_name", ""),
        "model_module": model.get("_model_module", ""),
        "model_module_version": model.get("_model_module_version", ""),
        "state": {name: model.get(name) for name in model.values},
    }
    if model.buffers:
        entry["buffers"] = [
            {"encoding": "base64", "path": list(path), "data": b64encode(data).decode()}
            for path, data in model.buffers.items()
        ]
    return entry
