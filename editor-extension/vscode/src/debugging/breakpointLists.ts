/**
 * The breakpoints of a debug session, merged by script.
 *
 * Owns the lists that VS Code sets: one for each file and one for each cell of a notebook. The protocol
 * knows one list for each file, so a script's list is made of those of its cells and that of its text.
 * Each breakpoint keeps the id under which VS Code knows it, while the adapter may assign new ones. It
 * must not import VS Code.
 */
import type { Breakpoint, Event, Request, Response, Sink, Source, SourceBreakpoint } from "./debugProtocol";

/** The open notebooks. Lines are counted from 0. */
export interface CellPlaces {
  /** Return the place of a cell's first line in its script; undefined if the URI is of no open cell. */
  ofCell(uri: string): { path: string; line: number } | undefined;
  /** Return the cell that shows a line of a script; undefined if the line is shown as text. */
  cellAt(path: string, line: number): { uri: string; name: string; line: number } | undefined;
  /** Return the script of a notebook whose cells cannot be shown at a stop, which is then shown as text. */
  scriptOf(path: string): string | undefined;
}

/** The breakpoints that VS Code has set in a file or cell. */
interface List {
  source: Source;
  wanted: SourceBreakpoint[];
  /** The breakpoints as VS Code knows them; empty before the first response. */
  shown: Breakpoint[];
}

/** A list as it was sent, with the script's line of its first line. */
interface SentList {
  list: List;
  offset: number;
}

/** A request under way. */
interface Sent {
  lists: SentList[];
  /** The list whose response VS Code awaits; undefined for requests of our own. */
  awaited: List | undefined;
}

/** The numbers of our own requests, above all of VS Code's. */
const FIRST_OWN_REQUEST = 1 << 30;
/** The ids that VS Code knows, above those of the adapter, which VS Code knows for functions. */
const FIRST_SHOWN_ID = 1 << 20;

const NOT_OPEN = "The cell is not open in a notebook editor of Cellbridge.";

/** The lists of one debug session. */
export class BreakpointLists {
  /** By script, then by the path or URI that VS Code uses. */
  private readonly lists = new Map<string, Map<string, List>>();
  private readonly scripts = new Map<string, string>();
  private readonly sent = new Map<number, Sent>();
  /** The last arguments for each script, as JSON. */
  private readonly lastSent = new Map<string, string>();
  /** The list and index of each breakpoint by the adapter's id. */
  private readonly known = new Map<number, { at: SentList; index: number }>();
  private nextRequest = FIRST_OWN_REQUEST;
  private nextId = FIRST_SHOWN_ID;

  constructor(
    private readonly places: CellPlaces,
    private readonly toAdapter: Sink,
    private readonly toEditor: Sink,
  ) {}

  /** Take VS Code's request to set the breakpoints of a source. */
  set(request: Request): void {
    const source = request.arguments?.source ?? {};
    const key = source.path;
    if (key === undefined) {
      this.toAdapter(request);
      return;
    }
    const script = this.places.ofCell(key)?.path ?? this.scripts.get(key) ?? (isUri(key) ? undefined : key);
    const wanted = request.arguments?.breakpoints ?? [];
    if (script === undefined) {
      this.refuse(request, source, wanted);
      return;
    }
    this.scripts.set(key, script);
    const list: List = { source, wanted, shown: [] };
    const lists = this.lists.get(script) ?? new Map<string, List>();
    this.forget(lists.get(key));
    this.lists.set(script, lists.set(key, list));
    this.send(script, request, list);
  }

  /** Take a response. Return true if it was to one of these requests. */
  takeResponse(response: Response): boolean {
    const sent = this.sent.get(response.request_seq);
    if (sent === undefined) {
      return false;
    }
    this.sent.delete(response.request_seq);
    const all = response.body?.breakpoints ?? [];
    let next = 0;
    for (const at of response.success ? sent.lists : []) {
      const results = all.slice(next, (next += at.list.wanted.length));
      this.update(at, results, at.list !== sent.awaited);
    }
    if (sent.awaited !== undefined) {
      const body = response.success ? { ...response.body, breakpoints: sent.awaited.shown } : response.body;
      this.toEditor({ ...response, body } as Response);
    }
    return true;
  }

