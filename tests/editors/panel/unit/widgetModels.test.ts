import assert from "node:assert/strict";
import { test } from "node:test";
import { joinBuffers, sizeOf, splitBuffers } from "../../../../editor-extension/panel/src/widgets/binaryValues";
import { checkMessage, FrameGuard } from "../../../../editor-extension/panel/src/widgets/frameGuard";
import { OutgoingChanges } from "../../../../editor-extension/panel/src/widgets/outgoingChanges";
import { referencesIn, WidgetModels } from "../../../../editor-extension/panel/src/widgets/widgetModels";
import type { WidgetMessage } from "../../../../editor-extension/panel/src/protocol";

const ids = (models: { model: string }[]): string[] => models.map(({ model }) => model).sort();

test("a view gets the models that it needs, and no others", () => {
  const models = new WidgetModels();
  models.open("box", { children: ["IPY_MODEL_one", "IPY_MODEL_two"], _view_name: "VBoxView" });
  models.open("one", { layout: "IPY_MODEL_layout", _view_name: "IntSliderView" });
  models.open("two", { _view_name: "LabelView" });
  models.open("layout", { _view_name: "LayoutView" });
  models.open("other", { _view_name: "LabelView" });
  assert.deepEqual(ids(models.needed(["box"], new Set())), ["box", "layout", "one", "two"]);
  assert.deepEqual(ids(models.needed(["box"], new Set(["one"]))), ["box", "two"]);
});

test("a view gets the link of its model, with the model at the other end", () => {
  const models = new WidgetModels();
  models.open("p", { _view_name: "IntSliderView" });
  models.open("q", { _view_name: "IntSliderView" });
  models.open("link", { _view_name: null, source: ["IPY_MODEL_p", "value"], target: ["IPY_MODEL_q", "value"] });
  assert.deepEqual(ids(models.needed(["q"], new Set())), ["link", "p", "q"]);
  assert.equal(models.helps("link", new Set(["p"])), true);
  models.close("link");
  assert.deepEqual(ids(models.needed(["q"], new Set())), ["q"]);
});

test("models that refer to each other end the search", () => {
  const models = new WidgetModels();
  models.open("a", { other: "IPY_MODEL_b" });
  models.open("b", { other: "IPY_MODEL_a" });
  assert.deepEqual(ids(models.needed(["a"], new Set())), ["a", "b"]);
});

test("references are found in lists, objects and displayed outputs", () => {
  const view = { "application/vnd.jupyter.widget-view+json": { model_id: "shown" } };
  const state = { list: [null, "IPY_MODEL_x", { deep: "anywidget:y" }], outputs: [{ data: view }], data: new DataView(new ArrayBuffer(2)) };
  assert.deepEqual([...referencesIn(state)].sort(), ["shown", "x", "y"]);
});

