import * as assert from "node:assert/strict";
import { CellSources } from "../../../../editor-extension/vscode/src/debugging/cellSources";
import type {
  Body,
  Breakpoint,
  Event,
  Message,
  Request,
  Response,
  SourceBreakpoint,
} from "../../../../editor-extension/vscode/src/debugging/debugProtocol";

const SCRIPT = "/work/report.py";
const BOOK = "/work/book.ipynb";
const ONE = "vscode-notebook-cell:/work/report.py#one";
const TWO = "vscode-notebook-cell:/work/report.py#two";

/** Cells by URI, each with the script's line of its first line, from 0. */
type Lines = Record<string, number>;

/** A translation between a VS Code and an adapter that only record what they receive. */
class Scene {
  readonly sent: Message[] = [];
  readonly shown: Message[] = [];
  readonly sources: CellSources;
  private seq = 0;

  constructor(readonly lines: Lines) {
    const places = {
      ofCell: (uri: string) => {
        const line = this.lines[uri];
        return line === undefined ? undefined : { path: SCRIPT, line };
      },
      cellAt: (path: string, line: number) => {
        const found = Object.entries(this.lines).filter(([, first]) => path === SCRIPT && first <= line).at(-1);
        return found && { uri: found[0], name: "report.py, cell", line: line - found[1] };
      },
    };
    const scriptOf = (path: string) => (path === BOOK ? "a = 1\nb = 2\n" : undefined);
    this.sources = new CellSources(
      { ...places, scriptOf },
      (message) => this.sent.push(message),
      (message) => this.shown.push(message),
    );
  }

  /** Send a request as VS Code; return it as the adapter receives it. */
  request(command: string, given: Request["arguments"]): Request | undefined {
    this.seq += 1;
    const before = this.sent.length;
    this.sources.fromEditor({ seq: this.seq, type: "request", command, arguments: given } as Request);
    return this.sent[before] as Request | undefined;
  }

  /** Answer a request as the adapter; return the messages that VS Code receives. */
  respond({ seq, command }: Request, body: Body): Message[] {
    const before = this.shown.length;
    const response = { seq: 0, type: "response", request_seq: seq, success: true, command, body };
    this.sources.fromAdapter(response as Response);
    return this.shown.slice(before);
  }

  /** Send an event as the adapter; return its body as VS Code receives it. */
  event(event: string, body: Body): Body | undefined {
    this.sources.fromAdapter({ seq: 0, type: "event", event, body } as Event);
    return (this.shown.at(-1) as Event).body;
  }

  setBreakpoints(path: string, ...lines: number[]): Request {
    const breakpoints = lines.map((line): SourceBreakpoint => ({ line }));
    const request = this.request("setBreakpoints", { source: { path }, breakpoints });
    assert.ok(request);
    return request;
  }
}

/** Return the lines of the breakpoints in a request. */
function linesOf(request: Request): number[] {
  return (request.arguments?.breakpoints ?? []).map(({ line }) => line);
}

/** Return the adapter's results for a request: each breakpoint verified at its line. */
function results(request: Request, firstId: number): Breakpoint[] {
  return linesOf(request).map((line, index) => ({ id: firstId + index, verified: true, line }));
}

function breakpointsIn(message: Message | undefined): Breakpoint[] {
  return (message as Response | undefined)?.body?.breakpoints ?? [];
}