  /** Send the lists of scripts again whose cells have moved. */
  cellsMoved(): void {
    for (const [script, lists] of this.lists) {
      if ([...lists.keys()].some(isUri)) {
        this.send(script);
      }
    }
  }

  /** Return the adapter's breakpoint as VS Code knows it. */
  translate(breakpoint: Breakpoint): Breakpoint {
    const found = breakpoint.id === undefined ? undefined : this.known.get(breakpoint.id);
    if (found === undefined) {
      return breakpoint;
    }
    const shown = this.show(found.at, breakpoint, found.at.list.shown[found.index]?.id);
    found.at.list.shown[found.index] = shown;
    return shown;
  }

  /** Return the id under which VS Code knows a breakpoint of the adapter. */
  shownId(id: number): number {
    const found = this.known.get(id);
    return found?.at.list.shown[found.index]?.id ?? id;
  }

  /** Send the list of a script: with VS Code's request, or if it has changed. */
  private send(script: string, request?: Request, awaited?: List): void {
    const lists: SentList[] = [];
    for (const [key, list] of this.lists.get(script) ?? []) {
      const offset = key === script ? 0 : this.places.ofCell(key)?.line;
      if (offset !== undefined && (list.wanted.length > 0 || list === awaited)) {
        lists.push({ list, offset });
      }
    }
    const breakpoints = lists.flatMap(({ list, offset }) =>
      list.wanted.map((one) => ({ ...one, line: one.line + offset })),
    );
    const text = JSON.stringify(breakpoints);
    if (request === undefined && text === this.lastSent.get(script)) {
      return;
    }
    this.lastSent.set(script, text);
    const seq = request?.seq ?? this.nextRequest++;
    this.sent.set(seq, { lists, awaited });
    const { lines: _, ...others } = request?.arguments ?? {};
    const source = { ...(awaited !== undefined && this.isText(script, awaited) && awaited.source), path: script };
    this.toAdapter({ seq, type: "request", command: "setBreakpoints", arguments: { ...others, source, breakpoints } } as Request);
  }

  /** Forget the adapter's ids of a list that VS Code has replaced. */
  private forget(list: List | undefined): void {
    for (const [id, { at }] of this.known) {
      if (at.list === list) {
        this.known.delete(id);
      }
    }
  }

  private isText(script: string, list: List): boolean {
    return this.lists.get(script)?.get(script) === list;
  }

  /** Take the results for a list, and send VS Code the changes if it does not await them. */
  private update(at: SentList, results: Breakpoint[], announce: boolean): void {
    const before = at.list.shown;
    at.list.shown = results.map((result, index) => {
      if (result.id !== undefined) {
        this.known.set(result.id, { at, index });
      }
      return this.show(at, result, before[index]?.id);
    });
    for (const [index, breakpoint] of announce ? at.list.shown.entries() : []) {
      if (JSON.stringify(breakpoint) !== JSON.stringify(before[index])) {
        const body = { reason: "changed", breakpoint };
        this.toEditor({ seq: 0, type: "event", event: "breakpoint", body } as Event);
      }
    }
  }

  /** Return a breakpoint with the lines and the source of its list. */
  private show({ list, offset }: SentList, breakpoint: Breakpoint, id: number | undefined): Breakpoint {
    const { line, endLine } = breakpoint;
    return {
      ...breakpoint,
      id: id ?? this.nextId++,
      ...(breakpoint.source && { source: list.source }),
      ...(line !== undefined && { line: line - offset }),
      ...(endLine !== undefined && { endLine: endLine - offset }),
    };
  }

  /** Answer for a cell of a notebook that is not Cellbridge's, or not open. */
  private refuse(request: Request, source: Source, wanted: SourceBreakpoint[]): void {
    const breakpoints = wanted.map(({ line }) => ({ verified: false, message: NOT_OPEN, source, line }));
    const { seq, command } = request;
    this.toEditor({ seq: 0, type: "response", request_seq: seq, success: true, command, body: { breakpoints } } as Response);
  }
}

/** Return true for a URI, in contrast to a path. */
function isUri(path: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]+:/.test(path);
}
