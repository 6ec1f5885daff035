/**
 * Translates debug messages between the cells of notebooks and the lines of their script.
 *
 * Owns the places in requests, responses and events; breakpointLists.ts has the breakpoints. VS Code names
 * a cell by a URI and counts its lines; the debug adapter knows the script's path and its lines. Lines of
 * files are not changed. It must not import VS Code.
 */
import { BreakpointLists, type CellPlaces } from "./breakpointLists";
import { isEvent, isRequest, isResponse } from "./debugProtocol";
import type { Body, Event, Message, Place, Request, Response, Sink, Source } from "./debugProtocol";

/** Requests whose response has lines of the source in their arguments. */
const LINE_REQUESTS = new Set(["breakpointLocations", "gotoTargets"]);

/** The references to texts that are shown in place of cells, above those of the adapter. */
const FIRST_REFERENCE = 0x7000_0000;

/** Translates the messages of one debug session. */
export class CellSources {
  private readonly breakpoints: BreakpointLists;
  /** The lines to subtract in the responses to requests, by the number of the request. */
  private readonly offsets = new Map<number, number>();
  /** The texts that are shown in place of cells, by their references from the first one on. */
  private readonly shownTexts: string[] = [];

  constructor(
    private readonly places: CellPlaces,
    private readonly toAdapter: Sink,
    private readonly toEditor: Sink,
  ) {
    this.breakpoints = new BreakpointLists(places, toAdapter, toEditor);
  }

  /** Take a message of VS Code. */
  fromEditor(message: Message): void {
    if (isRequest(message) && message.command === "setBreakpoints") {
      this.breakpoints.set(message);
    } else if (isRequest(message) && message.command === "source" && this.shownText(message) !== undefined) {
      const body = { content: this.shownText(message), mimeType: "text/x-python" };
      const { seq, command } = message;
      this.toEditor({ seq: 0, type: "response", request_seq: seq, success: true, command, body } as Response);
    } else {
      this.toAdapter(isRequest(message) ? this.translateRequest(message) : message);
    }
  }

  /** Take a message of the adapter. */
  fromAdapter(message: Message): void {
    if (isResponse(message)) {
      this.translateResponse(message);
    } else if (isEvent(message) && message.body !== undefined) {
      this.toEditor({ ...message, body: this.translateEvent(message, message.body) } as Event);
    } else {
      this.toEditor(message);
    }
  }

  /** Send the breakpoints of cells again whose lines in the script have changed. */
  cellsMoved(): void {
    this.breakpoints.cellsMoved();
  }

  private translateRequest(request: Request): Request {
    const { source } = request.arguments ?? {};
    const at = source?.path === undefined ? undefined : this.places.ofCell(source.path);
    if (at === undefined) {
      return request;
    }
    if (LINE_REQUESTS.has(request.command)) {
      this.offsets.set(request.seq, at.line);
    }
    return { ...request, arguments: { ...shift(request.arguments ?? {}, at.line), source: { path: at.path } } };
  }

  private translateResponse(response: Response): void {
    const offset = this.offsets.get(response.request_seq);
    this.offsets.delete(response.request_seq);
    if (this.breakpoints.takeResponse(response)) {
      return;
    }
    const { body } = response;
    if (body === undefined) {
      this.toEditor(response);
      return;
    }
    const back = <P extends Place>(items: P[] | undefined) => items?.map((item) => shift(item, -(offset ?? 0)));
    const made: Body = {
      ...body,
      ...(body.stackFrames && { stackFrames: body.stackFrames.map((frame) => this.toCell(frame)) }),
      ...(body.scopes && { scopes: body.scopes.map((scope) => this.toCell(scope)) }),
      ...(offset !== undefined && { targets: back(body.targets), breakpoints: back(body.breakpoints) }),
    };
    this.toEditor({ ...response, body: made } as Response);
  }

  private translateEvent({ event }: Event, body: Body): Body {
    switch (event) {
      case "breakpoint":
        return { ...body, ...(body.breakpoint && { breakpoint: this.breakpoints.translate(body.breakpoint) }) };
      case "stopped":
        return {
          ...body,
          ...(body.hitBreakpointIds && {
            hitBreakpointIds: body.hitBreakpointIds.map((id) => this.breakpoints.shownId(id)),
          }),
        };
      case "output":
        return this.toCell(body);
      default:
        return body;
    }
  }

  /** Return the source of a text that VS Code requests by its reference. */
  private asText(path: string, text: string): Source {
    const known = this.shownTexts.lastIndexOf(text);
    const index = known < 0 ? this.shownTexts.push(text) - 1 : known;
    const name = `${path.split("/").at(-1) ?? path}.py`;
    return { name, path: name, sourceReference: FIRST_REFERENCE + index };
  }

  private shownText({ arguments: given }: Request): string | undefined {
    const reference = given?.source?.sourceReference ?? given?.sourceReference;
    return typeof reference === "number" ? this.shownTexts[reference - FIRST_REFERENCE] : undefined;
  }

  /** Return a place with the cell that shows it, if one does. */
  private toCell<P extends Place>(place: P): P {
    const { source, line } = place;
    if (source?.path === undefined || line === undefined || (source.sourceReference ?? 0) > 0) {
      return place;
    }
    const text = this.places.scriptOf(source.path);
    if (text !== undefined) {
      return { ...place, source: this.asText(source.path, text) };
    }
    const at = this.places.cellAt(source.path, line - 1);
    if (at === undefined) {
      return place;
    }
    const shown: Source = { ...source, name: at.name, path: at.uri };
    return { ...shift(place, at.line - (line - 1)), source: shown };
  }
}

/** Return a place whose lines are moved. */
export function shift<P extends { line?: number; endLine?: number }>(place: P, by: number): P {
  return {
    ...place,
    ...(place.line !== undefined && { line: place.line + by }),
    ...(place.endLine !== undefined && { endLine: place.endLine + by }),
  };
}
