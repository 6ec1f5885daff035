/**
 * The texts about the agents of a session: programs that act for the user.
 *
 * Owns their wording. It must not import VS Code, so that its tests need none.
 */
import { truncate } from "../outputs/outputText";
import type { Agents } from "../protocol.gen";

const NAME_LIMIT = 30;

/** Return true if the user allows agents in a session, or an agent wants to be allowed. */
export function hasAgents({ allowed, connected, asking }: Agents): boolean {
  return allowed === true || (connected ?? []).length > 0 || (asking ?? []).length > 0;
}

/** Return true if a run of an agent is running or queued. */
export function hasAgentRuns({ running, waiting }: Agents): boolean {
  return Boolean(running) || (waiting ?? 0) > 0;
}

/** Return the name of an agent for the status bar. An agent chooses its name itself. */
export function agentName(name: string): string {
  // `$(name)` would be drawn as an icon.
  return truncate(name.replaceAll("$(", "("), NAME_LIMIT);
}

/** Return the text of the status bar item. */
export function agentsLabel(agents: Agents): string {
  const [asking] = agents.asking ?? [];
  if (asking !== undefined) {
    return `$(question) ${agentName(asking)}`;
  }
  const waiting = (agents.waiting ?? 0) > 0 ? `, ${agents.waiting ?? 0} queued` : "";
  if (agents.running) {
    return `$(sync~spin) ${agentName(agents.running)}${waiting}`;
  }
  const connected = agents.connected ?? [];
  const who = connected.length > 1 ? `${connected.length} agents` : agentName(connected[0] ?? "");
  return `$(hubot) ${who}${waiting}`.trimEnd();
}

/** Return the sentences of the status bar item's hover. */
export function describeAgents(agents: Agents): string[] {
  const sentences: string[] = [];
  for (const name of agents.asking ?? []) {
    sentences.push(`${name} wants to read and run this script.`);
  }
  if (agents.running) {
    sentences.push(`${agents.running} runs ${agents.outside === true ? "code that is not in the script" : "a cell"}.`);
  }
  if (agents.waiting) {
    sentences.push(`${agents.waiting} ${agents.waiting === 1 ? "run of an agent is" : "runs of agents are"} queued.`);
  }
  if (agents.allowed === true) {
    const connected = agents.connected ?? [];
    sentences.push(connected.length === 0 ? "No agent is connected." : `Connected: ${connected.join(", ")}.`);
    sentences.push("Agents may read and run this script in its session.");
  }
  return sentences;
}