describe("breakpoints in the cells of a notebook", () => {
  it("are one list for the script, and each cell gets its own results", () => {
    const scene = new Scene({ [ONE]: 1, [TWO]: 10 });
    const first = scene.setBreakpoints(ONE, 2);
    assert.deepEqual([first.arguments?.source?.path, linesOf(first)], [SCRIPT, [3]]);
    const [one] = scene.respond(first, { breakpoints: results(first, 1) });
    const [shown] = breakpointsIn(one);
    assert.equal(shown?.line, 2);
    const second = scene.setBreakpoints(TWO, 1, 4);
    assert.deepEqual(linesOf(second), [3, 11, 14]);
    const messages = scene.respond(second, { breakpoints: results(second, 11) });
    assert.deepEqual(messages.flatMap((message) => breakpointsIn(message).map(({ line }) => line)), [1, 4]);
    // The adapter has new ids, and VS Code keeps those that it knows.
    const hit = scene.event("stopped", { hitBreakpointIds: [11] });
    assert.deepEqual(hit?.hitBreakpointIds, [shown.id]);
    const changed = scene.event("breakpoint", { breakpoint: { id: 11, verified: false, line: 3 } });
    assert.deepEqual(changed?.breakpoint, { id: shown.id, verified: false, line: 2 });
  });

  it("are reported as changed when the list of another cell changes them", () => {
    const scene = new Scene({ [ONE]: 1, [TWO]: 10 });
    const first = scene.setBreakpoints(ONE, 2);
    scene.respond(first, { breakpoints: results(first, 1) });
    const second = scene.setBreakpoints(TWO, 1);
    const [moved, ...others] = results(second, 1);
    assert.ok(moved);
    const messages = scene.respond(second, { breakpoints: [{ ...moved, line: 4 }, ...others] });
    const [event] = messages.filter(({ type }) => type === "event") as Event[];
    assert.deepEqual([messages.length, event?.event, event?.body?.breakpoint?.line], [2, "breakpoint", 3]);
  });

  it("include those in the text of the script, which keep their lines", () => {
    const scene = new Scene({ [ONE]: 1 });
    scene.setBreakpoints(SCRIPT, 20);
    const request = scene.setBreakpoints(ONE, 2);
    assert.deepEqual(linesOf(request), [20, 3]);
    const emptied = scene.setBreakpoints(SCRIPT);
    assert.deepEqual(linesOf(emptied), [3]);
  });

  it("are sent again when their cell has moved, once", () => {
    const scene = new Scene({ [ONE]: 1 });
    scene.setBreakpoints(ONE, 2);
    scene.sources.cellsMoved();
    assert.equal(scene.sent.length, 1);
    scene.lines[ONE] = 5;
    scene.sources.cellsMoved();
    scene.sources.cellsMoved();
    assert.equal(scene.sent.length, 2);
    const again = scene.sent.at(-1) as Request;
    assert.deepEqual(linesOf(again), [7]);
    const messages = scene.respond(again, { breakpoints: results(again, 8) });
    assert.deepEqual(messages.map(({ type }) => type), ["event"]);
  });

  it("of other notebooks are answered without the adapter", () => {
    const scene = new Scene({});
    const request = scene.request("setBreakpoints", { source: { path: ONE }, breakpoints: [{ line: 1 }] });
    assert.equal(request, undefined);
    assert.deepEqual(breakpointsIn(scene.shown[0]).map(({ verified }) => verified), [false]);
  });

  it("that fail are answered with the failure", () => {
    const scene = new Scene({ [ONE]: 1 });
    const { seq, command } = scene.setBreakpoints(ONE, 2);
    const failure = { seq: 0, type: "response", request_seq: seq, success: false, command, message: "no" };
    scene.sources.fromAdapter(failure as Response);
    const [shown] = scene.shown as Response[];
    assert.deepEqual([shown?.success, shown?.message], [false, "no"]);
  });
});

describe("places in debug messages", () => {
  const frame = { id: 1, name: "f", source: { path: SCRIPT, name: "report.py" }, line: 12, column: 1 };

  it("are those of the cell that shows the line", () => {
    const scene = new Scene({ [ONE]: 1, [TWO]: 10 });
    const request = scene.request("stackTrace", { threadId: 1 });
    assert.ok(request);
    const library = { ...frame, source: { path: "/lib/other.py" } };
    const asItRan = { ...frame, source: { path: SCRIPT, sourceReference: 3 } };
    const [response] = scene.respond(request, { stackFrames: [frame, library, asItRan] });
    const source = { name: "report.py, cell", path: TWO };
    assert.deepEqual((response as Response).body?.stackFrames, [{ ...frame, source, line: 2 }, library, asItRan]);
  });

  it("of notebook files are in their script, which VS Code requests", () => {
    const scene = new Scene({});
    const request = scene.request("stackTrace", { threadId: 1 });
    assert.ok(request);
    const [response] = scene.respond(request, { stackFrames: [{ ...frame, source: { path: BOOK }, line: 2 }] });
    const [shown] = (response as Response).body?.stackFrames ?? [];
    assert.deepEqual([shown?.source?.path, shown?.line], ["book.ipynb.py", 2]);
    const { sourceReference } = shown?.source ?? {};
    assert.equal(scene.request("source", { source: shown?.source, sourceReference }), undefined);
    assert.equal((scene.shown.at(-1) as Response).body?.content, "a = 1\nb = 2\n");
    assert.ok(scene.request("source", { sourceReference: 3 }), "others are the adapter's");
  });

  it("in requests are those of the script, and of the cell in their responses", () => {
    const scene = new Scene({ [TWO]: 10 });
    const request = scene.request("gotoTargets", { source: { path: TWO }, line: 3 });
    assert.deepEqual(request?.arguments, { source: { path: SCRIPT }, line: 13 });
    const [response] = scene.respond(request as Request, { targets: [{ line: 13, endLine: 14 }] });
    assert.deepEqual((response as Response).body?.targets, [{ line: 3, endLine: 4 }]);
  });

  it("of text are not changed", () => {
    const scene = new Scene({});
    const given = { source: { path: SCRIPT }, line: 3 };
    assert.deepEqual(scene.request("breakpointLocations", given)?.arguments, given);
    assert.deepEqual(scene.event("output", { source: { path: SCRIPT }, line: 3 }), given);
  });
});