test("an update of an unknown model, or of a dangerous name, changes nothing", () => {
  const models = new WidgetModels();
  assert.equal(models.update("none", { value: 1 }), false);
  models.open("a", { value: 1 });
  models.update("a", JSON.parse('{"__proto__": {"polluted": 1}, "value": 2}') as Record<string, unknown>);
  assert.deepEqual(models.needed(["a"], new Set()), [{ model: "a", state: { value: 2 } }]);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

test("binary values go to their places and back", () => {
  const given = { a: 1, list: [0, null], deep: {} };
  const buffers = [
    { path: ["list", 1], data: "AQI=" },
    { path: ["deep", "x"], data: "Aw==" },
  ];
  const joined = joinBuffers(structuredClone(given), buffers);
  assert.equal(((joined["list"] as unknown[])[1] as DataView).getUint8(1), 2);
  const split = splitBuffers(joined);
  assert.deepEqual(split.state, given);
  assert.deepEqual(split.buffers, buffers);
});

test("a buffer without a place is left out", () => {
  const state = joinBuffers({ a: 1 }, [{ path: ["none", "x"], data: "AQ==" }, { path: [], data: "AQ==" }, { path: ["__proto__"], data: "AQ==" }]);
  assert.deepEqual(state, { a: 1 });
});

test("the size of a value counts its parts, and is infinite for what cannot be sent", () => {
  assert.equal(sizeOf("abc", 100), 11);
  assert.ok(sizeOf({ file: new Uint8Array(50) }, 1000) > 50);
  assert.equal(sizeOf(new Uint8Array(50), 40), Infinity);
  assert.equal(sizeOf({ date: new Date() }, 1000), Infinity);
  let deep: unknown = 1;
  for (let at = 0; at < 3000; at++) deep = [deep];
  assert.equal(sizeOf(deep, 1e9), Infinity);
});

test("a frame can change its own models and request files, and nothing else", () => {
  const known = new Set(["mine"]);
  assert.equal(checkMessage({ type: "update", model: "mine", state: { value: 1 } }, known)?.message.type, "update");
  assert.equal(checkMessage({ type: "custom", model: "mine", content: { click: 1 }, buffers: [] }, known)?.message.type, "custom");
  for (const wrong of [
    { type: "update", model: "other", state: { value: 1 } },
    { type: "update", model: "mine", state: "value" },
    { type: "open", model: "mine", state: {} },
    { type: "close", model: "mine" },
    { type: "command", command: "cellbridge.runAll", argument: {} },
    { type: "file", id: 1, module: "../../etc", version: "", path: "" },
    { type: "file", id: 1, module: "bqplot", version: "", path: "../index.js" },
    { type: "file", id: 1, module: "bqplot", version: "", path: "/etc/passwd" },
    { type: "custom", model: "mine", content: () => 1, buffers: [] },
    null,
    "text",
  ]) {
    assert.equal(checkMessage(wrong, known), undefined, JSON.stringify(wrong));
  }
  assert.ok(checkMessage({ type: "file", id: 1, module: "@scope/name", version: "^1", path: "static/a.b-c.js" }, known));
});

test("a frame that floods is recognised, and one that moves a slider is not", () => {
  let now = 0;
  const guard = new FrameGuard(() => now);
  for (let at = 0; at < 6000; at++) {
    now += 10;
    assert.ok(guard.count(), "100 messages a second are allowed");
  }
  const floods = Array.from({ length: 3000 }, () => guard.count());
  assert.ok(floods.includes(false));
});

/** A queue whose requests end when the test decides. */
function queue(): { outgoing: OutgoingChanges; sent: WidgetMessage[][]; finish: (error?: Error) => Promise<void>; notes: string[] } {
  const sent: WidgetMessage[][] = [];
  const notes: string[] = [];
  let settle: ((error?: Error) => void) | undefined;
  const outgoing = new OutgoingChanges(
    (messages) => {
      sent.push(messages);
      return new Promise<void>((resolve, reject) => {
        settle = (error) => (error === undefined ? resolve() : reject(error));
      });
    },
    (error) => notes.push(error?.message ?? ""),
  );
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { outgoing, sent, notes, finish: async (error) => { settle?.(error); await turn(); } };
}

test("while a request is under way, of each attribute the last value is kept", async () => {
  const { outgoing, sent, finish } = queue();
  outgoing.update("slider", { value: 0 }, 10);
  await finish();
  for (let value = 1; value <= 1000; value++) outgoing.update("slider", { value }, 10);
  outgoing.update("slider", { description: "x" }, 10);
  await finish();
  await finish();
  assert.ok(sent.length < 5);
  assert.deepEqual(sent.flat().at(-1), { kind: "update", model: "slider", state: { value: 1000, description: "x" }, buffers: [] });
});

test("a custom message keeps its place among the updates of its model", async () => {
  const { outgoing, sent, finish } = queue();
  outgoing.update("a", { value: 1 }, 10);
  outgoing.message("a", { click: true }, [], 10);
  outgoing.update("a", { value: 2 }, 10);
  await finish();
  assert.deepEqual(sent.flat().map(({ kind, state }) => [kind, state?.["value"]]), [["update", 1], ["custom", undefined], ["update", 2]]);
});

test("an attribute that the user changes is not moved back by an earlier value", async () => {
  const { outgoing, finish } = queue();
  outgoing.update("slider", { value: 5 }, 10);
  assert.deepEqual(outgoing.accept("slider", { value: 3, max: 9 }), { max: 9 });
  await finish();
  assert.deepEqual(outgoing.accept("slider", { value: 3 }), {}, "under way");
  await finish();
  assert.deepEqual(outgoing.accept("slider", { value: 3 }), { value: 3 });
});

test("a full queue refuses, a failed request is reported, and the next change is sent", async () => {
  const { outgoing, sent, notes, finish } = queue();
  assert.equal(outgoing.update("a", { data: "…" }, 100_000_000), true);
  assert.equal(outgoing.update("b", { data: "…" }, 100_000_000), false);
  await finish();
  await finish(new Error("no kernel"));
  assert.deepEqual(notes, ["no kernel"]);
  outgoing.update("a", { value: 1 }, 10);
  await finish();
  assert.equal(sent.length, 2);
});
